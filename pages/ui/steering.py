"""Commands to a run: what a click writes to `control.json`, and how its fate is told."""

import contextlib
from collections.abc import Sequence
from typing import Any

from pages.ui.people.person import acting_as
from pages.ui.states import LOOKS, elsewhere, is_pause_due, is_resumable
from trainer.acknowledging import wait_until_applied
from trainer.errors import RunIsActiveError
from trainer.numbers import exact
from trainer.probing import Probe, probe
from trainer.run_files.control import Control, update_control
from trainer.run_files.events import EventRow
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import prepare_resume, start_trainer
from trainer.stopping import follow_stop

ANSWER_PATIENCE_S = 0.2  # a trainer answers within a few hundredths of a second


def send(run: RunDirectory, /, **changes: Any) -> Control | None:
    """Write the fields that differ from what `control.json` says; returns the new state, or None if nothing had to be written.

    The trainer gets a moment to answer, so that the page is mostly drawn once, with the command done, instead of twice.

    Raises:
        ControlFileError: a value is out of range.
        RunDirectoryError: the run is gone or not writable.
    """
    now = probe(run)
    if not now.active and now.state != "gone":  # a trainer that has ended will never obey
        return None
    if now.control is not None and all(getattr(now.control, name, ...) == value for name, value in changes.items()):
        return None
    control = update_control(run, by=acting_as(), applied_seq=now.status.applied_seq if now.status else 0, **changes)
    if control.run == "stopped":
        follow_stop(run)
    wait_until_applied(run, control.seq, patience_s=ANSWER_PATIENCE_S)
    return control


def resume(run: RunDirectory) -> None:
    """Start a trainer that goes on with a run that has ended; if one is at work on it already, nothing is left to do.

    Raises:
        RunFinishedError: all its steps are done.
        RunDirectoryError, TrainerStartError: it is gone, or no process could be started.
    """
    with contextlib.suppress(RunIsActiveError):  # a double click, or another tab
        prepare_resume(run, by=acting_as())
        start_trainer(run)


def wanted(probed: Probe) -> Control:
    """What the controls show: `control.json`, or what the trainer does if the file is damaged, or the defaults."""
    if probed.control is not None:
        return probed.control
    status = probed.status
    if status is None:
        return Control()
    run = "paused" if status.state == "paused" else "running"
    return Control(seq=status.applied_seq, run=run, visual=status.visual, speed=status.speed, board_every=status.board_every)  # type: ignore[arg-type]


def waits_as_asked(probed: Probe) -> bool:
    """Whether the run is paused because it has come to where it was to pause."""
    control = probed.control
    return probed.state == "paused" and not probed.pending and control is not None and control.run == "running"


def is_steerable(probed: Probe) -> bool:
    """Whether a trainer is there that obeys."""
    return probed.active and wanted(probed).run != "stopped" and probed.state != "stopping"


def is_paused(probed: Probe) -> bool:
    """Whether the next press is to resume: it is to be paused, or waits as it was asked to."""
    return wanted(probed).run == "paused" or waits_as_asked(probed)


def why_not_steerable(probed: Probe) -> str:
    """Why a run cannot be steered, as a sentence."""
    word = LOOKS[probed.state].word.lower()
    if probed.active:
        return "The trainer is stopping."
    if probed.state == "queued":
        return "This run waits in the queue: it can be steered once it is being trained."
    if why := elsewhere(probed):
        return f"This run is not being trained ({word}). {why}"
    what = "resume it" if is_resumable(probed) else "start a new one"
    return f"This run is not being trained ({word}); {what} to steer it."


def asked_words(probed: Probe) -> str:
    """The pause that is still to come, `Will pause at step 120,000`; empty if there is none."""
    control = probed.control
    to_come = probed.active and probed.state != "stopping" and not is_pause_due(probed)
    if control is None or control.run == "stopped" or not to_come:
        return ""
    if control.pause_at_step is not None:
        return f"Will pause at step {exact(control.pause_at_step)}"
    return "Will pause at the next new best" if control.pause_at_best_after is not None else ""


def applied_words(probed: Probe, events: Sequence[EventRow]) -> str:
    """The last command the trainer has carried out, as it is true now: `Paused at step 81,920 after 14 ms`.

    Empty if there was none, or if what it did is over: the trainer has ended since, or a new one begins.
    """
    status, control = probed.status, probed.control
    if status is None or status.applied_latency_ms is None or not status.applied_seq or probed.state == "starting":
        return ""
    if not probed.active and (control is None or control.run != "stopped"):
        return ""
    said = next((event.message for event in reversed(events) if event.seq == status.applied_seq), None)
    what = str(said).rsplit(" (by ", 1)[0] if said else "Command done"
    if waits_as_asked(probed) and any(word in what for word in ("Will pause", "Resumed")):
        return f"Paused at step {exact(status.num_timesteps)}, as asked"
    when = f"at step {exact(status.applied_at_step)} after {_milliseconds(status.applied_latency_ms)}"
    return f"{what} (applied {when})" if "Will pause" in what else f"{what} {when}"


def _milliseconds(value: float) -> str:
    return f"{value / 1000:.1f} s" if value >= 10_000 else f"{value:,.0f} ms" if value >= 1 else "under 1 ms"
