"""Processes whose command line is one of our own, and who do nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.waiting import wait_until
from trainer.processes import MODULE
from trainer.run_files.process_identity import ProcessIdentity

WAITS = "import sys; sys.stdin.read()"


@contextmanager
def pretend_worker(*arguments: object, program: str = WAITS) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like `python -m trainer …` from outside; it ends with its standard input."""
    words = [sys.executable, "-S", "-c", program, *MODULE, *map(str, arguments)]
    with pretend_process(words) as process:
        yield process


@contextmanager
def pretend_process(words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process with any command line; it is killed at the end."""
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:  # an exec tells its parent before it has the new command line
        wait_until(lambda: psutil.Process(process.pid).cmdline() == words, 30, "the process to have its command line")
        yield process
    finally:
        process.kill()
        process.communicate()


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    """What a file would say to name it."""
    return ProcessIdentity.of(psutil.Process(process.pid))
