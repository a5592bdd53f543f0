"""What only a browser shows: nothing blinks, jumps or is mounted anew at a refresh, and a zoom stays."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.fake_runs import fill, live, metrics_row, new_run
from tests.serving import running_app, running_browser
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.run_directory import RunDirectory

WATCH = """() => {
  const canvases = (root) => [...root.querySelectorAll('*')].flatMap((element) =>
    element.shadowRoot ? canvases(element.shadowRoot) : element.tagName === 'CANVAS' && (element.chart || element.player) ? [element] : []);
  window.canvases = () => canvases(document);
  window.canvases().forEach((canvas, number) => { canvas.mark = number + 1; });
  window.heights = new Set();
  window.faintest = 1;
  setInterval(() => {
    window.heights.add(document.querySelector('[data-testid=stMain]').scrollHeight);
    document.querySelectorAll('[data-testid=stElementContainer]').forEach((element) => {
      window.faintest = Math.min(window.faintest, Number(getComputedStyle(element).opacity));
    });
  }, 20);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunDirectory]:
    """A live run to which rows are appended all the time."""
    run = new_run(tmp_path / "runs", "Moving")
    fill(run)
    ended = threading.Event()

    def append() -> None:
        number = 31
        with metrics_writer(run) as metrics:
            while not ended.wait(0.1):
                metrics.append(metrics_row(number))
                number += 1

    with live(run):
        thread = threading.Thread(target=append)
        thread.start()
        yield run
        ended.set()
        thread.join()


@pytest.fixture
def page(browser: Browser, run: RunDirectory, tmp_path: Path) -> Iterator[Page]:
    """The live page of the run, drawn; whatever goes wrong in its scripts fails the test."""
    problems: list[str] = []
    with running_app(run.path.parent, tmp_path / "app.log") as app:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("requestfailed", lambda request: problems.append(f"{request.url} was asked for"))
        page.goto(app.url)
        page.wait_for_function("() => document.querySelectorAll('[data-testid=stMetric]').length === 5", timeout=60_000)
        expect(page.locator("canvas")).to_have_count(5, timeout=30_000)
        yield page
        page.close()
    assert problems == []


def _await_refreshes(page: Page, refreshes: int) -> None:
    figure = page.get_by_test_id("stMetricValue").first
    for _ in range(refreshes):
        expect(figure).not_to_have_text(figure.inner_text(), timeout=20_000)


def test_figures_move_and_everything_else_stays_where_it_is(page: Page) -> None:
    page.evaluate(WATCH)
    _await_refreshes(page, 3)
    marks = page.evaluate("() => window.canvases().map((canvas) => canvas.mark)")
    assert marks == [1, 2, 3, 4, 5], "a chart or the board was mounted anew"
    assert page.evaluate("() => window.faintest") == 1, "something greyed out"
    assert len(page.evaluate("() => [...window.heights]")) == 1, "the page jumped"


def test_a_zoom_stays_while_rows_arrive_and_can_be_taken_back(page: Page) -> None:
    chart = page.locator("canvas").nth(1)
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 70, steps=3)
    page.mouse.up()
    zoom = chart.evaluate("canvas => canvas.chart.zoom")
    assert zoom is not None
    _await_refreshes(page, 2)
    assert chart.evaluate("canvas => canvas.chart.zoom") == zoom
    page.get_by_role("button", name="reset zoom").click()
    assert chart.evaluate("canvas => canvas.chart.zoom") is None
