"""What only a browser shows of the analytics page: clicks in the table, a zoom that stays and is shared, links, downloads."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.fake_runs import ended, fill, growing, metrics_row, new_run
from tests.pages.test_in_a_browser import MARKS, WATCH
from tests.resting import resting
from tests.serving import DRAWN, App, SharedApp, emptied, new_window
from tests.waiting import wait_until
from trainer.run_files.labels import read_labels
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.run_directory import RunDirectory, list_runs

pytestmark = pytest.mark.long

ROW, HEADING = 35, 35  # pixels of the table
CHECKBOX_X, MENU_X = 17, 56
SUMMER_MS = 1_774_746_000_000  # 2026-03-29T01:00Z: summer time begins in Europe
SHOWN_X = "plot => plot.layout.xaxis.range.map(Number)"
SHOWN_NAMES = "plot => plot.data.filter(trace => trace.showlegend).map(trace => trace.name)"

ABOVE = """(button, [x, y]) => {
  const found = document.elementFromPoint(x, y);
  return button.contains(found) ? null : found?.outerHTML.slice(0, 200) ?? "outside of the window";
}"""


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[RunDirectory]]:
    """Two settings with two seeds each, in the order of the list: d, c, b, a. Rows are appended to a all the time."""
    made = list[RunDirectory]()
    for name, gamma in (("d", 0.5), ("c", 0.99), ("b", 0.5), ("a", 0.99)):
        run = new_run(tmp_path / "runs", f"Run {name}", seed=len(made), gamma=gamma)
        fill(run)
        made.append(run)
    for run in made[:3]:
        ended(run, "finished")
    with growing(made[3], steps=True):
        yield list_runs(tmp_path / "runs")


@pytest.fixture
def app(runs: list[RunDirectory], shared: SharedApp) -> App:
    """The app on these runs."""
    return shared.show(runs[0].path.parent)


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window; whatever goes wrong in its scripts fails the test."""
    with emptied(window, height=1300) as page:
        yield page


def opened(page: Page, app: App, address: str = "") -> Locator:
    """The charts of the analytics page, drawn."""
    page.goto(f"{app.url}/Analytics{address}")
    chart = page.locator(".js-plotly-plot")
    expect(chart.first.locator(".main-svg").first).to_be_visible()
    return chart


def click_in_row(page: Page, row: int, x: int) -> None:
    """Click into the table, once it rests where it is; it is drawn on a canvas."""
    box = resting(page, page.get_by_test_id("stDataFrame").first.bounding_box)
    assert box is not None
    page.mouse.click(box["x"] + x, box["y"] + HEADING + row * ROW + ROW / 2)


def in_menu(page: Page, words: str) -> Locator:
    """What can be done, in the menu that is open."""
    return page.get_by_test_id("stDataFrameButtonActionMenu").get_by_text(words, exact=True)


def dragged(page: Page, chart: Locator) -> list[float]:
    """Zoom with the mouse; the ends of the x axis afterwards."""
    whole = chart.evaluate(SHOWN_X)
    box = resting(page, chart.bounding_box)
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 100, steps=4)
    page.mouse.up()
    wait_until(lambda: chart.evaluate(SHOWN_X) != whole, 30, "the zoom")
    zoom: list[float] = chart.evaluate(SHOWN_X)
    return zoom


def await_refreshes(chart: Locator, refreshes: int) -> None:
    """Wait until new rows have been drawn."""
    count = "plot => plot.data.map(trace => trace.x.length).reduce((sum, size) => sum + size)"
    for _ in range(refreshes):
        before = chart.evaluate(count)
        wait_until(lambda: chart.evaluate(count) != before, 30, "a refresh")  # noqa: B023 - called at once


def test_runs_are_chosen_grouped_and_zoomed_and_a_reload_shows_the_same(page: Page, app: App, runs: list[RunDirectory]) -> None:
    charts = opened(page, app, "?metric=lines,loss&group=each")
    wait_until(lambda: len(charts.first.evaluate(SHOWN_NAMES)) == 4, 30, "four runs")
    click_in_row(page, 1, CHECKBOX_X)
    wait_until(lambda: "Run c" not in charts.first.evaluate(SHOWN_NAMES), 30, "one run to be left out")
    expect(page).to_have_url(re.compile(f"runs={runs[0].run_id}"))

    page.evaluate(WATCH)
    zoom = dragged(page, charts.first)
    wait_until(lambda: charts.nth(1).evaluate(SHOWN_X) == zoom, 30, "the other chart to follow")
    await_refreshes(charts.nth(1), 2)
    assert charts.first.evaluate(SHOWN_X) == zoom, "new rows take the zoom away"
    assert page.evaluate(MARKS) == [1, 2], "a chart was mounted anew"
    assert page.evaluate("() => window.faintest") == 1, "something greyed out"
    assert len(page.evaluate("() => [...window.heights]")) == 1, "the page jumped"
    expect(page).to_have_url(re.compile("zoom="))

    page.reload()
    expect(charts.first.locator(".main-svg").first).to_be_visible()
    wait_until(lambda: charts.nth(1).evaluate(SHOWN_X) == pytest.approx(zoom, rel=1e-12), 30, "the zoom after a reload")
    assert charts.first.evaluate(SHOWN_NAMES) == ["Run d", "Run b", "Run a"]
    page.get_by_role("button", name="reset zoom").first.click()
    expect(page).not_to_have_url(re.compile("zoom="))


