"""The best model on a full disk: the old one stays, and the new one is saved as soon as there is room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.learning.tiny import new_run, rows, tiny_config
from tests.trainer.run_files.faults import full_disk
from tests.waiting import wait_until
from trainer.learning import best_model
from trainer.learning.best_model import BestModel, Candidate
from trainer.learning.session import RunSession
from trainer.run_files.models import BestMetadata, read_best

SMALL, LARGE = b"a" * 100, b"b" * 100_000


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunSession]:
    """A session that tries again at once."""
    monkeypatch.setattr(best_model, "RETRY_INTERVAL_S", 0.0)
    with RunSession(new_run(tmp_path, tiny_config()), total_timesteps=1_000) as session:
        yield session


def _candidate(value: float, model: bytes) -> Candidate:
    metadata = BestMetadata(
        task="tetris", metric="eval_lines", value=value, reward=0.0, step=int(value), episode=1, seed=1, active_seconds=1.0
    )
    return Candidate(metadata, lambda: model)


def _saved(session: RunSession) -> tuple[float, bytes]:
    metadata = read_best(session.run)
    assert metadata is not None
    return metadata.value, (session.run.best / "model.zip").read_bytes()


def test_a_model_that_the_disk_refused_is_saved_when_there_is_room(session: RunSession) -> None:
    best = BestModel(session, "eval_lines", "lines")
    best.consider(_candidate(1.0, SMALL))
    best.write()
    with full_disk(50_000):
        assert best.consider(_candidate(2.0, LARGE))
        best.write()
        best.write()
        assert _saved(session) == (1.0, SMALL)
        assert best.saved == 1.0

    best.write()

    assert _saved(session) == (2.0, LARGE)
    assert best.saved == 2.0
    assert [row["message"] for row in rows(session.run.events) if row["kind"] == "warning"] == [
        "New best 2 lines could not be saved: File too large. The old model stays; it is tried again."
    ]


def test_a_model_that_waits_is_neither_forgotten_for_a_worse_one_nor_kept_for_a_better_one(session: RunSession) -> None:
    best = BestModel(session, "eval_lines", "lines")
    with full_disk(50_000):
        assert best.consider(_candidate(5.0, LARGE))
        best.write()
        assert not best.consider(_candidate(4.0, SMALL))
        best.write()
        assert read_best(session.run) is None
        assert best.consider(_candidate(6.0, SMALL))
    best.write()

    assert _saved(session) == (6.0, SMALL)


def test_it_is_saved_by_the_thread_that_writes_the_logs(session: RunSession) -> None:
    best = BestModel(session, "eval_lines", "lines")
    best.consider(_candidate(1.0, SMALL))

    wait_until(lambda: best.saved == 1.0, 10, "the thread to save it")

    assert _saved(session) == (1.0, SMALL)
    shown = session.status.best
    assert shown is not None
    assert shown.value == 1.0


def test_values_are_told_apart_in_as_few_digits_as_it_takes(session: RunSession) -> None:
    best = BestModel(session, "eval_lines", "reward")
    for value in (1 / 3, 6.972083220615478, 6.972083220615479, 1234.5678):
        best.consider(_candidate(value, SMALL))
        best.write()
    assert [row["message"] for row in rows(session.run.events) if row["kind"] == "new_best"] == [
        "New best: 0.333 reward (the first), saved",
        "New best: 6.97 reward (was 0.333), saved",
        "New best: 6.972083220615479 reward (was 6.972083220615478), saved",
        "New best: 1,234.6 reward (was 6.97), saved",
    ]
