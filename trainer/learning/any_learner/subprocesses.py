"""Environments that are stepped together, each in a process of its own.

A process ends with the trainer, however that ends, even in the middle of an endless step; signals that ask the trainer to end mean
nothing to it. What an environment raises is raised in the trainer.
"""

import atexit
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import wait
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import SubprocVecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from ...errors import EnvironmentFaultError
from ...streams import MAX_CHARACTERS
from .in_subprocess import FAILED, begin, show_stack

END_S = 5.0
LOG = "the end of trainer.log may say why"
Make = Callable[[], gymnasium.Env[Any, Any]]


class Subprocesses(SubprocVecEnv):
    """Environments in processes, started by a server that holds nothing of the trainer's.

    Args:
        makers: make one each, there.
        seed: of the global generators of the first process; the next one gets the next number.

    Raises:
        EnvironmentFaultError: one cannot be made.
    """

    def __init__(self, makers: Sequence[Make], seed: int) -> None:
        server = "forkserver" in multiprocessing.get_all_start_methods()
        if server:
            multiprocessing.set_forkserver_preload([__name__])  # seconds of import, once for all of them
        self.processes: list[Any] = []
        self._asked_for, self._shown = "", False
        characters = MAX_CHARACTERS // len(makers)
        with self._said("__init__"):
            each: list[Make] = [partial(begin, make, seed + number, characters) for number, make in enumerate(makers)]
            super().__init__(each, "forkserver" if server else "spawn")
        atexit.register(self.close)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Begin a step of each."""
        with self._said("step"):
            super().step_async(actions)

    def step_wait(self) -> VecEnvStepReturn:
        """Wait for the step of each."""
        with self._said("step"):
            result = super().step_wait()
        _raise_failures(result[3])
        _raise_failures(self.reset_infos)
        return result

    def reset(self) -> VecEnvObs:
        """Begin an episode in each."""
        with self._said("reset"):
            observations = super().reset()
        _raise_failures(self.reset_infos)
        return observations

    def env_method(self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of each."""
        with self._said("render" if method_name == "draw" else method_name):
            return super().env_method(method_name, *method_args, indices=indices, **method_kwargs)

    def draw(self) -> NDArray[np.uint8] | None:
        """See `Drawing.draw`: the first environment.

        Raises:
            EnvironmentFaultError: its `render` raises something.
        """
        drawn: NDArray[np.uint8] | Exception | None = self.env_method("draw", indices=0)[0]
        if isinstance(drawn, Exception):
            raise drawn
        return drawn

    def call_each(self, method: str, arguments: Sequence[Any]) -> list[Any]:
        """Call a method of every environment, each with an argument of its own."""
        with self._said(method):
            for remote, argument in zip(self.remotes, arguments, strict=True):
                remote.send(("env_method", (method, (argument,), {})))
            return [remote.recv() for remote in self.remotes]

    def close(self) -> None:
        """End the processes; one that does not end by itself is killed."""
        if self.closed:
            return
        self.closed = True
        for remote in self.remotes:
            with suppress(OSError):
                remote.send(("close", None))
        for process in self.processes:
            process.join(END_S)
            process.kill()
            process.join()
        for remote in self.remotes:
            remote.close()
        atexit.unregister(self.close)

    def explain_stall(self) -> str | None:
        """What of an environment is waited for; None if nothing is. The processes write to the trainer's log where they are."""
        if not self._asked_for:
            return None
        if not self._shown:
            self._shown = True
            for process in self.processes:
                show_stack(process.pid)
        return (
            f"An environment, in a process of its own, does not come back from its {self._asked_for}; the end of trainer.log tells "
            "where it is. Stop ends the trainer all the same; its last checkpoint and its best model are safe."
        )

    @contextmanager
    def _said(self, method: str) -> Iterator[None]:
        self._asked_for, self._shown = method, False
        try:
            yield
        except (EOFError, OSError):
            wait([process.sentinel for process in self.processes], END_S)
            ways = dict.fromkeys(_way(process.exitcode) for process in self.processes if process.exitcode is not None)
            raise EnvironmentFaultError(f"The process of an environment {' or '.join(ways) or 'has ended'} ({LOG}).") from None
        finally:
            self._asked_for = ""


def _way(exit_code: int) -> str:
    """How a process ended, in words."""
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"ended with exit code {exit_code}"
    return f"was killed by signal {-exit_code}"


def _raise_failures(infos: Sequence[dict[str, Any]]) -> None:
    for info in infos:
        if FAILED in info:
            raise EnvironmentFaultError(info[FAILED])
