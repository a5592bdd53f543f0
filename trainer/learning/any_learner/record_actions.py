"""How each episode of an environment began and what was done in it: enough to see it again, a few bytes a step."""

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.core import ActType, ObsType

RECORDED = "recorded_actions"
"""In the last `info` of an episode: its `Actions`."""
GENERATOR = "PCG64"
"""What environments draw from, unless they bring another one."""


@dataclass(frozen=True, slots=True)
class Actions:
    """An episode, to be made again."""

    seed: int | None
    """That `reset` got; None: the environment went on with the generator that it had."""
    generator: tuple[int, int, int, int] | None
    """Without a seed: the state of that generator (PCG64) before `reset`; None: there was none, or another one."""
    options: dict[str, Any] | None
    """That `reset` got."""
    content: bytes
    """The actions one after the other, each as an array of the action space; of an episode too long to be kept, the first ones."""

    def __deepcopy__(self, _: Any) -> "Actions":
        return self  # `DummyVecEnv` copies what it hands on


class RecordActions(gymnasium.Wrapper[ObsType, ActType, ObsType, ActType]):
    """Records actions. Right around what `gymnasium.make` gives: wrappers further out may make steps of their own, which count too.

    Args:
        env: its actions are a `Box`, `Discrete`, `MultiDiscrete` or `MultiBinary`.
        max_bytes: of an episode.
    """

    def __init__(self, env: gymnasium.Env[ObsType, ActType], max_bytes: int) -> None:
        super().__init__(env)
        self._dtype, self._max_bytes = np.dtype(env.action_space.dtype), max_bytes
        self._content = bytearray()
        self._seed: int | None = None
        self._generator: tuple[int, int, int, int] | None = None
        self._options: dict[str, Any] | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[ObsType, dict[str, Any]]:
        """Begin an episode."""
        self._seed, self._options = seed, options
        self._generator = None if seed is not None else generator_of(self.env)
        self._content = bytearray()
        return self.env.reset(seed=seed, options=options)

    def step(self, action: ActType) -> tuple[ObsType, Any, bool, bool, dict[str, Any]]:
        """Make a step."""
        if len(self._content) < self._max_bytes:
            known: Any = action
            self._content += (known if getattr(action, "dtype", None) == self._dtype else np.asarray(action, self._dtype)).tobytes()
        result = self.env.step(action)
        if result[2] or result[3]:
            result[4][RECORDED] = Actions(self._seed, self._generator, self._options, bytes(self._content))
        return result


def generator_of(env: gymnasium.Env[Any, Any]) -> tuple[int, int, int, int] | None:
    """The state of an environment's generator; None if it has none yet, or one that `set_generator` could not put back."""
    generator = getattr(env.unwrapped, "_np_random", None)  # to ask for `np_random` makes one
    if not isinstance(generator, np.random.Generator) or type(generator.bit_generator).__name__ != GENERATOR:
        return None
    state: Any = generator.bit_generator.state
    return state["state"]["state"], state["state"]["inc"], state["has_uint32"], state["uinteger"]


def set_generator(env: gymnasium.Env[Any, Any], state: tuple[int, int, int, int]) -> None:
    """Give an environment a generator in a state that `generator_of` has told.

    Raises:
        ValueError, TypeError, OverflowError: it is no such state.
    """
    bits: Any = np.random.PCG64()
    numbers, increment, has_more, more = state
    bits.state = {
        "bit_generator": GENERATOR, "state": {"state": numbers, "inc": increment}, "has_uint32": has_more, "uinteger": more,
    }  # fmt: skip
    env.unwrapped.np_random = np.random.Generator(bits)
