"""The heading of the live page in a real browser: seen without scrolling, edited in place; and the drawer of a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.pages.fake_runs import fill, new_run
from tests.serving import PATIENCE_MS, SharedApp, emptied
from tests.trainer.learning.tiny import tiny_config
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.probing import probe
from trainer.run_files.control import read_control, update_control
from trainer.run_files.labels import read_labels, update_labels
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory
from trainer.starting import start_trainer

PATIENCE_S = PATIENCE_MS / 1_000
SIZES = [(1440, 900), (1024, 768), (390, 844)]
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunDirectory]:
    """A run that is really being trained, slowly enough to leave the machine to the browser; an older one is beside it."""
    runs_dir = tmp_path_factory.mktemp("heading") / "runs"
    fill(new_run(runs_dir, "Older"))
    run = create_run(tiny_config(total_timesteps=10_000_000), name="Tall <b>board</b>", runs_dir=runs_dir, visual=True, speed=20)
    update_labels(run, tags=("baseline", "night"), note="With the higher ceiling, as in the paper.")
    start_trainer(run)
    wait_until(lambda: probe(run).state == "running", PATIENCE_S, "training")
    yield run
    update_control(run, by="cli", run="stopped")
    wait_until(lambda: not probe(run).active, PATIENCE_S, "the end")


@pytest.fixture
def page(window: Page, run: RunDirectory, shared: SharedApp) -> Iterator[Page]:
    """The live page of the run."""
    app = shared.show(run.path.parent)
    with emptied(window) as page:
        page.goto(f"{app.url}/?run={run.run_id}")
        expect(page.locator(".st-key-run_heading").get_by_role("button", name="Pause")).to_be_enabled()
        yield page


def test_all_of_the_heading_is_seen_without_scrolling_and_both_buttons_show_one_level(page: Page, run: RunDirectory) -> None:
    heading = page.locator(".st-key-run_heading")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        expect(heading.get_by_role("heading", level=1)).to_have_text("Tall <b>board</b>")
        button = heading.get_by_role("button", name=re.compile("^(Pause|Resume)$"))
        parts = [
            heading.get_by_role("heading", level=1), heading.get_by_text("Running"), heading.get_by_text("baseline"),
            heading.get_by_text("as in the paper"), heading.get_by_text(run.run_id), heading.get_by_text("10,000,000 steps"),
            *(heading.get_by_role("button", name=name) for name in ("Rename", "Stop", "More", "Copy link")), button,
        ]  # fmt: skip
        for part in parts:
            expect(part).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1440, "height": 900})
    sidebar = page.get_by_test_id("stSidebar")
    for place, other, word, then in ((heading, sidebar, "Pause", "Resume"), (sidebar, heading, "Resume", "Pause")):
        place.get_by_role("button", name=word, exact=True).click()
        expect(other.get_by_role("button", name=then, exact=True)).to_be_visible()
        expect(place.get_by_role("button", name=then, exact=True)).to_be_visible()
        page.wait_for_timeout(600)  # longer than two clicks of a double click
    assert read_control(run).run == "running"
    assert read_control(run).seq == 3, "two clicks, two writes"


def test_a_name_is_edited_in_place(page: Page, run: RunDirectory) -> None:
    heading = page.locator(".st-key-run_heading")
    pencil, field = heading.get_by_role("button", name="Rename"), heading.get_by_role("textbox", name="Name of the run")
    pencil.click()
    expect(field).to_have_value("Tall <b>board</b>")
    field.fill("Dropped")
    page.keyboard.press("Escape")
    expect(heading.get_by_role("heading", level=1)).to_have_text("Tall <b>board</b>")
    for typed, count in (("  ", 0), ("x" * (MAX_NAME_CHARACTERS + 1), MAX_NAME_CHARACTERS + 1)):
        pencil.click()
        field.fill(typed)
        page.keyboard.press("Enter")
        expect(heading.get_by_role("alert")).to_have_text(f"A name must be of 1 to {MAX_NAME_CHARACTERS} characters; got {count}.")
        expect(field).to_have_value(typed)
        page.keyboard.press("Escape")
    pencil.click()
    field.fill("Low  board")
    step = probe(run).status
    wait_until(lambda: probe(run).status != step, PATIENCE_S, "a refresh")
    page.keyboard.press("Enter")
    expect(heading.get_by_role("heading", level=1)).to_have_text("Low board")
    expect(page.locator(".st-key-picker input").first).to_have_value(re.compile("Low board"))
    assert read_labels(run).name == "Low board"
    update_labels(run, name=None)


def test_the_link_that_is_copied_shows_the_run(page: Page, run: RunDirectory) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".copy-link [role=status]")).to_have_text("Copied")
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+/\?run={run.run_id}", link)
    expect(page.locator(".copy-link [role=status]")).to_be_hidden()


def test_the_drawer_of_a_phone_closes_after_a_choice(page: Page, run: RunDirectory) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sidebar, opens = page.get_by_test_id("stSidebar"), page.get_by_test_id("stExpandSidebarButton")

    def open_drawer() -> None:
        if opens.is_visible():
            opens.click()
        expect(sidebar.get_by_role("link", name="Models")).to_be_in_viewport()

    open_drawer()
    sidebar.get_by_role("link", name="Models").click()
    expect(page).to_have_title(re.compile("Models"))
    expect(opens).to_be_visible()
    expect(sidebar).not_to_be_in_viewport()
    open_drawer()
    sidebar.get_by_role("link", name="Live").click()
    expect(page.locator(".st-key-run_heading")).to_be_visible()
    expect(sidebar).not_to_be_in_viewport()
    open_drawer()
    page.locator(".st-key-picker input").click()
    page.get_by_role("option", name=re.compile("Older")).click()
    expect(page).not_to_have_url(re.compile(run.run_id))
    expect(sidebar).not_to_be_in_viewport()
    open_drawer()
    sidebar.get_by_role("button", name="Start new run").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(sidebar).not_to_be_in_viewport()
