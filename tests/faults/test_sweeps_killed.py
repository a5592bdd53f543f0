"""The fault: the process of a sweep is killed with SIGKILL at any moment, again and again.

Trainers die besides. Its process is the real one, and so are the queue and the files. What trains
is a thread of the test, which takes the locks of runs as a trainer does. `make test` kills a few
times; `make faults` two hundred times.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
import pytest

from tests.trainer.simulated import SimulatedEngine
from tests.trainer.sweeping.simulated_runs import Landscape, SimulatedRuns, planned, scheduled
from tests.waiting import wait_until
from trainer.children import child_about
from trainer.queue_process import QueueProcess
from trainer.run_files.config_file import read_config
from trainer.run_files.evaluations import EvaluationRow, evaluations_writer
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.studies import Study, make_study, read_trials, run_id_of
from trainer.run_files.study_directory import StudyDirectory
from trainer.sweeping.journal import JournalFile
from trainer.sweeping.starting import probe_sweep, resume_sweep, start_sweep
from trainer.tasks import find_about

KILLS = int(os.environ.get("CONTROL_ROOM_KILLS", "4"))
TRAINS_FOR_S = 0.05
DIES_ONE_IN = 6
LANDSCAPE = 3
GYM = find_about("gym")

pytestmark = [pytest.mark.long, pytest.mark.timeout(120 + 10 * KILLS)]


class Trainers:
    """What empties the queue: each run ends after a moment, and some die the first time.

    Args:
        runs_dir: where the runs are.
    """

    def __init__(self, runs_dir: Path) -> None:
        self.engine = SimulatedEngine()
        self.died = Counter[str]()
        self._queue = QueueProcess(runs_dir, "", self.engine, say=lambda _: None)
        self._landscape, self._generator = Landscape(LANDSCAPE), random.Random(4)
        self._looked_after = 0
        self.over = threading.Event()

    def work(self) -> None:
        """Until the test is over."""
        while not self.over.wait(TRAINS_FOR_S):
            for run_id in self.engine.started[self._looked_after :]:
                self._looked_after += 1
                self._train(RunDirectory(self._queue._runs_dir / run_id))
            self._queue.look()

    def _train(self, run: RunDirectory) -> None:
        if not self.died[run.run_id] and self._generator.randrange(DIES_ONE_IN) == 0:
            self.died[run.run_id] += 1
            self.engine.end(run, "running")  # its last word: it has died
            return
        mean = self._landscape(GYM.settings.from_json(read_config(run).settings))
        row = EvaluationRow(
            step=9_000, wall_seconds=1.0, active_seconds=1.0, episodes=1, mean_reward=mean, ci95=None, rewards=[mean], lengths=[1], at=1
        )
        with evaluations_writer(run) as log:
            log.append(row)
        self.engine.end(run)


@contextmanager
def trainers(runs_dir: Path) -> Iterator[Trainers]:
    """Trainers at work; nobody else empties the queue."""
    runs_dir.mkdir()
    made = Trainers(runs_dir)
    lock = made._queue._hold_lock()
    thread = threading.Thread(target=made.work)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        thread.join()
        lock.release()


def _kill(study: StudyDirectory, after_s: float) -> bool:
    """Kill the process of a sweep; returns whether it still was at work."""
    child = child_about(study.path)
    assert child is not None
    time.sleep(after_s)  # the moment is meant to be any
    if child.ending() is not None:
        return False
    os.kill(child.pid, signal.SIGKILL)
    wait_until(child.ending, 20, "the process to be dead")
    return True


def _told(study: StudyDirectory) -> list[tuple[object, ...]]:
    return [(one.number, one.state, one.params, one.values, one.of) for one in read_trials(study)]


def _swept(runs_dir: Path, plan: Study) -> tuple[StudyDirectory, Trainers, int]:
    """A sweep to its end; returns it, who trained, and how often its process was killed."""
    generator, killed = random.Random(1), 0
    with trainers(runs_dir) as at_work:
        study = start_sweep(runs_dir, plan)
        while killed < KILLS and _kill(study, generator.uniform(0.0, 1.6)):
            killed += 1
            assert probe_sweep(study).state == "interrupted"
            resume_sweep(study, by="cli")
        wait_until(lambda: probe_sweep(study).state == "finished", 60 + KILLS, "the sweep to end")
    return study, at_work, killed


def test_a_sweep_whose_process_is_killed_loses_no_trial_and_runs_none_twice(tmp_path: Path) -> None:
    plan = planned(trials=6 + KILLS, workers=2)
    undisturbed = make_study(tmp_path / "undisturbed", plan)
    scheduled(undisturbed, SimulatedRuns(Landscape(LANDSCAPE)))
    study, trained, killed = _swept(tmp_path / "killed", plan)
    assert killed >= KILLS // 2
    assert _told(study) == _told(undisturbed)
    expected = [run_id_of(study.study_id, one, int(seed)) for one in read_trials(study) for seed in one.values]
    assert sorted(run.run_id for run in list_runs(study.runs_dir)) == sorted(expected)
    assert Counter(trained.engine.started) == Counter(expected) + trained.died, "one that died was started again, no other was"
    assert trained.died
    storage = optuna.storages.JournalStorage(JournalFile(study.journal))
    kept = optuna.load_study(study_name=study.study_id, storage=storage).trials
    assert [one.user_attrs["number"] for one in kept] == list(range(plan.trials))
