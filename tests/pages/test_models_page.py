"""Taking the best model home."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.models_page import model_bytes, read_shelf, size_text, snippet
from tests.pages.conftest import MODELS, everything_said, opened
from tests.pages.fake_runs import new_run, with_best_model
from trainer.errors import ModelNotFoundError
from trainer.run_files.models import best_model_path


def test_a_best_model_has_a_card_with_its_facts(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir, "Good one"))
    said = everything_said(opened(app, MODELS)).replace("\\", "")
    assert "Good one" in said
    assert "**60** lines per greedy game" in said
    assert "95 %: 48 to 78 · 20 games" in said
    assert "SHA-256" in said
    assert f"python -m trainer evaluate {run.run_id}" in said


def test_the_file_is_read_only_when_it_is_asked_for(runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir), b"first")
    shelf = read_shelf((run,))
    best_model_path(run).write_bytes(b"second")
    assert model_bytes(shelf.models[0][0]) == b"second"
    assert size_text(run) == "0 kB"


def test_a_model_that_is_gone_at_the_click_is_explained(runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir))
    shutil.rmtree(run.path)
    with pytest.raises(ModelNotFoundError, match="was deleted from disk"):
        model_bytes(run)
    assert size_text(run) == "–"


def test_a_card_of_a_deleted_run_gives_way_to_the_reason(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir, "Doomed"))
    shelf = read_shelf((run,))
    assert len(shelf.models) == 1
    shutil.rmtree(run.path)
    assert read_shelf((run,)).without == [(run, "it was deleted")]
    assert "No runs yet" in everything_said(opened(app, MODELS))


def test_runs_without_a_model_are_listed_with_the_reason(app: AppTest, runs_dir: Path) -> None:
    new_run(runs_dir, "Too young")
    damaged = with_best_model(new_run(runs_dir, "Damaged"))
    (damaged.best / "metadata.json").write_bytes(b"{")
    said = everything_said(opened(app, MODELS)).replace("\\", "")
    assert "No run has a best model yet" in said
    assert "it gets one with its first evaluation" in said
    assert "metadata.json must hold JSON" in said


def test_the_snippet_is_python(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    code = compile(snippet(run), "snippet", "exec")
    assert f"{run.run_id}-best-model.zip" in code.co_consts
    assert {"AfterstateDQN", "load"} <= set(code.co_names)
