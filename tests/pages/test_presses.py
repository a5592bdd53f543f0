"""A press is obeyed although the run of the page that brings it along is stopped by the next one, wherever it stands."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequest, ScriptRequests, ScriptRequestType
from streamlit.testing.v1 import AppTest

from pages.ui import start_form
from pages.ui.tetris.play.play_page import DUEL
from tests.pages.conftest import MODELS, PLAY, REPLAY, labelled, opened
from tests.pages.fake_runs import live, new_run, with_best_model
from tests.pages.recorded import HEIGHT, with_recordings
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import slot_names

LIVE = "streamlit_app.py"
Interrupted = Callable[[AppTest], AppTest]


@pytest.fixture(params=[0, 30], ids=["at once", "later"])
def interrupted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Interrupted:
    """Run a page; another run of it, which brings no press, stops it at one of the places where Streamlit does that."""
    places, really = int(request.param), ScriptRequests.on_scriptrunner_yield
    passed: list[ScriptRequests] = []

    def stop_once(requests: ScriptRequests) -> ScriptRequest | None:
        passed.append(requests)
        if len(passed) == places + 1:
            return ScriptRequest(ScriptRequestType.RERUN, replace(requests._rerun_data, widget_states=WidgetStates()))
        return really(requests)

    def run(app: AppTest) -> AppTest:
        with monkeypatch.context() as patch:
            patch.setattr(ScriptRequests, "on_scriptrunner_yield", stop_once)
            app.run()
        assert len(passed) > places, "it was stopped"
        assert not app.exception
        return app

    return run


def _keys(app: AppTest) -> list[str | None]:
    return [button.key for button in app.button]


def test_stop_asks_before_it_stops(app: AppTest, runs_dir: Path, interrupted: Interrupted) -> None:
    with live(new_run(runs_dir)):
        opened(app, LIVE).button(key="stop").click()
        assert "confirm_stop" in _keys(interrupted(app))


def test_the_form_opens(app: AppTest, interrupted: Interrupted) -> None:
    opened(app, LIVE).button(key="start_new_run").click()
    assert "start_training" in _keys(interrupted(app))


def test_the_form_starts_a_run_once(app: AppTest, runs_dir: Path, interrupted: Interrupted, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[RunDirectory] = []
    monkeypatch.setattr(start_form, "start_trainer", started.append)
    opened(app, LIVE).button(key="start_new_run").click().run()
    app.button(key="start_training").click()
    assert "start_training" not in _keys(interrupted(app))
    assert len(started) == 1
    assert started == list_runs(runs_dir)


def test_a_model_is_kept(app: AppTest, runs_dir: Path, interrupted: Interrupted) -> None:
    run = with_best_model(new_run(runs_dir))
    labelled(opened(app, MODELS).text_input, "Name").set_value("mine")
    app.button(key="keep_model").click()
    interrupted(app)
    assert slot_names(run) == ["mine"]


def test_a_game_begins(app: AppTest, interrupted: Interrupted) -> None:
    labelled(opened(app, PLAY).button, "New game").click()
    interrupted(app)
    assert DUEL in app.session_state


def test_a_film_is_made(app: AppTest, runs_dir: Path, interrupted: Interrupted) -> None:
    with_recordings(new_run(runs_dir, board_height=HEIGHT), 1_000)
    labelled(opened(app, REPLAY).number_input, "Pieces").set_value(5)
    labelled(app.button, "Render").click()
    assert interrupted(app).get("download_button")
