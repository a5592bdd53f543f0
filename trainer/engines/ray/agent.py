"""The agent of a node: starts trainers there and answers for their files. One a node and a folder of runs, not one a run.

Its folder, in the node's folder for temporary files:

| path | written by | holds |
|---|---|---|
| `RUN_ID/` | trainer, agent | a run directory like any other |
| `RUN_ID.begun` | agent | the token of the placement for which the trainer was begun |
| `RUN_ID.exit-TOKEN` | the trainer's parent | the exit code of the trainer; not there while it lives |
| `lease` | agent | renewed whenever the head asks for news: trainers stop when that ends (`trainer.learning.lease`) |

An agent knows nothing that is not there: one that is begun anew goes on with the trainers of the one before.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from ...endings import record_ending, why_ended
from ...errors import FormatError, TrainerStartError, reason
from ...probing import trainer_worker
from ...processes import trainer_command, trainer_environment
from ...program import home
from ...resources import oom_kills
from ...run_files.control import parse_control
from ...run_files.limits import MAX_TOKEN_BYTES
from ...run_files.locks import is_locked
from ...run_files.opening import (
    exists,
    is_real_folder,
    names_in,
    open_to_append,
    read_bytes,
    real,
    remove_file,
    remove_folder,
    replace_bytes,
    stamp,
    touch,
)
from ...run_files.run_directory import RUN_ID_PATTERN, RunDirectory
from ...run_files.status import read_status
from ...stopping import follow_stop
from .outbox import Outbox
from .wire import PIECE_BYTES, Ask, News

LOOK_INTERVAL_S = 0.05  # between two looks at the files
PACE_S = 0.25  # between two answers: each costs the head a millisecond
HURRIED_PACE_S = 0.05  # after a command, until it is acknowledged
HURRY_S = 2.0
FORK_PATIENCE_S = 10.0
START_PATIENCE_S = 30.0  # until a trainer must have taken its lock
LEASE_FILE = "lease"
RAYS_OWN = ("RAY_", "OMP_NUM_THREADS")  # variables that Ray gives an actor: a trainer must learn the same as elsewhere
PARENT = '"$@" >>"$CONTROL_ROOM_LOG" 2>&1 </dev/null; echo $? >"$CONTROL_ROOM_EXIT.new"; mv "$CONTROL_ROOM_EXIT.new" "$CONTROL_ROOM_EXIT"'
"""Waits for a trainer and says how it ended, for the agent is not its parent: Ray ends the children of an actor with it."""
FORK = f"( {PARENT} ) & exit 0"
SIGNALLED = 128  # a shell's exit code of a program that signal N has killed is so much more than N

StartTrainer = Callable[[RunDirectory, int], None]


class Agent:
    """See the module.

    Args:
        root: its folder; made if it is not there.
        lease_s: how long trainers go on without a head, in seconds.
        start: starts a trainer; given the run and the `seq` of its control file.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        root: Path,
        *,
        lease_s: float,
        start: StartTrainer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root = real(root)
        self._lease_s, self._start, self._clock = lease_s, start or self._start_detached, clock
        self._outboxes: dict[str, Outbox] = {}
        self._began_at: dict[str, float] = {}
        self._told = set[str]()
        self._answered_at = self._hurry_until = -HURRY_S
        self._kills = oom_kills()
        self.asked_at = clock()

    def runs(self) -> dict[str, str]:
        """The runs whose trainers were begun here and that the head did not forget; and what they were begun with."""
        self.asked_at = self._clock()
        found = dict[str, str]()
        for name in names_in(self.root):
            with contextlib.suppress(OSError):
                if RUN_ID_PATTERN.fullmatch(name):
                    found[name] = self._token(name)
        return found

    def at_work(self) -> list[str]:
        """Those on which a trainer is at work."""
        return [run_id for run_id in self.runs() if not self._has_ended(run_id)]

    def is_idle(self, idle_s: float) -> bool:
        """Whether nobody has asked for anything for so long, and no trainer is at work."""
        return self._clock() - self.asked_at > idle_s and not self.at_work()

    def receive(self, run_id: str, path: str, offset: int, content: bytes, modified_ns: int) -> None:
        """Take a piece of a file; its last piece leaves it with the time of change that the head's has.

        Raises:
            OSError: the disk is full.
        """
        target = self._run(run_id).path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(content)
        touch(target, modified_ns)

    def begin(self, run_id: str, control_seq: int, token: str) -> None:
        """Start a trainer on a run; see `Link`.

        Raises:
            TrainerStartError: it could not be started.
        """
        run = self._run(run_id)
        self._renew()
        self._began_at[run_id] = self._clock()
        self._outboxes.pop(run_id, None)
        replace_bytes(self._begun(run_id), token.encode("ascii"))
        try:
            self._start(run, control_seq)
        except TrainerStartError:
            remove_file(self._begun(run_id))
            raise

    def put(self, run_id: str, content: bytes) -> None:
        """Replace `control.json`; a stop is carried through here, where the trainer is."""
        run = self._run(run_id)
        self._hurry_until = self._clock() + HURRY_S
        with contextlib.suppress(FileNotFoundError):  # it was forgotten in this moment
            replace_bytes(run.control, content)
            if _says_stop(content):
                follow_stop(run)

    def news(self, asks: dict[str, Ask], wait_s: float) -> dict[str, News]:
        """What is new of some runs; see `Link`."""
        self.asked_at = self._clock()
        self._renew()
        give_up_at = self.asked_at + wait_s
        while True:
            now = self._clock()
            pace = HURRIED_PACE_S if now < self._hurry_until else PACE_S
            if now - self._answered_at >= pace:
                found = {run_id: news for run_id, ask in asks.items() if _is_new(news := self._news(run_id, ask))}
                if found or now >= give_up_at:
                    self._answered_at = self._clock()
                    return found
            time.sleep(LOOK_INTERVAL_S)

    def piece(self, run_id: str, path: str, listed: tuple[int, int], offset: int) -> bytes | None:
        """A piece of a file; see `Link`."""
        target = self._run(run_id).path / path
        self._renew()
        with contextlib.suppress(OSError):
            content = read_bytes(target, PIECE_BYTES - 1, offset=offset)
            found = stamp(target)
            if found is not None and (found[1], found[0]) == listed:
                return content[:PIECE_BYTES]
        return None

    def forget(self, run_id: str) -> None:
        """End the trainer of a run and delete the run; see `Link`."""
        run = self._run(run_id)
        with contextlib.suppress(FormatError):
            if (worker := trainer_worker(run, read_status(run))) is not None:
                worker.end("terminate")
        with contextlib.suppress(FileNotFoundError):
            remove_file(self._exit(run_id))
        remove_file(self._begun(run_id))
        remove_folder(run.path)
        self._outboxes.pop(run_id, None)

    def _news(self, run_id: str, ask: Ask) -> News:
        run = self._run(run_id)
        if not (exists(self._begun(run_id)) and is_real_folder(run.path)):
            return News(logs={}, more=False, status=None, listing=None, listing_id=0, ended=False, missing=True)
        outbox = self._outboxes.setdefault(run_id, Outbox(run))
        return outbox.news(ask, ended=self._has_ended(run_id))

    def _has_ended(self, run_id: str) -> bool:
        run = self._run(run_id)
        if is_locked(run.run_lock):
            return False
        if exists(self._exit(run_id)):
            self._tell_ending(run_id)
            return True
        began_at = self._began_at.setdefault(run_id, self._clock())
        return self._clock() - began_at > START_PATIENCE_S  # its parent was killed, too

    def _tell_ending(self, run_id: str) -> None:
        """Write once into the log which signal has killed a trainer, as its parent does here."""
        run, exit_file = self._run(run_id), self._exit(run_id)
        if exit_file.name in self._told:
            return
        self._told.add(exit_file.name)
        with contextlib.suppress(OSError, ValueError, FormatError):
            code, status = int(read_bytes(exit_file, 20)), read_status(run)
            if code > SIGNALLED and status is not None:
                record_ending(run.log, status.process.pid, why_ended(SIGNALLED - code, self._kills))

    def _start_detached(self, run: RunDirectory, control_seq: int) -> None:
        lease = ["--lease", str(self.root / LEASE_FILE), "--lease-seconds", f"{self._lease_s:g}"]
        words = trainer_command(["start", str(run.path), "--control-seq", str(control_seq), *lease])
        environment = {name: value for name, value in trainer_environment().items() if not name.startswith(RAYS_OWN)}
        environment |= {"CONTROL_ROOM_LOG": str(run.log), "CONTROL_ROOM_EXIT": str(self._exit(run.run_id))}
        os.close(open_to_append(run.log))
        try:
            shell = subprocess.Popen(
                ["/bin/sh", "-c", FORK, "sh", *words], cwd=home(), env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            shell.wait(FORK_PATIENCE_S)
        except (OSError, subprocess.SubprocessError) as error:
            raise TrainerStartError(f"The trainer could not be started ({reason(error)}).") from None

    def _renew(self) -> None:
        lease = self.root / LEASE_FILE
        with contextlib.suppress(OSError):
            replace_bytes(lease, b"")

    def _run(self, run_id: str) -> RunDirectory:
        if not RUN_ID_PATTERN.fullmatch(run_id):
            raise ValueError(run_id)
        return RunDirectory(self.root / run_id)

    def _exit(self, run_id: str) -> Path:
        """Of this beginning: the parent of an earlier trainer may still be about to write its own."""
        return self.root / f"{run_id}.exit-{self._token(run_id)}"

    def _token(self, run_id: str) -> str:
        return read_bytes(self._begun(run_id), MAX_TOKEN_BYTES).decode("ascii", "replace")

    def _begun(self, run_id: str) -> Path:
        return self.root / f"{run_id}.begun"


def _is_new(news: News) -> bool:
    return bool(news["logs"] or news["status"] or news["listing"] is not None or news["ended"] or news["missing"] or news["more"])


def _says_stop(content: bytes) -> bool:
    try:
        return parse_control(content).run == "stopped"
    except Exception:  # noqa: BLE001 - whatever it holds, the trainer says what is wrong with it
        return False
