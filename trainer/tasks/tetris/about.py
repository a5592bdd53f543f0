"""What the app and the command line know of Tetris: its settings, its presets. Nothing that learns is imported."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ...config import RunSettings
from ...settings import setting
from ..about import About, Starter
from .metrics import METRICS

BestMetric = Literal["eval_lines", "episode_lines", "episode_reward"]
Randomizer = Literal["uniform", "bag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TetrisSettings(RunSettings):
    """Every setting of a run that trains Tetris."""

    task: ClassVar[str] = "tetris"

    best_metric: BestMetric = setting(
        "eval_lines", "Best model by",
        "eval_lines: mean lines of greedy games on fixed seeds. episode_lines, episode_reward: the best single training game.", "Run",
        role="recording",
    )  # fmt: skip
    target: float | None = setting(
        None, "Stop at", "Stop when the value that chooses the best model reaches this; nothing: run to the end.", "Run",
        at_least=1, at_most=1e9, advanced=False, role="measuring", live=True, nothing="no limit",
    )  # fmt: skip
    board_height: int = setting(
        20, "Board height", "Rows of the board; it is always 10 columns wide. 10 rows is much harder and its games are short.", "Game",
        at_least=4, at_most=40, advanced=False, role="problem",
    )  # fmt: skip
    randomizer: Randomizer = setting(
        "uniform", "Pieces", "uniform: every piece drawn independently (the literature's rule). bag: shuffled bags of seven.", "Game",
        role="problem",
    )  # fmt: skip
    max_pieces: int = setting(
        2_000, "Truncate games after (pieces)",
        "Training games are truncated after this many pieces, so that good players still see new games.",
        "Game", at_least=10, at_most=10_000_000,
    )  # fmt: skip
    practice_ceiling: int = setting(
        10, "Practice ceiling (rows)",
        "Training games end above this row, if the board is that high: mistakes soon count, and a careful player is learned. "
        "Evaluation uses the whole board.",
        "Learning", at_least=4, at_most=40,
    )  # fmt: skip
    n_envs: int = setting(
        16, "Parallel environments",
        "Training games played in lock step; each of them makes one environment step per network call.", "Learning",
        at_least=1, at_most=1_024,
    )  # fmt: skip
    net_arch: tuple[int, ...] = setting(
        (64, 64), "Hidden layers", "Units of each hidden layer of the value network that is applied to every placement.", "Learning",
        at_least=1, at_most=1_024,
    )  # fmt: skip
    learning_rate: float = setting(
        1e-3, "Learning rate", "Step size of the Adam optimiser at the start.", "Learning", at_least=1e-7, at_most=1.0, live=True
    )
    learning_rate_final: float = setting(
        1e-4, "Final learning rate", "What the learning rate falls to, in a straight line, until the last step.", "Learning",
        at_least=1e-7, at_most=1.0, live=True,
    )  # fmt: skip
    weight_averaging: float = setting(
        0.9997, "Weight averaging",
        "Share of the old value that a gradient step leaves in the running average of the weights, which is what plays; 0: the newest.",
        "Learning", at_least=0.0, at_most=0.99999, live=True,
    )  # fmt: skip
    gamma: float = setting(
        0.99, "Discount γ", "Weight of the next move's value: about 1 / (1 − γ) moves are looked ahead.", "Learning",
        at_least=0.0, at_most=0.9999, live=True,
    )  # fmt: skip
    batch_size: int = setting(128, "Batch size", "Transitions per gradient step.", "Learning", at_least=1, at_most=65_536, live=True)
    gradient_steps: int = setting(
        1, "Gradient steps", "Gradient steps after each move of all parallel games.", "Learning", at_least=1, at_most=1_000, live=True
    )
    buffer_size: int = setting(
        200_000, "Replay buffer", "Transitions kept for replay; one takes about 1.5 kB of memory.", "Learning",
        at_least=100, at_most=10_000_000,
    )  # fmt: skip
    learning_starts: int = setting(
        1_000,
        "Learning starts (steps)",
        "Random steps before the first gradient step.",
        "Learning",
        at_least=0,
        at_most=10_000_000,
        live=True,
    )
    target_update_interval: int = setting(
        320, "Target update (steps)", "Environment steps between two updates of the target network.", "Learning",
        at_least=1, at_most=10_000_000, live=True,
    )  # fmt: skip
    tau: float = setting(
        1.0, "Soft-update τ", "Share of the new weights in an update of the target network; 1 copies it.", "Learning",
        at_least=1e-4, at_most=1.0, live=True,
    )  # fmt: skip
    exploration_fraction: float = setting(
        0.01, "Exploration fraction", "Share of the run's steps over which ε falls to its final value.", "Learning",
        at_least=0.0, at_most=1.0,
    )  # fmt: skip
    exploration_initial_eps: float = setting(
        1.0, "Initial ε", "Share of random placements at the start.", "Learning", at_least=0.0, at_most=1.0
    )
    exploration_final_eps: float = setting(
        0.05, "Final ε", "Share of random placements after exploration.", "Learning", at_least=0.0, at_most=1.0, live=True
    )
    eval_max_pieces: int = setting(
        10_000, "Truncate evaluation games (pieces)",
        "Evaluation games are truncated after this many pieces; when over a quarter of them are, the number is doubled.", "Measuring",
        at_least=10, at_most=100_000_000, role="measuring", live=True,
    )  # fmt: skip

    replay_megabytes: int = setting(
        64, "Recorded episodes (MB)",
        "Disk space for evaluation games and best training games, to be watched again; the oldest go first, the best stay.", "Measuring",
        at_least=1, at_most=100_000, role="recording", live=True,
    )  # fmt: skip


SHORT = {"board_height": 10, "total_timesteps": 40_000, "eval_every": 2_500, "log_every": 500, "learning_starts": 500}
"""A low board: its games are short, so that so few steps already tell something and evaluations take no time."""

ABOUT = About(
    name="tetris",
    label="Tetris",
    settings=TetrisSettings,
    presets={
        "fast": {},
        "long": {"total_timesteps": 10_000_000},
        "10x10": {"board_height": 10, "total_timesteps": 2_000_000, "learning_rate_final": 1e-5, "eval_episodes": 100},
    },
    preset_help={
        "fast": "A strong player in minutes.",
        "long": "The same with hours to refine it.",
        "10x10": "The low board of the literature's comparisons.",
    },
    starters=(
        Starter("Tetris", "From stacking at random to games of tens of thousands of lines.", "long games after a minute"),
        Starter(
            "Tetris, 10 rows",
            "A low board, on which every mistake ends the game: slow progress, in small steps.",
            "about a minute",
            {"board_height": 10, "total_timesteps": 200_000, "eval_every": 10_000},
        ),
    ),
    problem="10 × {board_height}, {randomizer} pieces",
    metrics=METRICS,
    picture="board",
    step="piece",
    pages=("Replay", "Watch", "Play"),
    commands=("evaluate", "bundle", "import", "watch"),
    examples={f"rate {rate:g}": {**SHORT, "learning_rate": rate} for rate in (0.001, 0.0002)},
    fork_changes={"exploration_initial_eps": "exploration_final_eps"},  # no random start: the weights can play already
    fixed_in_fork=("net_arch",),
)
