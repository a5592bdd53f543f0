"""What is typed in a browser stays until it was used, and a wrong field is where the eyes and the keyboard go."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.fake_runs import ended, fill, new_run
from tests.serving import SharedApp, emptied
from trainer.run_files.run_directory import list_runs

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that have ended."""
    runs_dir = tmp_path_factory.mktemp("forms") / "runs"
    for name in ("First", "Second"):
        run = new_run(runs_dir, name)
        fill(run)
        ended(run, "finished")
    return runs_dir


@pytest.fixture
def page(window: Page, runs_dir: Path, shared: SharedApp) -> Iterator[Page]:
    """The live page."""
    app = shared.show(runs_dir)
    with emptied(window) as page:
        page.goto(app.url)
        page.get_by_role("button", name="Start new run").wait_for()
        yield page


def opened_form(page: Page) -> Locator:
    """The form that starts a run."""
    page.get_by_role("button", name="Start new run").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Name", exact=True)).to_be_visible()
    return form


def test_escape_keeps_what_was_typed_to_the_last_letter(page: Page) -> None:
    form = opened_form(page)
    form.get_by_role("textbox", name="Seed").fill("77")
    form.get_by_label("Name", exact=True).press_sequentially("Half a thought")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_text("No models yet")).to_be_visible()
    form = opened_form(page)
    expect(form.get_by_label("Name", exact=True)).to_have_value("Half a thought")
    expect(form.get_by_role("textbox", name="Seed")).to_have_value("77")
    form.get_by_text("10x10").click()
    expect(form.get_by_role("textbox", name="Board height")).to_have_count(1)  # the old one is gone
    expect(form.get_by_role("textbox", name="Board height")).to_have_value("10")
    expect(form.get_by_label("Name", exact=True)).to_have_count(1)
    expect(form.get_by_label("Name", exact=True)).to_have_value("Half a thought")
    expect(form.get_by_role("textbox", name="Seed")).to_have_value("77")
    form.get_by_role("button", name="Reset", exact=True).click()
    expect(form.get_by_text("Your own values stay")).to_have_count(0)
    expect(form.get_by_label("Name", exact=True)).to_have_count(1)
    expect(form.get_by_label("Name", exact=True)).to_have_value("")
    expect(form.get_by_role("textbox", name="Seed")).to_have_value("1")


def test_a_mistake_in_a_closed_part_of_the_form_is_opened_marked_and_gets_the_focus(page: Page, runs_dir: Path) -> None:
    before = len(list_runs(runs_dir))
    form = opened_form(page)
    advanced, gamma = form.get_by_text("Advanced settings"), form.get_by_role("textbox", name="Discount γ")
    advanced.click()
    gamma.fill("two")
    advanced.click()
    expect(gamma).to_be_hidden()
    form.get_by_role("button", name="Start training").click()
    expect(gamma).to_be_focused()
    expect(gamma).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text(re.compile("Must be a number from 0 to 0.9999"))).to_be_visible()
    gamma.fill("0.9")
    expect(form.get_by_text(re.compile("Must be a number from 0 to 0.9999"))).to_have_count(0)
    expect(gamma).not_to_have_attribute("aria-invalid", "true")
    assert len(list_runs(runs_dir)) == before
    form.get_by_role("button", name="Reset", exact=True).click()
    expect(gamma).to_be_hidden()  # without a mistake there is no reason to open it


def test_an_environment_is_found_by_a_part_of_its_name_with_the_keyboard_alone(page: Page) -> None:
    form = opened_form(page)
    form.get_by_text("Any environment", exact=True).click()
    expect(form.get_by_text("Actions: Discrete")).to_be_visible()  # a process of its own has found what is installed
    environment, algorithm = form.get_by_label("Environment", exact=True), form.get_by_label("Algorithm", exact=True)
    environment.focus()
    page.keyboard.type("bipedal")
    page.keyboard.press("Enter")
    expect(environment).to_have_value("BipedalWalker-v3 · Box2D")
    expect(form.get_by_text("Actions: Box")).to_be_visible()
    algorithm.focus()
    page.keyboard.type("sac")
    page.keyboard.press("Enter")
    expect(form.get_by_text("SAC learns BipedalWalker-v3 with the tuned settings")).to_be_visible()
    expect(form.get_by_role("textbox", name="Total steps")).to_have_value("500,000")
    form.get_by_text("Tetris", exact=True).click()
    expect(form.get_by_text("10x10")).to_be_visible()
