"""The state of environments that are trained in: kept as it is where that works, else by making the last steps again.

Environments of others may hold windows, files or objects of C that no pickle takes, or that a pickle begins anew without a word.
Most of them still do the same again when they get the same generator and the same actions: then their past is kept (see `past`).
Which of the two holds is tried out (see `shadow`), never believed. Where neither does, the averages of wrappers around all environments
are kept, and episodes begin anew.
"""

import inspect
import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import cloudpickle  # type: ignore[import-untyped]
import gymnasium
from gymnasium.envs.registration import EnvSpec
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecEnvWrapper

from .generators import generators_kept
from .own_pickles import Unpickler
from .past import Past, PastRecorder

How = Literal["pickled", "replayed", "anew"]
DRAWN_WITH = ("pygame", "glfw", "OpenGL")
"""Packages of windows and what is drawn in them: made again when a picture is asked for."""
OF_CLASS = "class_attributes"  # of a wrapper of several environments: its class, not its state, and not to be pickled
PENDING = ("_seeds", "_options")  # what several environments will hand to their next `reset`


@runtime_checkable
class InSubprocesses(Protocol):
    """Environments in processes of their own: see `subprocesses`."""

    def env_method(self, method_name: str, *method_args: Any) -> list[Any]:
        """Call a method of each."""

    def call_each(self, method: str, arguments: Sequence[Any]) -> list[Any]:
        """Call a method of each, with an argument of its own."""


@dataclass(frozen=True, slots=True)
class SavedEnv:
    """One environment with its wrappers, as it was."""

    pickled: bytes
    past: Past | None


