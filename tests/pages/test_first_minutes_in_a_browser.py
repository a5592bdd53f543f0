"""The first minutes of a person, in a real Chromium: from an empty folder to a run, and through the tour."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.fake_runs import fill, live, new_run
from tests.serving import SharedApp, new_window
from tests.waiting import wait_until
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.run_lock import is_run_locked
from trainer.stopping import follow_stop

pytestmark = pytest.mark.long


@pytest.fixture
def newcomer(tmp_path: Path, shared: SharedApp) -> Iterator[Page]:
    """A browser that has never been here, at an app without runs."""
    with new_window(tour=True) as page:
        page.goto(shared.show(tmp_path).url)
        yield page


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[None]:
    """Nothing trains on after the test."""
    yield
    for run in list_runs(tmp_path):
        update_control(run, by="cli", run="stopped")
        wait_until(partial(_has_ended, run), 150, "the trainer to end")


def _has_ended(run: RunDirectory) -> bool:
    follow_stop(run)  # it may still compile the game, and not look
    return not is_run_locked(run)


def moves(page: Page) -> None:
    """Wait until a board has been drawn often enough to be seen moving."""
    board = page.locator("canvas[data-drawn]")
    expect(board).to_be_visible()
    wait_until(lambda: int(board.get_attribute("data-drawn") or 0) > 5, 60, "the board to move")


def edges(element: Locator) -> tuple[float, float, float, float]:
    """Where it is: left, top, right, bottom."""
    box = element.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def overlap(one: Locator, other: Locator) -> bool:
    """Whether two elements cover each other."""
    (left, top, right, bottom), (from_left, from_top, to_right, to_bottom) = edges(one), edges(other)
    return left < to_right and from_left < right and top < to_bottom and from_top < bottom


def test_on_a_phone_the_board_plays_beside_the_first_way_on(newcomer: Page) -> None:
    page = newcomer
    page.set_viewport_size({"width": 390, "height": 844})
    moves(page)
    board, train = page.locator("canvas[data-drawn]"), page.get_by_role("button", name="Train Tetris", exact=True)
    expect(board).to_be_in_viewport(ratio=1)
    expect(train).to_be_in_viewport(ratio=1)
    assert not overlap(board, train)
    page.set_viewport_size({"width": 320, "height": 844})
    expect(board).to_be_in_viewport(ratio=0.9)
    wait_until(lambda: edges(train)[2] <= 320, 30, "the button to fit a narrow window")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


@pytest.mark.timeout(360)  # a real trainer starts, and may compile the game first
@pytest.mark.usefixtures("stopped")
def test_from_an_empty_folder_to_a_run_and_through_the_tour(newcomer: Page) -> None:
    page = newcomer
    moves(page)
    page.get_by_role("button", name="Train Tetris", exact=True).click()
    expect(page.get_by_role("heading", name="Tetris", exact=True, level=1)).to_be_visible()

    box, ring = page.locator(".control-room-tour-box"), page.locator(".control-room-tour-ring")
    expect(box).to_contain_text("Your runs")
    assert page.evaluate("document.activeElement === document.body || !document.activeElement.closest('.control-room-tour-box')")
    seen = []
    while box.count():
        seen.append(box.locator("strong").inner_text())
        expect(box).to_contain_text(f"{len(seen)} of 5")
        assert not overlap(box, ring), seen[-1]
        box.get_by_role("button", name="Done" if len(seen) == 5 else "Next").press("Enter")
    assert seen == ["Your runs", "Pause, slow down, stop", "What it learns", "Better, or lucky?", "Take the best home"]

    page.reload()
    page.locator(".js-plotly-plot").first.wait_for()
    page.wait_for_timeout(2_500)  # longer than it waits before it looks again
    assert box.count() == 0


def test_a_run_that_begins_elsewhere_takes_the_place_of_the_first_page(newcomer: Page, tmp_path: Path) -> None:
    page = newcomer
    moves(page)
    run = new_run(tmp_path, "From a terminal")
    fill(run)
    with live(run):
        expect(page.get_by_role("heading", name="From a terminal", level=1)).to_be_visible()
        _end_the_tour_by_its_keys_and_by_a_click(page, run)


def _end_the_tour_by_its_keys_and_by_a_click(page: Page, run: RunDirectory) -> None:
    box = page.locator(".control-room-tour-box")
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)

    page.evaluate("localStorage.clear()")
    expect(box).to_be_visible()
    page.get_by_role("link", name="Analytics").click()  # it goes through
    expect(box).to_have_count(0)
    expect(page.get_by_role("heading", name="Analytics", level=1)).to_be_visible()
    assert page.evaluate("localStorage.getItem('control-room-tour')") == "seen"
    assert run.run_id in page.url
