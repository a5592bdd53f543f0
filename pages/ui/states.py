"""The states of a run as a person sees them: a word, a colour and an icon; never a colour alone."""

from dataclasses import dataclass
from typing import Literal

from pages.ui.speeds import speed_words
from trainer.numbers import count
from trainer.probing import Probe, ProbedState
from trainer.tasks import describe

Colour = Literal["blue", "green", "orange", "red", "gray"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks.

    Attributes:
        word: the state.
        glyph: one plain character, for lists that cannot show icons.
        meaning: one sentence for those who wonder.
    """

    word: str
    colour: Colour
    icon: str
    glyph: str
    meaning: str


LOOKS: dict[ProbedState, Look] = {
    "queued": Look("Queued", "gray", ":material/schedule:", "◷", "It waits until a core is free; see the queue in the sidebar."),
    "starting": Look("Starting", "blue", ":material/hourglass_top:", "◌", "The trainer is loading its libraries."),
    "running": Look("Running", "green", ":material/play_arrow:", "▶", "The trainer is learning."),
    "paused": Look("Paused", "orange", ":material/pause:", "‖", "The trainer waits; nothing is lost."),
    "stopping": Look("Stopping", "orange", ":material/hourglass_bottom:", "◌", "The trainer saves what it has learned and ends."),
    "finished": Look("Finished", "blue", ":material/check_circle:", "✓", "All steps are done, or the target was reached."),
    "stopped": Look("Stopped", "gray", ":material/stop_circle:", "■", "Somebody stopped it; it can be resumed."),
    "imported": Look("Imported", "blue", ":material/move_to_inbox:", "↓", "Made elsewhere: from a bundle, or from another program's logs."),
    "following": Look(
        "Imported, being followed", "green", ":material/sync:", "↻", "Another program still writes its logs; what is new is added here."
    ),
    "failed": Look("Failed", "red", ":material/error:", "×", "The trainer met an error and ended; see the events."),
    "crashed": Look(
        "Crashed", "red", ":material/heart_broken:", "×", "The trainer died unexpectedly. Resume continues from the last checkpoint."
    ),
    "orphaned": Look(
        "Orphaned", "red", ":material/power_off:", "×", "The machine was restarted while this run was being trained; it can be resumed."
    ),
    "stalled": Look("Stalled", "orange", ":material/warning:", "!", "The trainer is alive but has made no step for half a minute."),
    "gone": Look("Deleted", "gray", ":material/delete:", "∅", "The run's folder is no longer on disk."),
}


RESUMABLE: frozenset[ProbedState] = frozenset({"stopped", "failed", "crashed", "orphaned"})


def is_resumable(probed: Probe) -> bool:
    """Whether a trainer of ours can go on with it."""
    return probed.state in RESUMABLE and not elsewhere(probed)


def elsewhere(probed: Probe) -> str:
    """Why a run cannot be started from here, as a sentence; empty if it can."""
    return describe(probed.config.task).elsewhere if probed.config is not None else ""


def is_pause_due(probed: Probe) -> bool:
    """Whether the run has come to where `control.json` asks it to pause."""
    control, status = probed.control, probed.status
    if control is None or status is None:
        return False
    at_step, best_after = control.pause_at_step, control.pause_at_best_after
    if at_step is not None and status.num_timesteps >= at_step:
        return True
    return best_after is not None and status.best is not None and status.best.step > best_after


def pending_words(probed: Probe) -> str:
    """What is asked for and not yet done, `Pausing… · Pending: 20 pieces/s`; empty if nothing is."""
    control, status = probed.control, probed.status
    if not probed.pending or probed.state == "starting" or control is None or status is None:
        return ""
    words = []
    if control.run == "stopped":
        words.append("Stopping…")
    elif control.run == "paused" and status.state != "paused":
        words.append("Pausing…")
    elif control.run == "running" and status.state == "paused" and not is_pause_due(probed):
        words.append("Resuming…")
    changes, about = [], describe(probed.config.task if probed.config else "")
    if control.visual != status.visual:
        changes.append(f"show the {about.picture}" if control.visual else f"hide the {about.picture}")
    if control.speed != status.speed:
        changes.append(speed_words(about, control.speed))
    if control.board_every != status.board_every:
        changes.append(f"snapshot every {count(control.board_every, 'step')}")
    if changes:
        words.append("Pending: " + ", ".join(changes))
    return " · ".join(words) or "Pending…"
