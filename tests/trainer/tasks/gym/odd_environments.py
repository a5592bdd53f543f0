"""Environments that misbehave, each in one way: `odd_environments:Odd-v0` with the option `fault`."""

import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray

Observation = NDArray[np.float32]
Step = tuple[Any, ...]
SEEN = np.zeros(2, np.float32)
RELEASED = threading.Event()
"""Set: what hangs goes on."""
WORKER_S = 120.0
MENDED = list[bool]()
"""Not empty: the fault in `step` has been mended since."""


class Odd(gymnasium.Env[Observation, np.int64]):
    """Episodes of ten steps; each step's reward is 1. From the step `after` on, counted over all episodes, something is wrong.

    Args:
        fault: the name of a method below.
        after: steps before.
        step_s: how long a step takes.
    """

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as Gymnasium declares it
    render_mode: str | None = None

    def __init__(self, fault: str = "none", after: int = 0, step_s: float = 0.0, render_mode: str | None = None) -> None:
        self.observation_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(2)
        self.fault, self.after, self.step_s, self.render_mode = fault, after, step_s, render_mode
        self.steps, self.in_episode, self.children = 0, 0, 0
        if fault == "raises in init":
            self.fail()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self.in_episode = 0
        if self.steps >= self.after and self.fault in RESETS:
            return RESETS[self.fault](self)
        return SEEN, {}

    def step(self, action: np.int64) -> Any:  # noqa: ARG002 - whatever is done, the same comes
        """Make a step."""
        if self.step_s:
            time.sleep(self.step_s)
        self.steps += 1
        self.in_episode += 1
        right: Step = (SEEN, 1.0, False, self.in_episode >= 10 and self.fault != "endless", {})
        if self.steps > self.after and self.fault in STEPS and not MENDED:
            return STEPS[self.fault](self, right)
        return right

    def render(self) -> Any:
        """A grey picture."""
        if self.fault == "raises in render":
            self.fail()
        return np.full((8, 8, 3), 128, np.uint8)

    def close(self) -> None:
        """End."""
        if self.fault == "raises in close":
            self.fail()

    def fail(self) -> NoReturn:
        """Raise what an environment raises."""
        raise ZeroDivisionError("of its own")


def _raises(env: Odd, *_: Any) -> NoReturn:
    env.fail()


def _exits(*_: Any) -> NoReturn:
    raise SystemExit(3)


def _dies(*_: Any) -> NoReturn:
    os._exit(5)


def _hangs(_: Odd, right: Step = (SEEN, {})) -> Step:
    while not RELEASED.wait(0.02):
        pass
    return right


def _forks(env: Odd, right: Step) -> Step:
    """Once: a copy that comes back, and one that stays away for a while."""
    if env.children == 0:
        env.children = 2
        if os.fork() != 0 and os.fork() == 0:
            os.write(1, f"stays away: {os.getpid()}\n".encode())
            time.sleep(WORKER_S)
            os._exit(0)
    return right


def _copies_itself(env: Odd, right: Step) -> Step:
    """Once: a copy that comes back, as a library that forks and fails leaves one."""
    if env.children == 0:
        env.children = 1
        os.fork()
    return right


def _floods(env: Odd, right: Step) -> Step:
    """It prints, then it computes for ever and lets no other thread of Python in."""
    sys.stdout.write("x" * 1_000_000)
    sys.stdout.flush()
    if env.steps == 10:
        os.write(1, f"computes: {os.getpid()}\n".encode())
        sum(range(10**13))
    return right


def _draws(_: Odd, right: Step) -> Step:
    drawn = random.random() + np.random.random() + float(torch.rand(1))  # noqa: NPY002 - as environments do
    return (np.array([drawn / 3, 0], np.float32), *right[1:])


def _warns(env: Odd, right: Step) -> Step:
    if env.steps < 20:
        gymnasium.logger.warn(f"Low on {env.steps % 2}.")
        warnings.warn("a library's own business", DeprecationWarning, stacklevel=2)
    return right


def _takes_signals(env: Odd, right: Step) -> Step:
    if env.steps == env.after + 1:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return right


def _moves(_: Odd, right: Step) -> Step:
    os.chdir("/")
    return right


ODD_INFO: dict[Any, Any] = {
    "step": 5,
    "reward": -1.0,
    "episode": 7,
    "length": 3,
    "at": 1,
    "named": 2,
    "truncated": 4,
    "nothing": float("nan"),
    "endless": float("inf"),
    "huge": 10**400,
    "large": 1e305,
    5: 5,
    None: 1,
    "<b>bold</b>": 1,
    "two\nlines": 1,
    "": 1,
    "nested": {"a": [1, {2}]},
    "text": "x",
    "array": np.zeros((3, 3)),
    "complex": 1j,
    "yes": True,
    "n" * 500: 1,
}


def _says(env: Odd, right: Step) -> Step:
    more = {f"number {number}": number for number in range(10_000 if env.in_episode == 10 else 3)}
    return (*right[:4], {**ODD_INFO, **more, f"new {env.steps}": 1})


def _with(number: int, value: Any) -> Callable[[Odd, Step], Step]:
    """One of the five values of a step is another."""

    def step(_: Odd, right: Step) -> Step:
        return (*right[:number], value, *right[number + 1 :])

    return step


RESETS: dict[str, Callable[[Odd], Any]] = {
    "raises in reset": _raises,
    "exits in reset": _exits,
    "nan at reset": lambda _: (SEEN * np.nan, {}),
    "observation alone at reset": lambda _: SEEN,
    "no info at reset": lambda _: (SEEN, None),
    "hangs in reset": _hangs,
}
STEPS: dict[str, Callable[[Odd, Step], Any]] = {
    "raises in step": _raises,
    "exits in step": _exits,
    "dies in step": _dies,
    "hangs in step": _hangs,
    "forks": _forks,
    "copies itself": _copies_itself,
    "floods": _floods,
    "warns": _warns,
    "takes signals": _takes_signals,
    "moves": _moves,
    "odd infos": _says,
    "draws": _draws,
    "nan reward": _with(1, float("nan")),
    "infinite reward": _with(1, float("inf")),
    "no reward": _with(1, None),
    "two rewards": _with(1, np.ones(2)),
    "nan observation": _with(0, np.array([0, np.nan], np.float32)),
    "infinite observation": _with(0, np.array([np.inf, 0], np.float32)),
    "wrong shape": _with(0, np.zeros(3, np.float32)),
    "text": _with(0, "left"),
    "nothing": _with(0, None),
    "other dtype": _with(0, [0, 0]),
    "out of bounds": _with(0, SEEN + 5),
    "four values": lambda _, right: right[:4],
    "no flag": _with(2, "no"),
    "no info": _with(4, None),
}

gymnasium.register("Odd-v0", Odd)  # type: ignore[arg-type]  # a class is what is registered, in all of Gymnasium's own examples too


class Bare(Odd):
    """It says nothing of itself."""

    metadata = None  # type: ignore[assignment]


class Unlike(Odd):
    """Its metadata are others."""

    metadata = {}  # noqa: RUF012 - as Gymnasium declares it


gymnasium.register("Unlike-v0", f"{__name__}:Unlike")
gymnasium.register("Bare-v0", Bare)  # type: ignore[arg-type]  # see above
gymnasium.register("Made-v0", lambda **options: Bare(**options))  # noqa: PLW0108 - what makes it has no metadata either
