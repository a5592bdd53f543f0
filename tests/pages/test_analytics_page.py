"""The analytics page, as a person meets it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import sidebar
from pages.ui.analytics import actions
from pages.ui.analytics import table as table_module
from pages.ui.analytics.run_rows import RunRow, rows_of, unread
from pages.ui.dialogs import FORKING, LABELLING
from pages.ui.selection import labels_of_listed
from tests.pages.conftest import ANALYTICS, APP, everything_said, labelled, opened, read_out
from tests.pages.fake_runs import ended, fill, live, new_run
from trainer import queueing
from trainer.examples import example_runs
from trainer.run_files.config_file import ConfigFile, Parent, read_config, write_config
from trainer.run_files.control import read_control
from trainer.run_files.labels import read_labels, update_labels
from trainer.run_files.queue import read_queue, taking_from_queue
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.trash import list_trash, move_to_trash

SECTIONS = ("curves", "versus", "settings", "behaviour", "export")
HOSTILE = "<script>alert(1)</script> **x** $y$ :smile: " + "n" * 300


def two_groups(runs_dir: Path, seeds: int = 3) -> list[RunDirectory]:
    """Runs of two settings with some seeds each, all finished; the newest last."""
    runs = []
    for seed in range(1, seeds + 1):
        for gamma in (0.5, 0.99):
            run = ended(new_run(runs_dir, f"γ {gamma}, seed {seed}", seed=seed, gamma=gamma), "finished")
            fill(run, rows=30 if gamma == 0.5 else 60)
            runs.append(run)
    return runs


def table(app: AppTest) -> Any:
    """The table of runs."""
    return next(one for one in app.dataframe if (one.key or "").startswith("runs_table")).value


def test_without_runs_examples_are_offered(app: AppTest) -> None:
    said = everything_said(opened(app, ANALYTICS))
    assert "No runs yet" in said
    assert app.button(key="make_examples").label == "Train 6 examples"
    assert "two settings with three seeds each" in app.button(key="make_examples").help


def test_one_run_is_shown_and_examples_are_offered(app: AppTest, runs_dir: Path) -> None:
    fill(new_run(runs_dir, "Alone"))
    said = everything_said(opened(app, ANALYTICS))
    assert "One run so far" in said
    assert list(table(app)["name"]) == ["Alone"]
    assert "1 run · 1 selected" in said


@pytest.mark.parametrize("soon_read", [0, 50])
def test_the_controls_need_not_wait_for_many_runs_nor_the_table_for_the_controls(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch, soon_read: int
) -> None:
    two_groups(runs_dir)
    monkeypatch.setattr(table_module, "SOON_READ", soon_read)
    order: list[str] = []

    def noting(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            order.append(what)
            return function(*arguments)

        return noted

    monkeypatch.setattr(table_module, "rows_of", noting("table", rows_of))
    monkeypatch.setattr(sidebar, "labels_of_listed", noting("sidebar", labels_of_listed))
    app.switch_page(ANALYTICS).run()
    assert order == (["table", "sidebar"] if soon_read else ["sidebar", "table"])
    assert len(table(app)) == 6
    assert app.sidebar.button(key="start_new_run").label == "Start new run"


def test_all_runs_are_listed_with_what_they_reached_and_the_settings_that_differ(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir)
    opened(app, ANALYTICS)
    listed = table(app).set_index("name")
    assert len(listed) == 6
    assert listed.loc["γ 0.99, seed 3", ["last", "best", "mean", "gamma"]].tolist() == [120.0, 120.0, 70.0, 0.99]
    assert list(listed.loc["γ 0.5, seed 1", "course"]) == [20.0, 40.0, 60.0]
    assert {"seed", "gamma"} <= set(listed.columns)
    assert "6 runs · 6 selected" in everything_said(app)
    assert "make_examples" not in [button.key for button in app.button]


def test_the_table_takes_the_place_of_the_one_that_is_shown_while_runs_are_read(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_module, "SOON_READ", 3)
    shown_while_reading = list[int]()

    def read(runs: list[RunDirectory]) -> list[RunRow]:
        shown_while_reading.append(unread(runs))
        return rows_of(runs)

    monkeypatch.setattr(table_module, "rows_of", read)
    two_groups(runs_dir, seeds=2)
    opened(app, ANALYTICS)
    places = [element.type for element in app.main]
    assert (len(app.dataframe), len(table(app))) == (1, 4)
    app.run()
    assert shown_while_reading == [4, 0]
    assert [element.type for element in app.main] == places, "nothing moves at the next drawing"
    assert (len(app.dataframe), len(table(app))) == (1, 4)


def test_a_search_narrows_the_list_and_the_order_is_chosen(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir)
    opened(app, ANALYTICS)
    app.text_input(key="analytics_q").set_value("gamma=0.99 finished").run()
    assert len(table(app)) == 3
    assert "3 of 6 runs · 6 selected" in everything_said(app)
    app.text_input(key="analytics_q").set_value("").run()
    app.selectbox(key="analytics_sort").set_value("last").run()
    assert list(table(app)["last"]) == [120.0] * 3 + [60.0] * 3
    assert (app.query_params["sort"], "q" in app.query_params) == ("last", False)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_link_shows_the_same(app: AppTest, runs_dir: Path, section: str) -> None:
    runs = two_groups(runs_dir)
    chosen = ",".join(run.run_id for run in runs[:4])
    address = {
        "runs": chosen, "view": section, "metric": "loss,q", "x": "active", "group": "gamma", "how": "median", "smooth": "20", "log": "1",
        "cols": "name,best", "sort": "best", "baseline": runs[5].run_id,
    }  # fmt: skip
    for name, value in address.items():
        app.query_params[name] = value
    opened(app, ANALYTICS)
    assert "6 runs · 4 selected" in everything_said(app)
    assert list(table(app).columns) == ["menu", "name", "best"]
    said_by_default = {"view": "curves"}
    now = {name: app.query_params.get(name, said_by_default.get(name)) for name in address}
    assert now == address, "looking changes nothing"
    assert len(app.error) == 0


@pytest.mark.parametrize("nonsense", ["", "nope", "<script>", "1e999"])
def test_nonsense_in_the_address_gives_the_defaults(app: AppTest, runs_dir: Path, nonsense: str) -> None:
    two_groups(runs_dir, seeds=1)
    for name in (
        "metric",
        "x",
        "smooth",
        "log",
        "runs",
        "view",
        "group",
        "how",
        "kind",
        "baseline",
        "zoom",
        "cols",
        "sort",
        "a",
        "b",
        "score",
    ):
        app.query_params[name] = nonsense
    said = everything_said(opened(app, ANALYTICS))
    assert app.multiselect(key="analytics_metric_tetris").value == ["evaluation"]
    assert app.select_slider(key="analytics_smooth").value == "1"
    assert "2 runs · 2 selected" in said


def test_the_view_is_found_again_after_another_page(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir, seeds=1)
    opened(app, ANALYTICS)
    app.multiselect(key="analytics_metric_tetris").set_value(["loss"]).run()
    app.switch_page("streamlit_app.py").run()
    app.query_params.pop("metric", None)
    app.switch_page(ANALYTICS).run()
    assert app.multiselect(key="analytics_metric_tetris").value == ["loss"]


def test_an_address_that_a_person_has_changed_wins(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir, seeds=1)
    app.query_params["q"], app.query_params["view"] = "gamma=0.99", "settings"
    opened(app, ANALYTICS)
    assert len(table(app)) == 1
    del app.query_params["q"]
    app.query_params["view"] = "versus"
    app.run()
    assert (len(table(app)), labelled(app.text_input, "Search").value) == (2, "")
    assert labelled(app.segmented_control, "Section").value == "versus"
    assert (app.query_params["view"], "q" in app.query_params) == ("versus", False)


@pytest.mark.long
def test_an_older_address_that_arrives_late_takes_nothing_back(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir, seeds=1)
    opened(app, ANALYTICS).run()
    app.text_input(key="analytics_q").set_value("gamma=0.99").run()
    del app.query_params["q"]  # as a request says it that the browser has sent before it heard of the new address
    app.run()
    assert (len(table(app)), app.query_params["q"]) == (1, "gamma=0.99")


@pytest.mark.parametrize("section", SECTIONS)
def test_nothing_chosen_is_said_in_every_section(app: AppTest, runs_dir: Path, section: str) -> None:
    two_groups(runs_dir, seeds=1)
    app.query_params["runs"] = "none"
    app.query_params["view"] = section
    opened(app, ANALYTICS)
    assert len(app.info) == 1
    assert "hoose" in str(app.info[0].value)


@pytest.mark.parametrize("section", SECTIONS)
def test_runs_without_a_row_are_said_to_have_none(app: AppTest, runs_dir: Path, section: str) -> None:
    new_run(runs_dir, "a", gamma=0.9)
    new_run(runs_dir, "b", gamma=0.99)
    app.query_params["view"] = section
    said = everything_said(opened(app, ANALYTICS))
    assert len(app.error) == 0
    assert section == "export" or "yet" in said


@pytest.mark.parametrize("section", SECTIONS)
def test_hostile_names_are_shown_as_they_are(app: AppTest, runs_dir: Path, section: str) -> None:
    runs = two_groups(runs_dir, seeds=1)
    config = read_config(runs[0])
    write_config(runs[0], ConfigFile(HOSTILE, 1, config.task, config.settings, created_at=config.created_at))
    update_labels(runs[1], name="<b>x</b> $y$ " + "z" * 180, tags=("<i>", "**b**"), note="# note\n<img src=x>")
    app.query_params["view"] = section
    app.query_params["group"] = "each"
    said = everything_said(opened(app, ANALYTICS))
    assert "<script>" not in said
    assert "<b>" not in said
    assert len(app.error) == 0
    names = list(table(app)["name"])
    assert all(len(name) <= 80 for name in names)
    assert ["<i>", "**b**"] in [list(tags) for tags in table(app)["tags"]]


def test_a_run_deleted_while_it_is_shown_leaves_the_page(app: AppTest, runs_dir: Path) -> None:
    runs = two_groups(runs_dir)
    app.query_params["runs"] = ",".join(run.run_id for run in runs)
    opened(app, ANALYTICS)
    shutil.rmtree(runs[0].path)
    said = everything_said(app.run())
    assert len(app.error) == 0
    assert "5 runs · 5 selected" in said


def test_damaged_rows_are_counted_and_a_damaged_configuration_hides_nothing(app: AppTest, runs_dir: Path) -> None:
    runs = two_groups(runs_dir, seeds=1)
    with runs[0].evaluations.open("ab") as file:
        file.write(b"nonsense\n{}\n[1]\n")
    runs[1].labels.write_text("{", encoding="utf-8")
    said = everything_said(opened(app, ANALYTICS))
    assert "2 damaged rows were skipped" in said
    assert "labels.json must hold JSON" in said.replace("\\", "").replace("\u2060", "")
    runs[1].config.write_text("{", encoding="utf-8")
    said = everything_said(app.run())
    assert "config.json must hold JSON" in said.replace("\\", "").replace("\u2060", "")
    assert len(table(app)) == 2
    assert len(app.error) == 0


def test_groups_of_few_seeds_are_warned_about_and_forks_are_left_out_unless_asked_for(app: AppTest, runs_dir: Path) -> None:
    runs = two_groups(runs_dir)
    config = read_config(runs[0])
    write_config(
        runs[0],
        ConfigFile("A fork", 1, config.task, config.settings, parent=Parent(runs[1].run_id, "best", 500), created_at=config.created_at),
    )
    said = everything_said(opened(app, ANALYTICS))
    assert "fewer than 5 independent seeds" in said
    assert "Left out: A fork (It began with the weights of" in said.replace("\\", "")
    app.toggle(key="analytics_forks").set_value(True).run()
    assert "Left out" not in everything_said(app)


def test_two_groups_are_compared_in_sentences_with_their_intervals_and_runs(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir, seeds=5)
    app.query_params["view"] = "versus"
    said = everything_said(opened(app, ANALYTICS)).replace("\\", "")
    assert "All numbers are of evaluations up to step 3,000" in said
    assert "Neither clears more lines more often" in said
    assert "come out alike (95 % interval 24–76 %, 5 × 5 runs)." in said
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["Probability of improvement"] == "50 %"
    assert "no spread for an interval" in {metric.delta for metric in app.metric}
    assert "20 lines per game" in said
    assert "never" not in said


@pytest.mark.parametrize("section", SECTIONS)
def test_runs_of_two_problems_are_looked_at_one_at_a_time(app: AppTest, runs_dir: Path, section: str) -> None:
    two_groups(runs_dir, seeds=2)
    for seed in (1, 2):
        fill(ended(new_run(runs_dir, f"low, seed {seed}", seed=seed, board_height=10), "finished"))
    app.query_params["view"] = section
    said = everything_said(opened(app, ANALYTICS))
    assert "different problems, which are never compared" in said
    problem = app.segmented_control(key="analytics_problem")
    assert (problem.value, [read_out(option) for option in problem.options]) == (
        "Tetris (10 × 20, uniform pieces)",
        ["Tetris (10 × 20, uniform pieces) · 4 runs", "Tetris (10 × 10, uniform pieces) · 2 runs"],
    )
    problem.set_value("Tetris (10 × 10, uniform pieces)").run()
    assert app.query_params["problem"] == "Tetris (10 × 10, uniform pieces)"
    assert len(app.error) == 0


def test_a_name_tags_and_a_note_are_written_and_shown_everywhere(app: AppTest, runs_dir: Path) -> None:
    run = two_groups(runs_dir, seeds=1)[0]
    opened(app, ANALYTICS)
    app.session_state["analytics_about"] = [run.run_id]
    app.session_state["open_dialog"] = LABELLING
    app.run()
    next(one for one in app.text_input if one.label == "Name").set_value("Renamed  here")
    next(one for one in app.multiselect if one.label == "Tags").set_value(["good one", "keep"])
    next(one for one in app.text_area if one.label == "Note").set_value("Why it is good.")
    app.button(key="label_save").click().run()
    labels = read_labels(run)
    assert (labels.name, labels.tags, labels.note) == ("Renamed here", ("good one", "keep"), "Why it is good.")
    assert "Renamed here" in list(table(app)["name"])
    assert {"tags", "note"} <= set(table(app).columns)
    assert any("Renamed here" in option for option in app.sidebar.selectbox[0].options)
    assert read_config(run).name == "γ 0.5, seed 1"


def test_an_archived_run_is_out_of_sight_until_asked_for_and_can_be_brought_back(app: AppTest, runs_dir: Path) -> None:
    run = two_groups(runs_dir, seeds=1)[0]
    update_labels(run, archived=True)
    opened(app, ANALYTICS)
    assert len(table(app)) == 1
    app.toggle(key="analytics_archived").set_value(True).run()
    assert len(table(app)) == 2
    assert sum("archived" in state for state in table(app)["state"]) == 1


def test_a_run_is_deleted_after_a_question_and_undo_brings_it_back(app: AppTest, runs_dir: Path) -> None:
    run = two_groups(runs_dir, seeds=1)[1]
    opened(app, ANALYTICS)
    app.session_state["analytics_about"] = [run.run_id]
    app.session_state["open_dialog"] = actions.DELETING
    app.run()
    assert "moves to the trash folder" in everything_said(app)
    app.button(key="confirm_delete").click().run()
    assert run not in list_runs(runs_dir)
    assert [gone.run_id for gone in list_trash(runs_dir)] == [run.run_id]
    assert "was moved to the trash" in everything_said(app)
    assert app.query_params["run"] != run.run_id, "the sidebar shows another run"
    app.button(key="analytics_undo_button").click().run()
    assert run in list_runs(runs_dir)
    assert len(table(app)) == 2


def test_a_run_in_the_trash_is_brought_back_from_there(app: AppTest, runs_dir: Path) -> None:
    run = two_groups(runs_dir, seeds=1)[0]
    move_to_trash(run)
    assert "**Trash** (1)" in everything_said(opened(app, ANALYTICS))
    assert len(table(app)) == 1
    app.button(key="analytics_restore").click().run()
    assert len(table(app)) == 2
    assert "Trash" not in everything_said(app)


def test_a_run_that_is_trained_cannot_be_deleted(app: AppTest, runs_dir: Path) -> None:
    two_groups(runs_dir, seeds=1)
    run = new_run(runs_dir, "Busy")
    with live(run):
        opened(app, ANALYTICS)
        menu = list(table(app).set_index("name").loc["Busy", "menu"])
        assert (actions.STOP in menu, actions.DELETE in menu) == (True, False)
        app.session_state["analytics_about"] = [run.run_id]
        app.session_state["open_dialog"] = actions.DELETING
        app.run()
        assert "stop it first" in everything_said(app)
        assert app.button(key="confirm_delete").disabled


@pytest.mark.long
def test_all_chosen_runs_are_tagged_archived_and_deleted_at_once(app: AppTest, runs_dir: Path) -> None:
    runs = two_groups(runs_dir, seeds=2)
    app.query_params["runs"] = ",".join(run.run_id for run in runs[:3])
    opened(app, ANALYTICS)
    app.text_input(key="analytics_tag").set_value("keep")
    app.button(key="tag_chosen").click().run()
    assert [read_labels(run).tags for run in runs] == [("keep",)] * 3 + [()]
    app.button(key="archive_chosen").click().run()
    assert "3 runs were archived" in everything_said(app)
    assert len(table(app)) == 1
    app.button(key="analytics_undo_button").click().run()
    assert len(table(app)) == 4
    with live(runs[0], state="running"):
        app.button(key="delete_chosen").click().run()
        said = everything_said(app)
        assert "**2 runs**" in said
        assert "Still being trained, so stop it first" in said
        app.button(key="confirm_delete").click().run()
    assert len(list_trash(runs_dir)) == 2
    app.button(key="analytics_undo_button").click().run()
    assert len(list_runs(runs_dir)) == 4


def test_examples_are_made_once_and_their_progress_survives_a_reload(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)
    opened(app, ANALYTICS)
    app.button(key="make_examples").click().run()
    runs = example_runs(runs_dir)
    assert len(runs) == 6
    assert "make_examples" not in [button.key for button in app.button]

    for run in runs[:2]:
        with taking_from_queue(runs_dir, run.run_id):
            pass
    ended(runs[0], "finished")
    with live(runs[1], num_timesteps=50_000):
        reloaded = opened(AppTest.from_file(str(APP), default_timeout=30), ANALYTICS)
        (bar,) = reloaded.get("progress")[:1]
        assert bar.proto.text == "1 of 6 example runs are done · 1 under way · 4 waiting"
        assert bar.proto.value == 25
        reloaded.button(key="stop_examples").click().run()
        control = read_control(runs[1])
    assert (control.run, read_queue(runs_dir)) == ("stopped", ())


def test_examples_that_cannot_be_made_are_explained(app: AppTest, runs_dir: Path) -> None:
    runs_dir.parent.mkdir(exist_ok=True)
    runs_dir.write_text("a file", encoding="utf-8")
    opened(app, ANALYTICS)
    app.button(key="make_examples").click().run()
    assert "A run directory must be writable" in str(app.error[0].value)


def test_a_run_of_the_table_is_forked_with_the_form_filled_in(app: AppTest, runs_dir: Path) -> None:
    run = two_groups(runs_dir, seeds=1)[0]
    opened(app, ANALYTICS)
    app.query_params["run"] = run.run_id
    app.session_state["open_dialog"] = FORKING
    app.run()
    assert app.button_group(key="new_fork_preset_tetris").value == "fork"
    assert run.run_id == app.query_params["run"]
    assert next(one for one in app.text_input if one.label == "Discount γ").value == "0.5"
