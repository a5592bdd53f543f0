"""The signals that ask a process to end: what it does then is the same, whoever sends which of them.

| signal | comes from |
|---|---|
| SIGTERM | the app, `kill`, a shutdown of the machine, a batch system |
| SIGINT | Ctrl-C |
| SIGHUP | the terminal was closed, the connection was lost |
| SIGXCPU | the soft limit on CPU time (`ulimit -t`, batch systems); SIGKILL follows at the hard limit |
| SIGBREAK | Ctrl-Break on Windows |
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGXCPU", "SIGBREAK")
END_SIGNALS: tuple[signal.Signals, ...] = tuple(signal.Signals[name] for name in NAMES if name in signal.Signals.__members__)

Handlers = dict[signal.Signals, Any]
"""What was done before at each signal, as `signal.signal` takes it."""


def handle_end_signals(end: Callable[[int], None]) -> Handlers:
    """Call a function at each of these signals; in the main thread only, elsewhere nothing is changed.

    A signal that was ignored when the process began stays ignored, as `nohup` and a shell's `&` want it; SIGTERM never does.

    Args:
        end: gets the number of the signal; it must only set flags.

    Returns:
        What to give to `restore_handlers` when the work is done.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}

    def handler(number: int, _frame: FrameType | None) -> None:
        end(number)

    handled = [number for number in END_SIGNALS if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in handled}


def restore_handlers(handlers: Handlers) -> None:
    """Do again at each signal what was done before."""
    for number, handler in handlers.items():
        signal.signal(number, handler)


def put_back_handlers(handlers: Handlers) -> str:
    """Do at each signal what is to be done, whatever somebody else's code has set; returns which that has changed, as words.

    Args:
        handlers: what is to be done; none where this is not the main thread.
    """
    changed = {number: handler for number, handler in handlers.items() if signal.getsignal(number) is not handler}
    restore_handlers(changed)
    return ", ".join(number.name for number in changed)
