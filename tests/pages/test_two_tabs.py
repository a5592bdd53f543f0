"""Two tabs on one run: whoever writes last wins, and both show what is so."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.pages.fake_runs import fill, live, new_run, set_status
from tests.serving import PATIENCE_MS, SharedApp
from tests.waiting import wait_until
from trainer.run_files.control import read_control
from trainer.run_files.run_directory import RunDirectory

pytestmark = pytest.mark.long

PATIENCE_S = PATIENCE_MS / 1_000


@contextmanager
def obeying(run: RunDirectory) -> Iterator[None]:
    """Applies every command, as a trainer does."""
    ended = threading.Event()

    def obey() -> None:
        while not ended.wait(0.05):
            control = read_control(run)
            state = "paused" if control.run == "paused" else "running"
            set_status(run, state=state, applied_seq=control.seq, visual=control.visual, speed=control.speed)

    thread = threading.Thread(target=obey)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunDirectory]:
    """A run that obeys."""
    run = new_run(tmp_path / "runs", "Shared")
    fill(run)
    with live(run), obeying(run):
        yield run


@pytest.fixture
def tabs(run: RunDirectory, context: BrowserContext, shared: SharedApp) -> Iterator[tuple[Page, Page]]:
    """Two tabs of one browser that show the run."""
    app = shared.show(run.path.parent)
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto(app.url)
        expect(tab.locator(".st-key-run_heading").get_by_role("button", name="Pause", exact=True)).to_be_enabled()
    yield first, second
    first.close()
    second.close()


def _await_speed(tab: Page, value: str) -> None:
    """For a moment, the slider that is replaced and the one that replaces it are both there."""
    sliders = tab.get_by_role("slider", name="Training speed")
    say = "all => all.map((one) => one.getAttribute('aria-valuetext'))"
    wait_until(lambda: sliders.evaluate_all(say) == [value], PATIENCE_S, f"the speed {value}")


def _set_speed(tab: Page, key: str) -> None:
    slider = tab.get_by_role("slider", name="Training speed")
    slider.focus()
    slider.press(key)


@pytest.mark.timeout(180)
def test_the_later_write_wins_and_both_tabs_show_the_truth(tabs: tuple[Page, Page], run: RunDirectory) -> None:
    first, second = tabs
    first.locator(".st-key-run_heading").get_by_role("button", name="Pause", exact=True).click()
    for tab in tabs:  # also the one that nobody has touched
        expect(tab.locator(".st-key-run_heading").get_by_role("button", name="Resume", exact=True)).to_be_visible()
        expect(tab.get_by_test_id("stSidebar").get_by_text("Paused").first).to_be_visible()

    _set_speed(first, "Home")
    wait_until(lambda: read_control(run).speed == 10, PATIENCE_S, "the first tab's speed")
    _await_speed(second, "10 pieces/s")
    _set_speed(second, "End")
    wait_until(lambda: read_control(run).speed is None, PATIENCE_S, "the second tab's speed")
    _await_speed(first, "full speed")

    second.locator(".st-key-run_heading").get_by_role("button", name="Resume", exact=True).click()
    for tab in tabs:
        expect(tab.locator(".st-key-run_heading").get_by_role("button", name="Pause", exact=True)).to_be_visible()
    control = read_control(run)
    assert (control.run, control.speed, control.seq) == ("running", None, 5), "four clicks, four writes: no tab has written for another"
