"""How fast the analytics page is when there is a thousand times as much to show, and how much memory it takes.

    python -m tests.benchmarks.analytics [--rows 1000000] [--runs 100] [--rows-each 100000] [--many 1000] [--json PATH]

What is measured is what the page computes on the server, up to what is sent to the browser; some figures are of a real Chromium: how
long a person waits for the table who clicks on "Analytics" while looking at the live page, with no caches on disk and an app that has
shown nothing but that page (the first time), or coming back to it (again), and how long a refresh of the curves takes. Files have been
read before, so that the disk plays no part. Cold is a freshly started app; a refresh is every later look. The hundred runs share ten
different logs, which have caches of their own. For comparison, the same million rows are read by plain pandas, and some of them by
TensorBoard's own reader.
"""

import logging
import os
import shutil
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil

from pages.ui.analytics.groups import SAME, groups_of
from pages.ui.analytics.overlay import Options, overlay
from pages.ui.analytics.points import Smoothing, View, band_of, curve_of
from pages.ui.analytics.run_rows import RunRow, rows_of
from pages.ui.analytics.table import automatic_columns, frame_of
from pages.ui.cache import clear_all
from pages.ui.chart.chart import Chart
from pages.ui.tetris.behaviour import behaviour_charts
from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from tests.benchmarks.opening import opening_figures, remove_caches
from tests.benchmarks.page_refresh import milliseconds
from tests.benchmarks.redrawing import browser_figure
from tests.benchmarks.synthetic import metrics_lines, synthetic_run
from trainer.analysis.export import export_run
from trainer.run_files import config_file, labels, run_directory
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.table_cache import cache_path
from trainer.tasks.tetris.metrics import METRICS

VIEW = View(METRICS["lines"], "steps", Smoothing("exponential", 20))
DIFFERENT_LOGS = 10
NEW_ROWS = 5  # between two refreshes


def measure(options: Namespace, folder: Path) -> Iterator[Figure]:
    """Every figure; the runs are made in the folder."""
    yield from _one_long_run(options, folder / "one")
    group = _make_group(options, folder / "group")
    yield from _grouped(options, group)
    yield from _table(options, folder / "many")
    yield from _all_chosen(options, folder / "many")
    yield from opening_figures(folder / "many", options.repeats)
    yield from _memory(options, folder, group)
    yield browser_figure(options.curves, options.curve_rows, options.redraws)
    yield from _peers(options, folder / "one")


def _cold() -> None:
    """As in an app that has just been started."""
    clear_all()
    run_directory._listed.clear()
    for kept in (config_file._read_once, labels._read_once):
        kept.cache_clear()


def _from_cold(action: Callable[[], object]) -> float:
    _cold()
    return milliseconds(action)


def _look(runs: list[RunDirectory]) -> list[RunRow]:
    """What a look at single runs computes."""
    rows = rows_of(runs)
    for row in rows:
        curve_of(row, VIEW)
    return rows


def _group_look(runs: list[RunDirectory]) -> None:
    """What a look at groups of runs computes."""
    for group in groups_of(rows_of(runs), SAME, with_marked=False).groups:
        band_of(group, VIEW, "iqm")


def _table_look(runs_dir: Path) -> None:
    rows = rows_of(list_runs(runs_dir))
    frame_of(rows, automatic_columns(rows))


def _one_long_run(options: Namespace, folder: Path) -> Iterator[Figure]:
    run = synthetic_run(folder, "long", options.rows, evaluations=100)

    def without_cache() -> float:
        cache_path(run.metrics).unlink(missing_ok=True)
        return _from_cold(lambda: _look([run]))

    what = f"one run, {options.rows:,} rows:"
    yield Figure(f"{what} first look, no cache", "ms", [without_cache() for _ in range(min(3, options.repeats))])
    yield Figure(f"{what} first look, with cache", "ms", [_from_cold(lambda: _look([run])) for _ in range(options.repeats)])
    me, refreshes, read = psutil.Process(), [], []
    for number in range(options.repeats):
        with run.metrics.open("ab") as log:
            log.writelines(metrics_lines(NEW_ROWS, 1, options.rows + 1 + NEW_ROWS * number))
        before = me.io_counters().read_chars
        refreshes.append(milliseconds(lambda: _look([run])))
        read.append((me.io_counters().read_chars - before) / 1_000)
    yield Figure(f"{what} refresh with {NEW_ROWS} new rows", "ms", refreshes)
    yield Figure(f"{what} read in a refresh, all files", "kB", read)


