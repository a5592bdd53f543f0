"""How the values of a metric are read."""

import numpy as np

from trainer.run_files.columns import Schema
from trainer.run_files.evaluations import EvaluationRow
from trainer.tasks.metric import EVALUATION, Metric, best_so_far


def test_the_best_so_far_never_falls() -> None:
    np.testing.assert_array_equal(best_so_far(np.array([np.nan, 3.0, 1.0, np.nan, 5.0])), [np.nan, 3.0, 3.0, 3.0, 5.0])
    assert len(best_so_far(np.empty(0))) == 0
    best = Metric("Best", "points", "evaluations", "mean_reward", best=True)
    assert best.values({"mean_reward": np.array([2.0, 1.0])}).tolist() == [2.0, 2.0]


def test_what_every_task_has_is_among_the_core_fields_of_an_evaluation() -> None:
    assert {EVALUATION.column, f"{EVALUATION.interval}_low", f"{EVALUATION.interval}_high"} <= set(Schema(EvaluationRow).core_names)
