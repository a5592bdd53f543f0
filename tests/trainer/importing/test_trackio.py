"""Trackio's database, written by Trackio: every run in it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.trainer.importing.conftest import TRACKIO
from trainer.errors import FormatError
from trainer.importing.logs import Logs
from trainer.importing.recognise import find_sources
from trainer.importing.trackio import find_runs, is_database


def read(path: Path, step: str = "") -> dict[str, Logs]:
    """Every run of a project, by its name."""
    return {source.name: source.read(True) for source in find_runs(path, step)}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copy(TRACKIO, tmp_path / "cartpole.db"))


def test_every_run_is_there_with_its_values_and_settings() -> None:
    runs = read(TRACKIO)

    assert list(runs) == ["ppo-seed-1", "ppo-seed-2"]
    for seed, logs in enumerate(runs.values(), start=1):
        expected = [
            (1000 * (i + 1), {"rollout/ep_rew_mean": 20.0 + i * seed, "train/loss": 1.0 / (i + 1), "global_step": 1000 * (i + 1)})
            for i in range(5)
        ]
        assert [(row.step, row.named) for row in logs.metrics[:5]] == expected
        assert str(logs.metrics[5]) == "Row(step=6000, wall_seconds=0.0, named={'train/loss': nan})"
        assert logs.settings == {"env": "CartPole-v1", "algo": "ppo", "seed": seed, "learning_rate": 0.0003, "net_arch": [64, 64]}
        assert logs.began_ms is not None
        assert not +logs.lost


def test_a_metric_can_count_the_steps(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE metrics SET step = id")
    assert [row.step for row in read(database)["ppo-seed-1"].metrics] == [1, 2, 3, 4, 5, 6]
    by_metric = read(database, "global_step")["ppo-seed-1"]
    assert [row.step for row in by_metric.metrics] == [1000, 2000, 3000, 4000, 5000]
    assert by_metric.lost["cartpole.db"] == 1


def test_what_waits_in_the_journal_is_read_and_nothing_is_written(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO metrics SELECT 99, run_id, timestamp, run_name, 9000, metrics, 'x', NULL FROM metrics WHERE id = 1")
        connection.commit()
        before = {path.name: path.read_bytes() for path in database.parent.iterdir() if not path.name.endswith("-shm")}

        assert read(database)["ppo-seed-1"].metrics[-1].step == 9000

        assert {path.name: path.read_bytes() for path in database.parent.iterdir() if not path.name.endswith("-shm")} == before


def test_an_old_database_tells_runs_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)")
        connection.execute("""INSERT INTO metrics VALUES (1, '2025-08-01T10:00:00', 'a', 5, '{"loss": 0.5}')""")
    logs = read(path)["a"]
    assert ([(row.step, row.named) for row in logs.metrics], logs.began_ms) == ([(5, {"loss": 0.5})], 1754042400000)


def test_damaged_rows_are_counted(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE metrics SET metrics = '{' WHERE id = 1")
        connection.execute("UPDATE metrics SET step = 'many' WHERE id = 2")
        connection.execute("UPDATE metrics SET timestamp = 'then' WHERE id = 3")
    logs = read(database)["ppo-seed-1"]
    assert (logs.lost["cartpole.db"], [row.wall_seconds for row in logs.metrics]) == (2, [None, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("how", ["cut", "noise"])
def test_a_damaged_database_is_one_sentence(how: str, database: Path) -> None:
    content = database.read_bytes()
    database.write_bytes(content[:5_000] if how == "cut" else content[:100] + bytes(range(256)) * 100)
    with pytest.raises(FormatError, match=r"^cartpole\.db must be a database of Trackio; it "):
        read(database)


@pytest.mark.parametrize("sql", ["", "CREATE VIEW metrics AS SELECT * FROM other"])
def test_a_database_of_another_program_holds_no_run(sql: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("ALTER TABLE metrics RENAME TO other")
        connection.execute(sql)
    assert read(database) == {}
    with pytest.raises(FormatError, match=r"^cartpole\.db must be a log of .* its content is none of these"):
        find_sources(database)


def test_it_is_told_by_its_first_bytes() -> None:
    assert is_database(TRACKIO.read_bytes()[:100])
