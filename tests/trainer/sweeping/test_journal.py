"""Optuna's journal is kept in step with the trials; how much each setting matters."""

from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from tests.trainer.run_files.faults import full_disk
from tests.trainer.sweeping.simulated_runs import new_study, planned
from trainer.run_files.studies import Trial
from trainer.run_files.study_directory import StudyDirectory
from trainer.sweeping.journal import Journal, JournalFile, importance_of

PARAMS = {"learning_rate": 1e-3, "gamma": 0.95, "gae_lambda": 0.9}
TRIALS = [
    Trial(0, params=PARAMS, state="complete", values={"1": 1.0}, score=1.0),
    Trial(1, params=PARAMS | {"gamma": 0.97}, state="pruned", values={"1": 0.5}, score=0.5),
    Trial(2, params=PARAMS | {"gamma": 0.98}, state="failed"),
    Trial(3, params=PARAMS | {"gamma": 0.99}, state="complete", values={"1": 2.0}, score=2.0),
]


def in_optuna(study: StudyDirectory) -> list[tuple[int, str, float | None, float]]:
    """What Optuna's own tools read."""
    loaded = optuna.load_study(study_name=study.study_id, storage=optuna.storages.JournalStorage(JournalFile(study.journal)))
    return [(one.number, one.state.name, one.value if one.state.name == "COMPLETE" else None, one.params["gamma"]) for one in loaded.trials]


EXPECTED = [(0, "COMPLETE", 1.0, 0.95), (1, "PRUNED", None, 0.97), (2, "FAIL", None, 0.98), (3, "COMPLETE", 2.0, 0.99)]


@pytest.fixture
def study(tmp_path: Path) -> StudyDirectory:
    """A study."""
    return new_study(tmp_path)


def test_optuna_reads_the_trials_in_their_order_up_to_the_first_that_goes_on(study: StudyDirectory) -> None:
    journal = Journal(study)
    journal.keep([TRIALS[0], replace(TRIALS[1], state="running"), TRIALS[2]])
    assert in_optuna(study) == EXPECTED[:1]
    journal.keep(TRIALS)
    journal.keep(TRIALS)
    Journal(study).keep(TRIALS)
    assert in_optuna(study) == EXPECTED
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(study.journal)))
    assert optuna.load_study(study_name=study.study_id, storage=storage).best_value == 2.0


def test_a_journal_cut_anywhere_is_made_whole(study: StudyDirectory) -> None:
    Journal(study).keep(TRIALS)
    whole = study.journal.read_bytes()
    for length in range(0, len(whole), 97):
        study.journal.write_bytes(whole[:length])
        Journal(study).keep(TRIALS)
        assert in_optuna(study) == EXPECTED


def test_a_journal_of_something_else_is_made_anew(study: StudyDirectory) -> None:
    Journal(study).keep([replace(TRIALS[0], score=7.0)])
    Journal(study).keep(TRIALS)
    assert in_optuna(study) == EXPECTED
    study.journal.write_bytes(b'{"op_code": 99, "worker_id": "x"}\n[]\n')
    Journal(study).keep(TRIALS)
    assert in_optuna(study) == EXPECTED


def test_a_full_disk_is_told_and_the_journal_whole_when_there_is_room(study: StudyDirectory) -> None:
    journal = Journal(study)
    journal.keep(TRIALS[:1])
    with full_disk(study.journal.stat().st_size + 40), pytest.raises(OSError, match="File too large"):
        journal.keep(TRIALS)
    journal.keep(TRIALS)
    assert in_optuna(study) == EXPECTED


def test_what_makes_the_difference_matters_most() -> None:
    study = planned(trials=20)
    spread = [(number % 5, number % 4, number % 3) for number in range(20)]
    trials = [
        Trial(
            number,
            params={"learning_rate": 1e-4 * 2**a, "gamma": 0.9 + b / 40, "gae_lambda": 0.8 + c / 20},
            state="complete",
            score=float(b),
        )
        for number, (a, b, c) in enumerate(spread)
    ]
    found = importance_of(study, trials)
    assert max(found, key=found.__getitem__) == "gamma"
    assert sum(found.values()) == pytest.approx(1)
    assert importance_of(study, trials[:4]) == {}
    assert importance_of(study, [replace(one, score=1.0) for one in trials]) == {}
    alone = planned(vary=study.vary[:1])
    assert importance_of(alone, [replace(one, params={"learning_rate": 1e-3}) for one in trials]) == {"learning_rate": 1.0}
