"""From an empty folder to a bundle on disk with the keyboard alone: nothing is clicked, and nothing is focused but by Tab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.serving import PATIENCE_MS, SharedApp, emptied
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.run_files.bundle import read_bundle
from trainer.run_files.run_directory import list_runs

MOST_TABS = 150
FOCUSED = "(element) => element.matches(':focus') || element.contains(document.activeElement)"

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def page(window: Page, shared: SharedApp, tmp_path: Path) -> Iterator[Page]:
    """The app on an empty folder, drawn to its end."""
    (tmp_path / "runs").mkdir()
    app = shared.show(tmp_path / "runs")
    with emptied(window) as page:
        page.goto(app.url)
        yield page


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until the keyboard is on it."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate(FOCUSED):
            return
    raise AssertionError(f"Tab does not reach {target}")


def press(page: Page, target: Locator) -> None:
    """Go to a button or a link, and press Enter on it."""
    expect(target).to_be_enabled()
    go_to(page, target)
    page.keyboard.press("Enter")


def type_into(page: Page, field: Locator, text: str) -> None:
    """Go to a field, and replace what is in it."""
    go_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def test_a_bundle_is_made_from_an_empty_folder_with_the_keyboard_alone(page: Page, tmp_path: Path) -> None:
    press(page, page.get_by_role("button", name="Start new run"))
    form = page.get_by_role("dialog")
    type_into(page, form.get_by_label("Name", exact=True), "By hand")
    type_into(page, form.get_by_label("Total steps", exact=True), "2000")
    press(page, form.get_by_role("button", name="Start training"))
    wait_until(lambda: bool(runs := list_runs(tmp_path / "runs")) and probe(runs[0]).state == "finished", 240, "the training")
    (run,) = list_runs(tmp_path / "runs")
    press(page, page.get_by_test_id("stSidebar").get_by_role("link", name="Models"))
    press(page, page.get_by_role("button", name="Make bundle"))
    download_button = page.get_by_role("button", name="Download bundle")
    expect(download_button).to_be_visible(timeout=2 * PATIENCE_MS)
    with page.expect_download() as download:
        press(page, download_button)
    download.value.save_as(tmp_path / "home.zip")
    assert read_bundle(tmp_path / "home.zip").contents["model.zip"] == (run.best / "model.zip").read_bytes()
