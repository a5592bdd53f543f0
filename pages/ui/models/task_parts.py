"""What only the models of one task have on this page: published players, a player of their own in Python, the words for its metrics.

This is the one place of the page that names a task: a task of ours with a module of its own for it. Any other has what every task has.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OWN = {"tetris": "..tetris.models", "gym": "..gym.models"}
REWARD_WORDS = {"mean_reward": "reward per greedy episode", "recent_reward": "reward in the latest training episodes"}
LOADING = """from stable_baselines3 import PPO  # or the algorithm that trained it

model = PPO.load("{file_name}")
"""


def load_by_any(file_name: str, settings: Mapping[str, Any]) -> str:  # noqa: ARG001 - see `ModelParts.loading`
    """How a model of any algorithm is loaded."""
    return LOADING.format(file_name=file_name)


@dataclass(frozen=True, slots=True)
class Player:
    """A published player, which stands in the table of its problem.

    Attributes:
        problem: the settings that say which one it is.
        figures: by their names in a report: `mean_lines`, `episodes`.
    """

    name: str
    problem: Mapping[str, Any]
    figures: Mapping[str, float | None]

    def value(self, name: str) -> float | None:
        """A figure by its name; None if there is none."""
        return self.figures.get(name)


@dataclass(frozen=True, slots=True)
class ModelParts:
    """What a task adds to the page.

    Attributes:
        metric_words: what the metrics count that choose its models, by their names in `metadata.json`.
        players: its published players.
        loading: how a model is loaded in Python, by the name of the download and the settings of the model.
        evaluation_help: what a person should know before choosing how many episodes an evaluation has.
        at_least: whether a mean over truncated episodes is only a lower bound of the true one.
    """

    metric_words: Mapping[str, str] = field(default_factory=lambda: REWARD_WORDS)
    players: Callable[[], Sequence[Player]] = tuple
    loading: Callable[[str, Mapping[str, Any]], str] = load_by_any
    evaluation_help: str = ""
    at_least: bool = False


NONE = ModelParts()


def parts_of(task: str) -> ModelParts:
    """What a task adds, by its name; nothing if it has no module."""
    # imported when it is asked for: it is made of what this module defines
    parts: ModelParts = importlib.import_module(OWN[task], __package__).PARTS if task in OWN else NONE
    return parts
