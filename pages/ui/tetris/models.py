"""What only models of Tetris have on the models page; see `pages.ui.models.task_parts`."""

from collections.abc import Mapping
from typing import Any

from pages.ui.models.task_parts import ModelParts, Player
from pages.ui.tetris.references import NAMES, Reference, stored
from trainer.program import PACKAGE


def players() -> tuple[Player, ...]:
    """The published players, on every board that they were measured on."""
    return tuple(map(player_of, stored()))


def player_of(reference: Reference) -> Player:
    """A published player with its figures under the names of a report."""
    low, high = reference.ci95
    return Player(
        NAMES[reference.player],
        {"board_height": reference.board_height, "randomizer": reference.randomizer},
        {
            "mean_lines": reference.mean_lines,
            "lines_ci95_low": low,
            "lines_ci95_high": high,
            "episodes": reference.episodes,
            "truncated_episodes": reference.truncated_episodes,
        },
    )


def loading(file_name: str, settings: Mapping[str, Any]) -> str:  # noqa: ARG001 - see `ModelParts.loading`
    """How a model is loaded in Python."""
    return f"""from {PACKAGE}.tasks.tetris.learner.dqn import AfterstateDQN

model = AfterstateDQN.load("{file_name}")
"""


PARTS = ModelParts(
    metric_words={
        "eval_lines": "lines per greedy game",
        "episode_lines": "lines in one game",
        "episode_reward": "reward in one game",
        "recent_lines": "lines in the latest training games",
    },
    players=players,
    loading=loading,
    evaluation_help="Lines per game are spread roughly exponentially: over N games the mean is uncertain by about 2/√N of itself. "
    "Games end after 500,000 pieces.",
    at_least=True,
)
