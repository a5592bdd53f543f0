"""What only a browser shows: nothing blinks, jumps or is mounted anew at a refresh, and a zoom stays."""

import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.fake_runs import fill, growing, new_run
from tests.resting import resting
from tests.serving import SharedApp, emptied
from tests.waiting import wait_until
from trainer.run_files.control import read_control
from trainer.run_files.labels import update_labels
from trainer.run_files.run_directory import RunDirectory

WATCH = """() => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((element) => element.shadowRoot ? all(element.shadowRoot) : [element]);
  window.drawn = () => all(document).filter((element) => element.matches('.js-plotly-plot, canvas') && (element.data || element.player));
  window.drawn().forEach((element, number) => { element.mark = number + 1; });
  window.heights = new Set();
  window.faintest = 1;
  setInterval(() => {
    window.heights.add(document.querySelector('[data-testid=stMain]').scrollHeight);
    document.querySelectorAll('[data-testid=stElementContainer]').forEach((element) => {
      window.faintest = Math.min(window.faintest, Number(getComputedStyle(element).opacity));
    });
  }, 20);
}"""
MARKS = "() => window.drawn().map((element) => element.mark)"
FITS = "plot => Math.abs(plot._fullLayout.width - plot.clientWidth) < 2"
SHOWN = "plot => plot.layout.xaxis.range.map(Number)"
FETCHED = "() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('plotly')).map((one) => one.transferSize)"
ICON = "() => document.querySelector('link[rel~=icon]').href"
BOARD_AND_CHARTS = [1, 2, 3, 4, 5]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunDirectory]:
    """A live run to which rows are appended all the time."""
    run = new_run(tmp_path_factory.mktemp("moving") / "runs", "Moving")
    fill(run)
    with growing(run, every_s=0.1, steps=True):
        yield run


@pytest.fixture(scope="module")
def live_page(window: Page, run: RunDirectory, shared: SharedApp) -> Iterator[Page]:
    """The live page of the run, drawn once for all; whatever goes wrong in its scripts fails the last test."""
    app = shared.show(run.path.parent)
    with emptied(window) as page:
        page.goto(app.url)
        page.wait_for_function("() => document.querySelectorAll('.st-key-figures [data-testid=stMetric]').length === 6")
        expect(page.locator("canvas")).to_have_count(1)
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        expect(page.locator(".js-plotly-plot")).to_have_count(4)
        yield page


@pytest.fixture
def page(live_page: Page, run: RunDirectory) -> Iterator[Page]:
    """The live page, as the test before has left it."""
    yield live_page
    assert read_control(run).seq == 1, "looking at a run gave it a command"


def _await_refreshes(page: Page, refreshes: int) -> None:
    figure = page.get_by_test_id("stMetricValue").nth(2)
    for _ in range(refreshes):
        expect(figure).not_to_have_text(figure.inner_text())


@pytest.mark.long
def test_figures_move_and_everything_else_stays_where_it_is(page: Page) -> None:
    page.evaluate(WATCH)
    _await_refreshes(page, 3)
    assert page.evaluate(MARKS) == BOARD_AND_CHARTS, "a chart or the board was mounted anew"
    assert page.evaluate("() => window.faintest") == 1, "something greyed out"
    assert len(page.evaluate("() => [...window.heights]")) == 1, "the page jumped"


@pytest.mark.long
def test_a_zoom_stays_while_rows_arrive_and_can_be_taken_back(page: Page) -> None:
    chart = page.locator(".js-plotly-plot").nth(2)
    whole = chart.evaluate(SHOWN)
    box = resting(page, chart.bounding_box)
    assert box is not None
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 120, steps=3)
    page.mouse.up()
    expect(page.get_by_role("button", name="reset zoom")).to_be_visible()
    zoom = chart.evaluate(SHOWN)
    assert zoom[1] - zoom[0] < whole[1] - whole[0]
    _await_refreshes(page, 2)
    assert chart.evaluate(SHOWN) == zoom
    page.get_by_role("button", name="reset zoom").click()
    wait_until(lambda: chart.evaluate(SHOWN)[1] >= whole[1], 10, "the whole curve")
    expect(page.get_by_role("button", name="reset zoom")).to_be_hidden()


