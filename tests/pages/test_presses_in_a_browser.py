"""A press that comes while the page is drawn anew, for a reason of its own, is obeyed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.serving import new_window, running_app
from tests.waiting import wait_until
from trainer.run_files.run_directory import list_runs
from trainer.tasks.gym.catalogue import Catalogue, Environment, write_catalogue

pytestmark = pytest.mark.long

PROCESSES = """
import os, sys, time
if "start" in sys.orig_argv:  # a trainer: that it was started is enough
    os._exit(0)
if "environments" in sys.orig_argv:
    answer = sys.orig_argv[sys.orig_argv.index("--out") + 1]
    for _ in range(12_000):
        if os.path.exists(os.environ["LIST"]):
            os.link(os.environ["LIST"], answer)
            break
        time.sleep(0.005)
    os._exit(0)
"""
PRESS_WHILE_IT_IS_DRAWN = """(wait) => {
    window.pressed = false; let since = null;
    const look = () => {
        const form = document.querySelector("[role=dialog]");
        const running = document.querySelector(".stApp").dataset.testScriptState === "running";
        const button = [...form?.querySelectorAll("button") ?? []].find((one) => one.innerText.includes("Start training"));
        since = running ? since ?? performance.now() : null;
        const due = (running && performance.now() - since >= wait) || form?.innerText.includes("Actions: Discrete");
        if (!due || !button) return setTimeout(look, 4);
        button.click();
        window.pressed = true;
    };
    look();
}"""
"""The page is being drawn for so many milliseconds already, more than a look for the list takes; at the latest the list is there."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """The live page of an app without runs, whose list of environments comes when there is a file `list`."""
    (tmp_path / "sitecustomize.py").write_text(PROCESSES, encoding="utf-8")
    (tmp_path / "runs").mkdir()
    surroundings = {"PYTHONPATH": str(tmp_path), "LIST": str(tmp_path / "list")}
    with running_app(tmp_path / "runs", tmp_path / "app.log", environment=surroundings) as app, new_window() as page:
        page.goto(app.url)
        yield page


def test_a_press_that_comes_with_the_list_of_environments_starts_a_run(page: Page, tmp_path: Path) -> None:
    runs, listed = tmp_path / "runs", Catalogue((Environment("CartPole-v1", "Classic control", "Discrete", "Box"),), {})
    for wait in (25, 30, 35, 40):
        shutil.rmtree(runs / ".environments", ignore_errors=True)
        page.get_by_role("button", name="Start new run").click()
        form = page.get_by_role("dialog")
        if wait == 25:
            form.get_by_text("Any environment", exact=True).click()
        expect(form.get_by_text("Looking what is installed here")).to_be_visible()
        page.evaluate(PRESS_WHILE_IT_IS_DRAWN, wait)
        write_catalogue(tmp_path / "list", listed)
        page.wait_for_function("window.pressed")
        wait_until(lambda: list_runs(runs), 10, "the run")
        expect(form).to_have_count(0)
        (tmp_path / "list").unlink()
        shutil.rmtree(list_runs(runs)[0].path)