def _make_group(options: Namespace, folder: Path) -> list[RunDirectory]:
    runs: list[RunDirectory] = []
    for number in range(options.runs):
        like = runs[number % DIFFERENT_LOGS] if number >= DIFFERENT_LOGS else None
        gamma = 0.9 if number % 2 else 0.99
        runs.append(synthetic_run(folder, f"run {number}", options.rows_each, evaluations=20, like=like, seed=number, gamma=gamma))
        if like is None:
            _look(runs[-1:])
        elif cache_path(like.metrics).exists():
            shutil.copyfile(cache_path(like.metrics), cache_path(runs[-1].metrics))
    return runs


def _grouped(options: Namespace, group: list[RunDirectory]) -> Iterator[Figure]:
    what = f"{options.runs} runs × {options.rows_each:,} rows, two groups with bootstrap:"
    yield Figure(f"{what} first look, with caches", "ms", [_from_cold(lambda: _group_look(group)) for _ in range(options.repeats)])
    yield Figure(f"{what} again", "ms", [milliseconds(lambda: _group_look(group)) for _ in range(options.repeats)])


def _table(options: Namespace, folder: Path) -> Iterator[Figure]:
    for number in range(options.many):
        synthetic_run(folder, f"run {number}", 1_000, evaluations=50, seed=number, gamma=0.9 + number % 9 / 100)
    what = f"{options.many:,} runs × 1,000 rows, table:"
    yield Figure(f"{what} first look", "ms", [_from_cold(lambda: _table_look(folder)) for _ in range(options.repeats)])
    yield Figure(f"{what} again", "ms", [milliseconds(lambda: _table_look(folder)) for _ in range(options.repeats)])


def _all_chosen(options: Namespace, folder: Path) -> Iterator[Figure]:
    """The two sections that read most, with every run of the table in them."""
    runs = list_runs(folder)
    groups = groups_of(rows_of(runs), SAME, with_marked=False).groups
    sections = {
        "lines per game": lambda: [overlay(METRICS["lines"], groups, Options())],
        "what the agent does": lambda: behaviour_charts(groups, Options()),
    }

    def without_caches(look: Callable[[], object]) -> float:
        for run in runs:
            remove_caches(run)
        return _from_cold(look)

    for name, charts in sections.items():

        def look(charts: Callable[[], list[Chart]] = charts) -> None:
            for chart in charts():
                chart.to_json()

        what = f"{options.many:,} runs × 1,000 rows, all chosen, {name}:"
        yield Figure(f"{what} first look, no caches", "ms", [without_caches(look) for _ in range(min(3, options.repeats))])
        yield Figure(f"{what} again", "ms", [milliseconds(look) for _ in range(options.repeats)])


def _memory(options: Namespace, folder: Path, group: list[RunDirectory]) -> Iterator[Figure]:
    """Of this process, which has everything above in view at once."""
    (run,) = list_runs(folder / "one")
    me = psutil.Process()

    def refreshed(times: int) -> float:
        for number in range(times):
            with run.metrics.open("ab") as log:
                log.writelines(metrics_lines(NEW_ROWS, 1, 2 * options.rows + NEW_ROWS * number))
            _look([run])
            _group_look(group)
            _table_look(folder / "many")
        return me.memory_info().rss / 1e6

    _cold()
    yield Figure("memory with all of this in view", "MB", [refreshed(10)])
    yield Figure(f"memory after {options.refreshes:,} more refreshes of it", "MB", [refreshed(options.refreshes)])


def _peers(options: Namespace, folder: Path) -> Iterator[Figure]:
    (run,) = list_runs(folder)
    yield Figure(
        f"{options.rows:,} rows by pandas.read_json, at every look", "ms", [milliseconds(lambda: pd.read_json(run.metrics, lines=True))]
    )
    short = synthetic_run(folder, "short", options.peer_rows, evaluations=10)
    exported = export_run(short, "tensorboard", folder / "exported")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415 - imports a second long

    def read() -> None:
        EventAccumulator(str(exported), size_guidance={"scalars": 0}).Reload()

    yield Figure(f"{options.peer_rows:,} rows by TensorBoard's EventAccumulator, first look", "ms", [milliseconds(read)])


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    for name, default, what in (
        ("--rows", 1_000_000, "rows of the one long run"),
        ("--runs", 100, "runs in groups"),
        ("--rows-each", 100_000, "rows of each of them"),
        ("--many", 1_000, "runs in the table"),
        ("--curves", 20, "runs in one chart in the browser"),
        ("--curve-rows", 10_000, "rows of each of them"),
        ("--redraws", 20, "refreshes in the browser, one a second"),
        ("--peer-rows", 50_000, "rows that TensorBoard reads"),
        ("--refreshes", 1_000, "refreshes over which the memory is watched"),
    ):
        parser.add_argument(name, type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)")
    options = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # Streamlit warns that no browser is attached
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONTROL_ROOM_RUNS_DIR"] = folder
        figures = list(measure(options, Path(folder)))
    report("The analytics page", figures, options.json)


if __name__ == "__main__":
    main()
