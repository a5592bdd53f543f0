"""Stories of the models page: compare, keep, rename, delete, take back, and what is said when something is gone."""

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.models.card import model_bytes, size_text, snippet
from pages.ui.models.leaderboard import read_shelf
from pages.ui.models.table import written
from tests.pages.conftest import MODELS, labelled, opened, said
from tests.pages.fake_runs import OLD, live, new_run, with_best_model
from tests.pages.test_leaderboard import model_elsewhere
from tests.trainer.run_files.test_reports import REPORT
from tests.waiting import wait_until
from tests.workers import identity_of, pretend_worker
from trainer.errors import FormatError, ModelNotFoundError
from trainer.jobs import look
from trainer.run_files.files import replace_document
from trainer.run_files.jobs import JobRequest, Progress, write_request
from trainer.run_files.reports import save_report
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import find_model, keep_model, list_trash, slot_names

PATIENCE_S = 60.0


pytestmark = pytest.mark.usefixtures("no_children")


def evaluated(run: RunDirectory, **changes: object) -> RunDirectory:
    """Give a run's best model a report."""
    save_report(run, replace(REPORT, sha256=find_model(run, None).metadata.sha256, **changes))  # type: ignore[arg-type]
    return run


def with_open(page: AppTest, key: str) -> AppTest:
    """The page with a model open, as a link to it has it."""
    page.query_params["model"] = key
    return page.run()


def test_a_model_is_shown_with_its_figures_and_its_facts(app: AppTest, runs_dir: Path) -> None:
    run = evaluated(with_best_model(new_run(runs_dir, "Good one")))
    page = opened(app, MODELS)
    text = said(page)
    assert "Good one" in text
    assert {metric.label: metric.value for metric in page.metric} == {
        "Mean lines": "512", "Median": "300", "Best episode": "2,100", "Steps": "3,000",
    }  # fmt: skip
    assert "It was chosen by 60 lines per greedy game" in text
    assert "SHA-256" in text
    assert f"python -m trainer evaluate {run.run_id}" in text


def test_the_file_is_read_only_when_it_is_asked_for(runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir), b"first")
    model = find_model(run, None)
    with_best_model(run, b"second")
    assert model_bytes(run, None) == b"second"
    assert size_text(model) == "0 kB"


def test_a_model_that_is_gone_or_another_at_the_click_is_explained(runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir))
    model = find_model(run, None)
    (run.best / "model.zip").write_bytes(b"tampered")
    with pytest.raises(FormatError, match="is not the file that its metadata"):
        model_bytes(run, None)
    shutil.rmtree(run.path)
    with pytest.raises(ModelNotFoundError, match="has no best model"):
        model_bytes(run, None)
    assert size_text(model) == "–"


def test_a_model_of_a_deleted_run_gives_way_to_the_reason(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir, "Doomed"))
    page = opened(app, MODELS)
    assert "Doomed · best" in said(page)
    shutil.rmtree(run.path)
    text = said(page.run())
    assert "it was deleted" in text
    assert "No models yet" in text


def test_runs_without_a_model_are_listed_with_the_reason(app: AppTest, runs_dir: Path) -> None:
    new_run(runs_dir, "Ended early")
    with live(new_run(runs_dir, "Too young")):
        assert "it gets one with its first evaluation" in said(opened(app, MODELS))
    damaged = with_best_model(new_run(runs_dir, "Damaged"))
    (damaged.best / "metadata.json").write_bytes(b"{")
    text = said(opened(app, MODELS))
    assert "No models yet" in text
    assert "it gets one with its first evaluation" not in text, "one that has ended gets none"
    assert text.count("it ended before its first evaluation") == 2
    assert "metadata.json must hold JSON" in text


def test_the_snippet_is_python(runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir))
    (entry,) = read_shelf([run]).entries
    code = compile(snippet(entry), "snippet", "exec")
    assert f"{run.run_id}-best-model.zip" in code.co_consts
    assert {"AfterstateDQN", "load"} <= set(code.co_names)


