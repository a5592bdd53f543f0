"""The leaderboard: what stands in which table, in which order, and how far it can be relied on."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from pages.ui.models.leaderboard import KINDS, Board, Shelf, evaluated_words, read_shelf, result_columns, tables
from pages.ui.tetris.references import Reference
from tests.pages.fake_runs import new_run, with_best_model
from tests.trainer.run_files.test_reports import REPORT
from trainer.analysis.export import csv_bytes
from trainer.run_files.files import replace_document
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.reports import save_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model, keep_model

PLAYER = Reference("bcts", 20, "uniform", 20, 1, 1_000_000, 20, 400_000.0, (399_000.0, 401_000.0))
TALL = Board(20, "uniform")


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


def names(shelf: Shelf, board: Board = TALL) -> list[str]:
    """Who stands in the table of a board, from the top."""
    return [row["Model"] for row in tables(shelf, list(KINDS), [PLAYER])[board]]


def test_the_best_stand_first_and_those_without_a_result_last(runs_dir: Path) -> None:
    model_on(runs_dir, "Weak", mean=10.0)
    model_on(runs_dir, "Unknown")
    model_on(runs_dir, "Strong", mean=500_000.0)
    assert names(shelf_of(runs_dir)) == ["Strong · best", "BCTS", "Weak · best", "Unknown · best"]


def test_boards_are_never_mixed_and_players_stand_where_models_do(runs_dir: Path) -> None:
    model_on(runs_dir, "Tall", mean=10.0)
    model_on(runs_dir, "Low", height=10, mean=20.0)
    shelf = shelf_of(runs_dir)
    assert list(tables(shelf, list(KINDS), [PLAYER])) == [TALL, Board(10, "uniform")]
    assert names(shelf) == ["BCTS", "Tall · best"]
    assert names(shelf, Board(10, "uniform")) == ["Low · best"]


def test_only_what_is_chosen_is_shown(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine", mean=10.0)
    keep_model(find_model(run, None), run, "keeper", "noted")
    shelf = shelf_of(runs_dir)
    assert [row["Model"] for row in tables(shelf, ["kept"], [PLAYER])[TALL]] == ["Mine · keeper"]
    assert tables(shelf, [], [PLAYER]) == {TALL: []}


def test_a_new_best_makes_the_result_visibly_outdated_until_it_is_evaluated(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine", mean=10.0)
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("yes", 0)
    with_best_model(run, b"a newer one")
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("outdated: step 3,000", 1)
    report_on(run, 20.0, truncated_episodes=5)
    (entry,) = shelf_of(runs_dir).entries
    assert (evaluated_words(entry), shelf_of(runs_dir).missing) == ("5 of 100 games truncated", 0)


def test_a_kept_copy_has_the_result_of_the_model_it_is_a_copy_of(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine")
    keep_model(find_model(run, None), run, "keeper")
    assert [evaluated_words(entry) for entry in shelf_of(runs_dir).entries] == ["not yet", "not yet"]
    assert shelf_of(runs_dir).missing == 1
    report_on(run, 10.0)
    assert [evaluated_words(entry) for entry in shelf_of(runs_dir).entries] == ["yes", "yes"]


def test_a_row_says_what_a_person_compares_by(runs_dir: Path) -> None:
    model_on(runs_dir, "Mine", mean=512.5)
    (row,) = tables(shelf_of(runs_dir), ["best"])[TALL]
    assert row == {
        "Model": "Mine · best", "Kind": "Best of a run", "Lines": 512.5, "95 %": "400.5 to 620", "Median": 300.0, "Best game": 2100,
        "Games": 100, "Evaluated": "yes", "Steps": 3_000, "Training": 1.5, "Note": None,
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


def test_a_model_whose_metadata_name_no_board_stands_alone(runs_dir: Path) -> None:
    run = model_on(runs_dir, "Mine")
    metadata = replace(find_model(run, None).metadata, settings={"board_height": "20"})
    save_best(run, b"odd", metadata)
    assert list(tables(shelf_of(runs_dir), list(KINDS))) == [Board(0, "None")]


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
