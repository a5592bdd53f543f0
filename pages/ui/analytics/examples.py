"""The first visit: with fewer than two runs there is nothing to compare, so examples are offered, made and shown being made."""

import streamlit as st

from pages.ui.guard import callback
from pages.ui.people.person import acting_as, operator_only
from trainer.creating import default_runs_dir
from trainer.examples import all_examples, example_runs, examples_left, queue_examples, stop_examples
from trainer.probing import Probe, probe

ENOUGH_RUNS = 2


def under_way() -> bool:
    """Whether examples are being made, so that the page looks again soon."""
    return any(map(_is_under_way, _probes()))


def _probes() -> list[Probe]:
    return [probe(run) for run in example_runs(default_runs_dir())]


def _is_under_way(probed: Probe) -> bool:
    return probed.active or probed.state == "queued"


def draw_examples(runs: int) -> None:
    """Draw the offer where there are too few runs to compare, or how far the examples are."""
    probes = _probes()
    with st.container():  # always there: the table below keeps its place
        if any(map(_is_under_way, probes)):
            _draw_progress(probes)
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
        st.button(
            "Make examples", key="make_examples", icon=":material/play_arrow:", type="primary", on_click=callback(_make), **operator_only()
        )


def _make() -> None:
    queue_examples(default_runs_dir(), examples_left(default_runs_dir()), by=acting_as())


def _draw_progress(probes: list[Probe]) -> None:
    shares = [_share(probed) for probed in probes]
    done, waiting = sum(share >= 1 for share in shares), sum(probed.state == "queued" for probed in probes)
    words = [f"{done} of {len(probes)} example runs are done", f"{len(probes) - done - waiting} under way", f"{waiting} waiting"]
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    bar.progress(min(1.0, sum(shares) / len(shares)), text=" · ".join(words))
    stop.button(
        "Stop", key="stop_examples", icon=":material/stop:", width="stretch", on_click=callback(stop_examples),
        args=(default_runs_dir(),), kwargs={"by": acting_as()},
        **operator_only(help="Stops the runs that are under way and cancels those that wait; those that are done stay."),
    )  # fmt: skip


def _share(probed: Probe) -> float:
    """How far a run is, 0 to 1; one that has ended, however it did, is done."""
    if not _is_under_way(probed):
        return 1.0
    status = probed.status
    return min(0.99, status.num_timesteps / status.total_timesteps) if status is not None and status.total_timesteps else 0.0
