"""The processes that work for the app: how they are called, how one is recognised, and the only place that ends one.

What a file says about a process is a claim: anybody who can write the file can name any process. So before a process gets a
signal, all of this must hold at that moment:

- the claim names it by more than its number: see `process_identity`;
- it runs as the same user as this process, and is not this process;
- its command line is that of an interpreter that runs our program: `python -m trainer <command>` or `control-room <command>` as it
  is typed, or `python -P …/trainer/__main__.py <command>` as the app starts it (where it is installed, `trainer` is called
  `control_room`), with any options of the interpreter in any of their spellings, and with a command that does such work;
- it works on *this* folder: the command line names the folder, or, for a command that was typed in a terminal and names none, and for
  a trainer that the process of the queue has made of itself, it holds the folder's lock file open by its path. A copy of a live run,
  made of hard links even, has another path.

`psutil` tells the command line and the open files of one's own processes on Linux, macOS and Windows alike.
"""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Literal

import psutil

from .program import COMMAND, FOLDER, PACKAGES
from .run_files.permission import require_permission
from .run_files.process_identity import ProcessIdentity

MAIN = FOLDER / "__main__.py"
PROJECT_DIR = FOLDER.parent
INTERPRETER = re.compile(r"(python|pypy)[\d.dmtuw]*([-_]\w+)?(\.exe)?", re.IGNORECASE)  # python3.13t, python3-dbg, pythonw.exe
VALUED_OPTION = re.compile(r"-[^-cmWX]*([cmWX])(.*)", re.DOTALL)  # `-X dev`, `-Xdev`, `-uXdev`: see python --help
VALUED_LONG_OPTION = "--check-hash-based-pycs"
TRAINER_COMMANDS = frozenset({"start", "train", "resume", "queue"})
COPYING_COMMANDS = frozenset({"queue"})
"""Trainers that such a process has made of itself keep its command line, which is about a folder of runs: none of these works on it."""

EndSignal = Literal["terminate", "kill"]  # SIGTERM and SIGKILL, or what Windows has for them


def trainer_command(arguments: Sequence[str]) -> list[str]:
    """The command line of a process of ours with these arguments; `Worker.find` recognises it.

    The program is named by its path, and nothing is found by where the process is started: whatever
    is called `trainer` or `types` in a working directory or on `PYTHONPATH`, the child runs this code.
    """
    return [sys.executable, "-P", str(MAIN), *arguments]


def trainer_environment() -> dict[str, str]:
    """The environment of such a process, which may be started in another folder than this one.

    Relative folders in `PYTHONPATH` go on to mean those of this process. A Python that was told to
    ignore its variables (`-E`, `-I`) has children that do not know them.
    """
    if sys.flags.ignore_environment:
        return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = dict(os.environ)
    if path := environment.get("PYTHONPATH"):
        folders = (os.path.abspath(folder) for folder in path.split(os.pathsep))  # noqa: PTH100 - empty: this one
        environment["PYTHONPATH"] = os.pathsep.join(folders)
    return environment


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that a file claims to be at work on a folder. The claim is checked, never believed.

    Attributes:
        identity: which process the file names.
        folder: what it works on: a run, or the folder of a job.
        commands: the commands of `python -m trainer` that do such work.
        lock: a file that it keeps open; None if it keeps none.
    """

    identity: ProcessIdentity
    folder: Path
    commands: frozenset[str] = TRAINER_COMMANDS
    lock: Path | None = None

    def find(self) -> psutil.Process | None:
        """The process itself, if it lives and provably does this work; see the module."""
        process = self.identity.find()
        if process is None or process.pid == os.getpid():
            return None
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            if _is_of_this_user(process) and self._does_the_work(process):
                return process
        return None

    def end(self, how: EndSignal) -> bool:
        """Send the process a signal if it provably does this work. Returns whether it was sent."""
        require_permission()
        process = self.find()
        with contextlib.suppress(psutil.Error):
            if process is not None:
                _send(process, how)
                return True
        return False

    def _does_the_work(self, process: psutil.Process) -> bool:
        command, *arguments = program_arguments(process.cmdline()) or [""]
        if command not in self.commands:
            return False
        named = command not in COPYING_COMMANDS and any(_names(argument, self.folder) for argument in arguments)
        return named or self._holds_the_lock(process)

    def _holds_the_lock(self, process: psutil.Process) -> bool:
        return self.lock is not None and any(_names(file.path, self.lock) for file in process.open_files())


def kill_child(child: subprocess.Popen[bytes]) -> None:
    """Kill a process that this one has started itself and still holds: nothing about it is a claim. One that has ended stays so."""
    _send(child, "kill")


def _send(process: psutil.Process | subprocess.Popen[bytes], how: EndSignal) -> None:
    getattr(process, how)()


def program_arguments(words: Sequence[str]) -> list[str]:
    """What follows our program in a command line; empty if an interpreter runs something else there, or none runs."""
    if not words or not INTERPRETER.fullmatch(PureWindowsPath(words[0]).name):  # it knows `/` too
        return []
    rest = list(words[1:])
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        option = rest.pop(0)
        found = VALUED_OPTION.fullmatch(option)
        letter, value = found.groups() if found else ("", "")
        if (letter and not value) or option == VALUED_LONG_OPTION:
            value = rest.pop(0) if rest else ""
        if letter in ("c", "m"):
            return rest if letter == "m" and value.removesuffix(".__main__") in PACKAGES else []
    if rest[:1] == ["--"]:
        del rest[0]
    return rest[1:] if rest and _is_our_program(rest[0]) else []


def _is_our_program(script: str) -> bool:
    """Whether a path leads to our `__main__.py` or our command, wherever it is installed, or is the folder that holds this one."""
    path = PureWindowsPath(script)  # it knows `/` too
    if path.name == MAIN.name:
        return path.parent.name in PACKAGES
    return path.name.removesuffix(".exe") == COMMAND or _names(script, FOLDER)


def _is_of_this_user(process: psutil.Process) -> bool:
    if sys.platform == "win32":
        return process.username() == psutil.Process().username()
    return set(process.uids()) == {os.getuid()}  # real, effective and saved


def _names(text: str, path: Path) -> bool:
    """Whether a text is the absolute path of the file or folder."""
    return os.path.isabs(text) and os.path.realpath(text) == os.path.realpath(path)  # noqa: PTH117 - of a text that may be anything
