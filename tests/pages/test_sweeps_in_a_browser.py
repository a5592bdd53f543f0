"""A small real sweep, from the form to a dot that opens its run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.resting import resting
from tests.serving import App, SharedApp, emptied
from trainer.run_files.studies import read_trials
from trainer.run_files.study_directory import list_studies

pytestmark = pytest.mark.long

DOT = """(plot, name) => {
  const trace = plot._fullData.find(({ customdata }) => customdata);
  const place = trace.customdata.findIndex((link) => link.includes(name));
  const { left, top } = plot.getBoundingClientRect();
  const { xaxis, yaxis } = plot._fullLayout;
  return { x: left + xaxis._offset + xaxis.d2p(trace.x[place]), y: top + yaxis._offset + yaxis.d2p(trace.y[place]) };
}"""
"""Where the dot of a trial is in the window."""


@pytest.fixture
def app(tmp_path: Path, shared: SharedApp) -> App:
    """The app without a run."""
    return shared.show(tmp_path)


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window."""
    with emptied(window, height=1_300) as page:
        yield page


def test_a_sweep_is_started_from_the_form_and_a_dot_opens_its_run(page: Page, app: App, tmp_path: Path) -> None:
    page.goto(f"{app.url}/Sweeps")
    page.get_by_role("button", name="Start a sweep").click()
    form = page.get_by_role("dialog")
    for label, value in (("Trials", "1"), ("Seeds", "1"), ("Steps of each run", "300")):
        form.get_by_label(label, exact=True).fill(value)
    form.get_by_text("Confirmation, pruning, runs at once").click()
    form.get_by_label("Best to confirm", exact=True).fill("0")
    expect(form.get_by_text("1 trial × 1 seed = 1 run of 300 steps")).to_be_visible()
    form.get_by_role("button", name="Start the sweep").click()
    expect(form).to_have_count(0)
    expect(page.get_by_role("heading", level=2, name=re.compile("Finished"))).to_be_visible()
    (study,) = list_studies(tmp_path)
    assert [trial.state for trial in read_trials(study)] == ["complete"]
    expect(page).to_have_url(re.compile(f"study={study.study_id}"))

    history = page.get_by_role("figure", name="History").locator(".js-plotly-plot")
    expect(history.locator(".main-svg").first).to_be_visible()
    run = f"{study.study_id}-t000-s1"
    dot = resting(page, lambda: history.evaluate(DOT, run))
    page.mouse.click(dot["x"], dot["y"])
    expect(page).to_have_url(re.compile(f"/[?].*run={run}"))
    expect(page).to_have_title(re.compile("✓ .+ · Live · Control Room$"))
    expect(page.get_by_text(run)).to_be_visible()
