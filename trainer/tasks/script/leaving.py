"""How a script leaves `learn` before it is done: Ctrl-C in good order, everything else is noticed afterwards.

An exception passes no callback. So the heartbeat, a thread, looks whether `learn` is still being run by the
thread that has called it; and so does the end of the process. No signal is ever sent, and of all signals
only Ctrl-C is looked at, where Python's own handler does: the first one waits for the next step, so that
what was learned can be saved, and then raises `KeyboardInterrupt` as ever; a second one raises it at once.
"""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from ...errors import described


class LearnFrame:
    """One call of `learn`, made by this thread.

    Args:
        model: whose.
    """

    def __init__(self, model: BaseAlgorithm) -> None:
        self._thread = threading.get_ident()
        frame: FrameType | None = sys._getframe()  # noqa: SLF001 - as `warnings` does
        while frame is not None and not (frame.f_code.co_name == "learn" and frame.f_locals.get("self") is model):
            frame = frame.f_back
        self._frame = frame

    def is_running(self) -> bool:
        """Whether the thread is still in it; True if it was never found."""
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001 - the only way, as `faulthandler` does
        while frame is not None and frame is not self._frame:
            frame = frame.f_back
        return self._frame is None or frame is self._frame


class Interrupt:
    """Ctrl-C while a model learns.

    Args:
        stop: asks training to end in good order; called by the handler.
        is_running: whether the model still learns.
    """

    def __init__(self, stop: Callable[[], None], is_running: Callable[[], bool]) -> None:
        self._stop, self._is_running = stop, is_running
        self.came = False
        self._before: Any = None

    def listen(self) -> None:
        """From now on, where Ctrl-C does what it does in every script, and this is the thread that gets it."""
        here = threading.current_thread() is threading.main_thread()
        if here and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._handle)

    def close(self) -> None:
        """Ctrl-C does again what it did."""
        if self._before is not None and threading.current_thread() is threading.main_thread():
            if signal.getsignal(signal.SIGINT) == self._handle:
                signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.came or not self._is_running():
            signal.default_int_handler(number, frame)
        self.came = True
        self._stop()


def last_exception() -> BaseException | None:
    """What has ended the program, or a cell of a notebook; None if nothing is known of it."""
    error = getattr(sys, "last_value", None)
    return error if isinstance(error, BaseException) else None


def why_left(error: BaseException | None) -> str:
    """Why `learn` was left, as a clause."""
    if isinstance(error, KeyboardInterrupt):
        return "by Ctrl-C"
    return f"by an exception ({described(error)})" if error is not None else "by an exception or by the end of the script"
