"""Runs that train in no time: a landscape with a known best, noise by seed, and a process that dies wherever one likes."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import numpy as np

from trainer.analysis.scores import Course
from trainer.config import RunSettings
from trainer.run_files.studies import Progress, Study, Trial, Vary, make_study, read_trials, write_progress, write_trial
from trainer.run_files.study_directory import StudyDirectory
from trainer.sweeping import process as process_module
from trainer.sweeping import scheduler as scheduler_module
from trainer.sweeping.journal import JournalFile
from trainer.sweeping.planning import plan_study
from trainer.sweeping.process import SweepProcess
from trainer.sweeping.scheduler import Scheduler
from trainer.sweeping.trial_runs import RunState
from trainer.tasks import find_about
from trainer.tasks.metric import Metric

STEPS = 9_000
TICKS = 9  # that a run trains
VARY = [
    Vary("learning_rate", "log", 1e-4, 1e-2),
    Vary("gamma", "linear", 0.9, 0.999),
    Vary("gae_lambda", "linear", 0.8, 1.0),
]
Score = Callable[[RunSettings], float]


class Landscape:
    """A hill over three settings whose top is somewhere else for each number.

    Args:
        number: of the landscape.
        noise: deviation between seeds, of a top of 500: half of it the same for all settings.
        edge: how far the top is from both ends of each range, at least, as a share of it.
    """

    def __init__(self, number: int, noise: float = 20.0, edge: float = 0.15) -> None:
        self._number, self._noise = number, noise
        self._top = np.random.default_rng(number).uniform(edge, 1 - edge, 3)

    def truth(self, settings: Mapping[str, Any]) -> float:
        """What a setting is worth without noise."""
        places = (math.log10(settings["learning_rate"]) + 4) / 2, (settings["gamma"] - 0.9) / 0.099, (settings["gae_lambda"] - 0.8) / 0.2
        away = sum(((place - top) / width) ** 2 for place, top, width in zip(places, self._top, (0.45, 0.6, 1.2), strict=True))
        return 500 * math.exp(-away / 2)

    def best_of_the_grid(self) -> float:
        """The best of a grid of 27 over the same ranges, without noise."""
        axes = (1e-4, 1e-3, 1e-2), (0.9, 0.9495, 0.999), (0.8, 0.9, 1.0)
        names = [one.setting for one in VARY]
        return max(self.truth(dict(zip(names, corner, strict=True))) for corner in product(*axes))

    def __call__(self, settings: RunSettings) -> float:
        """What a run with these settings and this seed ends with."""
        values = settings.to_json()
        own = random.Random(f"{self._number}/{values['seed']}/{[values[one.setting] for one in VARY]}")
        shared = random.Random(f"{self._number}/{values['seed']}")
        return self.truth(values) + self._noise * math.sqrt(0.5) * (own.gauss(0, 1) + shared.gauss(0, 1))


class SimulatedRuns:
    """The runs of a study.

    Args:
        score: what a run ends with.
        cores: how many train at once.
        ticks: that a run trains.
    """

    def __init__(self, score: Score, cores: int = 2, ticks: int = TICKS) -> None:
        self._score, self._cores, self._ticks = score, cores, ticks
        self.settings: dict[str, RunSettings] = {}
        self.states: dict[str, RunState] = {}
        self.ticks: Counter[str] = Counter()
        self.made: Counter[str] = Counter()
        self.asked_to_go_on = 0
        self.mortal: Callable[[], None] = lambda: None

    def make(self, run_id: str, settings: RunSettings, name: str, trial: int) -> None:  # noqa: ARG002 - see `TrialRuns`
        """Never twice."""
        self.mortal()
        assert run_id not in self.states
        self.settings[run_id], self.states[run_id] = settings, "made"
        self.made[run_id] += 1
        self.mortal()

    def enqueue(self, run_id: str) -> None:
        """One that waits or trains stays as it is."""
        self.mortal()
        if self.states[run_id] in ("made", "held", "died"):
            self.states[run_id] = "waiting"
        self.mortal()

    def look(self, run_id: str) -> tuple[RunState, str]:
        """As a person has left it."""
        return self.states.get(run_id, "gone"), ""

    def course(self, run_id: str, metric: Metric) -> Course:  # noqa: ARG002 - see `TrialRuns`
        """A value a tick, in a straight line."""
        ticks = self.ticks[run_id]
        values = np.arange(1, ticks + 1) / self._ticks * self._score(self.settings[run_id])
        return Course(np.arange(1.0, ticks + 1) * STEPS / self._ticks, values, np.arange(1.0, ticks + 1))

    def stop(self, run_id: str) -> None:
        """One that has not begun is deleted."""
        self.mortal()
        if self.states[run_id] == "waiting" and not self.ticks[run_id]:
            del self.states[run_id]
            self.made[run_id] -= 1
        else:
            self.states[run_id] = "held"
        self.mortal()

    def keep_going(self) -> None:
        """Count it."""
        self.asked_to_go_on += 1

    def tick(self) -> None:
        """Time passes."""
        training = [run for run, state in self.states.items() if state == "training"]
        for run in training:
            self.ticks[run] += 1
            if self.ticks[run] == self._ticks:
                self.states[run] = "finished"
        room = self._cores - sum(state == "training" for state in self.states.values())
        for run in [run for run, state in self.states.items() if state == "waiting"][:room]:
            self.states[run] = "training"


def planned(**changes: Any) -> Study:
    """A study of the landscape."""
    about = find_about("gym")
    settings = about.settings(total_timesteps=STEPS, eval_every=1_000)
    asked: dict[str, Any] = {"vary": VARY, "trials": 8, "seeds": (1, 2), "workers": 2, "confirm": 2} | changes
    return plan_study(about, settings, **asked)


def new_study(runs_dir: Path, **changes: Any) -> StudyDirectory:
    """The same, made."""
    return make_study(runs_dir, planned(**changes))


def sweep(directory: StudyDirectory, runs: SimulatedRuns, **more: Any) -> Progress | None:
    """Be the process of a sweep until it has ended."""
    return SweepProcess(directory, runs, sleep=lambda _: runs.tick(), **more).until_done()


def scheduled(directory: StudyDirectory, runs: SimulatedRuns) -> Scheduler:
    """The same without a word to anybody, which is quicker."""
    scheduler = Scheduler(directory, runs)
    while scheduler.look():
        runs.tick()
    return scheduler


def told(directory: StudyDirectory) -> list[tuple[Any, ...]]:
    """What the trials say that must be the same however often the process died."""
    return [(one.number, one.phase, one.state, one.params, one.values, one.score, one.of) for one in read_trials(directory)]


class KilledError(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


@contextmanager
def dying(runs: SimulatedRuns, generator: random.Random, one_in: int) -> Iterator[None]:
    """The process dies at any write, before or after it, or in the middle of a line of the journal."""
    append = JournalFile.append_logs

    def mortal() -> None:
        if generator.randrange(one_in) == 0:
            raise KilledError

    def trial_written(directory: StudyDirectory, trial: Trial) -> None:
        mortal()
        write_trial(directory, trial)
        mortal()

    def progress_written(directory: StudyDirectory, progress: Progress) -> None:
        mortal()
        write_progress(directory, progress)
        mortal()

    def appended(file: JournalFile, logs: list[dict[str, Any]]) -> None:
        if generator.randrange(one_in) == 0:
            append(file, logs)
            with file._path.open("r+b") as torn:
                torn.truncate(max(0, file._path.stat().st_size - 7))
            raise KilledError
        append(file, logs)
        mortal()

    runs.mortal = mortal
    try:
        with (
            patch.object(scheduler_module, "write_trial", trial_written),
            patch.object(process_module, "write_progress", progress_written),
            patch.object(JournalFile, "append_logs", appended),
        ):
            yield
    finally:
        runs.mortal = lambda: None


def never(*_: object) -> NoReturn:
    """What must not happen."""
    raise AssertionError
