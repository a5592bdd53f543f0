"""A study at one moment, as the page shows it.

What is searched, its trials, and how each is named and linked.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from pages.ui.cache import Cache
from pages.ui.shell.navigation import LIVE, address_of
from pages.ui.text import plain, setting_text
from trainer.errors import FormatError
from trainer.numbers import MISSING, compact
from trainer.run_files.run_directory import RUN_ID_PATTERN
from trainer.run_files.studies import (
    Confirmed,
    Progress,
    Study,
    Trial,
    read_progress,
    read_study,
    read_trials,
)
from trainer.run_files.study_directory import StudyDirectory
from trainer.sweeping.starting import ACTIVE, SweepState
from trainer.tasks import describe
from trainer.tasks.about import About
from trainer.tasks.metric import Metric

MAX_DERIVED = 128  # charts and tables: a few a study
VALUE_DIGITS = 4  # of a value that the search has drawn: it is drawn to the last digit of a float
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """A study.

    Attributes:
        progress: what its process has said; None before its first word.
        trials: of the search, by number.
        again: those that repeat the best on new seeds, by number.
        problems: one sentence for each file that cannot be read.
        state: how it is, as its process, or the lack of one, tells.
        last_words: of a process that has died; empty if it had none.
    """

    directory: StudyDirectory
    study: Study
    progress: Progress | None
    trials: tuple[Trial, ...]
    again: tuple[Trial, ...]
    problems: tuple[str, ...]
    state: SweepState
    last_words: str = ""

    @property
    def active(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in ACTIVE

    @property
    def study_id(self) -> str:
        """What names it on disk and in links."""
        return self.directory.study_id

    @property
    def about(self) -> About:
        """What its task says of itself."""
        return describe(self.study.task)

    @property
    def metric(self) -> Metric:
        """What is compared; of a task that is not installed, what its name says."""
        name = self.study.metric
        return self.about.metrics.get(name) or Metric(plain(name, 40), plain(name, 40), "evaluations", name)

    @property
    def varied(self) -> dict[str, str]:
        """The settings in which the trials differ: name → what a person calls it."""
        labels = {one.name: one.label for one in self.about.settings.described()}
        return {one.setting: labels.get(one.setting) or plain(one.setting, 40) for one in self.study.vary}

    @property
    def complete(self) -> list[Trial]:
        """The trials of the search that have a score of all their seeds."""
        return [one for one in self.trials if one.state == "complete" and one.score is not None]

    @property
    def scored(self) -> list[Trial]:
        """The trials of the search that have a score, those that were ended early too."""
        return [one for one in self.trials if one.score is not None]

    @property
    def best(self) -> Trial | None:
        """The best trial so far, as the sweep's process says; None before the first."""
        number = self.progress.best if self.progress is not None else None
        return next((one for one in self.trials if one.number == number), None)

    @property
    def settled(self) -> int:
        """How many trials of the search have ended."""
        return sum(one.settled for one in self.trials)

    @property
    def sign(self) -> int:
        """1 where a higher score is better, −1 where a lower one is."""
        return -1 if self.metric.better == "lower" else 1

    @property
    def confirmed(self) -> list[Confirmed]:
        """The best trials on seeds that the search never saw, the best of the search first.

        Empty before that is known.
        """
        return self.progress.confirmed if self.progress is not None else []

    @property
    def importance(self) -> list[tuple[str, float]]:
        """What a person calls each setting that varies, and the share of the differences that it explains; the largest first."""
        shares = self.progress.importance if self.progress is not None else {}
        known = [(label, shares[name]) for name, label in self.varied.items() if 0 <= shares.get(name, -1) <= 1]
        return sorted(known, key=lambda one: -one[1])

    def trial(self, number: int | None) -> Trial | None:
        """The trial of the search with this number."""
        return next((one for one in self.trials if one.number == number), None)

    def values_of(self, name: str, trials: list[Trial]) -> list[Hashable]:
        """A setting's values in trials, such as an axis takes them."""
        found = (one.params.get(name) for one in trials)
        return [setting_text(one) if isinstance(one, list | dict) else one for one in found]


def look_at(directory: StudyDirectory, state: SweepState, last_words: str = "") -> View:
    """Read a study.

    Raises:
        FormatError: `study.json` is damaged or gone; nothing can be shown without it.
    """
    study = read_study(directory)
    problems: list[str] = []
    try:
        progress = read_progress(directory)
    except FormatError as error:
        progress = None
        problems.append(str(error))
    trials = read_trials(directory, problems)
    search = tuple(one for one in trials if one.phase == "search")
    again = tuple(one for one in trials if one.phase == "confirm")
    return View(directory, study, progress, search, again, tuple(problems), state, last_words)


_derived = Cache(MAX_DERIVED)


def derived(view: View, name: str, make: Callable[[View], T]) -> T:
    """What `make` makes of a study, until one of its trials changes.

    A thousand of them are not drawn anew every second.
    """
    return _derived.get((view.directory.path, name), (view.study, view.trials, view.active), lambda: make(view))


def runs_of(trial: Trial, seeds: list[int]) -> dict[str, str]:
    """Seed → id of the runs that a trial has, in the order of the study's seeds.

    What cannot be a run's id is left out.
    """
    order = {str(seed): place for place, seed in enumerate(seeds)}
    known = [(seed, run) for seed, run in trial.runs.items() if RUN_ID_PATTERN.fullmatch(run)]
    return dict(sorted(known, key=lambda one: order.get(one[0], len(order))))


def number_of(trial: Trial, seed: str) -> float | None:
    """What a trial's run of a seed has reached; None before it is known."""
    return trial.values.get(seed)


def link_of(trial: Trial, seeds: list[int]) -> str:
    """The address of a trial's first run; empty if it has none."""
    run = next(iter(runs_of(trial, seeds).values()), None)
    return address_of(LIVE, run=run) if run is not None else ""


def value_of(value: Any) -> Any:
    """A setting's value with as many digits as tell something: of a float, four."""
    return float(f"{value:.{VALUE_DIGITS}g}") if isinstance(value, float) else value


def params_text(view: View, trial: Trial, most: int = 6, between: str = ", ") -> str:
    """`Learning rate 0.001, Discount γ 0.98`, as it is."""
    named = [f"{label} {setting_text(value_of(trial.params[name]))}" for name, label in view.varied.items() if name in trial.params]
    return between.join(named[:most] + (["…"] if len(named) > most else []))


def interval_words(low: float | None, high: float | None) -> str:
    """`180 to 199`; a dash where there are too few seeds for an interval."""
    return MISSING if low is None or high is None else f"{compact(low)} to {compact(high)}"


def score_words(score: float | None, low: float | None, high: float | None) -> str:
    """`191 (180 to 199)`."""
    return compact(score) if low is None or high is None else f"{compact(score)} ({interval_words(low, high)})"
