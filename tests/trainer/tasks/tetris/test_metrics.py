"""What is offered to draw and to compare is what the learner records."""

from pathlib import Path

from tests.trainer.learning.tiny import new_run, tiny_config, train
from trainer.learning.control_watcher import ControlEvents
from trainer.run_files.evaluations import evaluations_table
from trainer.run_files.metrics import metrics_table
from trainer.tasks.tetris.metrics import COMPARED, DEFAULT_METRIC, HEADLINE, METRICS


def test_every_metric_is_a_column_of_its_log(tmp_path: Path) -> None:
    config = tiny_config()
    run = new_run(tmp_path, config)
    train(run, config, ControlEvents())
    tables = {"metrics": metrics_table(run), "evaluations": evaluations_table(run)}
    for table in tables.values():
        table.refresh()
    assert [name for name, metric in METRICS.items() if metric.column not in tables[metric.log].names] == []
    assert {f"{HEADLINE.interval}_low", f"{HEADLINE.interval}_high", "clears_4", "columns_10", "pieces_7"} <= set(
        tables["evaluations"].names
    )


def test_one_metric_is_what_people_compare_and_some_have_no_better_way() -> None:
    assert [name for name, metric in METRICS.items() if metric.headline] == [DEFAULT_METRIC]
    assert DEFAULT_METRIC in COMPARED
    assert {"epsilon", "updates"}.isdisjoint(COMPARED), "neither way is better"
