"""`TetrisVecEnv`: stable-baselines3's view of a batch of games. A thin shell; the games are `game.batch.TetrisBatch`."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from ..game.batch import TetrisBatch
from ..game.env import TetrisEnv


class TetrisVecEnv(VecEnv):
    """Games in lock step with automatic restart: so many of `game.env.TetrisEnv`, whose docstring is the specification.

    Args:
        batch: the games.
    """

    def __init__(self, batch: TetrisBatch) -> None:
        self.batch = batch
        one_game = TetrisEnv(height=batch.height)
        super().__init__(batch.n_envs, one_game.observation_space, one_game.action_space)
        self.actions: NDArray[np.int64] = np.zeros(batch.n_envs, np.int64)
        """(games,) the last placements."""

    def reset(self) -> NDArray[np.int16]:
        """Start every game anew; returns observations (games, 374)."""
        return self.batch.reset()

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Keep the placements (games,) for `step_wait`."""
        self.actions = actions

    def step_wait(self) -> tuple[NDArray[np.int16], NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Make one move in every game."""
        step = self.batch.step(self.actions)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for game in step.finished:
            infos[game.slot] = {
                "terminal_observation": game.terminal_observation,
                "TimeLimit.truncated": bool(step.truncated[game.slot]),
                "reward": game.pieces - int(step.terminated[game.slot]),
                "lines": game.lines,
                "pieces": game.pieces,
                "seed": game.seed,
            }
        return step.observations, (~step.terminated).astype(np.float32), step.terminated | step.truncated, infos

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """The batch's attribute, once for each chosen game."""
        return [getattr(self.batch, attr_name, None) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:
        """Refused: the games share one batch."""
        raise AttributeError(f"{attr_name} cannot be set: the games of a batch share their settings; got {value!r} for {indices!r}.")

    def env_method(self, method_name: str, *args: Any, indices: int | Iterable[int] | None = None, **kwargs: Any) -> list[Any]:
        """Refused: the games are not separate objects."""
        raise AttributeError(f"{method_name} cannot be called on single games of a batch; got {args!r}, {kwargs!r} for {indices!r}.")

    def env_is_wrapped(self, wrapper_class: type[Any], indices: int | Iterable[int] | None = None) -> list[bool]:  # noqa: ARG002 - SB3's signature
        """No game is wrapped."""
        return [False for _ in self._get_indices(indices)]