def test_the_best_model_is_kept_renamed_noted_deleted_and_taken_back(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir, "Mine"))
    page = opened(app, MODELS)
    labelled(page.text_input, "Name").set_value("Before lunch")
    labelled(page.text_area, "Note").set_value("plays *well*")
    page.button(key="keep_model").click().run()
    assert find_model(run, "before-lunch").note == "plays *well*"
    assert "Mine · before-lunch" in said(page)
    assert "plays *well*" in said(page)

    page.text_input(key=f"rename:{run.run_id}/before-lunch").set_value("supper")
    page.text_area(key=f"note:{run.run_id}/before-lunch:plays *well*").set_value("played")
    page.button(key="save_edit").click().run()
    assert (slot_names(run), find_model(run, "supper").note) == (["supper"], "played")
    assert "Mine · supper" in said(page)

    page.button(key="delete_model").click().run()
    assert slot_names(run) == []
    assert "Deleted models (1)" in [expander.label for expander in page.expander]
    labelled(page.button, "Restore").click().run()
    assert slot_names(run) == ["supper"]

    with_open(page, f"{run.run_id}/supper")
    page.button(key="delete_model").click().run()
    page.button(key="empty_trash").click().run()
    assert (slot_names(run), list_trash(run)) == ([], [])


def test_a_model_is_copied_to_another_run_and_a_taken_name_is_refused_in_place(app: AppTest, runs_dir: Path) -> None:
    mine, other = with_best_model(new_run(runs_dir, "Mine")), new_run(runs_dir, "Other")
    keep_model(find_model(mine, None), mine, "keeper")
    page = opened(app, MODELS)
    with_open(page, f"{mine.run_id}/keeper")
    page.text_input(key=f"keep_name:{mine.run_id}/keeper").set_value("keeper")
    page.button(key="keep_model").click().run()
    assert "There is a model 'keeper' in this run already" in said(page)

    page.selectbox(key=f"keep_run:{mine.run_id}/keeper").set_value(other.run_id)
    page.button(key="keep_model").click().run()
    assert slot_names(other) == ["keeper"]
    assert "There is a model" not in said(page)
    assert "Other · keeper" in said(page)


def test_a_name_that_cannot_be_one_is_refused_with_the_rule(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir))
    page = opened(app, MODELS)
    labelled(page.text_input, "Name").set_value("../../etc")
    page.button(key="keep_model").click().run()
    assert "A model's name must be 1 to 40 of the characters a-z, 0-9 and -" in said(page)
    assert slot_names(run) == []


def test_the_leaderboard_has_a_table_a_board_with_the_players_in_it(app: AppTest, runs_dir: Path) -> None:
    evaluated(with_best_model(new_run(runs_dir, "First")))
    page = opened(app, MODELS)
    assert "10 × 20, uniform pieces" in said(page)
    (names,) = ([cells[0][0] for cells in rows] for rows in leaderboards(page))
    assert names[-2:] == ["First · best", "random"]
    assert {"BCTS", "DT-20"} <= set(names)
    page.button_group(key="model_kinds").set_value(["best"]).run()
    ((cells,),) = leaderboards(page)
    assert [text for text, _ in cells][:4] == ["First · best", "512.5", "400.5 to 620", "300"]


def leaderboards(page: AppTest) -> list[list[list[list[Any]]]]:
    """Of each table on the page the cells of its rows, each as it is read and what it is sorted by."""
    mounted = [json.loads(one.proto.json) for one in page.get("bidi_component") if "leaderboard" in one.proto.component_name]
    return [[row["cells"] for row in data["rows"]] for data in mounted]


def test_numbers_are_written_with_separators_and_settings_to_their_last_digit() -> None:
    cells = [("Steps", 1_234_567), ("Best episode", 98_765.4321), ("Learning rate", 0.00012345), ("Training", 1_234.56), ("Success", 0.5)]
    assert [written(*cell) for cell in cells] == ["1,234,567", "98,765.4", "0.00012345", "1,234.6 min", "50 %"]
    assert [written("Note", value) for value in (None, "mine", True, 3e15)] == ["–", "mine", "True", "3.00e15"]


