"""What was done in an environment since a known moment: enough to bring another one to where it is.

That moment is its last `reset`. An emulator (of Atari games) can tell its state at any moment, but for the action that it may repeat
instead of the next one: there the moment lies so far back that another action has been taken since.
"""

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import gymnasium

MAX_ACTS = 200_000
"""In one episode: to do more again would take minutes, and to remember more memory without end."""
EMULATED_ACTS = 200
"""Since the state of an emulator: that an action was repeated all the time is as good as impossible."""


@runtime_checkable
class Emulator(Protocol):
    """What tells its own state, as the Arcade Learning Environment does."""

    def cloneSystemState(self) -> Any:  # noqa: N802 - its name
        """The state, with that of the generator; it can be pickled."""

    def restoreSystemState(self, state: Any) -> None:  # noqa: N802 - its name
        """Be as it was."""


class Act(NamedTuple):
    """A `reset` or a step."""

    reset: dict[str, Any] | None
    """Its arguments; None: it was a step."""
    action: Any
    """Of a step."""
    generator: dict[str, Any] | None
    """The state of the environment's generator before, where wrappers may have drawn from it: at a `reset` and at the step after one.
    None: as the act before has left it."""


@dataclass(slots=True)
class Past:
    """A moment, and what was done since."""

    emulated: Any
    """The state of the emulator; None: there is none."""
    acts: list[Act] = field(default_factory=list)
    generator: dict[str, Any] | None = None
    """The state of the environment's generator after all acts."""


class PastRecorder:
    """Remembers the past of one environment: its innermost one, whose `reset` and `step` it takes the place of."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        self._env: Any = env
        self._reset, self._step = self._env.reset, self._env.step
        emulator = getattr(env, "ale", None)
        self._emulator = emulator if isinstance(emulator, Emulator) else None
        self._pasts: list[Past] = []  # since two moments, in emulators: the later one takes over when it lies far enough back
        self._begins = False  # whether an episode does, with the next step
        self._inside = False  # some environments make a step in their `reset`, or begin anew in `step`: that is no act of the learner
        named = functools.wraps(self._reset)(functools.partial(self.reset))  # checkers look at what `reset` takes
        vars(self._env).update(reset=named, step=self.step)

    @property
    def past(self) -> Past | None:
        """A copy of it; None before the first episode, and where the episode is too long."""
        past = next(iter(self._pasts), None)
        return Past(past.emulated, [*past.acts], self._generator()) if past is not None else None

    def reset(self, **arguments: Any) -> Any:
        """Begin an episode."""
        if not self._inside:
            if self._emulator is None:
                self._pasts = [Past(None)]
            self._remember(Act(copy.deepcopy(arguments), None, self._generator()))
            self._begins = True
        return self._within(self._reset, **arguments)

    def step(self, action: Any) -> Any:
        """Make a step."""
        if not self._inside:
            self._remember(Act(None, copy.copy(action), self._generator() if self._begins else None))
            self._begins = False
        return self._within(self._step, action)

    def begin_with_reset(self, another: gymnasium.Env[Any, Any]) -> bool:
        """Take it that the last act was a `reset` with the seed of the environment's generator; returns whether that is so.

        Args:
            another: of the same kind: it is reset so, and must then have a generator in the same state.
        """
        seed, other = getattr(self._env, "_np_random_seed", None), another.unwrapped
        if self._emulator is not None or not isinstance(seed, int) or seed < 0:
            return self._emulator is not None
        other.reset(seed=seed)
        if other.np_random.bit_generator.state != self._generator():
            return False
        self._pasts, self._begins = [Past(None, [Act({"seed": seed}, None, None)])], True
        return True

    def release(self) -> None:
        """Let the environment's own `reset` and `step` take their places again."""
        for name in ("reset", "step"):
            vars(self._env).pop(name, None)

    def replay(self, past: Past) -> None:
        """Bring the environment to where another one's past ends."""
        if self._emulator is not None:
            self._emulator.restoreSystemState(past.emulated)
        self._pasts = []
        for act in past.acts:
            self._set_generator(act.generator)
            if act.reset is not None:
                self.reset(**act.reset)
            else:
                self.step(act.action)
        self._set_generator(past.generator)

    def _remember(self, act: Act) -> None:
        if self._emulator is not None and (not self._pasts or len(self._pasts[-1].acts) >= EMULATED_ACTS):
            self._pasts = [*self._pasts[-1:], Past(self._emulator.cloneSystemState())]
            act = act._replace(generator=self._generator())
        for past in self._pasts:
            past.acts.append(act)
        if self._pasts and len(self._pasts[0].acts) > MAX_ACTS:
            self._pasts = []

    def _generator(self) -> dict[str, Any] | None:
        generator = self._env._np_random  # noqa: SLF001 - to ask for `np_random` makes one
        return None if generator is None else copy.deepcopy(generator.bit_generator.state)

    def _set_generator(self, state: dict[str, Any] | None) -> None:
        if state is not None:
            self._env.np_random.bit_generator.state = state

    def _within(self, act: Callable[..., Any], *words: Any, **named: Any) -> Any:
        before, self._inside = self._inside, True
        try:
            return act(*words, **named)
        finally:
            self._inside = before
