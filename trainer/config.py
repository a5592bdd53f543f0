"""The settings that every run has, whatever it trains. Those of its task are added by a subclass; see `trainer.settings`.

What a person can change while a run is going on without changing what is learned (pause, visual mode, speed, board frequency) is no
setting of the run: it lives in `control.json`.
"""

from dataclasses import dataclass
from typing import ClassVar

from .settings import Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings(Settings):
    """The half of the settings that every run has."""

    task: ClassVar[str]
    """What is trained, as `config.json` names it."""

    total_timesteps: int = setting(
        1_000_000, "Total steps", "Environment steps, over all parallel environments, until the run is finished.", "Run",
        at_least=1, at_most=10_000_000_000, advanced=False,
    )  # fmt: skip
    seed: int = setting(
        1, "Seed", "Start of every random generator of the run. The same settings and seed learn exactly the same.", "Run",
        at_least=0, at_most=2**31 - 1, advanced=False,
    )  # fmt: skip
    target_reward: float | None = setting(
        None, "Stop at mean reward", "Stop when the mean reward of an evaluation reaches this; nothing: run to the end.", "Run",
        at_least=-1e9, at_most=1e9, advanced=False, role="measuring", live=True, nothing="no limit",
    )  # fmt: skip
    checkpoint_every_s: float = setting(
        120.0, "Checkpoint every (s)", "Seconds of training between two checkpoints, from which a run that was ended goes on exactly.",
        "Run", at_least=1.0, at_most=86_400.0, role="recording", live=True,
    )  # fmt: skip
    log_every: int = setting(
        2_000, "Metrics every (steps)", "Environment steps between two rows of metrics.", "Measuring",
        at_least=1, at_most=10_000_000, role="recording",
    )  # fmt: skip
    eval_every: int = setting(
        20_000, "Evaluate every (steps)",
        "Environment steps between two evaluations, at the least; long evaluations move the next one further away.", "Measuring",
        at_least=100, at_most=1_000_000_000, role="recording", live=True,
    )  # fmt: skip
    eval_episodes: int = setting(
        20, "Evaluation episodes", "Greedy episodes per evaluation, always on the same seeds.", "Measuring",
        at_least=1, at_most=1_000, role="measuring",
    )  # fmt: skip
