"""Environments of somebody's own, as `--env tests.trainer.tasks.gym.own_envs:Masked-v0` finds them."""

import threading
import time
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

LENGTH = 20
HERE = f"{__name__}:"


class Line(gymnasium.Env[Any, Any]):
    """A random walk on a line: the reward is how near the action was to the place."""

    def __init__(self) -> None:
        self.observation_space: spaces.Space[Any] = spaces.Box(-10, 10, (1,), np.float32)
        self.action_space: spaces.Space[Any] = spaces.Discrete(3)
        self.place, self.steps = 0.0, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self.place, self.steps = float(self.np_random.normal()), 0
        return self.see(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Make a step."""
        self.steps += 1
        self.place = float(np.clip(self.place + self.move(), -10, 10))
        reward = -abs(float(np.sum(action)) - self.place)
        return self.see(), reward, False, self.steps == LENGTH, {"is_success": reward > -1}

    def see(self) -> Any:
        """What is shown."""
        return np.array([self.place], np.float32)

    def move(self) -> float:
        """How the place changes."""
        return float(self.np_random.normal())


class Masked(Line):
    """It says which actions are allowed."""

    def action_masks(self) -> NDArray[np.bool_]:
        """Not the last one, on the left."""
        return np.array([True, True, self.place > 0])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Make a step; refuse what is not allowed."""
        if not self.action_masks()[action]:
            raise ValueError(f"{action} is not allowed")
        return super().step(action)


class Dictionary(Line):
    """Observations are a picture and bits, actions several choices at once."""

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = spaces.Dict(
            {"picture": spaces.Box(0, 255, (36, 36, 3), np.uint8), "bits": spaces.MultiBinary(4), "place": spaces.Box(-10, 10, (1,))}
        )
        self.action_space = spaces.MultiDiscrete([3, 2])

    def see(self) -> dict[str, Any]:
        """A grey picture."""
        bits = np.arange(4) < self.steps % 5
        place = np.array([self.place], np.float32)
        return {"picture": np.full((36, 36, 3), self.steps, np.uint8), "bits": bits.astype(np.int8), "place": place}


class Bits(Line):
    """Actions are bits."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = spaces.MultiBinary(2)


class Lasting(Line):
    """It holds what no pickle takes, and depends on all that ever was: it cannot be restored."""

    moves = 0

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def move(self) -> float:
        """A number that never comes again."""
        Lasting.moves += 1
        return Lasting.moves % 7 - 3.0


class Clock(Line):
    """It reads the clock."""

    def move(self) -> float:
        """What it says."""
        return time.perf_counter() % 1.0 - 0.5


class Global(Line):
    """It draws from NumPy's global generator."""

    def move(self) -> float:
        """A number of it."""
        return float(np.random.normal())  # noqa: NPY002


class Failing(Line):
    """It fails in its fifth step."""

    def move(self) -> float:
        """Nothing."""
        if self.steps == 5:
            raise RuntimeError("the wheel is off")
        return 0.0


for _kind in (Failing, Line, Masked, Dictionary, Bits, Lasting, Clock, Global):
    gymnasium.register(f"{_kind.__name__}-v0", f"{__name__}:{_kind.__name__}", disable_env_checker=True)
