"""Environments that are stepped together, each in a process of its own.

A process ends with the trainer, however that ends, even in the middle of an endless step; signals that ask the trainer to end mean
nothing to it. What an environment raises is raised in the trainer.
"""

import atexit
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.utils import set_random_seed
from stable_baselines3.common.vec_env import SubprocVecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from ...errors import EnvironmentFaultError, described
from ...signals import END_SIGNALS
from ..environment_faults import explained
from .drawing import Drawing
from .environment_state import EnvKeeper, How, SavedEnv
from .generators import Generators

FAILED = "failed"
"""In an `info`: what the environment raised, in words."""
END_S = 5.0
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
        with self._said():
            each: list[Make] = [partial(_begin, make, seed + number) for number, make in enumerate(makers)]
            super().__init__(each, "forkserver" if server else "spawn")
        atexit.register(self.close)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Begin a step of each."""
        with self._said():
            super().step_async(actions)

    def step_wait(self) -> VecEnvStepReturn:
        """Wait for the step of each."""
        with self._said():
            result = super().step_wait()
        _raise_failures(result[3])
        _raise_failures(self.reset_infos)
        return result

    def reset(self) -> VecEnvObs:
        """Begin an episode in each."""
        with self._said():
            observations = super().reset()
        _raise_failures(self.reset_infos)
        return observations

    def env_method(self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of each."""
        with self._said():
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
        with self._said():
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

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError):
            for process in self.processes:
                process.join(END_S / len(self.processes))
            codes = [process.exitcode for process in self.processes if process.exitcode is not None]
            raise EnvironmentFaultError(f"The process of an environment ended with exit code {codes}.") from None


class InSubprocess(gymnasium.Wrapper[Any, Any, Any, Any]):
    """The outermost wrapper of an environment in a process of its own: answers for it, and says what it raises."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        super().__init__(env)
        self._keeper: EnvKeeper | None = None
        self._drawing = Drawing()

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Make a step."""
        try:
            return self.env.step(action)
        except Exception as error:  # noqa: BLE001 - somebody else's code
            return self.observation_space.sample(), 0.0, False, False, _failure(error)

    def reset(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        try:
            return self.env.reset(**arguments)
        except Exception as error:  # noqa: BLE001 - somebody else's code
            return self.observation_space.sample(), _failure(error)

    def draw(self) -> NDArray[np.uint8] | Exception | None:
        """See `Drawing.draw`; what that raises is returned."""
        try:
            return self._drawing.draw(self.env.unwrapped)
        except Exception as error:  # noqa: BLE001 - somebody else's code
            return EnvironmentFaultError(_words(error))

    def start_keeping(self, how: How) -> None:
        """From now on its state can be saved."""
        self._keeper = EnvKeeper(self.env, how)

    def save_env(self) -> tuple[SavedEnv, Generators] | None:
        """Its state and that of the global generators here; None before `start_keeping`."""
        return (self._keeper.save(), Generators.now()) if self._keeper is not None else None

    def put_env_back(self, saved: tuple[SavedEnv, Generators]) -> bool:
        """See `EnvKeeper.put_back`."""
        exact = self._keeper is not None and self._keeper.put_back(saved[0])
        if self._keeper is not None:
            self.env = self._keeper.env
        saved[1].put_back()
        return exact


def _begin(make: Make, seed: int) -> InSubprocess:
    """Make the environment, in its process."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal: the trainer says when it is over
    threading.Thread(target=_end_with_trainer, name="trainer's end", daemon=True).start()
    set_random_seed(seed)
    return InSubprocess(make())


def _end_with_trainer() -> None:
    trainer = multiprocessing.parent_process()
    if trainer is not None:
        trainer.join()
        os._exit(1)


def _failure(error: Exception) -> dict[str, Any]:
    traceback.print_exc()  # to the trainer's log
    return {FAILED: _words(error)}


def _words(error: Exception) -> str:
    fault = explained(error)
    return described(error) if fault is error else str(fault)


def _raise_failures(infos: Sequence[dict[str, Any]]) -> None:
    for info in infos:
        if FAILED in info:
            raise EnvironmentFaultError(info[FAILED])
