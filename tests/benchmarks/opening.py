"""How long a person waits for the table of the analytics page: in a real Chromium, from the click until its rows are drawn."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.benchmarks.measuring import Figure
from tests.serving import App, new_window, running_app
from trainer.run_files.config_file import read_config
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.table_cache import cache_path

PATIENCE_MS = 120_000
LOOKS_MS = 1_000  # a person looks at a page before the next click
FRESH_APPS = 3
CHARTS = 4  # of the live page
SEE_DRAWN = """
  document.addEventListener("click", () => { window.clicked = performance.now(); window.drawn = null; }, true);
  const fill = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
    if (text === window.awaited) requestAnimationFrame(() => { window.drawn ??= performance.now(); });
    return fill.call(this, text, ...more);
  };
"""


def opening_figures(runs_dir: Path, repeats: int) -> Iterator[Figure]:
    """The table of the runs there, for the first time and again; the first run in each order is told by its name, which no other has."""
    runs = list_runs(runs_dir)
    newest, first_by_name = read_config(runs[0]).name, min(read_config(run).name for run in runs)
    first, again, sorted_by_name = list[float](), list[float](), list[float]()
    for _ in range(min(FRESH_APPS, repeats)):
        for run in runs:
            remove_caches(run)
        with tempfile.TemporaryDirectory() as folder, running_app(runs_dir, Path(folder) / "app.log") as app, new_window() as page:
            page.set_default_timeout(PATIENCE_MS)
            first.append(_opened(page, app, newest))
            again += [_opened_again(page, newest) for _ in range(repeats)]
            sorted_by_name.append(_sorted(page, first_by_name))
    what = f"{len(runs):,} runs × 1,000 rows, as a person sees it: from the click"
    yield Figure(f"{what} until the table is there, the first time", "ms", first)
    yield Figure(f"{what} until the table is there, again", "ms", again)
    yield Figure(f"{what} on another order until it is drawn", "ms", sorted_by_name)


def remove_caches(run: RunDirectory) -> None:
    """As if nobody had looked at the run yet."""
    for log in (run.metrics, run.episodes, run.evaluations):
        cache_path(log).unlink(missing_ok=True)


def _opened(page: Page, app: App, newest: str) -> float:
    """From the live page of a fresh app, which has read none of the table."""
    page.add_init_script(SEE_DRAWN)
    page.goto(app.url)
    _look_at_live(page)
    return _click(page, newest)


def _opened_again(page: Page, newest: str) -> float:
    page.get_by_role("link", name="Live").click()
    _look_at_live(page)
    return _click(page, newest)


def _look_at_live(page: Page) -> None:
    page.get_by_text("Events", exact=True).wait_for()
    page.locator(".js-plotly-plot").nth(CHARTS - 1).wait_for()
    page.wait_for_timeout(LOOKS_MS)


def _click(page: Page, awaited: str) -> float:
    page.evaluate("name => { window.awaited = name; }", awaited)
    page.get_by_role("link", name="Analytics").click()
    return _until_drawn(page)


def _sorted(page: Page, awaited: str) -> float:
    page.wait_for_timeout(LOOKS_MS)
    page.evaluate("name => { window.awaited = name; }", awaited)
    page.get_by_role("combobox", name="Sort by").click()
    page.get_by_role("option", name="Name").click()
    return _until_drawn(page)


def _until_drawn(page: Page) -> float:
    page.wait_for_function("window.drawn")
    took: float = page.evaluate("window.drawn - window.clicked")
    return took
