"""Studies in every state that the sweeps page can meet, written by the real writers.

Nothing is trained.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from tests.pages.fake_runs import OLD, fill, new_run
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.studies import (
    Confirmed,
    Progress,
    Study,
    Trial,
    Vary,
    make_study,
    run_id_of,
    write_progress,
    write_trial,
)
from trainer.run_files.study_directory import StudyDirectory
from trainer.tasks.gym.about import GymSettings

VARY = [
    Vary("learning_rate", "log", 1e-4, 1e-2),
    Vary("gamma", "choices", values=[0.9, 0.95, 0.99]),
    Vary("n_steps", "linear", 32, 512),
]
SEEDS, NEW_SEEDS = [1, 2, 3], [4, 5, 6, 7, 8]


def study_of(name: str = "CartPole, rates", **changes: Any) -> Study:
    """PPO in CartPole over three settings."""
    settings = GymSettings(total_timesteps=20_000).to_json()
    study = Study(
        name,
        "gym",
        settings,
        VARY,
        "tpe",
        20,
        SEEDS,
        "evaluation",
        confirm_seeds=NEW_SEEDS,
        created_at=OLD,
    )
    return replace(study, **changes)


def trial_of(study_id: str, number: int, **changes: Any) -> Trial:
    """A complete trial: the nearer its rate is to 0.001, the better."""
    share = (number * 0.618) % 1
    rate = 10 ** (-4 + 2 * share)
    params = {
        "learning_rate": rate,
        "gamma": VARY[1].values[number % 3],
        "n_steps": 32 + 15 * number % 480,
    }
    score = 200 - 90 * abs(math.log10(rate) + 3) - 20 * (number % 3)
    values = {str(seed): score + 8 * (seed - 2) for seed in SEEDS}
    trial = Trial(
        number,
        "search",
        params,
        "complete",
        values=values,
        score=score,
        low=score - 19.9,
        high=score + 19.9,
    )
    runs = {str(seed): run_id_of(study_id, trial, seed) for seed in SEEDS}
    return replace(trial, **({"runs": runs} | changes))


def new_study(runs_dir: Path, complete: int = 0, study: Study | None = None) -> StudyDirectory:
    """A study of which so many trials are complete; no process has said a word."""
    made = make_study(runs_dir, study or study_of())
    for number in range(complete):
        write_trial(made, trial_of(made.study_id, number))
    return made


def said(study: StudyDirectory, state: str = "running", **changes: Any) -> Progress:
    """What the study's process says; it is this process, which lives."""
    progress = Progress(ProcessIdentity.own(), state, **changes)  # type: ignore[arg-type]  # a state of it
    write_progress(study, progress)
    return progress


def dead_process() -> ProcessIdentity:
    """That of a process that has ended: this one, had it begun long ago."""
    return replace(ProcessIdentity.of(psutil.Process()), started_at=1.0, start_ticks=1)


def confirmed_study(runs_dir: Path, trials: int = 20, *, optimism: float = 15.0) -> StudyDirectory:
    """A study that is done.

    Its three best are confirmed, each that much worse than in the search.
    """
    made = new_study(runs_dir, trials, study_of(trials=trials))
    best = sorted(
        (trial_of(made.study_id, number) for number in range(trials)),
        key=lambda one: -(one.score or 0.0),
    )[:3]
    confirmed = []
    for place, one in enumerate(best):
        score = (one.score or 0.0) - optimism
        again = Trial(
            trials + place,
            "confirm",
            one.params,
            "complete",
            score=score,
            low=score - 9,
            high=score + 9,
            of=one.number,
        )
        values = {str(seed): score + 2 * (seed - 6) for seed in NEW_SEEDS}
        runs = {str(seed): run_id_of(made.study_id, again, seed) for seed in NEW_SEEDS}
        write_trial(made, replace(again, values=values, runs=runs))
        confirmed.append(
            Confirmed(
                one.number,
                again.number,
                one.score or 0.0,
                one.low,
                one.high,
                score,
                again.low,
                again.high,
                optimism,
            )
        )
    importance = {"learning_rate": 0.71, "gamma": 0.2, "n_steps": 0.09}
    said(made, "finished", importance=importance, best=best[0].number, confirmed=confirmed)
    return made


def running_study(runs_dir: Path) -> StudyDirectory:
    """A study under way: seven trials done, one pruned, one failed, two that are trained.

    See `trained_run` for their runs.
    """
    made = new_study(runs_dir, 7)
    pruned = trial_of(made.study_id, 7, state="pruned", values={"1": 60.0}, score=60.0, low=None, high=None)
    write_trial(made, pruned)
    failed = trial_of(
        made.study_id,
        8,
        state="failed",
        values={},
        score=None,
        low=None,
        high=None,
        error="The run of seed 1 failed: NaN",
    )
    write_trial(made, failed)
    for number in (9, 10):
        one = trial_of(
            made.study_id,
            number,
            state="running",
            values={"1": 120.0},
            score=None,
            low=None,
            high=None,
        )
        write_trial(made, replace(one, runs={seed: run for seed, run in one.runs.items() if seed != "3"}))
    said(made, "running", importance={"learning_rate": 0.64, "gamma": 0.25, "n_steps": 0.11}, best=1)
    return made


def trained_run(runs_dir: Path, run_id: str) -> RunDirectory:
    """A run of a trial, with rows."""
    made = new_run(runs_dir, run_id)
    target = RunDirectory(runs_dir / run_id)
    made.path.rename(target.path)
    fill(target)
    return target