@pytest.mark.long
def test_a_chart_follows_the_width_of_its_column(page: Page) -> None:
    chart = page.locator(".js-plotly-plot").first
    for width in (500, 1100, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        wait_until(lambda: chart.evaluate(FITS), 10, f"it to fit a window of {width}")
        _await_refreshes(page, 1)
        assert chart.evaluate(FITS), "it stays so at the next refresh"


@pytest.mark.long
def test_board_and_first_chart_are_above_the_fold_of_a_small_window(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    for part in (page.locator(".board canvas"), page.locator(".js-plotly-plot").first):
        wait_until(partial(_is_above, part, 768), 20, "it to be seen whole")
    small = _cell(page)
    page.set_viewport_size({"width": 1440, "height": 1000})
    wait_until(partial(_is_larger, page, small), 20, "a larger board")


def _is_above(part: Locator, y: int) -> bool:
    box = part.bounding_box()
    return box is not None and box["y"] + box["height"] <= y


def _cell(page: Page) -> float:
    size: float = page.locator(".board canvas").evaluate("canvas => canvas.player.size")
    return size


def _is_larger(page: Page, before: float) -> bool:
    return _cell(page) > before


@pytest.mark.long
def test_f_shows_the_board_and_three_figures_alone_and_goes_on(page: Page) -> None:
    hidden = [page.get_by_test_id("stSidebar"), page.locator(".js-plotly-plot").first, page.get_by_text("Training · lines").first]
    seen = [page.locator(".board canvas"), page.get_by_text("Best evaluation · lines").first, page.locator(".board .lines")]
    page.get_by_label("Run", exact=True).click()
    page.keyboard.type("f")  # somebody looks for a run
    page.keyboard.press("Escape")
    expect(hidden[1]).to_be_visible()
    page.evaluate("() => document.activeElement.blur()")
    for leave in ("f", "Escape"):
        before = _cell(page)
        page.keyboard.press("f")
        for part in hidden:
            expect(part).to_be_hidden()
        for part in seen:
            expect(part).to_be_visible()
        wait_until(partial(_is_larger, page, before), 20, "it to grow")
        step = page.locator(".st-key-projected_progress").get_by_test_id("stMetricValue")
        expect(step).to_be_visible()
        expect(step).not_to_have_text(step.inner_text())
        if leave == "f":
            page.keyboard.press("f")
        else:
            page.evaluate("() => document.exitFullscreen()")  # what a browser does of Escape
        for part in hidden:
            expect(part).to_be_visible()
    page.get_by_role("button", name="Full screen").click()
    expect(hidden[0]).to_be_hidden()
    page.get_by_role("button", name="Leave full screen").click()
    expect(hidden[0]).to_be_visible()


def test_trouble_that_comes_and_goes_mounts_nothing_anew(page: Page, run: RunDirectory) -> None:
    page.evaluate(WATCH)
    with run.episodes.open("ab") as file:
        file.write(b"nonsense\n")
    expect(page.get_by_text("1 damaged row was skipped")).to_be_visible()
    assert page.evaluate(MARKS) == BOARD_AND_CHARTS


@pytest.mark.long
def test_a_refused_command_is_said_over_refreshes_and_mounts_nothing_anew(page: Page, run: RunDirectory) -> None:
    page.evaluate(WATCH)
    run.control_lock.unlink(missing_ok=True)
    run.control_lock.mkdir()
    page.locator(".st-key-run_heading").get_by_role("button", name="Pause", exact=True).click()
    refusal = page.get_by_text("control.json.lock must be a file")
    expect(refusal).to_be_visible()
    _await_refreshes(page, 3)
    expect(refusal).to_be_visible()
    assert page.evaluate(MARKS) == BOARD_AND_CHARTS
    run.control_lock.rmdir()


@pytest.mark.long
def test_the_tab_tells_how_the_run_is_over_refreshes_and_on_every_page(page: Page, run: RunDirectory) -> None:
    expect(page).to_have_title(re.compile(r"^▶ \d+(\.\d)? % · Moving · Live · Control Room$"))
    assert page.evaluate(ICON).startswith("data:image/png")
    page.evaluate("() => { document.title = 'Page · Control Room'; document.querySelector(\"link[rel~=icon]\").href = '/favicon.png'; }")
    expect(page).to_have_title(re.compile(r"^▶ .+ · Moving · Page · Control Room$"))
    wait_until(lambda: str(page.evaluate(ICON)).startswith("data:image/png"), 20, "the icon, as it was before a page was drawn")
    update_labels(run, name="<b>&amp; Moving")
    expect(page).to_have_title(re.compile(r"^▶ .+ · <b>&amp; Moving · "))
    update_labels(run, name="Moving")
    page.get_by_role("link", name="Analytics").click()
    expect(page).to_have_title(re.compile(r"^▶ .+ · Moving · Analytics · Control Room$"))
    page.get_by_role("link", name="Live").click()
    expect(page).to_have_title(re.compile(r"^▶ .+ · Moving · Live · Control Room$"))
    expect(page.locator(".js-plotly-plot")).to_have_count(4)


@pytest.mark.long
def test_plotly_comes_to_the_browser_once(page: Page) -> None:
    page.get_by_role("link", name="Analytics").click()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_text(" selected").first).to_be_visible()
    page.get_by_role("link", name="Live").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    assert len(page.evaluate(FETCHED)) == 1
    page.reload()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    assert page.evaluate(FETCHED) == [0], "the browser has kept it"


@pytest.mark.long
def test_who_comes_back_finds_the_charts_that_were_left_and_they_go_on(page: Page) -> None:
    charts = page.locator(".js-plotly-plot")
    charts.evaluate_all("plots => plots.forEach((plot, place) => { plot.mark = place; })")
    before = charts.first.evaluate(SHOWN)
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
    expect(charts).to_have_count(0)
    page.set_viewport_size({"width": 1200, "height": 1000})
    page.get_by_role("link", name="Live").click()
    expect(charts).to_have_count(4)
    assert charts.evaluate_all("plots => plots.map(plot => plot.mark)") == [0, 1, 2, 3]
    wait_until(lambda: charts.first.evaluate(SHOWN)[1] > before[1], 10, "new points")
    wait_until(lambda: charts.first.evaluate(FITS), 10, "it to fit the window, which is another one")
    page.set_viewport_size({"width": 1440, "height": 1000})


@pytest.mark.long
def test_opening_the_page_again_and_again_gives_no_commands(page: Page, run: RunDirectory) -> None:
    for path in ("Models", "", "Analytics", "", "", ""):
        page.goto(page.url.split("?")[0].rsplit("/", 1)[0] + f"/{path}", wait_until="commit")
        page.get_by_role("button", name="Start new run").wait_for()
    _await_refreshes(page, 2)
    assert read_control(run).visual
