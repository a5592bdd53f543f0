"""Runs of other programs are imported with the keyboard alone, and are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_accessibility import complaints
from tests.serving import SharedApp, emptied
from tests.trainer.importing.conftest import ZOO
from trainer.run_files.run_directory import list_runs

pytestmark = pytest.mark.long


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window in the light theme."""
    with emptied(window) as page:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        yield page


def test_runs_are_imported_with_the_keyboard_and_shown(page: Page, shared: SharedApp, tmp_path: Path) -> None:
    app = shared.show(tmp_path)
    page.goto(f"{app.url}/Analytics")
    page.get_by_role("button", name="Import runs").focus()
    page.keyboard.press("Enter")
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_role("textbox", name="Path").fill(str(ZOO))
    assert complaints(page) == ""
    form.get_by_role("button", name="Import", exact=True).focus()
    page.keyboard.press("Enter")

    page.get_by_role("button", name="Show it").wait_for()
    expect(page.get_by_text("1 run imported.")).to_be_visible()
    page.get_by_role("button", name="Show it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 run · 1 selected")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("Imported")).to_be_visible()
    assert len(list_runs(tmp_path)) == 1