def test_the_menu_of_a_row_renames_archives_takes_back_and_opens(page: Page, app: App, runs: list[RunDirectory]) -> None:
    opened(page, app, "?view=versus")
    click_in_row(page, 1, MENU_X)
    in_menu(page, "Name, tags, note").click()
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    wait_until(lambda: read_labels(runs[1]).name == "Renamed", 30, "the name to be written")
    expect(page.get_by_role("dialog")).to_be_hidden()
    click_in_row(page, 1, MENU_X)
    in_menu(page, "Archive").click()
    expect(page.get_by_text("“Renamed” was archived.")).to_be_visible()
    expect(page.get_by_text("3 runs · 3 selected")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("4 runs · 4 selected")).to_be_visible()
    assert read_labels(runs[1]).archived is False
    click_in_row(page, 2, MENU_X)
    in_menu(page, "Open in Live").click()
    expect(page).to_have_url(re.compile(f"/[?]run={runs[2].run_id}$"))


def test_an_open_menu_stays_open_over_refreshes(page: Page, app: App) -> None:
    opened(page, app)
    for menu in ("Actions", "View"):
        page.get_by_role("button", name=menu, exact=True).evaluate("button => { button.seen = true; }")
    page.get_by_role("button", name="Actions", exact=True).click()
    inside = page.get_by_test_id("stPopoverBody")
    expect(inside).to_be_visible()
    for _ in range(40):
        page.wait_for_timeout(200)
        assert inside.is_visible(), "it has closed by itself"
    for menu in ("Actions", "View"):
        assert page.get_by_role("button", name=menu, exact=True).evaluate("button => button.seen"), f"{menu} was made anew"


def test_escape_and_the_tools_of_the_table_take_nothing_away(page: Page, app: App, runs: list[RunDirectory]) -> None:
    charts = opened(page, app, "?group=each")
    click_in_row(page, 1, CHECKBOX_X)
    expect(page).to_have_url(re.compile(f"runs={runs[0].run_id}"))
    selected = page.url
    click_in_row(page, 0, 300)
    page.wait_for_function("() => document.activeElement?.closest('.stDataFrame')")
    for _ in range(3):
        page.keyboard.press("Escape")
    await_refreshes(charts.first, 2)
    assert page.url == selected, "Escape let go of the selected rows"
    assert page.evaluate("document.activeElement === document.body"), "the keyboard is caught in the table"
    click_in_row(page, 0, MENU_X)
    expect(in_menu(page, "Archive")).to_be_visible()
    page.keyboard.press("Escape")
    expect(in_menu(page, "Archive")).to_be_hidden()
    await_refreshes(charts.first, 2)
    assert page.url == selected

    page.get_by_test_id("stDataFrame").first.hover(position={"x": 400, "y": 60})
    for button in page.get_by_test_id("stPopover").locator("button:visible").all():
        box = button.bounding_box()
        assert box is not None
        corners = [(box["x"] + part * box["width"], box["y"] + other * box["height"]) for part in (0.1, 0.9) for other in (0.1, 0.9)]
        above = [button.evaluate(ABOVE, corner) for corner in corners]
        assert above == [None] * 4, f"something lies over {button.inner_text()}"


def test_the_axis_of_the_date_shows_the_clocks_of_the_person_who_looks(app: App, runs: list[RunDirectory]) -> None:
    """Summer time begins between the two rows: half past one is followed by half past three."""
    for number, at in ((1, SUMMER_MS - 1_800_000), (2, SUMMER_MS + 1_800_000)):
        with metrics_writer(runs[1]) as log:
            log.append(replace(metrics_row(number, loss=2.0 * number), at=at))
    with new_window(height=1300, timezone_id="Europe/Berlin") as page:
        chart = opened(page, app, f"?metric=games&x=wall&group=each&runs={runs[1].run_id}").first
        ends = chart.evaluate("plot => plot._fullLayout.xaxis.range.map(String)")
        assert ends[1].startswith("2026-03-29 03:30"), ends
        assert ends[0].startswith("2026-01-01 01:00:00.1"), ends


def test_a_selected_run_that_a_search_hides_is_named_and_can_be_left_out(page: Page, app: App, runs: list[RunDirectory]) -> None:
    charts = opened(page, app, f"?group=each&runs={runs[0].run_id},{runs[1].run_id}")
    page.get_by_label("Search", exact=True).fill("gamma=0.5")
    expect(page.get_by_text("1 selected run is hidden by the search and still in what follows: Run c")).to_be_visible()
    assert charts.first.evaluate(SHOWN_NAMES) == ["Run d", "Run c"]
    page.get_by_role("button", name="Deselect").click()
    expect(page.get_by_text("hidden by the search")).to_be_hidden()
    wait_until(lambda: charts.first.evaluate(SHOWN_NAMES) == ["Run d"], 30, "the run to be left out")


def test_everything_that_is_seen_can_be_exported(page: Page, app: App) -> None:
    charts = opened(page, app, "?metric=evaluation")
    charts.first.hover()
    with page.expect_download() as svg:
        page.get_by_role("button", name="Save this chart as SVG").click()
    assert "<svg" in svg.value.path().read_text("utf-8")[:500]
    page.get_by_text("Export", exact=True).click()
    expected = {"CSV": b'"run","name"', "CSV for Excel": b'\xef\xbb\xbf"run","name"', "Parquet": b"PAR1", "HTML report": b"<!DOCTYPE html>"}
    for label, begin in expected.items():
        page.wait_for_function(DRAWN)  # a button of a page that is being drawn anew goes away beneath the mouse
        with page.expect_download() as download:
            page.get_by_test_id("stDownloadButton").get_by_role("button", name=label).first.click()
        assert download.value.path().read_bytes().startswith(begin), label
    assert b'class="chart"' in download.value.path().read_bytes(), "see test_report.py for what a browser makes of it"
