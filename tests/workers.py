"""Processes whose command line is one of our own, and who do nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil

from tests.waiting import wait_until
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory

REPOSITORY = Path(__file__).parents[1]
TRAINER = REPOSITORY / "tests" / "trainer" / "__main__.py"
WAITS = "import sys; sys.stdin.read()"


@contextmanager
def pretend_worker(*arguments: object, program: str = WAITS) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like one of `trainer_command` from outside; it ends with its standard input."""
    with TemporaryDirectory() as folder:
        main = Path(folder) / "trainer" / "__main__.py"
        main.parent.mkdir()
        main.write_text(program)
        with pretend_process([sys.executable, "-S", "-P", str(main), *map(str, arguments)]) as process:
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


@contextmanager
def pretend_trainer(run: RunDirectory, *options: str, **fields: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the lock of a run; see `tests.trainer.pretend_trainer`. It is killed at the end.

    Args:
        run: the run.
        options: `--deaf`: it ignores SIGTERM.
        fields: of its status, `process` in parts; without any it writes none.
    """
    words = [sys.executable, str(TRAINER), "start", str(run.path), orjson.dumps(fields).decode(), *options]
    process = subprocess.Popen(words, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    """What a file would say to name it."""
    return ProcessIdentity.of(psutil.Process(process.pid))
