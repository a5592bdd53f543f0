"""The runs of a sweep are ordinary runs of its folder, which wait in its queue."""

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.simulated import SimulatedEngine
from tests.trainer.sweeping.simulated_runs import new_study
from trainer import queueing
from trainer.probing import probe
from trainer.queue_process import QueueProcess
from trainer.queueing import cancel_queued, process_lock
from trainer.run_files.config_file import StudyTrial, read_config
from trainer.run_files.control import update_control
from trainer.run_files.evaluations import EvaluationRow, evaluations_writer
from trainer.run_files.locks import locked
from trainer.run_files.queue import read_queue
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.studies import Trial, run_id_of
from trainer.sweeping import trial_runs
from trainer.sweeping.scoring import number_of
from trainer.sweeping.trial_runs import FolderRuns
from trainer.tasks import find_about

GYM = find_about("gym")


class Folder:
    """A folder with a study, whose queue is emptied when the test says so."""

    def __init__(self, runs_dir: Path) -> None:
        self.study = new_study(runs_dir)
        self.runs = FolderRuns(self.study, "")
        self.run_id = run_id_of(self.study.study_id, Trial(3), 2)
        self.run = RunDirectory(self.study.runs_dir / self.run_id)
        self.engine = SimulatedEngine()

    def make(self) -> None:
        """The run."""
        self.runs.make(self.run_id, GYM.settings(seed=2), "Sweep: trial 3, seed 2", 3)

    def begin(self) -> None:
        """Have the queue emptied."""
        QueueProcess(self.study.runs_dir, "", self.engine, say=lambda _: None).look()

    @property
    def state(self) -> str:
        """How the run is, as the scheduler sees it."""
        return self.runs.look(self.run_id)[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """No process is started."""
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)
    return Folder(tmp_path)


def test_a_run_is_made_waits_trains_and_ends(folder: Folder) -> None:
    assert folder.state == "gone"
    folder.make()
    assert folder.state == "made"
    config = read_config(folder.run)
    assert (config.name, config.seed, config.study) == ("Sweep: trial 3, seed 2", 2, StudyTrial(folder.study.study_id, 3))
    folder.runs.enqueue(folder.run_id)
    folder.runs.enqueue(folder.run_id)
    assert folder.state == "waiting"
    assert len(read_queue(folder.study.runs_dir)) == 1
    folder.begin()
    assert folder.state == "training"
    folder.runs.enqueue(folder.run_id)
    assert folder.state == "training"
    folder.engine.end(folder.run)
    assert folder.state == "finished"
    folder.runs.enqueue(folder.run_id)
    assert read_queue(folder.study.runs_dir) == ()


def test_what_the_sweep_stops_goes_on_and_what_a_person_stops_does_not(folder: Folder) -> None:
    folder.make()
    folder.runs.enqueue(folder.run_id)
    folder.begin()
    folder.runs.stop(folder.run_id)
    assert folder.state == "training", "until its trainer has ended"
    folder.engine.end(folder.run, "stopped")
    assert folder.state == "held"
    folder.runs.enqueue(folder.run_id)
    assert folder.state == "waiting"
    folder.begin()
    update_control(folder.run, by="app", run="stopped")
    folder.engine.end(folder.run, "stopped")
    assert folder.state == "stopped"


def test_a_run_that_goes_on_trains_from_when_its_trainer_is_started(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.make()
    folder.runs.enqueue(folder.run_id)
    with monkeypatch.context() as patched:
        patched.setattr(folder.engine, "start", lambda _run: None)  # it has not taken the lock yet
        folder.begin()
        assert folder.state == "training"
    folder.engine.start(folder.run)
    folder.engine.end(folder.run, "running")
    assert folder.state == "died"
    folder.runs.enqueue(folder.run_id)
    with monkeypatch.context() as patched:
        patched.setattr(folder.engine, "start", lambda _run: None)
        folder.begin()
        assert folder.state == "training", "its status is still of the one that died"
    monkeypatch.setattr(trial_runs, "START_PATIENCE_S", 0)
    assert folder.state == "died", "none has come"


def test_a_trainer_that_ended_by_a_signal_or_died_is_not_a_person_who_stopped_it(folder: Folder) -> None:
    folder.make()
    folder.runs.enqueue(folder.run_id)
    folder.begin()
    folder.engine.end(folder.run, "stopped")
    assert folder.state == "died"
    folder.runs.enqueue(folder.run_id)
    folder.begin()
    folder.engine.end(folder.run, "running")
    assert folder.state == "died"
    folder.engine.start(folder.run)
    folder.engine.end(folder.run, "failed")
    assert folder.state == "failed"


def test_what_waits_and_is_stopped_leaves_nothing_and_what_a_person_cancels_is_gone(folder: Folder) -> None:
    folder.make()
    folder.runs.enqueue(folder.run_id)
    folder.runs.stop(folder.run_id)
    assert folder.state == "gone"
    assert read_queue(folder.study.runs_dir) == ()
    folder.make()
    folder.runs.enqueue(folder.run_id)
    cancel_queued(folder.run)
    assert folder.state == "gone"


def test_a_run_that_was_trained_and_waits_again_stays_when_it_is_stopped(folder: Folder) -> None:
    folder.make()
    folder.runs.enqueue(folder.run_id)
    folder.begin()
    folder.engine.end(folder.run, "running")
    folder.runs.enqueue(folder.run_id)
    assert folder.state == "waiting"
    folder.runs.stop(folder.run_id)
    assert folder.state == "died"
    assert probe(folder.run).status is not None


def test_its_number_is_the_last_evaluation(folder: Folder) -> None:
    folder.make()
    assert number_of(folder.runs.course(folder.run_id, GYM.metrics["evaluation"]), GYM.metrics["evaluation"]) is None
    with evaluations_writer(folder.run) as log:
        for step, mean in ((100, 5.0), (200, 9.0), (300, 7.0)):
            core: dict[str, Any] = {"wall_seconds": 1.0, "active_seconds": 1.0, "episodes": 1, "ci95": None, "lengths": [1], "at": 1}
            log.append(EvaluationRow(step=step, mean_reward=mean, rewards=[mean], **core))
    course = folder.runs.course(folder.run_id, GYM.metrics["evaluation"])
    assert number_of(course, GYM.metrics["evaluation"]) == 7.0
    assert number_of(course, GYM.metrics["evaluation"], step=250) == 9.0
    assert number_of(folder.runs.course(folder.run_id, GYM.metrics["best"]), GYM.metrics["best"]) == 9.0


def test_somebody_starts_what_waits(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    words: list[list[str]] = []
    monkeypatch.setattr(queueing, "start_child", lambda arguments, _log, **_: words.append(list(arguments)))
    folder.make()
    with locked(process_lock(folder.study.runs_dir, ""), timeout_s=1):
        folder.runs.enqueue(folder.run_id)
    assert words == []
    folder.runs.keep_going()
    assert [word[:2] for word in words] == [["queue", "run"]]
