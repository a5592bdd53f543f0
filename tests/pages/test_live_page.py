"""The live page and the sidebar, as a person meets them."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import commands, selection, steering
from pages.ui.dialogs import FORKING, OPEN
from pages.ui.live_end import best_recorded
from pages.ui.run_data import RunData
from pages.ui.tetris.best_game import SHOWN_PIECES, frames_of
from pages.ui.tetris.replay.parts import PARTS
from tests.pages.conftest import MODELS, PAGES, everything_said, labelled, opened
from tests.pages.fake_runs import ended, evaluation_row, failed_run, fill, live, new_run, set_status, with_best_model
from tests.pages.recorded import of_another_engine, with_recordings
from trainer.errors import FormatError
from trainer.run_files.control import read_control, update_control
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import State
from trainer.tasks.tetris.metrics import HEADLINE

HOSTILE = ["<script>alert(1)</script>", "**x** $y$ :smile: [a](b)", "../../x", "CON", "🦀🦀🦀", "x" * 300, "{{7*7}} %{x} ${HOME}"]


def test_a_live_run_shows_its_figures_state_and_events(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        opened(app, "streamlit_app.py")
    said = everything_said(app)
    assert {metric.label: metric.value for metric in app.metric}["Best evaluation · lines"] == "60"
    assert "Running" in said
    assert "New best" in said
    assert app.query_params["run"] == run.run_id


def test_pause_is_pending_until_the_trainer_has_applied_it(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "DOUBLE_CLICK_S", 0.0)  # presses follow each other faster here than by hand
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        opened(app, "streamlit_app.py")
        app.button(key="pause_or_resume").click().run()
        control = read_control(run)
        assert (control.seq, control.run, control.updated_by) == (2, "paused", "app")
        assert "Pausing…" in everything_said(app)
        assert app.button(key="pause_or_resume").label == "Resume"
        set_status(run, state="paused", applied_seq=2, applied_at_step=81_920, applied_latency_ms=14.0)
        events = EventsWriter(run)
        events.append(EventRow(now_text(), 81_920, "command", "Paused (by app)", seq=2, latency_ms=14.0))
        events.log.close()
        said = everything_said(app.run())
        assert "Paused at step 81,920 after 14 ms" in said
        assert "Pausing…" not in said
        app.button(key="pause_or_resume").click().run()
        assert (read_control(run).seq, read_control(run).run) == (3, "running")


def test_the_second_click_of_a_double_click_does_not_take_the_pause_back(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "DOUBLE_CLICK_S", 60.0)
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        opened(app, "streamlit_app.py")
        app.button(key="pause_or_resume").click().run()
        app.button(key="pause_or_resume").click().run()
        assert (read_control(run).seq, read_control(run).run) == (2, "paused")
        labelled(app.toggle, "Show board").set_value(False).run()
        app.button(key="pause_or_resume").click().run()
        assert (read_control(run).seq, read_control(run).run) == (4, "running"), "no double click: something else came in between"


def test_board_speed_and_snapshots_are_written_when_changed(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        opened(app, "streamlit_app.py")
        labelled(app.toggle, "Show board").set_value(False).run()
        labelled(app.select_slider, "Training speed").set_value(50).run()
        labelled(app.number_input, "Snapshot every (steps)").set_value(100).run()
        control = read_control(run)
        assert (control.seq, control.visual, control.speed, control.board_every) == (4, False, 50, 100)
        app.run()
        assert read_control(run).seq == 4, "a refresh writes nothing"


def test_what_a_browser_says_of_an_older_page_is_no_command(app: AppTest, runs_dir: Path) -> None:
    """A widget that shows anything but the truth is replaced by a new one; it never writes."""
    run = new_run(runs_dir)
    with live(run):
        opened(app, "streamlit_app.py")
        update_control(run, by="cli", visual=False, speed=30)
        app.run()
        app.run()
        control = read_control(run)
        assert (control.seq, control.visual, control.speed, control.updated_by) == (2, False, 30, "cli")
        app.switch_page(MODELS).run()
        app.switch_page("streamlit_app.py").run()
        app.run()
        assert read_control(run) == control
        assert labelled(app.select_slider, "Training speed").value == 30


def test_the_widgets_follow_another_tab_or_the_command_line(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        opened(app, "streamlit_app.py")
        update_control(run, by="cli", run="paused", visual=False, speed=30, board_every=7)
        app.run()
        assert labelled(app.toggle, "Show board").value is False
        assert labelled(app.select_slider, "Training speed").value == 30
        assert labelled(app.number_input, "Snapshot every (steps)").value == 7
        assert app.button(key="pause_or_resume").label == "Resume"
        assert read_control(run).seq == 2


def test_stop_asks_first(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir, "**Bold**")
    with live(run):
        opened(app, "streamlit_app.py")
        app.button(key="stop").click().run()
        assert read_control(run).run == "running"
        assert "Resume goes on from there" in everything_said(app)
        app.button(key="keep_training").click().run()
        assert read_control(run).run == "running"
        app.button(key="stop").click().run()
        app.button(key="confirm_stop").click().run()
        assert read_control(run).run == "stopped"
        app.run()
        assert app.button(key="pause_or_resume").disabled
        assert app.button(key="stop").disabled


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_an_ended_run_is_resumed_with_one_click(app: AppTest, runs_dir: Path, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[RunDirectory] = []
    monkeypatch.setattr(steering, "start_trainer", started.append)
    run = new_run(runs_dir)
    fill(run)
    update_control(run, by="app", run="stopped")
    ended(run, state, num_timesteps=50_000, applied_seq=2)
    opened(app, "streamlit_app.py")
    assert app.button(key="pause_or_resume").label == "Resume"
    assert "resume it to steer it" in str(app.button(key="stop").help)

    app.button(key="pause_or_resume").click().run()

    assert started == [run]
    assert (read_control(run).seq, read_control(run).run) == (3, "running")


def test_a_run_that_another_trainer_has_taken_is_not_resumed_again(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    ended(run, "stopped", num_timesteps=50_000)
    opened(app, "streamlit_app.py")
    with live(run):
        set_status(run, state="running")
        app.button(key="pause_or_resume").click().run()
        assert "Running" in everything_said(app)
    assert read_control(run).seq == 1


def test_a_finished_run_cannot_be_steered_and_says_why(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    ended(run, "finished", num_timesteps=100_000)
    opened(app, "streamlit_app.py")
    assert "Finished" in everything_said(app)
    assert all(
        widget.disabled
        for widget in (
            app.button(key="pause_or_resume"),
            app.button(key="stop"),
            labelled(app.select_slider, "Training speed"),
            labelled(app.toggle, "Show board"),
        )
    )
    assert "not being trained (finished)" in str(app.button(key="stop").help)


def test_a_run_that_has_ended_offers_its_best_model_and_plays_its_best_game(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(with_recordings(new_run(runs_dir, board_height=10), 1_000, 2_000))
    fill(ended(run, "finished"))
    said = everything_said(opened(app, "streamlit_app.py"))
    assert "Best recorded game" in said
    links = {link.proto.label for link in app.get("page_link")}
    assert {"Watch its best model", "Open it in Replay"} <= links
    assert {app.button(key=key).label for key in ("live_evaluate", "live_bundle", "live_fork")} == {"Evaluate", "Make bundle", "Fork"}
    app.button(key="live_fork").click().run()
    assert app.session_state[OPEN] == FORKING


def test_the_recorded_evaluation_that_was_the_best_is_chosen(runs_dir: Path) -> None:
    run = with_recordings(new_run(runs_dir, board_height=10), 1_000, 2_000)
    with evaluations_writer(run) as log:
        for step, mean in ((1_000, 30.0), (2_000, 20.0)):
            log.append(evaluation_row(step, mean))
    chosen = best_recorded(PARTS, run, RunData(run).refresh(), HEADLINE)
    assert chosen is not None
    assert chosen.file.step == 1_000


def test_the_best_game_is_the_one_that_was_recorded(runs_dir: Path) -> None:
    run = with_recordings(new_run(runs_dir, board_height=10), 1_000, max_pieces=SHOWN_PIECES)
    chosen = best_recorded(PARTS, run, RunData(run).refresh(), HEADLINE)
    assert chosen is not None
    game, frames = chosen.recording.games[chosen.number], frames_of(chosen)
    assert (frames[-1]["lines"], frames[-1]["pieces"]) == (game.lines, game.pieces)
    with pytest.raises(FormatError, match="rules of version"):
        frames_of(replace(chosen, recording=of_another_engine(chosen.recording)))


def test_a_run_that_never_showed_pictures_says_how_to_see_some(app: AppTest, runs_dir: Path) -> None:
    ended(new_run(runs_dir), "finished")
    assert "turn on **Show board** while a run trains" in everything_said(opened(app, "streamlit_app.py"))
    assert not [button for button in app.button if button.key in ("live_evaluate", "live_fork")], "there is no model"


def test_a_failed_run_shows_its_error_the_traceback_and_the_log(app: AppTest, runs_dir: Path) -> None:
    failed_run(runs_dir)
    opened(app, "streamlit_app.py")
    assert "Training failed" in str(app.error[0].value)
    assert "<b>" not in str(app.error[0].value), "the trainer's text is not markup"
    codes = [str(code.value) for code in app.code]
    assert any("Traceback (most recent call last)" in code for code in codes)
    assert any("ValueError: the loss is NaN" in code for code in codes)
    assert any("Trainer log" in expander.label for expander in app.expander)


@pytest.mark.parametrize(("state", "word"), [("running", "Crashed"), ("stopped", "Stopped")])
def test_a_run_whose_trainer_has_died_is_not_called_running(app: AppTest, runs_dir: Path, state: str, word: str) -> None:
    ended(new_run(runs_dir), state)
    assert word in everything_said(opened(app, "streamlit_app.py"))


def test_a_stalled_run_is_warned_of_and_can_still_be_stopped(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run, seconds_since_step=60.0):
        said = everything_said(opened(app, "streamlit_app.py"))
        assert "no step for half a minute" in said
        assert not app.button(key="stop").disabled


def test_a_full_disk_is_said_while_training_goes_on(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run, degraded="metrics.jsonl cannot be written (No space left on device); 3 rows wait"):
        said = everything_said(opened(app, "streamlit_app.py"))
    assert "No space left on device" in said
    assert "Training goes on" in said


def test_what_a_resume_is_not_exact_in_is_said(app: AppTest, runs_dir: Path) -> None:
    ended(new_run(runs_dir), "stopped", not_exact="a resume begins episodes anew, since the environment cannot be restored (a clock)")
    assert "Not exact: a resume begins episodes anew, since" in everything_said(opened(app, "streamlit_app.py"))
    assert app.button(key="pause_or_resume").help == "Train on from the last checkpoint."


def test_a_corrupt_control_file_is_said_and_the_controls_still_work(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run, applied_seq=5):
        run.control.write_bytes(b'{"version": 4, "seq": tru')
        assert "any control here writes a good file again" in everything_said(opened(app, "streamlit_app.py"))
        app.button(key="pause_or_resume").click().run()
        assert (read_control(run).seq, read_control(run).run) == (6, "paused")


def test_torn_and_damaged_rows_are_counted(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with run.metrics.open("ab") as file:
        file.write(b"nonsense\n\x00\xff\n[1, 2]\n" + b'{"step": 99')
    ended(run, "finished")
    assert "3 damaged rows were skipped" in everything_said(opened(app, "streamlit_app.py"))


def test_a_damaged_config_or_status_is_a_message(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    run.config.write_bytes(b"[]")
    run.status.write_bytes(b'{"version": 9}')
    said = everything_said(opened(app, "streamlit_app.py"))
    assert "config" in said
    assert "version" in said


@pytest.mark.parametrize("page", PAGES)
def test_a_run_deleted_while_it_is_shown_is_said_on_every_page(app: AppTest, runs_dir: Path, page: str) -> None:
    run = new_run(runs_dir)
    fill(run)
    opened(app, page)
    shutil.rmtree(run.path)
    app.run()
    assert not app.exception
    assert "was deleted from disk" in everything_said(app).replace("\\", "")


def test_a_run_started_elsewhere_appears(app: AppTest, runs_dir: Path) -> None:
    opened(app, "streamlit_app.py")
    run = new_run(runs_dir, "From the command line")
    app.run()
    assert app.title[0].value == "From the command line"
    assert app.query_params["run"] == run.run_id


def test_an_unknown_run_in_the_address_is_said(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    app.query_params["run"] = "../../etc/passwd"
    opened(app, "streamlit_app.py")
    assert "There is no run" in everything_said(app)
    assert app.query_params["run"] == run.run_id


def test_the_run_in_the_address_is_kept_from_page_to_page(app: AppTest, runs_dir: Path) -> None:
    older = new_run(runs_dir, "Older")
    new_run(runs_dir, "Newer")
    app.query_params["run"] = older.run_id
    for page in (*PAGES[1:], PAGES[0]):
        app.run().switch_page(page).run()
        assert app.query_params["run"] == older.run_id


def test_picking_a_run_shows_it(app: AppTest, runs_dir: Path) -> None:
    for name in ("One", "Two"):
        fill(new_run(runs_dir, name))
    opened(app, "streamlit_app.py")
    picker = next(box for box in app.selectbox if box.label == "Run")
    other = next(label for label in picker.options if "Two" not in app.title[0].value or "One" in label)
    picker.set_value(next(run_id.name for run_id in runs_dir.iterdir() if run_id.name != app.query_params["run"])).run()
    assert app.title[0].value in other


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_name_is_only_text(app: AppTest, runs_dir: Path, page: str, name: str) -> None:
    run = ended(new_run(runs_dir, name), "finished")
    fill(run, rows=3)
    said = everything_said(opened(app, page))
    assert "<script>" not in said.replace("\\<script", "")
    assert "**x**" not in said
    assert not app.error
    assert run.path.parent == runs_dir


def test_of_very_many_runs_each_page_lists_the_newest_and_says_so(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MAX_LISTED_RUNS", 2)
    runs = [new_run(runs_dir, name) for name in ("aaa", "bbb", "ccc", "ddd")]  # in the order of their ids
    app.query_params["run"] = runs[0].run_id
    opened(app, "streamlit_app.py")
    assert app.title[0].value == "aaa"
    assert "2 older runs are not listed: search for one on the Analytics page" in everything_said(app)
    opened(app, "pages/1_Analytics.py")
    assert "2 older runs are not in the table" in everything_said(app)
    app.text_input(key="analytics_q").set_value("aaa").run()
    assert "1 older run is not in the table" in everything_said(app)
