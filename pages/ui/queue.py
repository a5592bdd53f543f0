"""The queue in the sidebar: who waits, and what can be done with a run that does. Redrawn on the sidebar's timer."""

from contextlib import suppress

import streamlit as st

from pages.ui.guard import callback
from pages.ui.people.person import acting_as, operator_only
from pages.ui.selection import name_of
from pages.ui.shell.navigation import LIVE, go_to
from pages.ui.text import escaped
from trainer.creating import default_runs_dir
from trainer.errors import FormatError, RunNotQueuedError
from trainer.numbers import count, exact
from trainer.probing import Probe, probe
from trainer.queueing import cancel_queued, move_queued, queue_problems, start_now, waiting
from trainer.run_files.opening import real
from trainer.run_files.queue import QueueEntry
from trainer.run_files.run_directory import RunDirectory

LISTED = 8  # runs
NAME_CHARACTERS = 28
OF_OTHERS = "Where it stands among those that wait."


def draw_queue() -> None:
    """List the runs that wait, the next one first, each leads to its page; nothing if none does. See that somebody starts them."""
    runs_dir = real(default_runs_dir())
    try:
        entries = waiting(runs_dir)
    except FormatError as error:
        st.warning(escaped(str(error), limit=400), icon=":material/warning:")
        return
    if not entries:
        return
    with st.expander(f"Queue · {count(len(entries), 'run')}", icon=":material/schedule:"):
        for place, entry in enumerate(entries[:LISTED], start=1):
            run = RunDirectory(runs_dir / entry.run)
            st.button(
                f"{place}\\. {escaped(name_of(run), limit=NAME_CHARACTERS)}", key=f"queued_{entry.run}", type="tertiary",
                on_click=callback(go_to), args=(LIVE,), kwargs={"run": entry.run},
            )  # fmt: skip
        if len(entries) > LISTED:
            st.caption(f"and {count(len(entries) - LISTED, 'more run')}")
        for sentence in queue_problems(runs_dir):
            st.warning(escaped(sentence, limit=400), icon=":material/warning:")


def place_words(run: RunDirectory) -> str:
    """Where a run stands in the queue, `Number 2 of 5 in the queue`; empty if it does not wait."""
    entries = _entries(run)
    place = _place(entries, run)
    if not place:
        return ""
    if entries[place - 1].now:
        return "Will be started at once"
    on = entries[place - 1].on
    return f"Number {exact(place)} of {exact(len(entries))} in the queue" + (f", for {on}" if on else "")


def draw_queued_buttons(probed: Probe) -> None:
    """What can be asked for while a run waits."""
    run, entries = probed.run, _entries(probed.run)
    place = _place(entries, run)
    st.button(
        "Start now", key="queue_start", icon=":material/play_arrow:", on_click=callback(start_now), args=(run,),
        **operator_only(help="Do not wait for a free core: all that are being trained get slower."),
    )  # fmt: skip
    st.button(
        "Cancel", key="queue_cancel", icon=":material/close:", on_click=callback(_cancel), args=(run,),
        **operator_only(help="Let it wait no longer. A run that was never trained moves to the trash."),
    )  # fmt: skip
    st.button(
        "Move up", key="queue_up", on_click=callback(move_queued), args=(run, "up"), **operator_only(disabled=place <= 1, help=OF_OTHERS)
    )  # fmt: skip
    st.button(
        "Move down", key="queue_down", on_click=callback(move_queued), args=(run, "down"),
        **operator_only(disabled=place >= len(entries), help=OF_OTHERS),
    )  # fmt: skip


def _cancel(run: RunDirectory) -> None:
    try:
        cancel_queued(run, by=acting_as())
    except RunNotQueuedError:
        if probe(run).state != "gone":  # it is: a double click, or another tab
            raise


def _entries(run: RunDirectory) -> tuple[QueueEntry, ...]:
    with suppress(FormatError):  # the list says so
        return waiting(run.path.parent)
    return ()


def _place(entries: tuple[QueueEntry, ...], run: RunDirectory) -> int:
    """From 1 on; 0 if it does not wait."""
    return next((place for place, entry in enumerate(entries, start=1) if entry.run == run.run_id), 0)
