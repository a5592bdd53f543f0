"""The command that deletes caches and trash: `python -m trainer clean`."""

import argparse
import sys
from typing import Any

from .errors import CleaningError, SettingError, visible
from .model_commands import AddCommand
from .numbers import MISSING, count, file_size

WORDS = {
    "caches": ("cache", "of long logs, which are parsed once more"),
    "films": ("film", "of episodes, which are simulated again when somebody looks"),
    "deleted_runs": ("deleted run", "which cannot be brought back any more"),
    "deleted_models": ("deleted model", "which cannot be brought back any more"),
}
"""By kind: what one is called, and what its loss means."""
AGREED = ("y", "yes")


def add_clean_command(command: AddCommand, shared: Any) -> None:
    """Add the command.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    summary = "Delete caches, films and trash. Runs and their models stay, and so does everything of a run that is being trained."
    parser = command("clean", _clean, summary, shared)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _clean(options: argparse.Namespace) -> int:
    from .run_files.cleaning import KINDS, clean, survey, total_bytes  # noqa: PLC0415 - the other commands need no arrays

    found = survey(options.runs_dir)
    print(f"{count(found.runs, 'run')}, {file_size(found.bytes)} in {count(found.files, 'file')}: {options.runs_dir}")
    for kind in KINDS:
        one, loss = WORDS[kind]
        several = found.of(kind)
        print(f"  {count(len(several), one):<20} {file_size(total_bytes(several)) if several else MISSING:>9}  {loss}")
    if not found.removable:
        print("There is nothing to delete.")
        return 0
    if not options.yes and not _agrees(file_size(found.removable_bytes)):
        print("Nothing was deleted.")
        return 0
    cleaned = clean(found.removable)
    print(f"Freed {file_size(cleaned.bytes)}.")
    if cleaned.left:
        raise CleaningError(
            f"{count(len(cleaned.left), 'entry', 'entries')} could not be deleted, such as {visible(str(cleaned.left[0].path))}; "
            "its run may be under way by now, or the folder may not be writable."
        )
    return 0


def _agrees(size: str) -> bool:
    """Whether the person at the terminal says yes.

    Raises:
        SettingError: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise SettingError("clean asks before it deletes, and there is no terminal to ask; add --yes to delete without being asked.")
    try:
        return input(f"Delete all of this for good and free {size}? [y/N] ").strip().lower() in AGREED
    except EOFError:
        return False
