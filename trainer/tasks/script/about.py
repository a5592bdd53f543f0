"""What the app and the command line know of trainings in scripts of users. Nothing that learns is imported."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ...config import RunSettings
from ...settings import setting
from ..about import About
from ..metric import COMMON, EVALUATION, Metric

NAME = "script"
RECENT_REWARD = "recent_reward"


def _read(label: str, help: str, *, role: Any = "learning") -> Any:  # noqa: A002 - as `setting`
    return setting(None, label, help, "Script", role=role, nothing="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSettings(RunSettings):
    """What every training in a script has; the hyperparameters of its algorithm stand beside these in `config.json`."""

    task: ClassVar[str] = NAME

    env: str | None = _read("Environment", "Its id, or its class.", role="problem")
    algo: str | None = _read("Algorithm", "The class of the model.")
    policy: str | None = _read("Policy", "Its class.")
    n_envs: int = setting(1, "Parallel environments", "Environments that are stepped together.", "Script", at_least=1, at_most=100_000)
    wrappers: str | None = _read("Wrappers", "Around one environment, then around all of them, from the inside out.")
    script: str | None = _read("Script", "The file that was run.", role="recording")
    git_commit: str | None = _read("Git commit", "Of the script's folder.", role="recording")
    git_changes: Literal["none", "uncommitted", "unknown"] = setting(
        "unknown", "Changes", "Whether files in the script's folder differed from the commit.", "Script", role="recording"
    )
    torch_threads: int = setting(1, "Threads of torch", "Other numbers learn other weights.", "Script", at_least=1, at_most=100_000)
    seeded: Literal["yes", "no"] = setting(
        "yes", "Seeded", "no: the model had no seed, and each such run counts as one of a seed of its own.", "Script", role="recording"
    )
    best_by: Literal["evaluation", "training", "none"] = setting(
        "training", "Best model by", "Greedy episodes, the last training episodes, or none is kept.", "Script", role="recording"
    )
    replay_limit_mb: int = setting(
        1_000, "Replay buffer in checkpoints (MB)", "A larger one is kept in part: then a resume is not exact.", "Script",
        at_least=1, at_most=1_000_000, role="recording",
    )  # fmt: skip


TRAINING_REWARD = Metric("Reward per episode", "reward, mean of 100 episodes", "metrics", "rollout/ep_rew_mean", headline=True)

ABOUT = About(
    name=NAME,
    label="Script",
    settings=ScriptSettings,
    presets={"default": {}},
    problem="{env}",
    metrics={
        "reward": TRAINING_REWARD,
        "evaluation": EVALUATION,
        **{name: metric for name, metric in COMMON.items() if name not in ("reward", "evaluation")},
        "success": Metric("Success rate", "share of episodes", "metrics", "rollout/success_rate"),
    },
    where="script",
    elsewhere="It lives in a script: to go on with it, run the script again with CONTROL_ROOM_RESUME set to the run's id.",
)
