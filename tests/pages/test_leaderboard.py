"""The leaderboard: what stands in which table, in which order, and how far it can be relied on."""

import csv
import io
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pages.ui.models import leaderboard
from pages.ui.models.leaderboard import KINDS, UNKNOWN, Problem, Shelf, evaluated_words, read_shelf, result_columns, tables
from pages.ui.models.task_parts import NONE
from pages.ui.tetris import models
from pages.ui.tetris.references import Reference
from tests.pages.fake_runs import new_run, with_best_model
from tests.trainer.run_files.test_reports import REPORT
from trainer.analysis.export import csv_bytes
from trainer.run_files.config_file import read_config
from trainer.run_files.files import replace_document
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.reports import save_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model, keep_model
from trainer.tasks import describe
from trainer.tasks.metric import Metric

PLAYER = Reference("bcts", 20, "uniform", 20, 1, 1_000_000, 20, 400_000.0, (399_000.0, 401_000.0))
TALL = Problem("tetris", (("board_height", 20), ("randomizer", "uniform")))
LOW = Problem("tetris", (("board_height", 10), ("randomizer", "uniform")))


@pytest.fixture(autouse=True)
def _one_player(monkeypatch: pytest.MonkeyPatch) -> None:
    """One published player, whatever was measured."""
    monkeypatch.setattr(models, "PARTS", replace(models.PARTS, players=lambda: (models.player_of(PLAYER),)))


def model_elsewhere(runs_dir: Path, arms: int, mean: float) -> RunDirectory:
    """A model of a task that is not installed here, evaluated."""
    run = new_run(runs_dir, f"{arms} arms")
    config = replace(read_config(run), task="bandit", settings={"arms": arms, "learning_rate": mean})
    replace_document(run.config, asdict(config))
    metadata = BestMetadata(
        task="bandit", metric="mean_reward", value=mean, reward=mean, step=500, episode=60, seed=1, active_seconds=90.0, episodes=20,
        settings={"arms": arms},
    )  # fmt: skip
    save_best(run, b"bandit %d" % arms, metadata)
    report = replace(REPORT, sha256=find_model(run, None).metadata.sha256, mean_reward=mean, ci95=(mean - 1, mean + 1), named={})
    save_report(run, replace(report, median_reward=mean, max_reward=mean + 2, settings={"arms": arms}))
    return run


def model_on(runs_dir: Path, name: str, *, height: int = 20, mean: float | None = None, **settings: Any) -> RunDirectory:
    """A run with a best model of its own, evaluated if a mean is given."""
    run = new_run(runs_dir, name, board_height=height, **settings)
    metadata = BestMetadata(
        task="tetris", metric="eval_lines", value=60.0, reward=58.0, step=3_000, episode=60, seed=1, active_seconds=90.0, episodes=20,
        ci95=(48.0, 78.0), settings={"board_height": height, "randomizer": "uniform"}, named={"lines": 60.0},
    )  # fmt: skip
    save_best(run, name.encode(), metadata)
    if mean is not None:
        report_on(run, mean)
    return run


def report_on(run: RunDirectory, mean: float, **changes: Any) -> None:
    """Evaluate the best model as it is now."""
    named = REPORT.named | {"mean_lines": mean}
    save_report(run, replace(REPORT, sha256=find_model(run, None).metadata.sha256, named=named, step=3_000, **changes))


def shelf_of(runs_dir: Path) -> Shelf:
    """Every model in a folder of runs."""
    return read_shelf(list_runs(runs_dir))


def names(shelf: Shelf, problem: Problem = TALL) -> list[str]:
    """Who stands in the table of a problem, from the top."""
    return [row["Model"] for row in tables(shelf, list(KINDS))[problem]]


def test_the_best_stand_first_and_those_without_a_result_last(runs_dir: Path) -> None:
    model_on(runs_dir, "Weak", mean=10.0)
    model_on(runs_dir, "Unknown")
    model_on(runs_dir, "Strong", mean=500_000.0)
    assert names(shelf_of(runs_dir)) == ["Strong · best", "BCTS", "Weak · best", "Unknown · best"]


def test_boards_are_never_mixed_and_players_stand_where_models_do(runs_dir: Path) -> None:
    model_on(runs_dir, "Tall", mean=10.0)
    model_on(runs_dir, "Low", height=10, mean=20.0)
    shelf = shelf_of(runs_dir)
    assert list(tables(shelf, list(KINDS))) == [TALL, LOW]
    assert names(shelf) == ["BCTS", "Tall · best"]
    assert names(shelf, LOW) == ["Low · best"]


