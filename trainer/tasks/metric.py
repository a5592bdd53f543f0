"""What a task measures: where the values of a metric are, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..run_files.columns import Floats

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing to compare.

    Attributes:
        log: which log its column is in.
        column: the name of its values there.
        better: which values are; None where neither is, so that it is drawn and not compared.
        counted: what it counts, `lines`; nothing if it counts nothing.
        one: a single one of these; if it is empty, `counted` without its last `s`.
        verb: what an agent does to what is counted: it `clears` more lines than another.
        headline: whether it is what people compare first.
        best: whether the largest value so far is meant.
        zero: whether its axis begins at 0.
        interval: its 95 % interval is in the columns `<interval>_low` and `<interval>_high`; empty if
            it has none.
    """

    label: str
    unit: str
    log: Literal["metrics", "evaluations"]
    column: str
    better: Better | None = "higher"
    counted: str = ""
    one: str = ""
    verb: str = "has"
    headline: bool = False
    best: bool = False
    zero: bool = True
    interval: str = ""

    @property
    def single(self) -> str:
        """One of what it counts: `line`."""
        return self.one or self.counted.removesuffix("s")

    @property
    def short_unit(self) -> str:
        """The unit without how it was measured: `lines per game` of `lines per game, greedy`."""
        return self.unit.partition(",")[0]

    def values(self, columns: Mapping[str, "Floats"]) -> "Floats":
        """Its values in the rows of its log (rows,)."""
        return best_so_far(columns[self.column]) if self.best else columns[self.column]


def best_so_far(values: "Floats") -> "Floats":
    """The largest value up to each row; NaN before the first that exists."""
    import numpy as np  # noqa: PLC0415 - whoever only describes a task needs no arrays

    return np.fmax.accumulate(values) if len(values) else values


LOGGED = ("train", "rollout", "time", "eval")  # prefixes under which stable-baselines3 names what it logs

EVALUATION = Metric("Mean reward", "reward per episode", "evaluations", "mean_reward", headline=True, interval="ci95")

COMMON: dict[str, Metric] = {
    "evaluation": EVALUATION,
    "best": Metric("Best evaluation so far", "reward per episode", "evaluations", "mean_reward", best=True),
    "reward": Metric("Reward per episode", "reward, mean of 100 episodes", "metrics", "rollout/ep_rew_mean"),
    "length": Metric("Episode length", "steps, mean of 100 episodes", "metrics", "rollout/ep_len_mean", None),
    "loss": Metric("Loss", "loss", "metrics", "train/loss", "lower"),
    "speed": Metric("Steps per second", "environment steps/s", "metrics", "time/fps"),
    "episodes": Metric("Episodes", "episodes", "metrics", "time/episodes", None),
    "updates": Metric("Gradient steps", "updates", "metrics", "updates", None),
}
"""What every task measures; a task that says nothing of its own has these."""


def recorded(name: str) -> Metric:
    """A number of the metrics that no task describes, by its name there: `train/entropy_loss` is an entropy loss."""
    prefix, _, last = name.rpartition("/")
    plain = prefix in LOGGED and last.replace("_", "").isalnum()
    return Metric(last.replace("_", " ").capitalize().replace(" kl", " KL") if plain else name, "value", "metrics", name, None)
