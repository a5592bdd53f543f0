"""Real models and real background processes, seen on the models page: evaluate, bundle, import."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.models.leaderboard import read_shelf, tables
from tests.pages.conftest import MODELS, everything_said, opened
from tests.trainer.learning.tiny import finished_run
from tests.waiting import wait_until
from trainer import children
from trainer.jobs import Job, look
from trainer.probing import probe
from trainer.run_files.bundle import read_bundle
from trainer.run_files.jobs import JobKind, Work
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model, keep_model
from trainer.tasks.tetris.commands.bundling import make_bundle
from trainer.tasks.tetris.learner.saved_model import read_network

PATIENCE_S = 60.0  # for what takes a few seconds on a machine that has nothing else to do


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(honest: RunDirectory, runs_dir: Path) -> Iterator[RunDirectory]:
    """A copy of it, where the app looks."""
    copy = RunDirectory(runs_dir / honest.run_id)
    shutil.copytree(honest.path, copy.path)
    yield copy
    children._children.clear()


def ended(runs_dir: Path, kind: JobKind) -> Job:
    """A job, when its process has ended well."""
    wait_until(lambda: (job := look(runs_dir, kind)) is not None and not job.active, PATIENCE_S, f"the job {kind} to end")
    job = look(runs_dir, kind)
    assert job is not None
    assert job.state == "done", job.progress
    return job


def said(app: AppTest) -> str:
    """All texts on the page, as a person reads them."""
    assert not app.exception
    return everything_said(app).replace("\\", "").replace("\u2060", "")


@pytest.mark.long
def test_all_models_without_a_result_are_evaluated_one_after_the_other(app: AppTest, run: RunDirectory, runs_dir: Path) -> None:
    shutil.copytree(run.path, runs_dir / "20260101-000000-other")
    keep_model(find_model(run, None), run, "copy")
    page = opened(app, MODELS)
    page.selectbox(key="evaluation_episodes").set_value(20).run()
    button = page.button(key="evaluate_missing")
    assert button.label == "Evaluate all 2 without a result"
    button.click().run()
    ended(runs_dir, "evaluate")
    page.run()
    assert [toast.value for toast in page.toast] == ["2 models evaluated\\."]
    assert look(runs_dir, "evaluate") is None
    assert page.button(key="evaluate_missing").disabled
    (rows,) = tables(read_shelf(list_runs(runs_dir)), ["best", "kept"]).values()
    assert [row["Episodes"] for row in rows] == [20, 20, 20]


@pytest.mark.long
def test_the_first_thing_that_is_done_here_may_be_an_import(app: AppTest, honest: RunDirectory, runs_dir: Path) -> None:
    bundle = make_bundle(find_model(honest, None), games=5, seed=1, max_pieces=100, work=Work(None))
    page = opened(app, MODELS)
    assert "No models yet" in said(page)
    page.file_uploader(key="import_file:0").upload("mine.zip", bundle, "application/zip").run()
    page.button(key="import_bundle").click().run()
    ended(runs_dir, "import")
    page.run()
    page.button(key="show_import").click().run()
    assert "tiny · best" in said(page)
    children._children.clear()


@pytest.mark.long
def test_the_last_network_of_an_ended_run_is_kept_under_a_name(app: AppTest, run: RunDirectory) -> None:
    page = opened(app, MODELS)
    page.button_group(key=f"keep_which:{run.run_id}").set_value("last")
    page.text_input(key=f"keep_name:{run.run_id}").set_value("The last")
    page.button(key="keep_model").click().run()
    kept = find_model(run, "the-last")
    assert kept.metadata.step == 1_200
    assert read_network(kept.folder).step == 1_200
    assert "tiny · the-last" in said(page)


@pytest.mark.long
def test_a_bundle_is_made_and_imported_and_its_run_says_where_it_is_from(app: AppTest, run: RunDirectory, runs_dir: Path) -> None:
    page = opened(app, MODELS)
    page.selectbox(key="evaluation_episodes").set_value(20).run()
    page.button(key="make_bundle").click().run()
    job = ended(runs_dir, "bundle")
    assert "The bundle is made" in said(page.run())
    assert read_bundle(job.bundle).manifest.run == run.run_id
    assert job.progress is not None
    assert job.progress.result == f"{run.run_id}-best.zip"

    page.file_uploader(key="import_file:0").upload("mine.zip", job.bundle.read_bytes(), "application/zip").run()
    page.text_input(key="import_name:0").set_value("From afar")
    page.button(key="import_bundle").click().run()
    ended(runs_dir, "import")
    assert "The bundle is imported" in said(page.run())
    arrived = next(found for found in list_runs(runs_dir) if found.run_id != run.run_id)
    assert probe(arrived).state == "imported"
    page.button(key="show_import").click().run()
    assert look(runs_dir, "import") is None
    assert "From afar · best" in said(page)
    (rows,) = tables(read_shelf(list_runs(runs_dir)), ["imported"]).values()
    assert [row["Model"] for row in rows] == ["From afar · best"]

    text = said(page.switch_page("streamlit_app.py").run())
    assert "imported from a bundle of" in text
    assert run.run_id in text
    assert page.button(key="pause_or_resume").disabled
