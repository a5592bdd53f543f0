"""Watching models play, and playing against one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.tetris.play.duel import Duel, recorded_agent, reference_agent
from pages.ui.tetris.watch import watch_page
from pages.ui.tetris.watch.watch_page import CURSOR, REFERENCE_PLAYERS, WATCHED, called, payload, players
from tests.pages.conftest import PLAY, WATCH, everything_said, labelled, opened
from tests.pages.fake_runs import new_run, with_best_model
from tests.pages.recorded import HEIGHT, evaluation, of_another_engine, training_game, with_recordings
from tests.waiting import wait_until
from trainer.errors import FormatError
from trainer.run_files.slots import find_model, keep_model
from trainer.tasks.tetris.files.demos import Demo, DemoControl, DemoStatus, Moment, make_demo, moments_reader, open_demo
from trainer.tasks.tetris.files.replays import replays_writer


def shown(app: AppTest, runs_dir: Path, demo: Demo) -> AppTest:
    """The Watch page on a demo that somebody else has started."""
    assert open_demo(runs_dir, demo.demo_id)
    app.session_state[WATCHED] = demo.demo_id
    return opened(app, WATCH)


@pytest.fixture
def started(app: AppTest, runs_dir: Path) -> Iterator[Demo]:
    """Two published players, started on the page; they are stopped at the end."""
    opened(app, WATCH)
    labelled(app.selectbox, "Against, on the same pieces").set_value("dt20")
    labelled(app.number_input, "Seed").set_value(5)
    labelled(app.button, "Watch").click().run()
    demo = open_demo(runs_dir, app.session_state[WATCHED])
    assert demo is not None
    yield demo
    if demo.files.path.exists():
        demo.ask(DemoControl(run="stopped"))
        wait_until(lambda: not demo.files.path.exists(), 30, "the players to end")


@pytest.mark.long
def test_a_person_watches_two_players_pauses_steps_and_stops(app: AppTest, started: Demo) -> None:
    reader = moments_reader(started)
    wait_until(lambda: len(reader.refresh()) > 3, 60, "the first moves")
    assert "game 1 · seed 5 · playing" in everything_said(app.run())
    assert app.session_state[CURSOR] >= 3

    labelled(app.button, "Pause game").click().run()
    wait_until(lambda: (status := started.status()) and status.state == "paused", 20, "the pause")
    before = reader.refresh()[-1].number
    labelled(app.button, "Step").click().run()
    wait_until(lambda: reader.refresh()[-1].number == before + 1, 20, "one piece more")
    labelled(app.select_slider, "Speed").set_value("1,000 pieces/s").run()
    assert started.wanted().pieces_per_second == 1_000
    labelled(app.button, "New seed").click().run()
    assert started.wanted().seed != 5
    labelled(app.button, "Resume game").click().run()
    assert started.wanted().run == "running"
    labelled(app.button, "End game").click().run()
    wait_until(lambda: not started.files.path.exists(), 30, "the players to end")
    assert "Choose who plays" in everything_said(app.run())
    assert not app.exception


def test_the_model_that_a_link_names_plays_at_once_and_once(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = with_best_model(new_run(runs_dir, "Mine"))
    keep_model(find_model(run, None), run, "keeper")
    begun: list[str] = []

    def begin(names: list[str], control: DemoControl, folder: Path) -> Demo:
        begun.extend(names)
        return make_demo(folder, control)

    monkeypatch.setattr(watch_page, "start_demo", begin)
    app.query_params["run"], app.query_params["model"] = run.run_id, "best"
    opened(app, WATCH)
    assert begun == [run.run_id]
    assert labelled(app.selectbox, "Player").value == run.run_id
    app.run()
    assert begun == [run.run_id], "it is not begun anew while it is looked at"
    app.query_params["model"] = f"{run.run_id}/keeper"
    app.run()
    assert begun == [run.run_id, f"{run.run_id}/keeper"]
    labelled(app.selectbox, "Player").set_value("bcts")
    labelled(app.button, "Watch").click().run()
    assert begun[2:] == ["bcts"], "what is chosen on the page takes its place"
    assert "model" not in app.query_params
    app.query_params["model"] = "nobody-of-this-name"
    app.run()
    assert len(begun) == 3
    assert not app.exception


def test_everybody_who_can_play_is_on_the_list(runs_dir: Path) -> None:
    able, unable = with_best_model(new_run(runs_dir, "Able")), new_run(runs_dir, "Too young")
    keep_model(find_model(able, None), able, "favourite")
    names = players((able, unable), {})
    assert list(names) == [able.run_id, f"{able.run_id}/favourite", *REFERENCE_PLAYERS]
    assert names[able.run_id].startswith("Able")
    assert names[f"{able.run_id}/favourite"].endswith("favourite")
    assert [called(player) for player in (able.run_id, f"{able.run_id}/favourite", "bcts")] == ["Able", "favourite", "BCTS"]


def test_players_that_failed_say_why(app: AppTest, runs_dir: Path) -> None:
    demo = make_demo(runs_dir, DemoControl())
    demo.tell(DemoStatus("failed", ["x"], error="There is no run <b>x</b>."))
    said = everything_said(shown(app, runs_dir, demo)).replace("\\", "")
    assert "There is no run" in said
    assert "<b>" in said, "as text"
    assert not app.exception


def test_players_that_were_killed_have_ended(app: AppTest, runs_dir: Path) -> None:
    demo = make_demo(runs_dir, DemoControl())
    demo.tell(DemoStatus("playing", ["x"]))
    assert "The game has ended" in everything_said(shown(app, runs_dir, demo))


@pytest.mark.parametrize("press", [watch_page._toggle, watch_page._step, watch_page._new_seed])
def test_an_end_is_not_taken_back_by_what_was_pressed_just_before(runs_dir: Path, press: Callable[[Demo], None]) -> None:
    demo = make_demo(runs_dir, DemoControl())
    watch_page._end(demo)
    press(demo)
    assert demo.wanted() == DemoControl(run="stopped")


def test_before_the_first_move_the_page_says_what_it_waits_for(app: AppTest, runs_dir: Path) -> None:
    demo = make_demo(runs_dir, DemoControl())
    demo.files.log.write_text("ImportError: no torch")
    said = everything_said(shown(app, runs_dir, demo))
    assert "are being loaded" in said
    assert "ImportError: no torch" in said


def test_the_component_gets_what_the_tab_has_not_shown() -> None:
    moments = [Moment(number, 1, [{"pieces": number}]) for number in range(1, 101)]
    sent: dict[int | None, dict[str, Any]] = {
        cursor: payload("w", moments, cursor, names=["x"], height=20) for cursor in (None, 3, 98, 100)
    }
    assert [len(data["moments"]) for data in sent.values()] == [1, 60, 2, 1], "the newest one again, of the same batch"
    assert sent[98]["moments"][-1] == [{"pieces": 100}]
    assert len({data["batch"] for data in sent.values()}) == 1


def test_a_duel_goes_piece_by_piece_and_the_agent_answers() -> None:
    duel = Duel(reference_agent("bcts"), seed=3)
    for piece in range(200):
        data = duel.payload()
        assert data["pieces_placed"] == piece
        assert data["boards"][0]["piece"] == data["boards"][1]["piece"]
        assert "options" not in data["boards"][0]
        assert data["boards"][1]["ghost"]
        wanted = data["placements"][-1]
        assert len(wanted["cells"]) == 4
        assert duel.move(len(data["placements"]) - 1, piece)
        if duel.over:
            break
    assert duel.over
    assert duel.payload()["placements"] == []
    assert not duel.move(0, duel.payload()["pieces_placed"])


@pytest.mark.parametrize(("action", "placed"), [(-1, 0), (34, 0), ("0", 0), (None, 0), (0, 1), (0, None)])
def test_a_move_that_is_none_changes_nothing(action: Any, placed: Any) -> None:
    duel = Duel(reference_agent("bcts"), seed=3)
    assert not duel.move(action, placed)
    assert duel.payload()["pieces_placed"] == 0


def test_the_network_of_the_best_recorded_evaluation_answers(runs_dir: Path) -> None:
    run = with_recordings(new_run(runs_dir, board_height=HEIGHT), 1_000)
    agent = recorded_agent(run)
    assert (agent.board_height, agent.randomizer) == (HEIGHT, "uniform")
    duel = Duel(agent, seed=0)
    placed = [duel.payload()["boards"][1]["chosen"] for _ in range(20) if duel.move(0, duel.payload()["pieces_placed"])]
    assert len(placed) > 5
    assert evaluation(1_000).games[0].pieces > len(placed)


def test_a_run_without_a_network_is_refused_in_a_sentence(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    replays_writer(run, 10**9).write(training_game(10), episode=1)
    replays_writer(run, 10**9).write(of_another_engine(evaluation(1_000)))
    with pytest.raises(FormatError, match="there is no network to play against"):
        recorded_agent(run)


@pytest.mark.parametrize("changes", [{"board_height": 3}, {"board_height": 99}, {"randomizer": "dice"}])
def test_a_recording_of_a_board_that_there_is_not_is_refused_in_a_sentence(runs_dir: Path, changes: dict[str, Any]) -> None:
    run = new_run(runs_dir)
    replays_writer(run, 10**9).write(replace(evaluation(1_000), **changes))
    with pytest.raises(FormatError, match=r"does not fit the game: (height|randomizer) must be"):
        recorded_agent(run)


def test_a_person_begins_a_game_on_the_page(app: AppTest, runs_dir: Path) -> None:
    with_recordings(new_run(runs_dir, "Own", board_height=HEIGHT), 1_000)
    said = everything_said(opened(app, PLAY))
    assert "Choose an agent" in said
    assert labelled(app.selectbox, "Against").value not in REFERENCE_PLAYERS, "the shown run's network"
    labelled(app.button, "New game").click().run()
    assert "space drops" in everything_said(app)
    assert not app.exception
