"""The models page in a real browser: a download opens, an evaluation shows how far it is and is cancelled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.resting import resting
from tests.serving import DRAWN, SharedApp, emptied
from tests.trainer.learning.tiny import finished_run
from tests.waiting import wait_until
from trainer.jobs import look, start_job
from trainer.run_files.bundle import read_bundle
from trainer.run_files.files import sha256
from trainer.run_files.jobs import JobRequest
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model, keep_model, slot_names

pytestmark = pytest.mark.long


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path / "runs")


@pytest.fixture
def page(window: Page, run: RunDirectory, shared: SharedApp) -> Iterator[Page]:
    """The models page; whatever goes wrong in its scripts fails the test."""
    app = shared.show(run.path.parent)
    with emptied(window, height=1200) as page:
        page.goto(f"{app.url}/Models")
        expect(page.get_by_role("button", name="Make bundle")).to_be_visible()
        yield page


def test_a_bundle_is_downloaded_and_opens_and_is_imported_with_the_mouse_and_its_model_kept_under_a_name(
    page: Page, run: RunDirectory, tmp_path: Path
) -> None:
    figures = page.locator(".st-key-model_figures")
    before = resting(page, figures.bounding_box)  # the letters of a figure come last
    page.get_by_role("button", name="Make bundle").click()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    assert figures.bounding_box() == before, "nothing moves while it is made"
    expect(page.get_by_role("button", name="Download bundle")).to_be_in_viewport()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download bundle").click()
    assert download.value.suggested_filename == f"{run.run_id}-best.zip"
    download.value.save_as(tmp_path / "home.zip")
    bundle = read_bundle(tmp_path / "home.zip")
    assert sha256(bundle.contents["model.zip"]) == sha256((run.best / "model.zip").read_bytes())
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("button", name="Download bundle")).to_have_count(0)

    page.get_by_role("button", name="Import a bundle").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "home.zip")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Imported").first).to_be_visible()
    (arrived,) = (found for found in list_runs(run.path.parent) if found.run_id != run.run_id)
    expect(page.get_by_text(f"{arrived.run_id} · saved")).to_be_visible()

    page.wait_for_function(DRAWN)  # until then the form of the model that was shown before is there too
    page.get_by_role("button", name="Keep a copy").click()
    page.get_by_label("Name", exact=True).fill("From afar")
    page.get_by_role("button", name="Keep", exact=True).click()
    wait_until(lambda: slot_names(arrived) == ["from-afar"], 30, "the copy")


def test_a_row_opens_its_model_beside_the_table_and_below_it_on_a_phone(page: Page, run: RunDirectory) -> None:
    for name in ("keeper", "other"):
        keep_model(find_model(run, None), run, name)
    detail, table = page.locator(".st-key-model_detail"), page.locator(".leaderboard")
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(page.url.partition("?")[0])
        expect(detail).to_contain_text("tiny · best")
        expect(table.locator(".open")).to_contain_text("tiny · best")
        table.get_by_role("cell", name="Saved snapshot").first.click()
        expect(detail).to_contain_text("tiny · keeper")
        expect(page.get_by_role("button", name="Make bundle")).to_be_in_viewport()
        assert page.evaluate(BESIDE), "the model stands beside its table"

    opened = table.get_by_role("button", name="tiny · keeper")
    opened.focus()
    page.keyboard.press("ArrowDown")
    expect(table.get_by_role("button", name="tiny · other")).to_be_focused()
    page.keyboard.press("Enter")
    expect(detail).to_contain_text("tiny · other")
    page.wait_for_function("() => location.search.includes('other')")

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(detail).to_contain_text("tiny · other")
    table.get_by_role("button", name="tiny · keeper").click()
    expect(detail).to_contain_text("tiny · keeper")
    expect(page.get_by_role("button", name="Make bundle")).to_be_in_viewport()


BESIDE = """() => {
  const box = (one) => document.querySelector(one).getBoundingClientRect();
  const [detail, table] = [box(".st-key-model_detail"), box('[class*="st-key-leaderboard"]')];
  return detail.left >= table.right && detail.top < table.bottom && detail.right <= innerWidth;
}"""


def test_a_long_evaluation_shows_how_far_it_is_and_is_cancelled(page: Page, run: RunDirectory, shared: SharedApp) -> None:
    words = ["evaluate", str(run.path), "--save", "--games", "100000", "--max-pieces", "0"]
    start_job(run.path.parent, JobRequest("evaluate", "tiny · best", [run.run_id]), words)  # by another tab
    bar = page.get_by_test_id("stProgress").filter(has_text="Evaluating tiny · best")
    expect(bar).to_contain_text("of 100,000")
    said = bar.inner_text()
    expect(bar).not_to_have_text(said)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("It was cancelled; what had been finished before stays.")).to_be_visible()
    job = look(run.path.parent, "evaluate")
    assert job is not None
    assert job.state == "cancelled"
    assert not run.reports.exists()
    assert "Traceback" not in shared.said()