def test_only_what_is_chosen_is_shown(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine", mean=10.0)
    keep_model(find_model(run, None), run, "keeper", "noted")
    shelf = shelf_of(runs_dir)
    assert [row["Model"] for row in tables(shelf, ["kept"])[TALL]] == ["Mine · keeper"]
    assert tables(shelf, []) == {TALL: []}


def test_a_new_best_makes_the_result_visibly_outdated_until_it_is_evaluated(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine", mean=10.0)
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("yes", 0)
    with_best_model(run, b"a newer one")
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("outdated: step 3,000", 1)
    report_on(run, 20.0, truncated_episodes=5)
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("5 of 100 truncated", 0)


def test_a_kept_copy_has_the_result_of_the_model_it_is_a_copy_of(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine")
    keep_model(find_model(run, None), run, "keeper")
    assert [evaluated_words(entry) for entry in shelf_of(runs_dir).entries] == ["not yet", "not yet"]
    assert shelf_of(runs_dir).missing == 1
    report_on(run, 10.0)
    assert [evaluated_words(entry) for entry in shelf_of(runs_dir).entries] == ["yes", "yes"]


def test_a_row_says_what_a_person_compares_by(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine", mean=512.5)
    (row,) = tables(shelf_of(runs_dir), ["best"])[TALL]
    assert row == {
        "key": run.run_id,
        "Model": "Mine · best", "Kind": "Best of a run", "Mean lines": 512.5, "95 %": "400.5 to 620", "Median": 300.0, "Best episode": 2100,
        "Episodes": 100, "Evaluated": "yes", "Steps": 3_000, "Training": 1.5, "Note": None,
    }  # fmt: skip


def test_the_settings_in_which_runs_differ_have_columns_and_titles_differ(runs_dir: Path) -> None:
    model_on(runs_dir, "Same", seed=1, gamma=0.9)
    model_on(runs_dir, "Same", seed=2, gamma=0.9)
    rows = tables(shelf_of(runs_dir), ["best"])[TALL]
    assert len({row["Model"] for row in rows}) == 2
    assert sorted(row["Seed"] for row in rows) == [1, 2]
    assert "Discount γ" not in rows[0]


def test_a_damaged_report_is_none(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine", mean=10.0)
    next(run.reports.glob("*.json")).write_bytes(b"{")
    replace_document(run.reports / "other.json", {})
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("not yet", 1)


def test_a_model_whose_metadata_name_no_problem_stands_alone(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine")
    metadata = replace(find_model(run, None).metadata, settings={"board_height": "20"})
    save_best(run, b"odd", metadata)
    (problem,) = tables(shelf_of(runs_dir), list(KINDS))
    assert problem.settings == (("board_height", 20), ("randomizer", UNKNOWN))
    assert problem.words == "Tetris: a problem that the metadata do not name"


def test_models_of_another_task_stand_apart_under_its_own_words_and_without_players(runs_dir: Path) -> None:
    model_on(runs_dir, "Tetris player", mean=10.0)
    run = model_elsewhere(runs_dir, 3, 5.5)
    model_elsewhere(runs_dir, 7, 6.5)
    made = tables(shelf_of(runs_dir), list(KINDS))
    assert [problem.words for problem in made] == ["bandit (arms 7)", "bandit (arms 3)", "Tetris (10 × 20, uniform pieces)"]
    (row,) = made[Problem("bandit", (("arms", 3),))]
    assert row == {
        "key": run.run_id,
        "Model": "3 arms · best", "Kind": "Best of a run", "Mean reward": 5.5, "95 %": "4.5 to 6.5", "Median": 5.5, "Best episode": 7.5,
        "Episodes": 100, "Evaluated": "yes", "Steps": 500, "Training": 1.5, "Note": None,
    }  # fmt: skip


def test_players_are_offered_only_where_a_task_has_some(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_elsewhere(runs_dir, 3, 5.5)
    assert "player" not in shelf_of(runs_dir).kinds
    model_on(runs_dir, "Tetris player")
    assert "player" in shelf_of(runs_dir).kinds
    monkeypatch.setattr(models, "PARTS", NONE)
    assert "player" not in shelf_of(runs_dir).kinds


def test_a_task_that_cannot_evaluate_lacks_no_result(runs_dir: Path) -> None:
    run = model_elsewhere(runs_dir, 3, 5.5)
    next(run.reports.glob("*.json")).unlink()
    assert shelf_of(runs_dir).missing == 0


def test_the_best_of_a_metric_that_should_be_low_is_the_lowest(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = describe("bandit")
    regret = Metric("Mean regret", "regret per episode", "evaluations", "mean_reward", "lower", headline=True, interval="ci95")
    monkeypatch.setattr(leaderboard, "describe", lambda _: replace(about, metrics={"evaluation": regret}))
    for mean in (5.5, 2.5):
        model_elsewhere(runs_dir, 3, mean)
    (rows,) = tables(shelf_of(runs_dir), ["best"]).values()
    assert [row["Mean regret"] for row in rows] == [2.5, 5.5]


def test_a_file_of_the_results_holds_the_numbers_of_every_task(runs_dir: Path) -> None:
    model_on(runs_dir, "Tetris player", mean=10.0)
    model_elsewhere(runs_dir, 3, 5.5)
    made = result_columns(shelf_of(runs_dir))
    row = made["model"].index("3 arms · best")
    found = {name: made[name][row] for name in ("task", "mean_reward", "ci95_low", "mean_lines", "arms", "board_height")}
    assert found == {"task": "bandit", "mean_reward": 5.5, "ci95_low": 4.5, "mean_lines": None, "arms": 3, "board_height": None}


def test_a_file_of_the_results_holds_every_figure_as_it_is(runs_dir: Path) -> None:
    model_on(runs_dir, '=1+1, "Mine"', mean=0.0412345)
    model_on(runs_dir, "No result yet")
    made = result_columns(shelf_of(runs_dir))
    assert {len(values) for values in made.values()} == {len(made["model"])}
    row = made["model"].index('=1+1, "Mine" · best')
    assert [made[name][row] for name in ("mean_lines", "lines_ci95_low", "kind", "board_height")] == [0.0412345, 400.5, "best", 20]
    other = made["model"].index("No result yet · best")
    assert [made[name][other] for name in ("mean_lines", "lines_ci95_low", "outdated", "evaluated_step")] == [None] * 4
    assert "player" in made["kind"]
    read = list(csv.DictReader(io.StringIO(csv_bytes(made).decode(), newline="")))
    assert (read[row]["model"], read[row]["mean_lines"], read[other]["mean_lines"]) == ('\'=1+1, "Mine" · best', "0.0412345", "")
