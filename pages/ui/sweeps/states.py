"""The states of a sweep and of its trials as a person sees them: a word, a colour and an icon.

Never a colour alone.
"""

from pages.ui.states import Look
from trainer.run_files.studies import TrialState
from trainer.sweeping.starting import SweepState

SWEEP_LOOKS: dict[SweepState, Look] = {
    "starting": Look("Starting", "blue", ":material/hourglass_top:", "◌", "The sweep's process is loading its libraries."),
    "running": Look("Searching", "green", ":material/play_arrow:", "▶", "Trials are being trained."),
    "stopping": Look("Stopping", "orange", ":material/hourglass_bottom:", "◌", "The runs save what they have learned and end."),
    "stopped": Look("Stopped", "gray", ":material/stop_circle:", "■", "Somebody stopped it; Resume goes on where it was."),
    "finished": Look("Finished", "blue", ":material/check_circle:", "✓", "Every trial is done, and the best were confirmed."),
    "failed": Look("Failed", "red", ":material/error:", "×", "The sweep met an error and ended."),
    "interrupted": Look(
        "Interrupted", "red", ":material/heart_broken:", "×", "Its process died unexpectedly. Nothing is lost: Resume goes on where it was."
    ),
    "gone": Look("Deleted", "gray", ":material/delete:", "∅", "The sweep's folder is no longer on disk; its runs stay where they are."),
}  # fmt: skip
RESUMABLE: frozenset[SweepState] = frozenset({"stopped", "failed", "interrupted"})

TRIAL_WORDS: dict[TrialState, str] = {
    "waiting": "◌ Waiting",
    "running": "▶ Running",
    "complete": "✓ Complete",
    "pruned": "✂ Pruned",
    "failed": "× Failed",
}
UNFINISHED = "‖ Unfinished"  # of a sweep that nobody is at work on
