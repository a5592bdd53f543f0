"""The command line in tests: as a process of its own, and, where a test is not about the process, in this one."""

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from trainer.__main__ import main
from trainer.processes import PROJECT_DIR
from trainer.signals import END_SIGNALS, restore_handlers

Done = subprocess.CompletedProcess[str]


def cli(*arguments: str | Path, timeout_s: float = 120, **environment: str) -> Done:
    """Run one command to its end, in a process of its own, with variables on top of this process's own."""
    command, variables = [sys.executable, "-m", "trainer", *map(str, arguments)], os.environ | environment
    return subprocess.run(command, cwd=PROJECT_DIR, env=variables, capture_output=True, text=True, timeout=timeout_s, check=False)


def call(*arguments: str | Path) -> Done:
    """Run one command to its end in this process, which has imported the learner once for all.

    What a process alone has is not there: its streams and their escapes (`trainer.streams`).
    """
    words = list(map(str, arguments))
    handlers = {number: signal.getsignal(number) for number in END_SIGNALS}
    with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            restore_handlers(handlers)
    return Done(words, code, output.getvalue(), errors.getvalue())
