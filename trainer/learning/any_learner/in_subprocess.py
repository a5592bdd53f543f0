"""An environment in a process of its own, as that process sees it; see `subprocesses`."""

import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.utils import set_random_seed

from ... import streams
from ...errors import EnvironmentFaultError, described
from ...signals import END_SIGNALS
from ..environment_faults import explained
from .drawing import Drawing
from .environment_state import EnvKeeper, How, SavedEnv
from .generators import Generators

FAILED = "failed"
"""In an `info`: what the environment raised, in words."""
LOOK_S = 1.0
SHOW_STACK = getattr(signal, "SIGUSR1", None)


class InSubprocess(gymnasium.Wrapper[Any, Any, Any, Any]):
    """The outermost wrapper of an environment in a process of its own: answers for it, and says what it raises."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        super().__init__(env)
        self._keeper: EnvKeeper | None = None
        self._drawing = Drawing()
        self._pid = os.getpid()

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Make a step; what is returned is what stable-baselines3 would make of it in the trainer's own process."""
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
            info["TimeLimit.truncated"] = truncated and not terminated
            return self._save_obs(observation), np.float32(float(reward)), bool(terminated), bool(truncated), info
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
            return self.observation_space.sample(), 0.0, False, False, _failure(error)
        finally:
            self._end_copies()

    def reset(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        try:
            observation, info = self.env.reset(**arguments)
            return self._save_obs(observation), info if isinstance(info, dict) else {}
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
            return self.observation_space.sample(), _failure(error)
        finally:
            self._end_copies()

    def _save_obs(self, observation: Any) -> Any:
        """The observation as its space says, in new arrays; `environment_faults` explains what cannot be."""
        space = self.observation_space
        if not isinstance(space, spaces.Dict):
            fitted = np.empty(space.shape or (), space.dtype)
            fitted[...] = observation
            return fitted
        parts = {name: np.empty(part.shape or (), part.dtype) for name, part in space.spaces.items()}
        for name, part in parts.items():
            part[...] = observation[name]
        return parts

    def _end_copies(self) -> None:
        """End a copy of this process that the environment has made by `fork` and let go on: the trainer talks with one."""
        if os.getpid() != self._pid:
            os._exit(1)

    def draw(self) -> NDArray[np.uint8] | Exception | None:
        """See `Drawing.draw`; what that raises is returned."""
        try:
            return self._drawing.draw(self.env.unwrapped)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
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


def begin(make: Callable[[], gymnasium.Env[Any, Any]], seed: int, characters: int) -> InSubprocess:
    """Make the environment, in its process.

    Args:
        make: makes it.
        seed: of the global generators.
        characters: that it may print.
    """
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal: the trainer says when it is over
    if SHOW_STACK is not None:
        faulthandler.register(SHOW_STACK, file=2)
    streams.prepare_streams()
    streams.never_wait(characters)
    _be_killed_with_trainer()
    threading.Thread(target=_end_with_trainer, name="trainer's end", daemon=True).start()
    set_random_seed(seed)
    return InSubprocess(make())


def _be_killed_with_trainer() -> None:
    """Where the system can: an environment that holds the GIL lets no thread end this process. See `F_SETSIG` in fcntl(2)."""
    trainer = multiprocessing.parent_process()
    if sys.platform == "linux" and trainer is not None:
        import fcntl  # noqa: PLC0415 - not on Windows

        pipe = trainer.sentinel
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)


def show_stack(pid: int) -> None:
    """Let such a process write to its log what it is doing, where the system can ask it to."""
    if SHOW_STACK is not None:
        with suppress(OSError):
            os.kill(pid, SHOW_STACK)


def _end_with_trainer() -> None:
    trainer = multiprocessing.parent_process()
    if trainer is not None:
        while trainer.is_alive():
            trainer.join(LOOK_S)
            streams.drop_flood()
        os._exit(1)


def _failure(error: BaseException) -> dict[str, Any]:
    with streams.important():
        traceback.print_exc()  # to the trainer's log
    return {FAILED: _words(error)}


def _words(error: BaseException) -> str:
    fault = explained(error)
    return described(error) if fault is error else str(fault)
