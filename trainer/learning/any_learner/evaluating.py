"""A process beside training in which policies are evaluated.

It shares neither the GIL nor the generators of random numbers with the learner: training is not slowed by an environment that is
written in Python, and one that draws from a global generator draws nothing from training. It ends with the trainer, however that ends:
its pipe is closed then.
"""

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ... import streams
from ...errors import EvaluationError, described
from ..environment_faults import explained
from .learner_state import load_policy
from .normalization import load_statistics
from .play import Played, play_episodes

ASK_S = 0.05  # between two questions whether to go on: to answer one takes the GIL from training
ANSWER_S = 0.5  # between two looks at pause and stop while the process says nothing
PATIENCE_S = 300.0  # with one step of an environment
END_S = 5.0
FORKED = sys.platform == "linux"
"""Whether it is a copy of the trainer, which is there at once; where that is unsafe it imports everything itself, in seconds."""
FIRST_OWN_FILE, MANY_FILES = 3, 65_536  # after the standard streams; more than anybody opens, where the limit is none


@dataclass(frozen=True, slots=True)
class _Job:
    model: bytes
    seeds: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether to go on, and how many episodes have ended by now."""

    done: int


@dataclass(frozen=True, slots=True)
class _Failure:
    sentence: str
    details: str


class EvaluatingProcess:
    """Plays greedy episodes in a process of its own.

    Args:
        policy: one like those that are evaluated; its weights do not matter.
        make_envs: makes the environment of each evaluation, in that process.
    """

    def __init__(self, policy: BasePolicy, make_envs: Callable[[], VecEnv]) -> None:
        context: Any = multiprocessing.get_context("fork" if FORKED else "spawn")
        self._connection, its = context.Pipe()
        self._process = context.Process(target=_serve, args=(its, policy, make_envs), name="evaluator", daemon=True)
        self._process.start()
        its.close()

    def evaluate(
        self,
        model: bytes,
        seeds: Sequence[int],
        continue_training: Callable[[], bool],
        count: Callable[[int], None] = lambda _: None,
    ) -> Played | None:
        """Play one greedy episode a seed; see `play_episodes`.

        Args:
            model: the content of a `model.zip`, with the averages of observations that belong to it.
            seeds: of the episodes.
            continue_training: asked now and then; the episode waits for the answer.
            count: called as often, with the number of episodes that have ended.

        Raises:
            EvaluationError: the environment failed or hangs, or its process ended.
        """
        count(0)
        try:
            self._connection.send(_Job(model, seeds))
            silent_s = 0.0
            while True:
                if not self._connection.poll(ANSWER_S):  # a long step, or one without end
                    silent_s += ANSWER_S
                    if silent_s >= PATIENCE_S:
                        self.close()
                        raise EvaluationError(
                            f"An environment must come back from step and reset; in an evaluation one has not for {silent_s:,.0f} s."
                        )
                    if not continue_training():
                        self.close()
                        return None
                    continue
                silent_s = 0.0
                said = self._connection.recv()
                if not isinstance(said, _Question):
                    break
                count(said.done)
                self._connection.send(continue_training())
        except (EOFError, OSError):
            self._process.join(END_S)
            raise EvaluationError(f"The process that evaluates ended with exit code {self._process.exitcode}.") from None
        if isinstance(said, _Failure):
            raise EvaluationError(said.sentence) from RuntimeError(said.details)
        played: Played | None = said
        return played

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.kill()
        self._process.join(END_S)


def _serve(connection: Connection, policy: BasePolicy, make_envs: Callable[[], VecEnv]) -> None:
    """Evaluate what is sent until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal: the trainer says when it is over
    for number in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
        signal.signal(number, signal.SIG_DFL)
    if FORKED:
        _close_files_but(connection.fileno())
    th.set_num_threads(1)

    asked_at, done = time.monotonic(), 0

    def count(episodes: int) -> None:
        nonlocal done
        done = episodes

    def continue_training() -> bool:
        nonlocal asked_at
        if time.monotonic() - asked_at < ASK_S:
            return True
        streams.drop_flood()
        connection.send(_Question(done))
        answer = bool(connection.recv())
        asked_at = time.monotonic()
        return answer

    while True:
        try:
            job = connection.recv()
            load_policy(policy, job.model)
            with _made(make_envs) as envs:
                load_statistics(envs, job.model)
                said: Any = play_episodes(policy, envs, job.seeds, continue_training, count)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
            said = _Failure(described(explained(error)), traceback.format_exc())
        try:
            connection.send(said)
        except OSError:
            return


@contextmanager
def _made(make_envs: Callable[[], VecEnv]) -> Iterator[VecEnv]:
    """An environment of its own: what was played before must not matter."""
    envs = make_envs()
    try:
        yield envs
    finally:
        with suppress(Exception, SystemExit):  # somebody else's code, which is not needed any more
            envs.close()


def _close_files_but(kept: int) -> None:
    """The run's lock and its logs are the trainer's alone."""
    os.closerange(FIRST_OWN_FILE, kept)
    os.closerange(kept + 1, min(os.sysconf("SC_OPEN_MAX"), MANY_FILES))
