"""`evaluations.jsonl`: the golden row and its columns."""

import numpy as np

from trainer.run_files.evaluations import EvaluationRow, evaluations_table, evaluations_writer, last_games, means_table
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.table_cache import cache_path

GOLDEN = (
    b'{"step":20000,"wall_seconds":9.0,"active_seconds":8.5,"games":3,"mean_lines":20.0,"ci95":[10.0,30.0],"median_lines":20.0,'
    b'"max_lines":30,"mean_pieces":60.5,"max_pieces":25000,"capped_games":0,"lines":[10,20,30],"evaluation_seconds":0.25,'
    b'"mean_holes":0.5,"mean_height":2.75,"clears":[50,4,2,1],"columns":[9,8,7,6,5,4,3,2,1,0],"pieces":[1,2,3,4,5,6,7],"at":1795446245123}\n'
)
ROW = EvaluationRow(
    20_000, 9.0, 8.5, 3, 20.0, (10.0, 30.0), 20.0, 30, 60.5, 25_000, 0, [10, 20, 30], 0.25,
    0.5, 2.75, (50, 4, 2, 1), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0), (1, 2, 3, 4, 5, 6, 7), 1_795_446_245_123,
)  # fmt: skip


def test_an_evaluation_is_written_as_documented_and_read_with_its_interval(run: RunDirectory) -> None:
    with evaluations_writer(run) as writer:
        writer.append(ROW)
    assert run.evaluations.read_bytes() == GOLDEN
    table = evaluations_table(run)
    assert table.refresh() == 1
    assert "lines" not in table.names
    np.testing.assert_array_equal(table.column("mean_lines"), [20])
    np.testing.assert_array_equal(table.column("ci95_low"), [10])
    np.testing.assert_array_equal(table.column("ci95_high"), [30])
    assert [table.column(f"clears_{rows}")[0] for rows in (1, 2, 3, 4)] == [50, 4, 2, 1]
    assert [table.column(f"columns_{column}")[0] for column in (1, 10)] == [9, 0]
    assert [table.column(f"pieces_{piece}")[0] for piece in (1, 7)] == [1, 7]


def test_the_games_of_the_last_evaluation_are_those_of_its_last_whole_row(run: RunDirectory) -> None:
    assert last_games(run) == []
    run.evaluations.write_bytes(GOLDEN.replace(b"[10,20,30]", b"[1,2,3]") + GOLDEN + b'{"step":')
    assert last_games(run) == [10, 20, 30]
    run.evaluations.write_bytes(GOLDEN + b'{"step":1}\n')
    assert last_games(run) == [], "no evaluation"


def test_the_means_alone_follow_the_log_and_leave_its_cache_alone(run: RunDirectory) -> None:
    run.evaluations.write_bytes(GOLDEN * 300)
    means, whole = means_table(run), evaluations_table(run)
    assert (means.refresh(), means.names) == (300, ("mean_lines",))
    assert not cache_path(run.evaluations).exists()
    whole.refresh()
    cached = cache_path(run.evaluations).read_bytes()
    with run.evaluations.open("ab") as log:
        log.write(b"nonsense\n" + GOLDEN)
    assert means.refresh() == 1
    assert (len(means), means.bad_lines) == (301, 1)
    np.testing.assert_array_equal(means.column("mean_lines"), np.full(301, 20.0))
    assert cache_path(run.evaluations).read_bytes() == cached
    run.evaluations.unlink()
    run.evaluations.write_bytes(GOLDEN)
    means.refresh()
    assert len(means) == 1
