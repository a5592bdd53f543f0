"""What the app and the command line know of the bandit."""

from dataclasses import dataclass
from typing import ClassVar

from trainer.config import RunSettings
from trainer.settings import setting
from trainer.tasks.about import About
from trainer.tasks.metric import COMMON, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class BanditSettings(RunSettings):
    """Every setting of a run that trains the bandit."""

    task: ClassVar[str] = "bandit"
    arms: int = setting(4, "Arms", "How many arms there are to pull.", "Game", at_least=2, at_most=20, role="problem")


BEST_ARM = Metric("Best arm", "share of pulls", "metrics", "rollout/best_arm_share")
ABOUT = About("bandit", "Bandit", BanditSettings, presets={"default": {}}, metrics={**COMMON, "best-arm": BEST_ARM})
