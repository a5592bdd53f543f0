"""What ends a process in good order, tried on processes that get the signal."""

import signal
import subprocess
import sys
import threading

import pytest

from trainer.processes import PROJECT_DIR
from trainer.signals import END_SIGNALS, handle_end_signals, restore_handlers

WAITS = """
import signal, threading
from trainer.signals import handle_end_signals
{before}
ended = threading.Event()
handle_end_signals(lambda number: (print(number), ended.set()))
print("ready", flush=True)
ended.wait({patience})
"""


def process(*, before: str = "", patience: float = 30) -> subprocess.Popen[str]:
    """A process that waits for the end, and says which signal brought it."""
    code = WAITS.format(before=before, patience=patience)
    child = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.parametrize("number", END_SIGNALS)
def test_each_of_them_ends_in_good_order(number: signal.Signals) -> None:
    child = process(before=f"signal.signal({int(number)}, signal.SIG_DFL)")  # these tests may run under nohup

    child.send_signal(number)

    assert child.communicate(timeout=30)[0] == f"{int(number)}\n"
    assert child.returncode == 0


def test_under_nohup_the_end_of_the_terminal_is_ignored() -> None:
    child = process(before="signal.signal(signal.SIGHUP, signal.SIG_IGN)", patience=0.3)

    child.send_signal(signal.SIGHUP)

    assert child.communicate(timeout=30)[0] == ""
    assert child.returncode == 0


def test_handlers_are_put_back_and_another_thread_changes_none() -> None:
    before = {number: signal.getsignal(number) for number in END_SIGNALS}

    restore_handlers(handle_end_signals(lambda _: None))
    assert {number: signal.getsignal(number) for number in END_SIGNALS} == before

    given: list[object] = []
    thread = threading.Thread(target=lambda: given.append(handle_end_signals(lambda _: None)))
    thread.start()
    thread.join()
    assert given == [{}]
