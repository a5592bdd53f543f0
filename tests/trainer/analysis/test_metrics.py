"""What can be compared, and how its values are read."""

import numpy as np

from trainer.analysis.metrics import COMPARED, DEFAULT_METRIC, METRICS, best_so_far
from trainer.run_files.columns import Schema
from trainer.run_files.evaluations import EvaluationRow
from trainer.run_files.metrics import MetricsRow


def test_every_metric_is_a_column_of_its_log() -> None:
    columns = {"metrics": Schema(MetricsRow).names, "evaluations": Schema(EvaluationRow).names}
    assert [name for name, metric in METRICS.items() if metric.column not in columns[metric.log]] == []
    assert DEFAULT_METRIC in COMPARED
    assert {"epsilon", "updates"}.isdisjoint(COMPARED), "neither way is better"


def test_the_best_so_far_never_falls() -> None:
    np.testing.assert_array_equal(best_so_far(np.array([np.nan, 3.0, 1.0, np.nan, 5.0])), [np.nan, 3.0, 3.0, 3.0, 5.0])
    assert len(best_so_far(np.empty(0))) == 0
    assert METRICS["best"].values({"mean_lines": np.array([2.0, 1.0])}).tolist() == [2.0, 2.0]
