"""Comparing runs."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.comparison import METRICS, X_AXES, comparison_row, differing_settings, distinct_names, series
from pages.ui.run_data import RunData
from tests.pages.conftest import ANALYTICS, everything_said, opened
from tests.pages.fake_runs import ended, fill, new_run
from trainer.launcher import probe


def test_every_metric_can_be_drawn_over_every_axis(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    rows = RunData(run).refresh()
    for metric in METRICS.values():
        for axis in X_AXES:
            x, y = series(rows, metric, axis)
            assert len(x) == len(y) > 0
    _, best = series(rows, METRICS["best"], "steps")
    assert (np.diff(best) >= 0).all()


def test_the_table_shows_only_the_settings_that_differ(runs_dir: Path) -> None:
    probes = [probe(new_run(runs_dir, "a", gamma=0.9)), probe(new_run(runs_dir, "b", seed=2))]
    assert differing_settings(probes) == ["seed", "gamma"]
    row = comparison_row(probes[0], RunData(probes[0].run).refresh(), ["gamma"])
    assert row["Discount γ"] == 0.9
    assert row["Best"] is None


def test_runs_of_one_name_have_different_names_in_the_legend() -> None:
    assert distinct_names(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]


def test_the_newest_runs_are_compared_and_listed(app: AppTest, runs_dir: Path) -> None:
    for number in range(7):
        fill(ended(new_run(runs_dir, f"Run {number}", seed=number), "finished"), rows=10)
    opened(app, ANALYTICS)
    assert len(app.multiselect(key="analytics_runs").value) == 5
    table = app.dataframe[0].value
    assert len(table) == 5
    assert list(table["Last evaluation"]) == [20.0] * 5
    assert "Seed" in table.columns


def test_choices_are_kept_in_the_address(app: AppTest, runs_dir: Path) -> None:
    first, second = (new_run(runs_dir, name) for name in "ab")
    fill(first)
    fill(second)
    app.query_params["metric"] = "loss"
    app.query_params["x"] = "wall"
    app.query_params["runs"] = f"{first.run_id},nonsense"
    opened(app, ANALYTICS)
    assert app.selectbox(key="analytics_metric").value == "loss"
    assert app.selectbox(key="analytics_x").value == "wall"
    assert app.multiselect(key="analytics_runs").value == [first.run_id]
    app.selectbox(key="analytics_metric").set_value("q").run()
    app.select_slider(key="analytics_smooth").set_value("20").run()
    assert app.query_params["metric"] == "q"
    assert app.query_params["smooth"] == "20"


def test_choosing_no_run_or_a_metric_without_values_is_said(app: AppTest, runs_dir: Path) -> None:
    new_run(runs_dir)
    opened(app, ANALYTICS)
    assert "None of the chosen runs has a value" in everything_said(app)
    app.multiselect(key="analytics_runs").set_value([]).run()
    assert "Choose one or more runs" in everything_said(app)


@pytest.mark.parametrize("nonsense", ["", "nope", "<script>"])
def test_nonsense_in_the_address_gives_the_defaults(app: AppTest, runs_dir: Path, nonsense: str) -> None:
    fill(new_run(runs_dir))
    for name in ("metric", "x", "smooth", "log", "runs"):
        app.query_params[name] = nonsense
    opened(app, ANALYTICS)
    assert app.selectbox(key="analytics_metric").value == "evaluation"
    assert app.select_slider(key="analytics_smooth").value == "1"