class EnvKeeper:
    """Saves one environment and puts it back.

    Args:
        env: with its wrappers.
        how: what `how_to_keep` has found.

    Attributes:
        env: the environment; `put_back` may put another object in its place.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], how: How) -> None:
        self.env, self._how = env, how
        base = env.unwrapped
        self._recorder = PastRecorder(base) if how == "replayed" else None
        kept_out: dict[How, Sequence[Any]] = {"pickled": [], "replayed": [base], "anew": [env]}
        self._kept_out = [*kept_out[how], *_writers_of(env)]

    def save(self) -> SavedEnv:
        """The environment as it is."""
        return SavedEnv(_pickled(self.env, self._kept_out), self._recorder.past if self._recorder is not None else None)

    def put_back(self, saved: SavedEnv) -> bool:
        """Bring the environment to where `save` was called; returns whether it is: else the caller resets it."""
        if self._how == "anew" or (self._recorder is not None and saved.past is None):
            return False
        self.env = _unpickled(saved.pickled, self._kept_out)
        if self._recorder is not None and saved.past is not None:
            self._recorder.replay(saved.past)
        return True

    def begin_with_reset(self, make: Callable[[], gymnasium.Env[Any, Any]]) -> None:
        """Take it that the environment was just reset, as far as that can be found out; else it is known from its next `reset` on.

        Args:
            make: makes another one of the same kind.
        """
        if self._recorder is None or _steps_since_reset(self.env) != 0:
            return
        with generators_kept(), suppress(Exception):  # somebody else's code
            another = make()
            self._recorder.begin_with_reset(another)
            another.close()

    def release(self) -> None:
        """Leave the environment as it was before it was kept."""
        if self._recorder is not None:
            self._recorder.release()


def _steps_since_reset(env: Any) -> int | None:
    """As a wrapper that limits them has counted; None if there is none."""
    while isinstance(env, gymnasium.Wrapper):
        if isinstance(env, gymnasium.wrappers.TimeLimit):
            return env._elapsed_steps  # noqa: SLF001 - it has no public name
        env = env.env
    return None


def copy_of_env(env: gymnasium.Env[Any, Any]) -> gymnasium.Env[Any, Any]:
    """Another environment in the state of this one, which writes no file and opens no window.

    Raises:
        Exception: whatever keeps it from being pickled.
    """
    writers = _writers_of(env)
    copied: gymnasium.Env[Any, Any] = _unpickled(_pickled(env, writers), [None] * len(writers))
    return _unseen(copied)


def another_env(spec: EnvSpec) -> gymnasium.Env[Any, Any]:
    """Another environment of the same id, which opens no window.

    Raises:
        Exception: whatever keeps it from being made.
    """
    return _unseen(gymnasium.make(spec, disable_env_checker=True))


def _unseen(env: gymnasium.Env[Any, Any]) -> gymnasium.Env[Any, Any]:
    vars(env.unwrapped)["render_mode"] = None
    return env


def _writers_of(env: Any) -> list[Any]:
    """The files that monitors write to, of an environment and its wrappers: they belong to the process."""
    found = list[Any]()
    while env is not None:
        if (writer := vars(env).get("results_writer")) is not None:
            found.append(writer)
        env = vars(env).get("env", vars(env).get("venv"))
    return found


@dataclass(frozen=True, slots=True)
class SavedEnvs:
    """Environments that are stepped together, as they were."""

    wrappers: bytes
    """Those around all of them."""
    each: list[Any]
    pending: dict[str, Any]


class EnvironmentKeeper:
    """Saves environments and puts them back.

    Args:
        envs: the outermost object of all; it stays the same.
        how: what `how_to_keep` has found.

    Raises:
        TypeError: they are stepped together in a way that is not known here, and are not to begin anew.
    """

    def __init__(self, envs: VecEnv, how: How) -> None:
        self._envs, self._inner = envs, envs.unwrapped
        self._keepers: list[EnvKeeper] = []
        self._kept_out = [self._inner, *_writers_of(envs)]
        if isinstance(self._inner, InSubprocesses):
            self._inner.env_method("start_keeping", how)
        elif isinstance(self._inner, DummyVecEnv):
            self._keepers = [EnvKeeper(env, how) for env in self._inner.envs]
        elif how != "anew":
            raise TypeError(f"environments must be in a DummyVecEnv or in `Subprocesses`; they are in a {type(self._inner).__name__}")

    def save(self) -> SavedEnvs:
        """The environments as they are."""
        inner = self._inner
        each = inner.env_method("save_env") if isinstance(inner, InSubprocesses) else [keeper.save() for keeper in self._keepers]
        return SavedEnvs(_pickled(self._envs, self._kept_out), each, {name: vars(inner)[name] for name in PENDING})

    def put_back(self, saved: SavedEnvs) -> bool:
        """Bring the environments to where `save` was called; returns whether they are: else the caller resets them all."""
        vars(self._envs).update(vars(_unpickled(saved.wrappers, self._kept_out)))
        vars(self._inner).update(saved.pending)
        if isinstance(self._inner, InSubprocesses):
            return all(self._inner.call_each("put_env_back", saved.each))
        exact = [keeper.put_back(one) for keeper, one in zip(self._keepers, saved.each, strict=True)]
        if not exact:
            return False
        vars(self._inner)["envs"] = [keeper.env for keeper in self._keepers]
        return all(exact)

    def begin_with_reset(self, make: Callable[[], gymnasium.Env[Any, Any]]) -> None:
        """Take it that all were just reset; see `EnvKeeper`."""
        for keeper in self._keepers:
            keeper.begin_with_reset(make)

    def release(self) -> None:
        """Leave the environments as they were before they were kept."""
        for keeper in self._keepers:
            keeper.release()


def _pickled(root: Any, kept_out: Sequence[Any]) -> bytes:
    content = io.BytesIO()
    _Pickler(content, kept_out).dump(root)
    return content.getvalue()


def _unpickled(content: bytes, kept_out: Sequence[Any]) -> Any:
    return _Unpickler(io.BytesIO(content), kept_out).load()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles environments as they are: their own `__getstate__` may begin them anew (`EzPickle`) or leave things out (`VecNormalize`)."""

    def __init__(self, file: io.BytesIO, kept_out: Sequence[Any]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._kept_out = {id(one): number for number, one in enumerate(kept_out)}

    def persistent_id(self, obj: Any) -> int | None:
        """What is kept out is named by its number."""
        return self._kept_out.get(id(obj))

    def reducer_override(self, obj: Any) -> Any:
        """Environments by their attributes, without windows."""
        if isinstance(obj, gymnasium.Env | VecEnv):
            return _new, (type(obj),), dict(_attributes(obj)), None, None, _fill
        return super().reducer_override(obj)


class _Unpickler(Unpickler):
    def __init__(self, file: io.BytesIO, kept_out: Sequence[Any]) -> None:
        super().__init__(file)
        self._kept_out = kept_out

    def persistent_load(self, pid: Any) -> Any:
        return self._kept_out[pid]


def _attributes(obj: Any) -> Iterator[tuple[str, Any]]:
    for name, value in obj.__dict__.items():
        if name != OF_CLASS:
            yield name, None if type(value).__module__.split(".", maxsplit=1)[0] in DRAWN_WITH else value


def _new(kind: type) -> Any:
    return object.__new__(kind)


def _fill(made: Any, attributes: dict[str, Any]) -> None:
    made.__dict__.update(attributes)
    if isinstance(made, VecEnvWrapper):
        setattr(made, OF_CLASS, dict(inspect.getmembers(type(made))))
