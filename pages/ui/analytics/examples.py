"""The first visit: with fewer than two runs there is nothing to compare, so examples are offered, made and shown being made."""

import time

import streamlit as st

from pages.ui.guard import callback
from trainer.creating import default_runs_dir
from trainer.errors import ControlRoomError
from trainer.examples import all_examples, is_under_way, start_examples, stop_examples
from trainer.probing import probe
from trainer.run_files.examples import ExampleRuns, read_examples
from trainer.run_files.run_directory import RunDirectory

ENOUGH_RUNS = 2
_ASKED_AT = "examples_asked_at"  # in the session, by the monotonic clock: the process needs a moment to say its first word
START_PATIENCE_S = 15.0
_WARNING = ":material/warning:"


def under_way() -> bool:
    """Whether examples are being made, so that the page looks again soon."""
    made = _made()
    return (made is not None and is_under_way(default_runs_dir(), made)) or _starting()


def _made() -> ExampleRuns | None:
    """The last ones; a file that cannot be read is none."""
    try:
        return read_examples(default_runs_dir())
    except ControlRoomError:
        return None


def _starting() -> bool:
    asked_at = st.session_state.get(_ASKED_AT)
    return asked_at is not None and time.monotonic() - asked_at < START_PATIENCE_S


def draw_examples(runs: int) -> None:
    """Draw the offer where there are too few runs to compare, or how far the examples are."""
    made = _made()
    with st.container():  # always there: the table below keeps its place
        if made is not None and is_under_way(default_runs_dir(), made):
            st.session_state.pop(_ASKED_AT, None)
            _draw_progress(made)
        elif _starting():
            st.info("The examples are being started…", icon=":material/hourglass_top:")
        elif made is not None and made.state == "training" and made.waiting:
            st.warning(
                f"The process that made the examples has ended before its time; {len(made.waiting)} of them are left.", icon=_WARNING
            )
            st.button("Make the rest", key="make_examples", icon=":material/play_arrow:", on_click=callback(_make))
        elif runs < ENOUGH_RUNS:
            _draw_offer(runs)


def _draw_offer(runs: int) -> None:
    there = "No runs yet" if runs == 0 else "One run so far"
    with st.container(border=True):
        st.markdown(f"## :material/science: {there}: this page compares two or more")
        st.markdown(
            "Press **Start new run** in the sidebar, **Import runs** that you have already, or make examples: "
            f"{len(all_examples())} short runs, two settings with three seeds each. "
            "They train one after another, no more at once than this machine has cores, and take about two minutes. You may close the "
            "page meanwhile."
        )
        st.button("Make examples", key="make_examples", icon=":material/play_arrow:", type="primary", on_click=callback(_make))


def _make() -> None:
    start_examples(default_runs_dir())
    st.session_state[_ASKED_AT] = time.monotonic()


def _draw_progress(made: ExampleRuns) -> None:
    shares = [_share(RunDirectory(default_runs_dir() / run_id)) for run_id in made.runs]
    total = len(made.runs) + len(made.waiting)
    done, now = sum(share >= 1 for share in shares), sum(share < 1 for share in shares)
    words = [f"{done} of {total} example runs are done", f"{now} under way", f"{len(made.waiting)} waiting"]
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    bar.progress(min(1.0, sum(shares) / max(1, total)), text=" · ".join(words))
    stop.button(
        "Stop", key="stop_examples", icon=":material/stop:", width="stretch", on_click=callback(stop_examples),
        args=(default_runs_dir(), made),
        help="Stops the runs that are under way and makes no more; those that are done stay.",
    )  # fmt: skip


def _share(run: RunDirectory) -> float:
    """How far a run is, 0 to 1; one that has ended, however it did, is done."""
    probed = probe(run)
    if not probed.active:
        return 1.0
    status = probed.status
    return min(0.99, status.num_timesteps / status.total_timesteps) if status is not None and status.total_timesteps else 0.0