def test_the_best_model_of_the_shown_run_is_open_and_a_link_opens_any_other(app: AppTest, runs_dir: Path) -> None:
    first, second = (with_best_model(new_run(runs_dir, name)) for name in ("First", "Second"))
    keep_model(find_model(first, None), first, "keeper")
    app.query_params["run"] = first.run_id
    page = opened(app, MODELS)
    assert "First · best**" in said(page)
    assert "Second · best**" in said(with_open(page, second.run_id))
    assert "First · keeper**" in said(with_open(page, "keeper")), "a name alone is that of a model of the run"
    assert "First · best**" in said(with_open(page, "best"))
    assert "First · best**" in said(with_open(page, "no-such-model")), "a link that leads nowhere opens what is open at first"
    assert "Second · keeper**" not in said(page)


@pytest.mark.long
def test_an_evaluation_that_fails_is_said_and_can_be_dismissed(app: AppTest, runs_dir: Path) -> None:
    with_best_model(new_run(runs_dir, "Not a model"))
    page = opened(app, MODELS)
    page.button(key="evaluate_model").click().run()
    assert page.get("progress")[0].proto.text == "Evaluating **Not a model · best** · starting"
    wait_until(lambda: (job := look(runs_dir, "evaluate")) is not None and not job.active, PATIENCE_S, "the evaluation to end")
    assert "cannot be read as a model" in said(page.run())
    page.button(key="dismiss_evaluate").click().run()
    assert look(runs_dir, "evaluate") is None
    assert "cannot be read as a model" not in said(page.run())


def test_a_model_of_another_task_has_only_what_applies_to_it(app: AppTest, runs_dir: Path) -> None:
    run = model_elsewhere(runs_dir, 3, 5.5)
    page = opened(app, MODELS)
    text, keys = said(page), {button.key for button in page.button}
    assert {metric.label: metric.value for metric in page.metric} == {
        "Mean reward": "5.50", "Median": "5.50", "Best episode": "7.50", "Steps": "500",
    }  # fmt: skip
    assert "It was chosen by 5.50 reward per greedy episode" in text
    assert keys & {"evaluate_model", "make_bundle", "evaluate_missing"} == set()
    assert "keep_model" in keys
    assert not [link.proto.label for link in page.get("page_link") if link.proto.label == "Watch it play"]
    (entry,) = read_shelf([run]).entries
    compile(snippet(entry), "snippet", "exec")
    assert not [word for word in ("AfterstateDQN", "evaluate", "bundle") if word in snippet(entry)]

    player = with_best_model(new_run(runs_dir, "A player"))
    page = with_open(opened(app, MODELS), player.run_id)
    assert {"evaluate_model", "make_bundle", "evaluate_missing"} <= {button.key for button in page.button}
    assert [link.proto.label for link in page.get("page_link") if link.proto.label == "Watch it play"]


def test_a_file_that_is_no_bundle_is_refused_before_anything_is_started(app: AppTest, runs_dir: Path) -> None:
    with_best_model(new_run(runs_dir))
    page = opened(app, MODELS)
    page.file_uploader(key="import_file:0").upload("bundle.zip", b"not a zip", "application/zip").run()
    page.button(key="import_bundle").click().run()
    assert "A bundle must be a whole .zip file; this one cannot be unpacked" in said(page)
    assert look(runs_dir, "import") is None


def test_how_long_the_rest_takes_is_said_when_it_can_be_told(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir, "Mine"))
    folder = runs_dir / ".jobs" / "evaluate"
    folder.mkdir(parents=True)
    write_request(folder, JobRequest("evaluate", "Mine · best", [run.run_id]))
    with pretend_worker("evaluate", "--job", folder) as worker:
        progress = Progress("working", "Running 100 episodes", 1, 100, identity_of(worker), began_at=OLD)
        replace_document(folder / "progress.json", asdict(progress))
        page = opened(app, MODELS)
        assert page.get("progress")[0].proto.text == "Evaluating **Mine · best** · Running 100 episodes · 1 of 100"
        replace_document(folder / "progress.json", asdict(replace(progress, done=50)))
        assert re.search(r"50 of 100 · about \d+ d\b.* left", page.run().get("progress")[0].proto.text)
        assert page.button(key="cancel_evaluate").label == "Cancel"
