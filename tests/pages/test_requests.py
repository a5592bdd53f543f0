"""Single steps, a pause later on, and models under a name: what a click writes, and what the sidebar says of it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import everything_said, opened
from tests.pages.fake_runs import fill, live, new_run, set_status, with_best_model
from trainer.run_files.control import SaveRequest, read_control
from trainer.run_files.slots import find_model, keep_model
from trainer.run_files.status import Best


def test_a_single_step_is_one_move_more_and_only_while_paused(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        opened(app, "streamlit_app.py")
        assert app.button(key="single_step").disabled
        set_status(run, state="paused", num_timesteps=4_000)
        app.run()
        app.button(key="single_step").click().run()
    control = read_control(run)
    assert (control.run, control.pause_at_step) == ("running", 4_001)


@pytest.mark.long
def test_a_run_that_came_to_where_it_was_to_pause_is_resumed_with_the_first_button(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        set_status(run, num_timesteps=3_000)
        opened(app, "streamlit_app.py")
        app.number_input(key="request_steps").set_value(500).run()
        app.button(key="run_steps").click().run()
        asked = read_control(run)
        assert asked.pause_at_step == 3_500
        set_status(run, applied_seq=asked.seq)
        app.run()
        assert "Will pause at step 3,500" in everything_said(app)

        set_status(run, state="paused", num_timesteps=3_504)
        app.run()
        assert "Will pause" not in everything_said(app)
        assert app.button(key="pause_or_resume").label == "Resume"
        app.button(key="pause_or_resume").click().run()
    control = read_control(run)
    assert (control.run, control.pause_at_step) == ("running", None)


def test_a_pause_at_a_step_of_the_run_must_lie_ahead(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        set_status(run, num_timesteps=3_000)
        opened(app, "streamlit_app.py")
        app.number_input(key="request_steps").set_value(3_000).run()
        app.button(key="pause_at_step").click().run()
        assert "name a later one to pause at" in app.toast[0].value
        assert read_control(run).pause_at_step is None

        app.number_input(key="request_steps").set_value(120_000).run()
        app.button(key="pause_at_step").click().run()
        asked = read_control(run)
        assert (asked.run, asked.pause_at_step) == ("running", 120_000)
        set_status(run, applied_seq=asked.seq)
        app.run()
        assert "Will pause at step 120,000" in everything_said(app)


def test_a_pause_at_the_next_best_can_be_taken_back(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        set_status(run, best=Best("eval_lines", 60.0, 2_000))
        opened(app, "streamlit_app.py")
        app.button(key="pause_at_best").click().run()
        asked = read_control(run)
        assert asked.pause_at_best_after == 2_000
        set_status(run, applied_seq=asked.seq)
        app.run()
        assert "Will pause at the next new best" in everything_said(app)
        app.button(key="take_back").click().run()
    assert read_control(run).pause_at_best_after is None


@pytest.mark.parametrize(("typed", "slot"), [("Before lunch", "before-lunch"), ("a", "a"), ("../x", None), ("", None), ("<b>", None)])
def test_a_model_is_kept_under_a_name_that_is_a_folder_everywhere(app: AppTest, runs_dir: Path, typed: str, slot: str | None) -> None:
    run = new_run(runs_dir)
    fill(run)
    with live(run):
        opened(app, "streamlit_app.py")
        app.text_input(key="request_name").set_value(typed).run()
        app.button(key="save_model").click().run()
    control = read_control(run)
    assert control.save == (SaveRequest(slot, 2) if slot else None)


def test_a_name_that_a_model_has_already_is_refused(app: AppTest, runs_dir: Path) -> None:
    run = with_best_model(new_run(runs_dir))
    keep_model(find_model(run, None), run, "lunch")
    with live(run):
        opened(app, "streamlit_app.py")
        app.text_input(key="request_name").set_value("Lunch")
        app.button(key="save_model").click().run()
    assert [toast.value for toast in app.toast] == ["There is a model “lunch” in this run already: choose another name."]
    assert read_control(run).save is None


def test_an_ended_run_has_no_menu(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    set_status(run, state="stopped")
    opened(app, "streamlit_app.py")
    with pytest.raises(KeyError):
        app.button(key="single_step")
