"""`metrics.jsonl`: the golden row and its columns."""

import math

import numpy as np

from trainer.run_files.metrics import MetricsRow, metrics_table, metrics_writer
from trainer.run_files.run_directory import RunDirectory

GOLDEN = (
    b'{"step":2000,"wall_seconds":2.5,"active_seconds":2.25,"episodes":40,"lines_mean":0.75,"reward_mean":-0.25,"pieces_mean":50.0,'
    b'"best_lines":4,"loss":0.125,"mean_q":null,"epsilon":0.98,"learning_rate":0.001,"steps_per_second":800.0,"updates":62,"holes_mean":1.5,"height_mean":3.25,'
    b'"clears":[9,3,0,1],"at":1795446245123}\n'
    b'{"step":4000,"wall_seconds":5.0,"active_seconds":4.5,"episodes":0,"lines_mean":null,"reward_mean":null,"pieces_mean":null,'
    b'"best_lines":4,"loss":null,"mean_q":1.5,"epsilon":0.96,"learning_rate":0.001,"steps_per_second":800.0,"updates":124,"holes_mean":null,"height_mean":null,'
    b'"clears":null,"at":null}\n'
)
ROWS = (
    MetricsRow(
        2_000, 2.5, 2.25, 40, 0.75, -0.25, 50.0, 4, 0.125, math.nan, 0.98, 0.001, 800.0, 62, 1.5, 3.25, (9, 3, 0, 1), 1_795_446_245_123
    ),
    MetricsRow(4_000, 5.0, 4.5, 0, None, None, None, 4, math.inf, 1.5, 0.96, 0.001, 800.0, 124),
)


def test_metrics_are_written_as_documented_and_read_as_columns(run: RunDirectory) -> None:
    with metrics_writer(run) as writer:
        for row in ROWS:
            writer.append(row)
    assert run.metrics.read_bytes() == GOLDEN
    table = metrics_table(run)
    assert table.refresh() == 2
    assert table.names == (*list(MetricsRow.__dataclass_fields__)[:-2], "clears_1", "clears_2", "clears_3", "clears_4", "at")
    np.testing.assert_array_equal(table.column("step"), [2_000, 4_000])
    np.testing.assert_array_equal(table.column("loss"), [0.125, np.nan])
    np.testing.assert_array_equal(table.column("mean_q"), [np.nan, 1.5])
    np.testing.assert_array_equal(table.column("holes_mean"), [1.5, np.nan])
    np.testing.assert_array_equal(table.column("clears_1"), [9, np.nan])
    np.testing.assert_array_equal(table.column("at"), [1_795_446_245_123, np.nan])


def test_rows_of_an_older_version_are_read_too(run: RunDirectory) -> None:
    run.metrics.write_bytes(GOLDEN.replace(b',"holes_mean":1.5,"height_mean":3.25,"clears":[9,3,0,1],"at":1795446245123', b""))
    table = metrics_table(run)
    assert table.refresh() == 2
    np.testing.assert_array_equal(table.column("updates"), [62, 124])
    assert np.isnan(table.column("height_mean")).all()
