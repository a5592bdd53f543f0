"""See that somebody sends the notifications of a folder of runs: called by every trainer as it begins, by the queue and by the app."""

import contextlib
import time
from pathlib import Path

from ..children import child_about, start_child
from ..errors import ControlRoomError
from ..run_files.locks import is_locked
from ..run_files.notify_settings import are_notifications_set, notifying_folder
from ..run_files.opening import real
from ..run_files.permission import is_permitted

RESTART_AFTER_S = 10.0  # a process that ends although something is trained is not started again at once
LOG_FILE = "process.log"

_started_at: dict[Path, float] = {}  # by the monotonic clock


def see_to_notifications(runs_dir: Path) -> None:
    """Start the process that sends notifications if somebody has asked for some and there is none; never raises for what goes wrong."""
    if not are_notifications_set(runs_dir) or not is_permitted():  # who only looks starts nothing
        return
    with contextlib.suppress(ControlRoomError, OSError):
        folder = real(runs_dir)
        about = (folder, LOG_FILE)
        child = child_about(about)
        is_starting = child is not None and child.ending() is None
        lately = time.monotonic() - _started_at.get(folder, float("-inf")) < RESTART_AFTER_S
        if is_starting or lately or is_locked(process_lock(folder)):
            return
        _started_at[folder] = time.monotonic()
        start_child(["notify", "run", "--runs-dir", str(folder)], process_log(folder), about=about, watched=False)


def start_test(runs_dir: Path) -> None:
    """Send a test to every address in the background; how it went is in the log of what was sent.

    Raises:
        TrainerStartError: the process could not be started.
    """
    folder = real(runs_dir)
    start_child(["notify", "--test", "--runs-dir", str(folder)], process_log(folder), about=(folder, "test"))


def is_testing(runs_dir: Path) -> bool:
    """Whether a test that this process has started is under way."""
    child = child_about((real(runs_dir), "test"))
    return child is not None and child.ending() is None


def process_lock(runs_dir: Path) -> Path:
    """Held by the process of a folder of runs."""
    return notifying_folder(runs_dir) / "process.lock"


def process_log(runs_dir: Path) -> Path:
    """What the process has to say."""
    return notifying_folder(runs_dir) / LOG_FILE
