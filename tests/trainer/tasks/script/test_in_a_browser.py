"""A script of the user's own trains; the page shows it, steers it and ends its training, and the script prints its own last line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.serving import SharedApp, emptied
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.run_files.run_directory import list_runs

from .test_manners import rows_of, status_of
from .test_processes import running, the_run

pytestmark = pytest.mark.long


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window; whatever goes wrong in its scripts fails the test."""
    with emptied(window) as page:
        yield page


def test_a_script_is_seen_paused_slowed_and_stopped(page: Page, shared: SharedApp, tmp_path: Path) -> None:
    with running(tmp_path, steps=10_000_000) as process:
        wait_until(lambda: any(probe(run).state == "running" for run in list_runs(tmp_path / "runs")), 60, "training")
        run = the_run(tmp_path)
        page.goto(shared.show(tmp_path / "runs").url)
        expect(page.get_by_role("heading", name="killed", level=1)).to_be_visible()
        expect(page.get_by_text(f"lives in {tmp_path / 'train.py'}")).to_be_visible()

        sidebar = page.get_by_test_id("stSidebar")
        sidebar.get_by_role("button", name="Pause", exact=True).click()
        expect(sidebar.get_by_text("Paused").first).to_be_visible()
        paused_at = status_of(run).num_timesteps
        page.get_by_test_id("stCheckbox").filter(has_text="Show picture").click()
        sidebar.get_by_role("button", name="Resume", exact=True).click()
        wait_until(lambda: status_of(run).num_timesteps > paused_at, 30, "steps")
        wait_until(lambda: len(rows_of(run.pictures)) > 2, 60, "pictures")
        slider = page.get_by_role("slider", name="Training speed")
        slider.focus()
        slider.press("Home")
        wait_until(lambda: status_of(run).speed == 1, 30, "slow motion")

        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("its program goes on after learn()")).to_be_visible()
        page.get_by_role("button", name="Stop training").click()
        said, _ = process.communicate(timeout=60)
    assert said.splitlines()[-1] == "the last line"
    expect(sidebar.get_by_text("Stopped").first).to_be_visible()
    expect(sidebar.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
    sidebar.get_by_role("button", name="Pause", exact=True).hover(force=True)
    expect(page.get_by_text("run the script again with CONTROL_ROOM_RESUME").first).to_be_visible()
