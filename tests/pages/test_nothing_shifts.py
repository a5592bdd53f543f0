"""Nothing moves under a person's eyes: over toasts, refreshes and page changes, as the browser itself counts layout shifts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pages.ui.shell.navigation import all_pages
from tests.pages.fake_runs import fill, growing, new_run, with_best_model
from tests.pages.recorded import with_recordings
from tests.serving import SharedApp, emptied
from trainer.run_files.run_directory import RunDirectory

pytestmark = pytest.mark.long

PAGES = ("Models", "Analytics", "Replay", "Watch", "Play", "Sweeps", "Settings", "Live")
HARDLY = 0.01  # of the window, times how far: a column that comes a moment later, now and then; 0.1 counts as good
PLACES = """() => ["h1", ".st-key-app_name", ".st-key-picker", ".st-key-start_new_run"].map((name) => {
  const { x, y } = document.querySelector(name).getBoundingClientRect();
  return `${name} ${Math.round(x / 4)} ${Math.round(y / 4)}`;  // a button beside a heading moves it by less than two pixels
})"""
MAIN_PADDING = "40px"  # as `style.css` says it; Streamlit's own is another
RECORD = """() => {
  window.shifts = [];
  window.bare = 0;  // frames without the sidebar's links and its picker
  window.undressed = 0;  // frames without our style
  const where = ({ node }) => node?.dataset?.testid || node?.className || node?.nodeName;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => window.shifts.push([value, sources.map(where)])))
    .observe({ type: 'layout-shift' });
  const look = () => {
    const sidebar = document.querySelector('[data-testid=stSidebar]');
    const whole = sidebar?.querySelectorAll('[data-testid=stPageLink]').length === LINKS && sidebar.querySelector('.st-key-picker input');
    const main = document.querySelector('[data-testid=stMainBlockContainer]');
    window.bare += whole ? 0 : 1;
    window.undressed += main && getComputedStyle(main).paddingLeft !== 'PADDING' ? 1 : 0;
    requestAnimationFrame(look);
  };
  look();
}""".replace("PADDING", MAIN_PADDING).replace("LINKS", str(len(all_pages())))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunDirectory]:
    """A run that is being trained: rows are appended all the time."""
    run = with_best_model(with_recordings(new_run(tmp_path_factory.mktemp("runs"), "Moving"), 1_000, 2_000))
    fill(run)
    with growing(run):
        yield run


@pytest.fixture
def page(window: Page, run: RunDirectory, shared: SharedApp) -> Iterator[Page]:
    """The live page, drawn to its end."""
    app = shared.show(run.path.parent)
    with emptied(window) as page:
        page.goto(app.url)
        expect(page.locator(".js-plotly-plot .main-svg").nth(7)).to_be_visible()
        await_refreshes(page, 2)
        yield page


def await_refreshes(page: Page, refreshes: int) -> None:
    """Wait until the figures have changed so often."""
    figure = page.get_by_test_id("stMetricValue").nth(2)
    for _ in range(refreshes):
        expect(figure).not_to_have_text(figure.inner_text())


def visited(page: Page, name: str) -> None:
    """Follow a link of the sidebar, and wait until its page has been drawn."""
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(f"**/{'' if name == 'Live' else name}?*")
    expect(page).to_have_title(re.compile(f"(^|· ){name} · Control Room$"))
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached()


def test_refreshes_and_a_toast_move_nothing_and_leave_the_style_alone(page: Page) -> None:
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("button", name="Save snapshot")).to_be_visible()
    await_refreshes(page, 1)
    page.evaluate(RECORD)
    page.get_by_role("button", name="Save snapshot").click()
    expect(page.get_by_test_id("stToast")).to_be_visible()
    await_refreshes(page, 3)
    expect(page.get_by_test_id("stToast")).to_be_hidden()
    await_refreshes(page, 1)
    assert page.evaluate("() => window.undressed") == 0
    assert page.evaluate("() => window.bare") == 0
    assert page.evaluate("() => window.shifts") == []


def test_a_page_change_keeps_the_sidebar_and_the_style_and_moves_nothing(page: Page) -> None:
    for name in PAGES:  # the browser loads the code of what they show
        visited(page, name)
    page.evaluate(RECORD)
    places = dict[str, list[str]]()
    for name in PAGES:
        visited(page, name)
        places[name] = page.evaluate(PLACES)
    assert len(set(map(tuple, places.values()))) == 1, places
    assert page.evaluate("() => window.bare") == 0, "frames without the sidebar"
    assert page.evaluate("() => window.undressed") == 0, "frames without our style"
    shifts = page.evaluate("() => window.shifts")
    assert sum(value for value, _ in shifts) < HARDLY, shifts
