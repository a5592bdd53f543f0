"""Example runs, for every page that has nothing to show: they are offered, made, and shown being made."""

import streamlit as st

from pages.ui.guard import callback
from pages.ui.people.person import acting_as, operator_only
from pages.ui.selection import listed
from trainer.creating import default_runs_dir
from trainer.examples import all_examples, example_runs, examples_left, queue_examples, stop_examples
from trainer.probing import Probe, probe

WHAT = "short runs, two settings with three seeds each, one after another in about two minutes. You may close the page meanwhile."


def example_probes() -> list[Probe]:
    """How the example runs are, that which was made first before the others."""
    return [probe(run) for run in listed(example_runs(default_runs_dir()))]


def under_way() -> bool:
    """Whether examples wait or are being trained, so that the page looks again soon."""
    return any(map(is_under_way, example_probes()))


def is_under_way(probed: Probe) -> bool:
    """Whether an example waits or is being trained."""
    return probed.active or probed.state == "queued"


def draw_examples_button() -> None:
    """Draw the button that makes them."""
    number = len(all_examples())
    st.button(
        f"Train {number} examples", key="make_examples", icon=":material/science:", on_click=callback(_make),
        **operator_only(help=f"{number} {WHAT}"),
    )  # fmt: skip


def _make() -> None:
    queue_examples(default_runs_dir(), examples_left(default_runs_dir()), by=acting_as())


def draw_progress(probes: list[Probe]) -> None:
    """Draw how far the examples are, and what stops them."""
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
    if not is_under_way(probed):
        return 1.0
    status = probed.status
    return min(0.99, status.num_timesteps / status.total_timesteps) if status is not None and status.total_timesteps else 0.0
