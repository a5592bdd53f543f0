"""What the sections of the analytics page work out, without the page."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from pages.ui.analytics import points
from pages.ui.analytics import run_rows as rows_module
from pages.ui.analytics.axes import X_AXES
from pages.ui.analytics.choices import Choices, offered_metrics
from pages.ui.analytics.export import curve_rows, run_columns
from pages.ui.analytics.groups import EACH, SAME, distinct_names, groups_of, independent_rows
from pages.ui.analytics.overlay import Options, overlay
from pages.ui.analytics.points import Smoothing, SmoothingKind, View, band_of, curve_of, series_of
from pages.ui.analytics.problems import problems_of
from pages.ui.analytics.run_rows import RunRow, matching, rows_of
from pages.ui.analytics.scores import side_of
from pages.ui.analytics.settings import scatter_chart, settings_chart
from pages.ui.analytics.table import SORTS, frame_of, ordered
from pages.ui.analytics.versus import profile_chart, sentences_of
from pages.ui.cache import clear_all
from pages.ui.parallel import scale_of
from pages.ui.run_data import run_data
from pages.ui.tetris.behaviour import distributions, last_shares
from pages.ui.text import setting_text
from tests.pages.fake_runs import OLD_MS, ended, evaluation_row, fill, fill_long, live, metrics_row, new_run, set_status
from trainer.analysis.comparison import compare
from trainer.analysis.export import csv_bytes, parquet_bytes
from trainer.run_files import labels as labels_module
from trainer.run_files.config_file import read_config, write_config
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.labels import Labels, read_labels, update_labels
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.opening import stamp
from trainer.run_files.rows import flat
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.trash import move_to_trash, restore
from trainer.tasks.tetris.learner.training import numbered
from trainer.tasks.tetris.metrics import HEADLINE, METRICS


def evaluated(runs_dir: Path, name: str, means: Sequence[float], **settings: Any) -> RunDirectory:
    """A finished run with an evaluation every 1,000 steps."""
    run = ended(new_run(runs_dir, name, **settings), "finished")
    with evaluations_writer(run) as log:
        for number, mean in enumerate(means, 1):
            log.append(evaluation_row(number * 1_000, mean))
    return run


def row_of(run: RunDirectory) -> RunRow:
    """Its line in the table."""
    (row,) = rows_of([run])
    return row


def test_every_metric_can_be_drawn_over_every_axis(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    row = row_of(run)
    for name, metric in METRICS.items():
        for axis in X_AXES:
            x, y = series_of(row, View(metric, axis, Smoothing()))
            assert len(x) == len(y)
            assert (len(x) > 0) == ("holes" not in name and "height" not in name), "old rows do not tell how the agent plays"
            assert (np.diff(x) > 0).all()


def test_evaluations_stand_at_their_gradient_step_and_at_the_time_of_day(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    evaluation = METRICS["evaluation"]
    by_updates, _ = series_of(row_of(run), View(evaluation, "updates", Smoothing()))
    assert by_updates.tolist() == [60.0, 120.0, 180.0]
    by_clock, _ = series_of(row_of(run), View(evaluation, "wall", Smoothing()))
    assert np.diff(by_clock).tolist() == [1_000.0, 1_000.0], "milliseconds"


def test_on_the_axis_of_the_date_rows_stand_where_they_were_written_not_where_training_time_had_come_to(runs_dir: Path) -> None:
    run, day_ms = new_run(runs_dir), 86_400_000
    with metrics_writer(run) as log:
        for number, at in enumerate((OLD_MS, OLD_MS + 1_000, OLD_MS + 9 * day_ms, OLD_MS + 9 * day_ms - 500), 1):  # away; then set back
            log.append(replace(metrics_row(number), at=at))
        log.append(flat(metrics_row(5)) | {"at": None})
        log.append(replace(metrics_row(6), at=2**62))
    events = EventsWriter(run)
    events.append(EventRow("2026-01-05T00:00:00.000Z", 150, "command", "Paused (by app)", seq=2))
    events.log.close()
    x, y = series_of(row_of(run), View(METRICS["games"], "wall", Smoothing()))
    assert x.tolist() == [OLD_MS, OLD_MS + 1_000, OLD_MS + 9 * day_ms - 500, OLD_MS + 9 * day_ms]
    assert y.tolist() == [2.0, 4.0, 8.0, 6.0], "in the order of their times"

    chart = overlay(METRICS["games"], groups_of([row_of(run)], EACH, with_marked=False).groups, Options(x_axis="wall"))

    assert chart.note == "not shown: 2 rows that do not tell when they were written"
    (marks,) = [trace for trace in chart.traces if trace.kind == "marks"]
    assert marks.x.tolist() == [OLD_MS + 4 * day_ms], "an event knows its own time"


def test_a_line_of_the_table_is_read_again_when_a_file_of_the_run_changes(runs_dir: Path) -> None:
    run = evaluated(runs_dir, "a", [10.0, 30.0])
    first = row_of(run)
    assert (first.best, first.last, first.mean, first.course) == (30.0, 30.0, 20.0, (10.0, 30.0))
    assert row_of(run) is first
    with evaluations_writer(run) as log:
        log.append(evaluation_row(3_000, 20.0))
    assert (row_of(run).best, row_of(run).last) == (30.0, 20.0)
    update_labels(run, name="b")
    assert row_of(run).name == "b"
    with live(run, state="running"):
        set_status(run, num_timesteps=5)
        assert row_of(run).probed.active
        set_status(run, num_timesteps=6)
        status = row_of(run).probed.status
        assert status is not None
        assert status.num_timesteps == 6


def test_a_run_that_went_to_the_trash_in_the_middle_of_a_look_is_listed_when_it_is_back(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = evaluated(runs_dir, "a", [5.0])
    update_labels(run, name="Renamed")
    for module in (rows_module, labels_module):  # all files are there still when they are looked at first
        seen = stamp(run.labels)
        monkeypatch.setattr(module, "stamp", lambda _path, seen=seen: seen)
    gone = move_to_trash(run)
    assert rows_of([run]) == []
    assert read_labels(run) == Labels()
    back = restore(gone)
    assert [row.name for row in rows_of([back])] == ["Renamed"]


def test_every_word_of_a_search_must_be_found(runs_dir: Path) -> None:
    rows = [row_of(evaluated(runs_dir, name, [1.0], gamma=gamma)) for name, gamma in (("First", 0.9), ("Second", 0.99))]
    assert [row.name for row in matching(rows, "FINISHED fir")] == ["First"]
    assert [row.name for row in matching(rows, "gamma=0.99")] == ["Second"]
    assert matching(rows, "first second") == []
    assert matching(rows, "  ") == rows


@pytest.mark.parametrize("by", SORTS)
def test_the_order_is_stable_and_runs_without_a_value_come_last(runs_dir: Path, by: str) -> None:
    rows = rows_of([evaluated(runs_dir, "b", [5.0]), evaluated(runs_dir, "a", [9.0]), new_run(runs_dir, "c")])
    names = [row.name for row in ordered(rows, by)]
    assert sorted(names) == ["a", "b", "c"]
    if by in ("last", "best", "mean"):
        assert names == ["a", "b", "c"]


def test_runs_with_the_same_settings_make_one_line_with_a_band_and_their_number(runs_dir: Path) -> None:
    means = {1: [10.0, 20.0, 30.0], 2: [20.0, 30.0], 3: [30.0, 40.0, 50.0]}
    rows = [row_of(evaluated(runs_dir, f"s{seed}", values, seed=seed)) for seed, values in means.items()]
    (group,) = groups_of(rows, SAME, with_marked=False).groups
    assert group.few
    chart = overlay(METRICS["evaluation"], [group], Options(how="mean"))
    (centre,) = [trace for trace in chart.traces if trace.named]
    assert centre.x.tolist() == [1_000.0, 2_000.0, 3_000.0]
    assert centre.y.tolist() == [20.0, 30.0, 40.0]
    (counts,) = chart.counts
    assert counts.y.tolist() == [3.0, 3.0, 2.0], "the run that ended early is not drawn on"
    assert sum(trace.faint for trace in chart.traces) == 3
    band = next(trace for trace in chart.traces if trace.kind == "band")
    assert band.high is not None
    assert ((band.y <= centre.y) & (centre.y <= band.high)).all()
    assert "mean of runs with its 95 % band" in chart.note


def test_groups_by_a_setting_mix_what_else_differs_and_forks_can_be_asked_for(runs_dir: Path) -> None:
    rows = [
        row_of(evaluated(runs_dir, f"{gamma} {batch}", [1.0], gamma=gamma, batch_size=batch))
        for gamma in (0.9, 0.99)
        for batch in (64, 128)
    ]
    assert [group.label for group in groups_of(rows, "gamma", with_marked=False).groups] == ["Discount γ 0.9", "Discount γ 0.99"]
    assert len(groups_of(rows, SAME, with_marked=False).groups) == 4
    each = groups_of(rows, EACH, with_marked=False).groups
    assert [group.label for group in each] == ["0.9 64", "0.9 128", "0.99 64", "0.99 128"]
    assert len({(group.colour, group.dash) for group in each}) == 4


def test_a_group_is_called_by_the_name_that_was_typed_for_all_its_seeds(runs_dir: Path) -> None:
    wide = [row_of(evaluated(runs_dir, f"Wide, seed {seed}", [1.0], gamma=0.9, seed=seed)) for seed in (1, 2)]
    deep = [row_of(evaluated(runs_dir, f"Deep, seed {seed}", [1.0], seed=seed)) for seed in (1, 2)]
    groups = groups_of([*wide, *deep], SAME, with_marked=False).groups
    assert [(group.label, group.whole) for group in groups] == [
        ("Wide", "Wide: Discount γ 0.9"), ("Deep", f"Deep: Discount γ {deep[0].settings['gamma']}"),
    ]  # fmt: skip
    assert [group.label for group in groups_of(wide, SAME, with_marked=False).groups] == ["Wide"]
    odd = row_of(evaluated(runs_dir, "Other, seed 3", [1.0], seed=3))
    assert groups_of([*wide, *deep, odd], SAME, with_marked=False).groups[1].label.startswith("Discount γ"), "they have two names"


def test_a_group_has_one_name_and_one_colour_in_every_section(runs_dir: Path) -> None:
    values = {"gamma": (0.9, 0.99), "exploration_final_eps": (0.012345678, 0.012345679), "learning_rate_final": (1e-4, 1e-5)}
    rows = [
        row_of(evaluated(runs_dir, f"{number}", [10.0, 20.0], **{name: pair[number] for name, pair in values.items()})) for number in (0, 1)
    ]
    groups = groups_of(rows, SAME, with_marked=False).groups
    assert [group.whole.count("0.01234567") for group in groups] == [1, 1]
    assert groups[0].whole != groups[1].whole
    found = compare(side_of(groups[1], HEADLINE), side_of(groups[0], HEADLINE), metric=HEADLINE)
    assert found is not None
    charts = [
        overlay(METRICS["evaluation"], groups, Options()),
        profile_chart((groups[1], groups[0]), found, "last"),
        distributions(groups)[0],
    ]
    for chart in charts:
        looks = {trace.whole: (trace.colour, trace.dash) for trace in chart.traces if trace.named}
        assert looks == {group.whole: (group.colour, group.dash) for group in groups}, chart.title


def test_a_group_of_many_settings_is_named_to_a_whole_word_and_in_full_to_the_pointer(runs_dir: Path) -> None:
    changes = {"gamma": 0.9, "exploration_final_eps": 0.02, "learning_rate_final": 1e-5, "learning_starts": 5, "target_update_interval": 7}
    rows = [row_of(evaluated(runs_dir, "a", [1.0])), row_of(evaluated(runs_dir, "a", [1.0], **changes))]
    groups = groups_of(rows, SAME, with_marked=False).groups
    for group in groups:
        assert len(group.label) <= 90 < len(group.whole)
        shown = group.label.removesuffix("…")
        assert group.whole.startswith(shown)
        assert group.whole[len(shown)] in " ,", "no word is cut"
    chart = overlay(METRICS["evaluation"], groups, Options()).to_json()
    assert [entry["whole"] for entry in chart["legend"]] == [group.whole for group in groups]


def test_names_that_are_alike_are_told_apart() -> None:
    assert distinct_names(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]


def test_a_long_curve_says_how_many_of_its_points_are_shown_and_keeps_the_raw_line_behind(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill_long(run, 5_000)
    options = Options(smoothing=Smoothing("exponential", 50))
    chart = overlay(METRICS["lines"], groups_of([row_of(run)], EACH, with_marked=False).groups, options)
    faint, smooth = (trace for trace in chart.traces if trace.kind == "line")
    assert faint.faint
    assert f"showing {len(smooth.x):,} of 5,000 points" in chart.note
    assert "exponential mean of about 50 rows" in chart.note
    assert np.ptp(smooth.y) < np.ptp(faint.y)
    raw = curve_of(row_of(run), View(METRICS["lines"], "steps", Smoothing()))
    assert faint.y.tolist() == raw.y.tolist()


@pytest.mark.parametrize("kind", ["exponential", "window"])
@pytest.mark.parametrize("rows", [3, 50])
def test_a_curve_that_grows_is_smoothed_as_if_all_of_it_were_smoothed(kind: SmoothingKind, rows: int) -> None:
    smoothing, values = Smoothing(kind, rows), np.random.default_rng(rows).normal(size=9_000).cumsum()
    grown = smoothing(values[:5_000])
    for length in (5_001, 5_001, 5_040, 9_000):
        grown = smoothing.extended(values[:length], grown)
        np.testing.assert_allclose(grown, smoothing(values[:length]), rtol=1e-9, atol=1e-9)


def test_a_long_run_that_grows_is_drawn_as_a_new_app_draws_it(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "LONG", 1_000)
    run = new_run(runs_dir)
    fill_long(run, 4_000)
    view = View(METRICS["lines"], "steps", Smoothing("exponential", 20))
    curve_of(rows_of([run])[0], view)
    with metrics_writer(run) as metrics:
        for number in range(4_001, 4_200):
            metrics.append(metrics_row(number * 20))
    seen = curve_of(rows_of([run])[0], view)

    clear_all()

    fresh = curve_of(rows_of([run])[0], view)
    assert seen.total == fresh.total == 4_199
    np.testing.assert_allclose(seen.y, fresh.y)


def test_a_run_of_many_rows_counts_in_a_group_with_some_of_them(runs_dir: Path) -> None:
    runs = [new_run(runs_dir, seed=seed) for seed in (1, 2)]
    for run in runs:
        fill_long(run, 5_000)
    (group,) = groups_of(rows_of(runs), SAME, with_marked=False).groups
    band = band_of(group, View(METRICS["games"], "steps", Smoothing()), "mean")
    assert (band.x[0], band.x[-1]) == (2_000, 10_000_000)
    behind = band.x / 2_000 - band.centre  # rows since the last of those that count
    assert behind.min() >= 0
    assert behind.max() < 2


def test_a_baseline_is_always_drawn(runs_dir: Path) -> None:
    first, second = (row_of(evaluated(runs_dir, name, [1.0, 2.0])) for name in "ab")
    chart = overlay(METRICS["evaluation"], groups_of([first], EACH, with_marked=False).groups, Options(), baseline=second)
    assert [trace.name for trace in chart.traces if trace.named] == ["Baseline: b", "a"]


def test_commands_are_marked_where_they_were_applied(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    events = EventsWriter(run)
    events.append(EventRow(now_text(), 1_000, "command", "Paused (by app)", seq=2))
    events.log.close()
    chart = overlay(METRICS["lines"], groups_of([row_of(run)], EACH, with_marked=False).groups, Options(x_axis="active"))
    (marks,) = [trace for trace in chart.traces if trace.kind == "marks"]
    assert marks.x.tolist() == pytest.approx([0.8 / 60])
    assert marks.texts == ("First try, step 1,000: Paused (by app)",)


def test_of_very_many_runs_a_chart_draws_what_can_be_told_apart_and_says_so(runs_dir: Path) -> None:
    rows = [row_of(evaluated(runs_dir, f"r{number}", [1.0, 2.0], seed=number)) for number in range(101)]
    each = overlay(METRICS["evaluation"], groups_of(rows, EACH, with_marked=False).groups, Options())
    assert len([trace for trace in each.traces if trace.named]) == 40
    assert "the first 40 of 101 lines" in each.note
    together = overlay(METRICS["evaluation"], groups_of(rows, SAME, with_marked=False).groups, Options())
    assert sum(trace.faint for trace in together.traces) == 100
    assert "100 of 101 single runs as thin lines" in together.note
    assert together.counts[0].y.tolist() == [101, 101], "the band is of all of them"
    assert "commands of over 100 runs are not marked" in together.note


def test_published_players_stand_only_among_the_lines_of_greedy_games(runs_dir: Path) -> None:
    row = row_of(evaluated(runs_dir, "a", [10.0, 400.0], board_height=10))
    groups = groups_of([row], EACH, with_marked=False).groups
    drawn = {name: overlay(metric, groups, Options(log_y=True)).levels for name, metric in METRICS.items()}
    assert {name for name, levels in drawn.items() if levels} == {"evaluation", "best"}


def test_a_column_without_any_value_is_an_empty_chart(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with metrics_writer(run) as log:
        for number in (1, 2):
            log.append(metrics_row(number, loss=None))
    chart = overlay(METRICS["loss"], groups_of([row_of(run)], EACH, with_marked=False).groups, Options())
    assert chart.to_json()["traces"] == []


def test_two_groups_are_compared_at_the_last_step_that_all_have_reached(runs_dir: Path) -> None:
    long, short = (row_of(evaluated(runs_dir, name, means)) for name, means in (("long", [10, 50, 20, 90]), ("short", [5, 15, 25])))
    pair = groups_of([long, short], EACH, with_marked=False).groups
    found = compare(side_of(pair[0], HEADLINE), side_of(pair[1], HEADLINE), metric=HEADLINE)
    assert found is not None
    assert (found.step, found.a.every, found.b.every) == (3_000.0, (20.0,), (25.0,))


def test_copies_of_a_run_count_once_and_the_farthest_stands_for_them(runs_dir: Path) -> None:
    copies = [row_of(evaluated(runs_dir, f"copy {number}", [10.0, 20.0, 30.0][:length])) for number, length in enumerate((1, 3, 2))]
    slower = row_of(evaluated(runs_dir, "written more often", [10.0], log_every=7, checkpoint_every_s=1.0))
    other = row_of(evaluated(runs_dir, "seed 2", [5.0, 6.0], seed=2))
    groups = groups_of([*copies, slower, other], SAME, with_marked=False)
    (group,) = groups.groups
    assert [row.name for row in group.rows] == ["copy 1", "seed 2"]
    assert groups.copied == [
        "all with the same settings: 4 copies of seed 1 count once: the run that got farthest stands for them.",
    ]
    assert groups.left_out == ()
    assert len(groups_of(copies, EACH, with_marked=False).groups) == 3, "by itself every run is shown"
    assert independent_rows([*copies, slower, other]) == ([copies[1], other], 3)


def test_a_report_names_what_makes_a_comparison_weaker(runs_dir: Path) -> None:
    runs = [evaluated(runs_dir, "a", [9.0 + seed], gamma=0.9, seed=1) for seed in range(5)]
    runs += [evaluated(runs_dir, "b", [1.0 + seed], gamma=0.5, seed=seed) for seed in range(5)]
    said = sentences_of(groups_of([row_of(run) for run in runs], SAME, with_marked=False).groups)
    assert "more than luck" not in " ".join(said)
    assert "a: 5 copies of seed 1 count once: the run that got farthest stands for them." in said
    assert "a has 1 independent run; below 5 an interval is narrower than the truth." in said


def test_problems_are_never_compared(runs_dir: Path) -> None:
    low, high = (row_of(evaluated(runs_dir, f"{rows} rows", [5.0], board_height=rows)) for rows in (10, 20))
    assert list(problems_of([low, high, high])) == ["Tetris (10 × 20, uniform pieces)", "Tetris (10 × 10, uniform pieces)"]
    by_gamma = groups_of([low, high], "gamma", with_marked=False).groups
    assert [len(group.rows) for group in by_gamma] == [1, 1], "a group is of one problem"
    (said,) = sentences_of(groups_of([low, high], EACH, with_marked=False).groups)
    assert said.startswith(
        "Figures of different problems are never compared: 10 rows trains on Tetris (10 × 10, uniform pieces); 20 rows trains on"
    )
    chart = overlay(METRICS["evaluation"], groups_of([low], EACH, with_marked=False).groups, Options(), baseline=high)
    assert [trace.name for trace in chart.traces if trace.named] == ["10 rows"]
    assert "the baseline trains on another problem" in chart.note


def test_settings_stand_on_axes_that_fit_their_values() -> None:
    linear, log, words = scale_of([0.5, 0.99, 0.5]), scale_of([1e-4, 1e-2]), scale_of(["bag", "uniform", None])
    assert linear.shares().tolist() == [0.0, 1.0, 0.0]
    assert (log.log, log.places.tolist()) == (True, [-4.0, -2.0])
    assert [text for _, text in words.ticks] == ["–", "bag", "uniform"]
    assert scale_of([64, 64]).shares().tolist() == [0.0, 0.0]
    assert setting_text([64, 64]) == "64, 64"


def test_every_run_is_a_line_and_a_point_among_the_settings(runs_dir: Path) -> None:
    rows = [row_of(evaluated(runs_dir, f"r{number}", [number * 10.0], gamma=0.9 + number / 100)) for number in range(8)]
    chart = settings_chart(rows, ["gamma"], "last")
    sizes = {trace.name: int(np.isfinite(trace.x).sum()) // 2 for trace in chart.traces if not trace.faint}
    assert sizes == {"others": 4, "lowest quarter": 2, "highest quarter": 2}
    (points,) = scatter_chart(rows, "gamma", "last").traces
    assert points.y.tolist() == [number * 10.0 for number in range(8)]
    assert points.texts[3] == "r3: 0.93 → 30 lines"


def test_what_the_agent_does_is_told_in_shares_of_its_last_evaluation(runs_dir: Path) -> None:
    run = ended(new_run(runs_dir), "finished")
    with evaluations_writer(run) as log:
        other = numbered("columns", [1] * 10) | numbered("pieces", [1, 1, 1, 1, 1, 1, 4])
        log.append(evaluation_row(1_000, 10.0, **other, **numbered("clears", [6, 2, 1, 1])))
        log.append(evaluation_row(2_000, 10.0, **other, **numbered("clears", [1, 1, 1, 1])))
    row = row_of(run)
    shares = last_shares(row, "clears", 4)
    assert shares is not None
    assert shares.tolist() == [0.25] * 4
    games, clears, columns, pieces = distributions(groups_of([row], EACH, with_marked=False).groups)
    assert games.traces[0].y.tolist() == [1.0, 0.5, 0.0]
    assert games.traces[0].x.tolist() == [0.0, 5.0, 15.0]
    assert [chart.traces[0].y.sum() for chart in (clears, columns, pieces)] == pytest.approx([1.0, 1.0, 1.0])
    old = row_of(evaluated(runs_dir, "old", [1.0]))
    assert last_shares(old, "clears", 4) is None


def test_all_points_are_exported_not_only_those_that_are_drawn(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill_long(run, 5_000)
    choices = Choices({name: METRICS[name] for name in ("lines", "loss")}, EACH, False, Options(), "")
    rows = curve_rows(groups_of([row_of(run)], EACH, with_marked=False), choices)
    assert {len(values) for values in rows.values()} == {10_000}
    assert set(rows) == {"run", "name", "group", "metric", "step", "value", "smoothed"}
    table = run_columns([row_of(run)])
    assert table["net_arch"] == ["64, 64"]
    assert table["id"] == [run.run_id]


def test_a_file_holds_every_value_as_it_is_not_as_it_is_shown(runs_dir: Path) -> None:
    name = '=1+1, "γ" and a very long name that no legend has room for, but that is the name of the run all the same'
    run = evaluated(runs_dir, "a", [0.04, 1_234_567.890123], seed=2**31 - 1, gamma=0.1 + 0.2)
    set_status(run, active_seconds=0.1, steps_per_second=1_250.5)
    update_labels(run, name=name, tags=["x", "y"], note="two\nlines")
    update_config = read_config(run)
    write_config(run, replace(update_config, settings=update_config.settings | {"target": 2**53 + 1, "new": True}))
    (row,) = rows_of([run])
    table = run_columns([row])
    expected = {
        "name": name, "tags": "x, y", "note": "two\nlines", "last": 1_234_567.890123, "best": 1_234_567.890123,
        "mean": (0.04 + 1_234_567.890123) / 2, "seed": 2**31 - 1, "gamma": 0.1 + 0.2, "active_seconds": 0.1, "speed": 1_250.5,
        "target": 2**53 + 1, "started": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    assert {column: table[column][0] for column in expected} == expected
    (written,) = parquet.read_table(io.BytesIO(parquet_bytes(table))).to_pylist()
    assert {column: written[column] for column in expected} == expected
    (cells,) = csv.DictReader(io.StringIO(csv_bytes(table).decode(), newline=""))
    assert cells["name"] == "'" + name
    assert (cells["seed"], cells["target"], float(cells["gamma"])) == ("2147483647", "9007199254740993", 0.1 + 0.2)
    assert "–" not in csv_bytes(run_columns([row_of(new_run(runs_dir, "b"))])).decode(), "what is missing is an empty cell"


@pytest.mark.parametrize(
    ("axis", "column", "kind"),
    [
        ("steps", "step", "int64"),
        ("active", "active_seconds", "double"),
        ("relative", "wall_seconds", "double"),
        ("wall", "at", "timestamp[ms, tz=UTC]"),
    ],
)
def test_the_x_values_of_a_file_are_those_of_the_log(runs_dir: Path, axis: str, column: str, kind: str) -> None:
    run = new_run(runs_dir)
    fill(run)
    rows = curve_rows(
        groups_of([row_of(run)], EACH, with_marked=False), Choices({"games": METRICS["games"]}, EACH, False, Options(x_axis=axis), "")
    )
    assert str(rows[column].type) == kind
    log = run_data(run).log("metrics")[column]
    expected = [datetime.fromtimestamp(at / 1e3, UTC) for at in log] if column == "at" else log.tolist()
    assert rows[column].to_pylist() == expected


def test_the_table_shows_a_small_result_and_a_large_one_with_as_many_digits_as_tell_something(runs_dir: Path) -> None:
    shown = [frame_of([row_of(evaluated(runs_dir, "a", [mean]))], ["last"])["last"][0] for mean in (0.04, 0.0, 87.54321, 1_234.56)]
    assert shown == [0.04, 0.0, 87.5, 1_234.6]


def test_whatever_is_recorded_can_be_drawn_under_its_own_name(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with metrics_writer(run) as log:
        log.append(replace(metrics_row(1_000), named={"train/loss": 1.0, "train/mine": 2.0, "a,b": 3.0}))
    offered = offered_metrics([row_of(run)])
    assert [name for name in offered if name not in METRICS] == ["train/mine"], "a comma separates the names in the address"
    assert {name: offered[name] for name in METRICS} == METRICS
    drawn = overlay(offered["train/mine"], groups_of([row_of(run)], EACH, with_marked=False).groups, Options())
    assert (drawn.title, drawn.traces[0].y.tolist()) == ("train/mine", [2.0])
