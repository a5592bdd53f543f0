"""Analytics of runs of any task: what each measures is what is shown, grouped, compared and exported."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.analytics.actions import FORK, menu_of
from pages.ui.analytics.choices import Choices
from pages.ui.analytics.curves import charts_of
from pages.ui.analytics.export import curve_rows, run_columns
from pages.ui.analytics.groups import EACH, SAME, groups_of
from pages.ui.analytics.overlay import Options, overlay
from pages.ui.analytics.problems import problems_of
from pages.ui.analytics.run_rows import RunRow, about_of_rows, differing, matching, rows_of
from pages.ui.analytics.scores import best_first
from pages.ui.analytics.settings import scatter_chart, settings_chart
from pages.ui.analytics.table import automatic_columns, column, help_of, ordered
from pages.ui.analytics.versus import sentences_of
from pages.ui.charts import GREEN
from pages.ui.run_data import run_data
from tests.pages.conftest import ANALYTICS, everything_said, opened, read_out
from tests.pages.fake_runs import ended, fill, new_run
from tests.pages.other_tasks import ARCHERY, install_archery, other_run
from tests.pages.test_analytics_page import HOSTILE, table
from trainer.run_files.config_file import read_config, write_config
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.metric import COMMON, EVALUATION
from trainer.tasks.tetris.metrics import HEADLINE, METRICS

BANDIT, TETRIS = "bandit", "Tetris (10 × 20, uniform pieces)"


def bandits(runs_dir: Path, seeds: int = 2) -> list[RunRow]:
    """Runs of a task that is not installed, of two learning rates; those of the larger one are the better ones."""
    runs = [
        other_run(runs_dir, BANDIT, [0.1 * seed, 0.4 * rate + 0.01 * seed], seed=seed, rate=rate, arms=10)
        for rate in (1.0, 2.0)
        for seed in range(1, seeds + 1)
    ]
    return rows_of(runs)


def tetris_run(runs_dir: Path, **settings: int) -> RunDirectory:
    """A finished run of our own task."""
    run = ended(new_run(runs_dir, "Lines", **settings), "finished")
    fill(run)
    return run


def test_each_run_of_the_table_is_measured_by_its_own_task(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_archery(monkeypatch)
    runs = [
        tetris_run(runs_dir), other_run(runs_dir, BANDIT, [0.25, 0.75, 0.5]),
        other_run(runs_dir, "archery", [5.0, 2.0, 3.0], named="misses"),
    ]  # fmt: skip
    rows = rows_of(runs)
    assert [(row.best, row.last) for row in rows] == [(60.0, 60.0), (0.75, 0.5), (2.0, 3.0)], "the fewest misses are the best"
    assert rows[1].course == (0.25, 0.75, 0.5)
    assert [row.task for row in matching(rows, "bandit")] == [BANDIT]
    shown = {name: help_of(column(name), rows) for name in ("course", "last", "best")}
    assert shown["best"] == "Mean lines or Mean reward or mean misses of the best evaluation"
    assert help_of(column("last"), rows[:1]) == "Mean lines of the last evaluation", "of Tetris alone as ever"
    assert help_of(column("course"), rows[1:2]) == "Mean reward, oldest first"


def test_the_best_comes_first_where_the_lowest_is_best(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_archery(monkeypatch)
    good, bad = (
        other_run(runs_dir, "archery", [misses], seed=seed, named="misses", bow=misses) for seed, misses in enumerate((1.0, 9.0), 1)
    )
    rows = rows_of([bad, good])
    assert [row.run for row in ordered(rows, "best")] == [good, bad]
    groups = groups_of(rows, "bow", with_marked=False).groups
    assert [group.rows[0].run for group in best_first(groups, ARCHERY.headline)] == [good, bad]
    said = sentences_of(groups)
    assert said[0].startswith("bow 1 has fewer misses than bow 9 in 100 % of seed pairs")
    assert "has 8 misses fewer than" in said[1]
    green = next(trace for trace in settings_chart(rows, ["bow"], "last").traces if trace.colour == GREEN)
    assert green.texts[0] == "archery, seed 1: 1 miss"


def test_several_tasks_have_a_column_that_names_them_and_no_columns_of_what_only_one_has(runs_dir: Path) -> None:
    mixed = rows_of(
        [tetris_run(runs_dir), other_run(runs_dir, BANDIT, [0.5], arms=10), other_run(runs_dir, BANDIT, [0.5], seed=2, arms=20)]
    )
    assert differing(mixed) == ["total_timesteps", "seed", "arms"], "what only one task has differs within that task alone"
    assert "task" in automatic_columns(mixed)
    assert "task" not in automatic_columns(mixed[1:])
    assert column("task").cell(mixed[1]) == BANDIT
    assert [FORK in menu_of(row) for row in mixed] == [True, False, False], "what is not installed cannot be trained on"
    assert column("arms").cell(mixed[2]) == "20"


def test_one_column_is_read_of_the_evaluations_whatever_it_is_called(runs_dir: Path) -> None:
    run = other_run(runs_dir, BANDIT, [0.25, 0.5], named="eval/hits of 10")
    data = run_data(run)
    assert data.headline(EVALUATION).tolist() == [0.25, 0.5]
    assert not data.has_read("evaluations"), "a thousand runs are listed quickly"
    odd = replace(EVALUATION, column="eval/hits of 10")
    assert data.headline(odd).tolist() == [0.25, 0.5]
    in_metrics = replace(EVALUATION, log="metrics", column="rollout/ep_rew_mean")
    assert data.headline(in_metrics).tolist() == pytest.approx([0.225, 0.45])
    assert data.headline(HEADLINE).tolist() != data.headline(EVALUATION).tolist(), "a column does not stand for another"


def test_what_is_offered_is_what_the_task_measures(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_archery(monkeypatch)
    of_archery = rows_of([other_run(runs_dir, "archery", [5.0, 2.0], named="misses")])
    assert about_of_rows(of_archery) is ARCHERY
    assert about_of_rows(bandits(runs_dir)).metrics == COMMON
    assert about_of_rows(rows_of([tetris_run(runs_dir)])).metrics == METRICS
    misses, rings = ARCHERY.metrics.values()
    chart = overlay(misses, groups_of(of_archery, EACH, with_marked=False).groups, Options())
    (line,) = (trace for trace in chart.traces if trace.named)
    assert (chart.title, chart.y_title, line.y.tolist()) == ("Misses", "misses per round, greedy", [5.0, 2.0])
    choices = Choices({"rings": rings}, EACH, False, Options(), "")
    (drawn,) = charts_of(groups_of(of_archery, EACH, with_marked=False), choices, of_archery)
    assert drawn.title == "Rings"


def test_the_task_is_part_of_the_problem(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_archery(monkeypatch)
    near, far = (rows_of([other_run(runs_dir, "archery", [1.0], named="misses", distance=metres)])[0] for metres in (18, 70))
    tetris, bandit = rows_of([tetris_run(runs_dir), other_run(runs_dir, BANDIT, [1.0])])
    assert list(problems_of([near, near, far, tetris, bandit])) == ["Archery (Distance 18)", "Archery (Distance 70)", TETRIS, BANDIT]
    by_seed = groups_of([near, far, tetris, bandit], "seed", with_marked=False).groups
    assert [len(group.rows) for group in by_seed] == [1, 1, 1, 1], "a group is of one problem"
    (said,) = sentences_of(groups_of([tetris, bandit], EACH, with_marked=False).groups)
    assert said == (
        f"Figures of different problems are never compared: Lines trains on {TETRIS}; bandit, seed 1 trains on bandit."
        " Choose runs of one problem."
    )
    chart = overlay(EVALUATION, groups_of([bandit], EACH, with_marked=False).groups, Options(), baseline=tetris)
    assert "the baseline trains on another problem" in chart.note


def test_runs_of_two_tasks_are_no_copies_of_one_another(runs_dir: Path) -> None:
    rows = rows_of([other_run(runs_dir, task, [1.0]) for task in (BANDIT, "slot machine")])
    assert [len(group.rows) for group in groups_of(rows, SAME, with_marked=False).groups] == [1, 1]


def test_a_problem_that_a_stranger_wrote_as_a_list_is_told_apart_too(runs_dir: Path) -> None:
    odd, even = (tetris_run(runs_dir, seed=seed) for seed in (1, 2))
    config = read_config(odd)
    write_config(odd, replace(config, settings=config.settings | {"board_height": [1, 2]}))
    assert sorted(problems_of(rows_of([odd, even]))) == [TETRIS, "Tetris (10 × [1, 2], uniform pieces)"]


def test_a_against_b_is_said_in_the_words_of_the_task(runs_dir: Path) -> None:
    groups = groups_of(bandits(runs_dir, seeds=5), "rate", with_marked=False).groups
    better, gap = sentences_of(groups)
    assert better.startswith("rate 2 comes out higher in “Mean reward” than rate 1 in 100 % of seed pairs")
    assert gap.startswith("The middle half of the runs of rate 2 comes out higher in “Mean reward” than that of rate 1, by 0.400")
    assert "lines" not in better + gap


def test_settings_stand_against_the_result_of_the_task(runs_dir: Path) -> None:
    rows = bandits(runs_dir, seeds=1)
    scatter = scatter_chart(rows, "rate", "last")
    assert (scatter.y_title, scatter.traces[0].texts[1]) == ("reward per episode", "bandit, seed 1: 2 → 0.810")
    assert settings_chart(rows, ["rate"], "last").traces[-1].texts[0] == "bandit, seed 1: 0.810"


def test_published_players_of_tetris_stand_in_no_chart_of_another_task(runs_dir: Path) -> None:
    run = other_run(runs_dir, BANDIT, [10.0, 400.0], named="mean_lines", board_height=10, randomizer="uniform")
    groups = groups_of(rows_of([run]), EACH, with_marked=False).groups
    assert list(overlay(HEADLINE, groups, Options(log_y=True)).levels) == []
    config = read_config(run)
    write_config(run, replace(config, task="tetris"))
    groups = groups_of(rows_of([run]), EACH, with_marked=False).groups
    assert list(overlay(HEADLINE, groups, Options(log_y=True)).levels) != []


def test_everything_of_a_task_that_is_not_installed_is_exported(runs_dir: Path) -> None:
    rows = bandits(runs_dir, seeds=1)
    columns = run_columns(rows)
    assert (columns["task"], columns["arms"], columns["rate"]) == ([BANDIT] * 2, [10, 10], [1.0, 2.0])
    assert columns["best"] == pytest.approx([0.41, 0.81])
    choices = Choices({"reward": COMMON["reward"]}, EACH, False, Options(), "")
    exported = curve_rows(groups_of(rows[1:], EACH, with_marked=False), choices)
    assert exported["value"].to_pylist() == pytest.approx([0.09, 0.729])
    assert exported["metric"].to_pylist() == ["reward"] * 2


def test_the_page_offers_the_metrics_of_the_runs_and_no_section_of_another_task(app: AppTest, runs_dir: Path) -> None:
    bandits(runs_dir)
    said = everything_said(opened(app, ANALYTICS))
    assert app.multiselect(key=f"analytics_metric_{BANDIT}").options == [*(metric.label for metric in COMMON.values()), "rollout/rings"]
    assert app.multiselect(key=f"analytics_metric_{BANDIT}").value == ["evaluation"]
    assert not any("Behaviour" in option for option in app.segmented_control(key="analytics_view").options)
    assert "lines" not in said


@pytest.mark.parametrize("section", ["curves", "versus", "settings", "behaviour", "export"])
def test_every_section_can_be_seen_of_runs_of_another_task(app: AppTest, runs_dir: Path, section: str) -> None:
    bandits(runs_dir, seeds=5)
    app.query_params["view"], app.query_params["group"] = section, "rate"
    said = read_out(everything_said(opened(app, ANALYTICS)))
    assert len(app.error) == 0
    assert (app.query_params["group"], "lines" in said) == ("rate", False)
    if section == "versus":
        assert {"Difference of IQM · reward per episode", "Probability of improvement"} == {metric.label for metric in app.metric}
        (reached,) = (one.value for one in app.dataframe if "Reward per episode" in one.value.columns)
        assert list(reached["Reward per episode"]) == [0.02, 0.05, 0.1, 0.2, 0.5]
        assert "Mean reward 0.1: rate 2 after" in said


@pytest.mark.parametrize("section", ["curves", "versus", "settings", "export"])
def test_what_a_stranger_calls_a_task_is_no_markup(app: AppTest, runs_dir: Path, section: str) -> None:
    for seed in (1, 2):
        odd: dict[str, Any] = {"rate": seed, "<script>**x**": seed}
        other_run(runs_dir, HOSTILE, [0.5, 0.25], seed=seed, **odd)
    tetris_run(runs_dir)
    app.query_params["view"] = section
    said = everything_said(opened(app, ANALYTICS))
    assert len(app.error) == 0
    assert "<script>" not in said
    options = app.segmented_control(key="analytics_problem").options
    assert not [option for option in options if "<script>" in option or "**x**" in option]
    assert "Tetris" in read_out(options)


def test_a_link_to_the_behaviour_of_runs_of_another_task_shows_their_curves(app: AppTest, runs_dir: Path) -> None:
    bandits(runs_dir)
    app.query_params["view"] = "behaviour"
    opened(app, ANALYTICS)
    assert app.segmented_control(key="analytics_view").value == "curves"
    assert "view" not in app.query_params


def test_of_runs_of_two_tasks_one_task_is_looked_at_at_a_time(app: AppTest, runs_dir: Path) -> None:
    bandits(runs_dir)
    tetris_run(runs_dir)
    said = everything_said(opened(app, ANALYTICS))
    assert "train on different problems, which are never compared" in said
    problem = app.segmented_control(key="analytics_problem")
    assert [read_out(option) for option in problem.options] == [f"{BANDIT} · 4 runs", f"{TETRIS} · 1 run"]
    assert list(table(app)["task"]) == ["tetris"] + [BANDIT] * 4
    problem.set_value(TETRIS).run()
    assert app.multiselect(key="analytics_metric_tetris").value == ["evaluation"]
    assert any("Behaviour" in option for option in app.segmented_control(key="analytics_view").options)
    assert len(app.error) == 0


def test_metrics_that_a_person_has_chosen_stay_when_no_run_is_chosen(app: AppTest, runs_dir: Path) -> None:
    bandits(runs_dir)
    app.query_params["metric"], app.query_params["runs"] = "length,episodes", "none"
    opened(app, ANALYTICS)
    assert app.multiselect(key=f"analytics_metric_{BANDIT}").value == ["length", "episodes"]


def test_of_the_settings_that_differ_the_problem_comes_first_and_what_is_only_recorded_last(runs_dir: Path) -> None:
    recorded: dict[str, Any] = {"log_every": 250, "eval_every": 5_000, "checkpoint_every_s": 60.0}
    first = GymSettings(env="LunarLander-v3", algo="ppo", seed=1).to_json()
    second = GymSettings(env="CartPole-v1", algo="dqn", seed=2, n_envs=2, gamma=0.9, **recorded).to_json()
    rows = rows_of([other_run(runs_dir, "gym", [1.0], **one) for one in (first, second)])
    shown = automatic_columns(rows)
    assert shown.index("env") < shown.index("algo") < shown.index("gamma") < shown.index("log_every")


def test_environments_are_told_apart_by_their_options_and_not_by_how_they_are_learned(runs_dir: Path) -> None:
    settings: list[dict[str, Any]] = [
        {"env": "LunarLander-v3"},
        {"env": "LunarLander-v3", "normalize": "rewards", "frame_stack": 4},
        {"env": "LunarLander-v3", "env_kwargs": '{"continuous": true, "wind": 1}'},
        {"env": "LunarLander-v3", "env_kwargs": '{"wind":1,"continuous":true}'},
        {"env": "CartPole-v1"},
        {"env": "CartPole-v1", "env_kwargs": "{ }"},
    ]
    written = [{name: GymSettings(**one).to_json()[name] for name in one} for one in settings]
    rows = rows_of([other_run(runs_dir, "gym", [1.0], seed=seed, **one) for seed, one in enumerate(written, 1)])
    problems = {name: len(runs) for name, runs in problems_of(rows).items()}
    assert problems == {
        "Gymnasium (LunarLander-v3)": 2,
        'Gymnasium (LunarLander-v3, {"continuous": true, "wind": 1})': 2,
        "Gymnasium (CartPole-v1)": 2,
    }
    assert "normalize" in differing(rows[:2]), "runs that learn otherwise are groups of their own"
