"""What a person meets before there is a run, and when all runs are gone again."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.dialogs import STARTING
from pages.ui.tetris.showreel import PIECES_PER_SECOND, REFRESH_S, Showreel, moments_due
from pages.ui.welcome import first_page
from tests.pages.conftest import ANALYTICS, MODELS, PLAY, REPLAY, SWEEPS, WATCH, opened, said
from tests.pages.fake_runs import ended, fill, new_run
from trainer import queueing
from trainer.config import RunSettings
from trainer.examples import all_examples, queue_examples
from trainer.run_files.config_file import read_config
from trainer.run_files.control import read_control
from trainer.run_files.labels import update_labels
from trainer.run_files.run_directory import RunDirectory, list_runs

EMPTY = {
    ANALYTICS: "Two or more runs are compared here",
    MODELS: "Every model that a run saves will be here",
    REPLAY: "will be here, to be watched again",
    SWEEPS: "A sweep trains one setting after another",
}


def keys(app: AppTest) -> set[str]:
    """Of all buttons on the page."""
    return {button.key for button in app.button if button.key}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunDirectory]:
    """The runs that trainers were started on: none is."""
    runs: list[RunDirectory] = []
    monkeypatch.setattr(first_page, "start_trainer", runs.append)
    return runs


def test_the_first_page_plays_says_what_this_is_and_offers_three_ways(app: AppTest, runs_dir: Path) -> None:
    shown = said(opened(app, "streamlit_app.py"))
    assert "watch, steer and compare reinforcement-learning runs" in shown
    assert "BCTS, a player that Thiery and Scherrer published in 2009" in shown
    assert f"Runs are kept in {runs_dir}" in shown
    assert {"train_0", "train_custom", "make_examples", "go_watch", "go_play", "start_new_run"} <= keys(app)


def test_one_click_begins_a_run_and_a_double_click_only_one(app: AppTest, runs_dir: Path, started: list[RunDirectory]) -> None:
    about, starter = first_page.all_starters()[0]
    opened(app, "streamlit_app.py")
    app.button(key="train_0").click().run()
    first_page._train(about.name, starter, ())
    (run,) = list_runs(runs_dir)
    assert started == [run]
    assert (read_config(run).name, read_control(run).visual) == (starter.title, True)
    assert app.query_params["run"] == run.run_id
    assert app.title[0].value == starter.title


def test_every_run_that_is_offered_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = {starter.title: about.settings_of(starter) for about, starter in first_page.all_starters()}
    assert all(isinstance(settings, RunSettings) for settings in offered.values())
    assert {"Tetris", "CartPole"} <= set(offered)
    assert offered["CartPole"].to_json()["n_steps"] == 32, "the published settings"
    monkeypatch.setattr(first_page, "find_spec", lambda _: None)
    assert "LunarLander" not in {starter.title for _, starter in first_page.all_starters()}


def test_the_form_opens_from_the_first_page(app: AppTest) -> None:
    opened(app, "streamlit_app.py")
    app.button(key="train_custom").click().run()
    assert app.session_state["open_dialog"] == STARTING
    assert app.button(key="start_training").label == "Start training"


@pytest.mark.parametrize("page", EMPTY)
def test_a_page_without_data_says_what_will_be_here_and_how(app: AppTest, page: str) -> None:
    shown = said(opened(app, page))
    assert EMPTY[page] in shown
    assert {"empty_start", "make_examples"} <= keys(app)


@pytest.mark.parametrize("page", [WATCH, PLAY])
def test_pages_that_need_no_run_do_not_ask_for_one(app: AppTest, page: str) -> None:
    shown = said(opened(app, page))
    assert "o runs yet" not in shown
    assert "empty_start" not in keys(app)
    assert page == PLAY or "Choose who plays and press Watch." in shown


def test_while_examples_wait_an_empty_page_says_so(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)
    runs_dir.mkdir()
    queue_examples(runs_dir, all_examples()[:2], by="app")
    for page in (MODELS, SWEEPS, ANALYTICS):
        assert opened(app, page).get("progress")[0].proto.text == "0 of 2 example runs are done · 0 under way · 2 waiting"
        assert "make_examples" not in keys(app)


def test_when_all_runs_are_archived_the_first_page_plays_again(app: AppTest, runs_dir: Path) -> None:
    run = ended(new_run(runs_dir), "finished")
    fill(run)
    update_labels(run, archived=True)
    shown = said(opened(app, "streamlit_app.py"))
    assert "1 archived run is on the Analytics page" in shown
    assert "No models yet" in said(opened(app, MODELS))
    assert "No episodes yet" in said(opened(app, REPLAY))
    assert "No runs yet" in said(opened(app, ANALYTICS))


def test_the_showreel_goes_on_to_the_next_game_and_begins_anew() -> None:
    reel = Showreel(games=2, pieces=3)
    moments = reel.moments(0, 10)
    assert [moment["game"] for moment in moments] == [1] * 4 + [2] * 4 + [1] * 2
    assert [moment["pieces"] for moment in moments] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert moments[8] is moments[0], "it is played once"
    assert [moment["piece"] for moment in moments[:4]] != [moment["piece"] for moment in moments[4:8]], "other pieces"


def test_a_tab_gets_what_it_has_not_seen_and_goes_on_where_it_was_after_it_slept() -> None:
    each = round(REFRESH_S * PIECES_PER_SECOND)
    assert moments_due(100.0, 0, 100.0) == (100.0, 0, each)
    assert moments_due(100.0, each, 100.0 + REFRESH_S) == (100.0, each, 2 * each)
    assert moments_due(100.0, 2 * each, 100.0 + REFRESH_S) == (100.0, 2 * each, 2 * each), "drawn again at once: nothing is new"
    assert moments_due(100.0, each, 100.0 + 2 * REFRESH_S) == (100.0, each, 3 * each), "drawn late: it catches up"
    began, first, last = moments_due(100.0, each, 10_000.0)
    assert (first, last) == (each, 2 * each), "away: nothing of what it has missed is played"
    assert moments_due(began, last, 10_000.0 + REFRESH_S) == (began, last, last + each)
