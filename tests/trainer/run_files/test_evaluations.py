"""`evaluations.jsonl`: the golden row, its columns, and what it says of each episode."""

import numpy as np
import pytest

from trainer.run_files.evaluations import EvaluationRow, column_table, evaluations_table, evaluations_writer, last_of_each
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.table_cache import cache_path

GOLDEN = (
    b'{"step":20000,"wall_seconds":9.0,"active_seconds":8.5,"episodes":3,"mean_reward":60.5,"ci95":[50.0,70.0],'
    b'"rewards":[50,60,71],"lengths":[51,61,71],"at":1795446245123,"mean_lines":20.0,"lines":[10,20,30],"clears_1":50}\n'
)
ROW = EvaluationRow(
    step=20_000, wall_seconds=9.0, active_seconds=8.5, episodes=3, mean_reward=60.5, ci95=(50.0, 70.0), rewards=[50, 60, 71],
    lengths=[51, 61, 71], at=1_795_446_245_123, named={"mean_lines": 20.0, "lines": [10, 20, 30], "clears_1": 50},
)  # fmt: skip


def test_an_evaluation_is_written_as_documented_and_read_with_its_interval(run: RunDirectory) -> None:
    with evaluations_writer(run) as writer:
        writer.append(ROW)
    assert run.evaluations.read_bytes() == GOLDEN
    table = evaluations_table(run)
    assert table.refresh() == 1
    assert table.names == (
        "step", "wall_seconds", "active_seconds", "episodes", "mean_reward", "ci95_low", "ci95_high", "at", "mean_lines", "clears_1",
    )  # fmt: skip
    np.testing.assert_array_equal(table.column("mean_lines"), [20])
    np.testing.assert_array_equal(table.column("ci95_low"), [50])
    np.testing.assert_array_equal(table.column("ci95_high"), [70])
    assert last_of_each(run, "lines") == [10, 20, 30]
    assert last_of_each(run, "rewards") == [50, 60, 71]


@pytest.mark.parametrize(
    "tail",
    [
        b"", b"nonsense\n", b"[1]\n", b'{"step":1}\n', b'{"lines":7}\n', b'{"lines":["x"]}\n', b'{"lines":[true]}\n',
        b'{"lines":[null]}\n', b'{"lines":[1e301]}\n', b'{"lines":{"1":2}}\n',
    ],
)  # fmt: skip
def test_what_is_no_list_of_numbers_is_no_value_of_an_episode(run: RunDirectory, tail: bytes) -> None:
    assert last_of_each(run, "lines") == []
    run.evaluations.write_bytes(GOLDEN + tail)
    assert last_of_each(run, "lines") == ([] if tail else [10, 20, 30])


def test_one_column_alone_follows_the_log_and_leaves_its_cache_alone(run: RunDirectory) -> None:
    run.evaluations.write_bytes(GOLDEN * 400)
    means, whole = column_table(run, "mean_lines"), evaluations_table(run)
    assert (means.refresh(), means.names) == (400, ("mean_lines",))
    assert not cache_path(run.evaluations).exists()
    whole.refresh()
    cached = cache_path(run.evaluations).read_bytes()
    with run.evaluations.open("ab") as log:
        log.write(b"nonsense\n" + GOLDEN)
    assert means.refresh() == 1
    assert (len(means), means.bad_lines) == (401, 1)
    np.testing.assert_array_equal(means.column("mean_lines"), np.full(401, 20.0))
    assert cache_path(run.evaluations).read_bytes() == cached
    run.evaluations.unlink()
    run.evaluations.write_bytes(GOLDEN)
    means.refresh()
    assert len(means) == 1
