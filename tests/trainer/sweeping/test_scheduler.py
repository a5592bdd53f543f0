"""The trials of a sweep: none is lost, none is run twice, whatever happens to the process or to a run."""

import random
from pathlib import Path

import optuna
import pytest

from tests.trainer.sweeping.simulated_runs import TICKS, KilledError, Landscape, SimulatedRuns, dying, new_study, sweep, told
from trainer.run_files.studies import Trial, read_study, read_trials, run_id_of
from trainer.run_files.study_directory import StudyDirectory
from trainer.sweeping.journal import JournalFile
from trainer.sweeping.scheduler import MAX_RETRIES, Scheduler
from trainer.sweeping.scoring import score_of
from trainer.sweeping.trial_runs import RunState


def test_every_trial_is_trained_on_the_same_seeds_and_the_best_again_on_others(tmp_path: Path) -> None:
    study, runs = new_study(tmp_path), SimulatedRuns(Landscape(1))
    progress = sweep(study, runs)
    assert progress is not None
    assert (progress.state, progress.error, progress.problem) == ("finished", "", "")
    trials, study_settings = read_trials(study), read_study(study).settings
    searched, confirmed = trials[:8], trials[8:]
    assert [list(one.values) for one in searched] == [["1", "2"]] * 8
    assert [list(one.values) for one in confirmed] == [["3", "4", "5", "6", "7"]] * 2
    best = sorted(searched, key=lambda one: -(one.score or 0))[:2]
    assert [one.of for one in confirmed] == [one.number for one in best]
    assert [one.params for one in confirmed] == [one.params for one in best]
    assert set(runs.states) == {run_id_of(study.study_id, one, int(seed)) for one in trials for seed in one.values}
    for one in trials:
        for seed, run in one.runs.items():
            assert runs.settings[run].to_json() == study_settings | one.params | {"seed": int(seed)}
    for one in confirmed:
        both = score_of(list(one.values.values()), "iqm", among=2)
        assert (one.score, one.low, one.high) == (both.value, both.low, both.high), "the better of the two may be picked"
    for one in searched:
        assert one.score == pytest.approx(sum(one.values.values()) / 2)
        assert one.low is not None
        assert one.high is not None
        assert one.low < (one.score or 0) < one.high
    for told_of in progress.confirmed:
        assert told_of.optimism == pytest.approx(told_of.search_score - told_of.score)
    winner = max(progress.confirmed, key=lambda one: one.score)
    assert progress.best == winner.trial
    assert sum(progress.importance.values()) == pytest.approx(1)
    assert max(progress.importance, key=progress.importance.__getitem__) != "gae_lambda", "the widest hill"


def test_no_more_runs_are_at_work_than_there_are_workers(tmp_path: Path) -> None:
    study, runs, most = new_study(tmp_path, workers=3), SimulatedRuns(Landscape(2), cores=9), 0
    scheduler = Scheduler(study, runs)
    while scheduler.look():
        most = max(most, sum(state in ("waiting", "training") for state in runs.states.values()))
        runs.tick()
    assert most == 3
    assert runs.asked_to_go_on


def _killed_often(study: StudyDirectory, runs: SimulatedRuns, generator: random.Random, kills: int) -> int:
    """Sweep to the end; returns how often the process died."""
    died = 0
    while died < kills:
        with dying(runs, generator, one_in=8):
            try:
                sweep(study, runs)
            except KilledError:
                died += 1
            else:
                return died
    sweep(study, runs)
    return died


def test_a_sweep_killed_at_any_write_ends_as_if_it_had_never_been(tmp_path: Path) -> None:
    plain, plain_runs = new_study(tmp_path / "plain", trials=10, confirm=3), SimulatedRuns(Landscape(3))
    sweep(plain, plain_runs)
    study, runs = new_study(tmp_path / "killed", trials=10, confirm=3), SimulatedRuns(Landscape(3))
    assert _killed_often(study, runs, random.Random(7), 50) == 50
    assert told(study) == told(plain)
    assert sorted(runs.made.values()) == [1] * (10 * 2 + 3 * 5), "no run was made twice, none is missing"
    assert set(runs.ticks.values()) == {TICKS}, "no run was trained twice"
    storage = optuna.storages.JournalStorage(JournalFile(study.journal))
    kept = optuna.load_study(study_name=study.study_id, storage=storage).trials
    assert [one.user_attrs["number"] for one in kept] == list(range(10)), "no trial is in Optuna's journal twice"
    assert [one.value for one in kept] == [one.score for one in read_trials(study)[:10]]


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_the_trials_are_the_same_whenever_runs_happen_to_end(tmp_path: Path, method: str) -> None:
    found = []
    for cores in (1, 2, 5):
        study, runs = new_study(tmp_path / str(cores), method=method, workers=2), SimulatedRuns(Landscape(4), cores=cores)
        sweep(study, runs, ahead=cores - 1)
        found.append(told(study))
    assert found[0] == found[1] == found[2]


def test_a_trainer_that_dies_goes_on_and_one_that_always_dies_fails_its_trial_alone(tmp_path: Path) -> None:
    study, runs = new_study(tmp_path, trials=4), SimulatedRuns(Landscape(5))
    scheduler = Scheduler(study, runs)
    once, always = (run_id_of(study.study_id, Trial(number), 1) for number in (0, 1))
    while scheduler.look():
        runs.tick()
        for run, dies in ((once, runs.ticks[once] == 4 and scheduler.trials[0].retries == {}), (always, True)):
            if runs.states.get(run) == "training" and dies:
                runs.states[run] = "died"
    trials = read_trials(study)
    assert [one.state for one in trials[:4]] == ["complete", "failed", "complete", "complete"]
    assert trials[0].retries == {"1": 1}
    assert runs.ticks[once] == TICKS, "it was resumed, not begun anew"
    assert trials[1].error == f"{always} has died {MAX_RETRIES + 1} times."
    assert runs.states[run_id_of(study.study_id, trials[1], 2)] in ("held", "finished"), "its other run trains for nobody"


@pytest.mark.parametrize(("state", "why"), [("failed", "has failed"), ("stopped", "was stopped"), ("gone", "was deleted")])
def test_a_run_that_ends_badly_is_a_failed_trial_and_not_the_end(tmp_path: Path, state: RunState, why: str) -> None:
    study, runs = new_study(tmp_path, trials=4), SimulatedRuns(Landscape(6))
    scheduler = Scheduler(study, runs)
    scheduler.look()
    first = next(iter(scheduler.trials[0].runs.values()))
    del runs.states[first]
    if state != "gone":
        runs.states[first] = state
    progress = sweep(study, runs)
    assert progress is not None
    assert progress.state == "finished"
    trials = read_trials(study)
    assert [one.state for one in trials[:4]] == ["failed", "complete", "complete", "complete"]
    assert trials[0].error == f"{first} {why}."
    assert progress.best in (1, 2, 3)
