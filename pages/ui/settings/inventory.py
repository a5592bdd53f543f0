"""How large the folder of runs is: counted, and cleaned up, by a thread, so that no page waits for many thousand files.

What was found last is kept for all who look, as long as the app runs.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from trainer.run_files.cleaning import Cleaned, Removable, Survey, clean, survey
from trainer.run_files.files import now_text
from trainer.run_files.permission import permitted_now


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is known of a folder of runs.

    Attributes:
        doing: what the thread is at; empty: nothing.
        survey: what was found last, or None before the first count.
        counted_at: when that was.
        cleaned: what came of the last clean-up; None: there was none.
        error: why the last work failed, or None.
    """

    doing: Literal["", "counting", "cleaning"] = ""
    survey: Survey | None = None
    counted_at: str = ""
    cleaned: Cleaned | None = None
    error: Exception | None = None


_lock = threading.Lock()
_known: dict[Path, Inventory] = {}  # by folder of runs


def inventory(runs_dir: Path) -> Inventory:
    """What is known of a folder; the first one who asks has it counted."""
    if runs_dir not in _known:
        count_anew(runs_dir)
    return _known[runs_dir]


def count_anew(runs_dir: Path) -> None:
    """Let a folder be counted, unless a thread is at work on it already."""
    _begin(runs_dir, "counting", lambda: None)


def clean_up(runs_dir: Path, removable: Sequence[Removable]) -> None:
    """Let what was found be deleted, and the folder be counted again, unless a thread is at work on it already.

    Raises:
        NotPermittedError: whoever asks may only look. A thread is nobody's page, so this is asked before.
    """
    _begin(runs_dir, "cleaning", permitted_now(lambda: clean(removable)))


def _begin(runs_dir: Path, doing: Literal["counting", "cleaning"], act: Callable[[], Cleaned | None]) -> None:
    with _lock:
        known = _known.get(runs_dir, Inventory())
        if known.doing:
            return
        _known[runs_dir] = replace(known, doing=doing, error=None)
    threading.Thread(target=_work, args=(runs_dir, act), name="inventory", daemon=True).start()


def _work(runs_dir: Path, act: Callable[[], Cleaned | None]) -> None:
    known = replace(_known[runs_dir], doing="")
    try:
        known = replace(known, cleaned=act())
        known = replace(known, survey=survey(runs_dir), counted_at=now_text())
    except Exception as error:  # noqa: BLE001 - whoever looks is told
        known = replace(known, error=error)
    _known[runs_dir] = known
