"""The state of environments that are trained in: kept as it is where that works, else by making the last steps again.

Environments of others may hold windows, files or objects of C that no pickle takes, or that a pickle begins anew without a word.
Most of them still do the same again when they get the same generator and the same actions: then what was done since their last
`reset` is kept. Which of the two holds is tried out with environments of their own (`how_to_keep`), never believed. Where neither
does, the wrappers are kept, with their averages, and episodes begin anew.
"""

import copy
import inspect
import io
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cloudpickle  # type: ignore[import-untyped]
import gymnasium
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecEnvWrapper

from ...errors import reason
from .generators import Generators, generators_kept
from .soundness import close_quietly

How = Literal["pickled", "replayed", "anew"]
STEPS_BEFORE, STEPS_COMPARED, LONGEST_S = 40, 200, 2.0
DRAWN_WITH = ("pygame", "glfw", "OpenGL")
"""Packages of windows and what is drawn in them: made again when a picture is asked for."""
OF_CLASS = "class_attributes"  # of a wrapper of several environments: its class, not its state, and not to be pickled


@dataclass(slots=True)
class Past:
    """How the episode that is going on began, and what was done since."""

    generator: dict[str, Any] | None
    """The state of the environment's generator before `reset`; None: it had none yet."""
    arguments: dict[str, Any]
    """Those of `reset`."""
    actions: list[Any]


class Recorder:
    """Remembers the past of one environment: its innermost one, whose `reset` and `step` it takes the place of."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        self._env: Any = env
        self._reset, self._step = self._env.reset, self._env.step
        self.past: Past | None = None
        self._inside = False  # some environments make a step in their `reset`, or begin anew in `step`: that is no act of the learner
        vars(self._env).update(reset=self.reset, step=self.step)

    def reset(self, **arguments: Any) -> Any:
        """Begin an episode."""
        generator = self._env._np_random  # noqa: SLF001 - to ask for `np_random` makes one
        state = None if generator is None else copy.deepcopy(generator.bit_generator.state)
        if not self._inside:
            self.past = Past(state, copy.deepcopy(arguments), [])
        return self._within(self._reset, **arguments)

    def step(self, action: Any) -> Any:
        """Make a step."""
        if self.past is not None and not self._inside:
            self.past.actions.append(copy.copy(action))
        return self._within(self._step, action)

    def replay(self, past: Past | None) -> None:
        """Bring the environment to where another one's past ends."""
        if past is None:
            return
        if past.generator is not None:
            self._env.np_random.bit_generator.state = past.generator
        self.reset(**past.arguments)
        for action in past.actions:
            self.step(action)
        self.past = copy.deepcopy(past)

    def _within(self, act: Callable[..., Any], *words: Any, **named: Any) -> Any:
        before, self._inside = self._inside, True
        try:
            return act(*words, **named)
        finally:
            self._inside = before


@dataclass(frozen=True, slots=True)
class SavedEnvs:
    """Environments, as they were."""

    pickled: bytes
    """All of them but for what they are kept without; see `EnvironmentKeeper`."""
    pasts: list[Past | None]


class EnvironmentKeeper:
    """Saves environments and puts them back.

    Args:
        envs: the outermost object of all; it stays the same.
        how: what `how_to_keep` has found.
    """

    def __init__(self, envs: VecEnv, how: How) -> None:
        self._envs, self._how = envs, how
        inner = envs.unwrapped
        each = inner.envs if isinstance(inner, DummyVecEnv) else []
        bases = [env.unwrapped for env in each]
        self._recorders = [Recorder(base) for base in bases] if how == "replayed" else []
        self._kept_out: Sequence[Any] = {"pickled": (), "replayed": bases, "anew": each}[how]

    def save(self) -> SavedEnvs:
        """The environments as they are."""
        pickled = io.BytesIO()
        _Pickler(pickled, self._kept_out).dump(self._envs)
        return SavedEnvs(pickled.getvalue(), [copy.deepcopy(recorder.past) for recorder in self._recorders])

    def put_back(self, saved: SavedEnvs) -> bool:
        """Bring the environments to where `save` was called; returns whether they are: else the caller resets them."""
        loaded = _Unpickler(io.BytesIO(saved.pickled), self._kept_out).load()
        self._envs.__dict__.update(loaded.__dict__)
        for recorder, past in zip(self._recorders, saved.pasts, strict=True):
            recorder.replay(past)
        return self._how != "anew"


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


class _Unpickler(pickle.Unpickler):
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


def how_to_keep(make_envs: Callable[[], VecEnv]) -> tuple[How, str]:
    """How the state of such environments can be kept, and why not better, in words; nothing if it is exact.

    A second one is put where a first one is, and both are taken along the same way; all they show must be the same, bit by bit.

    Args:
        make_envs: makes one, as it is trained in.
    """
    why = ""
    with generators_kept():
        for how in ("pickled", "replayed"):
            try:
                if _goes_on_alike(make_envs(), make_envs(), how):
                    return how, ""
                why = why or "it does not do the same again when it is put back"
            except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
                why = reason(error)
    return "anew", why


def _goes_on_alike(one: VecEnv, other: VecEnv, how: How) -> bool:
    first, second = EnvironmentKeeper(one, how), EnvironmentKeeper(other, how)
    actions, until = copy.deepcopy(one.action_space), time.monotonic() + LONGEST_S
    actions.seed(1)
    one.seed(1)
    one.reset()
    try:
        for _ in range(STEPS_BEFORE):
            one.step(np.array([actions.sample()]))
            if time.monotonic() > until:
                break
        second.put_back(first.save())
        for _ in range(STEPS_COMPARED):
            action, before = np.array([actions.sample()]), Generators.now()  # some draw from those that all share
            done = one.step(action)[:3]
            after = Generators.now()
            before.put_back()
            if not _same(done, other.step(action)[:3]):
                return False
            after.put_back()
            if time.monotonic() > until:
                break
    finally:
        close_quietly(one)
        close_quietly(other)
    return True


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return all(_same(one[name], other[name]) for name in one)
    if isinstance(one, tuple):
        return all(_same(first, second) for first, second in zip(one, other, strict=True))
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()
