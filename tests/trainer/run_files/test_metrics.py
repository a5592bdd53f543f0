"""`metrics.jsonl`: the golden rows and their columns."""

import math

import numpy as np

from trainer.run_files.metrics import MetricsRow, metrics_table, metrics_writer
from trainer.run_files.run_directory import RunDirectory

GOLDEN = (
    b'{"step":2000,"wall_seconds":2.5,"active_seconds":2.25,"at":1795446245123,"updates":0,"rollout/ep_rew_mean":-0.25,'
    b'"train/learning_rate":0.001,"time/fps":800.0}\n'
    b'{"step":4000,"wall_seconds":5.0,"active_seconds":4.5,"at":1795446247623,"updates":124,"rollout/ep_rew_mean":null,'
    b'"train/learning_rate":0.001,"train/loss":0.125,"train/mean_q":null,"time/fps":800}\n'
)
ROWS = (
    MetricsRow(
        step=2_000, wall_seconds=2.5, active_seconds=2.25, at=1_795_446_245_123, updates=0,
        named={"rollout/ep_rew_mean": -0.25, "train/learning_rate": 0.001, "time/fps": 800.0, "step": 7},
    ),
    MetricsRow(
        step=4_000, wall_seconds=5.0, active_seconds=4.5, at=1_795_446_247_623, updates=124,
        named={
            "rollout/ep_rew_mean": math.nan, "train/learning_rate": 0.001, "train/loss": 0.125, "train/mean_q": math.inf, "time/fps": 800,
        },
    ),
)  # fmt: skip


def test_metrics_are_written_as_documented_and_read_as_columns(run: RunDirectory) -> None:
    with metrics_writer(run) as writer:
        for row in ROWS:
            writer.append(row)
    assert run.metrics.read_bytes() == GOLDEN
    table = metrics_table(run)
    assert table.refresh() == 2
    assert table.names[:5] == ("step", "wall_seconds", "active_seconds", "at", "updates")
    assert table.names[5:] == ("rollout/ep_rew_mean", "train/learning_rate", "time/fps", "train/loss", "train/mean_q")
    np.testing.assert_array_equal(table.column("step"), [2_000, 4_000])
    np.testing.assert_array_equal(table.column("at"), [1_795_446_245_123, 1_795_446_247_623])
    np.testing.assert_array_equal(table.column("rollout/ep_rew_mean"), [-0.25, np.nan])
    np.testing.assert_array_equal(table.column("train/loss"), [np.nan, 0.125])
    np.testing.assert_array_equal(table.column("train/mean_q"), [np.nan, np.nan])
    np.testing.assert_array_equal(table.column("never/was"), [np.nan, np.nan])
