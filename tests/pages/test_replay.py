"""Watching a recorded game again."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from pages.ui.replay.player import BLOCK, payload
from pages.ui.replay.recordings import Chosen, read
from pages.ui.replay.recordings import choose as choose_of
from pages.ui.tetris.replay import timeline as timeline_module
from pages.ui.tetris.replay import values as values_module
from pages.ui.tetris.replay.parts import PARTS, player_of
from pages.ui.tetris.replay.timeline import Drop, Timeline, timeline_of
from pages.ui.tetris.replay.values import values_curve
from tests.pages.conftest import REPLAY, everything_said, labelled, opened
from tests.pages.fake_runs import ended, fill, live, new_run
from tests.pages.recorded import evaluation, of_another_engine, training_game, with_recordings
from trainer.errors import FormatError
from trainer.run_files.opening import replace_bytes
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import Recording, replays_writer
from trainer.tasks.tetris.game.course import Game


@pytest.fixture
def run(runs_dir: Path) -> RunDirectory:
    """A finished run with two recorded evaluations and a training game."""
    run = new_run(runs_dir, "Recorded", board_height=10)
    fill(run)
    return ended(with_recordings(run, 1_000, 2_000), "finished")


def choose(run: RunDirectory, evaluation: str | None, game: str | None) -> Chosen[Recording] | None:
    """What a link names."""
    return choose_of(PARTS, run, evaluation, game)


def asked(run: RunDirectory, ask: dict[str, Any] | None = None, start: int = 0, **link: str) -> dict[str, Any]:
    """What the component gets when it asks."""
    chosen = choose(run, link.get("evaluation"), link.get("game"))
    assert chosen is not None
    player = player_of(chosen, timeline_of(chosen))
    return payload(player, None if ask is None else {"episode": chosen.key, "ask": 5, **ask}, start=start)


def test_every_piece_is_the_board_that_was_played(run: RunDirectory) -> None:
    recording = evaluation(1_000)
    timeline = Timeline(recording, 1)
    game = Game(1, height=10)
    for piece in range(timeline.last + 1):
        frame = timeline.frames(piece, 1)[0]
        assert [int(cell) for cell in frame["cells"]] == game.colours.ravel().tolist()
        assert (frame["lines"], frame["pieces"]) == (game.lines, piece)
        if piece < timeline.last:
            move = recording.games[1].moves[piece]
            assert frame["options"][frame["chosen"]][2] == max(value for *_, value in frame["options"])
            assert frame["ghost"] == game.landing(game.placements()[move % len(game.placements())])
            game.play(np.array([move], np.uint8))
    assert timeline.frames(0, 10**6)[-1]["pieces"] == timeline.last
    assert run.path.is_dir()


def test_a_recording_that_took_the_name_of_another_of_its_size_is_played_instead(run: RunDirectory) -> None:
    def shown() -> int:
        chosen = choose(run, "1000", "1")
        assert chosen is not None
        return timeline_of(chosen).last

    path = next(file.path for file in list_recordings(run) if file.step == 1_000 and file.episode is None)
    short, long = (evaluation(1_000, max_pieces=pieces).to_json() for pieces in (100, 400))
    for content, pieces in ((long, 400), (short.ljust(len(long)), 100)):
        replace_bytes(path, content)
        assert shown() == pieces


@pytest.mark.parametrize("number", [0, 1, 2])
def test_from_every_place_the_next_clear_is_the_first_later_one_with_more_lines_than_the_one_before_it(number: int) -> None:
    timeline = Timeline(evaluation(1_000), number)
    lines = [frame["lines"] for frame in timeline.frames(0, timeline.last + 1)]
    for piece in range(timeline.last + 1):
        found = next((later for later in range(piece + 1, timeline.last + 1) if lines[later] > lines[later - 1]), None)
        assert timeline.next_clear(piece) == found
        assert found is None or timeline.lines_cleared(found) == lines[found] - lines[found - 1]


def test_at_high_speeds_what_is_shown_is_what_every_piece_would_have_shown() -> None:
    timeline = Timeline(evaluation(1_000), 0)
    for first, every in ((0, 17), (34, 17), (5, 3), (timeline.last, 17), (timeline.last - 4, 2)):
        shown = timeline.frames(first, 10, every)
        assert shown == [timeline.frames(piece, 1)[0] for piece in range(first, timeline.last + 1, every)][:10]


def with_values(values: list[float]) -> Timeline:
    """A game whose network made these of its placements."""
    timeline = Timeline(evaluation(1_000), 0)
    vars(timeline)["values"] = np.array(values)
    return timeline


def deepest_fall(values: NDArray[np.float64]) -> tuple[int, int]:
    """Every stretch in which each value is below the one before, looked at one by one: the first of the deepest."""
    stretches = [
        (first, last)
        for first in range(len(values))
        for last in range(first + 1, min(first + 40, len(values)))
        if all(values[one] < values[one - 1] for one in range(first + 1, last + 1))
    ]
    return max(stretches, key=lambda ends: (values[ends[0]] - values[ends[1]], -ends[0]))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_biggest_drop_is_the_deepest_unbroken_fall(number: int) -> None:
    timeline = Timeline(evaluation(1_000), number)
    drop = timeline.biggest_drop()
    assert drop is not None
    assert (drop.first, drop.last) == deepest_fall(timeline.values)
    assert (drop.before, drop.after) == (timeline.values[drop.first], timeline.values[drop.last])


def test_several_small_falls_in_a_row_are_deeper_than_one_large_one() -> None:
    assert with_values([0.9, 0.7, 0.8, 0.75, 0.6, 0.45, 0.5]).biggest_drop() == Drop(2, 5, 0.8, 0.45)
    assert with_values([0.5, 0.9, 0.8]).biggest_drop() == Drop(1, 2, 0.9, 0.8), "the last one counts"
    assert with_values([0.9, 0.5, float("nan"), 0.1]).biggest_drop() == Drop(0, 1, 0.9, 0.5), "no value is no fall"


@pytest.mark.parametrize("values", [[], [0.5], [0.1, 0.2, 0.2, 0.9], [float("nan")] * 3])
def test_a_value_that_never_falls_has_no_drop(values: list[float]) -> None:
    assert with_values(values).biggest_drop() is None


def test_the_sentence_names_the_piece_that_the_counter_shows(run: RunDirectory) -> None:
    found = asked(run, {"what": "drop", "at": 0})["found"]
    assert found["said"].startswith(f"Piece {found['frame']:,}: from here to piece ")
    assert f"network's value falls with every placement, from {_value_at(run, found['frame']):.4g} to" in found["said"]


def _value_at(run: RunDirectory, piece: int) -> float:
    chosen = choose(run, "1000", "1")
    assert chosen is not None
    return float(timeline_of(chosen).values[piece])


def test_presses_that_come_before_the_answer_are_all_obeyed(run: RunDirectory) -> None:
    at = 0
    for presses in range(1, 6):
        at = asked(run, {"what": "clear", "at": at})["found"]["frame"]
        assert asked(run, {"what": "clear", "at": 0, "number": presses})["found"]["frame"] == at
    every = asked(run, {"what": "clear", "at": 0, "number": 10**9})["found"]["frame"]
    assert asked(run, {"what": "clear", "at": every})["found"]["frame"] is None, "the last one"


def test_the_component_gets_what_it_asks_for(run: RunDirectory) -> None:
    first = asked(run, start=BLOCK + 5)
    assert (first["start"], list(first["blocks"]), first["found"]) == (BLOCK + 5, ["1"], None)
    assert first["blocks"]["1"][5]["pieces"] == BLOCK + 5
    block = asked(run, {"what": "block", "at": 0})
    assert (block["answered"], len(block["blocks"]["0"])) == (5, BLOCK)
    sparse = asked(run, {"what": "block", "at": 0, "every": 17})["blocks"]["0/17"]
    assert [frame["pieces"] for frame in sparse[:3]] == [0, 17, 34]
    clear = asked(run, {"what": "clear", "at": 0})
    assert clear["found"]["said"].startswith(f"Piece {clear['found']['frame']} has just cleared ")
    assert clear["found"]["frame"] is not None
    assert str(clear["found"]["frame"] // BLOCK) in clear["blocks"]
    assert asked(run, {"what": "clear", "at": 10**9})["found"]["frame"] is None


def test_the_curve_has_every_dip_at_the_piece_whose_placement_is_valued(run: RunDirectory) -> None:
    chosen = choose(run, "1000", "1")
    assert chosen is not None
    timeline = timeline_of(chosen)
    points = asked(run, evaluation="1000", game="1")["curve"]["points"]
    assert min(value for _, value in points) == pytest.approx(timeline.values.min(), rel=1e-5), "no dip is lost"
    assert [value for _, value in points] == pytest.approx([timeline.values[piece] for piece, _ in points], rel=1e-5)
    frame = timeline.frames(points[3][0], 1)[0]
    assert 1 / (1 + np.exp(-frame["options"][frame["chosen"]][2])) == pytest.approx(points[3][1], rel=1e-5), "as the board says there"
    assert asked(run, evaluation="episode-7")["curve"] is None, "a training game explores"


def test_of_a_long_game_stretches_from_the_first_move_to_the_last_are_valued(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = choose(run, "1000", "1")
    assert chosen is not None
    timeline = timeline_of(chosen)
    monkeypatch.setattr(timeline_module, "STRETCH", 4)
    pieces, values = timeline.some_values(timeline.last // 2)
    assert len(pieces) == timeline.last // 2 // 4 * 4
    assert (pieces[0], pieces[-1]) == (0, timeline.last - 1)
    assert values == pytest.approx(timeline.values[pieces], rel=1e-5)
    monkeypatch.setattr(values_module, "MAX_PIECES", timeline.last // 2)
    curve = values_curve(timeline)
    assert curve is not None
    assert curve.label == f"Value of {100 * len(pieces) / timeline.last:.0f} % of the placements: 0 lost, 1 safe"


@pytest.mark.parametrize(
    "ask",
    [
        {},
        {"what": "block", "at": "x"},
        {"what": "block", "at": -5},
        {"what": "block", "at": 10**9},
        {"what": "block", "at": 10**9, "every": 10**9},
        {"what": "block", "at": 0, "every": "x"},
        {"at": None},
        {"what": "clear", "at": 0, "number": "x"},
    ],
)
def test_nonsense_from_the_browser_is_no_fault(run: RunDirectory, ask: dict[str, Any]) -> None:
    assert asked(run, ask)["blocks"], "the game is shown all the same"


def test_of_a_training_game_only_the_game_is_known(run: RunDirectory) -> None:
    data = asked(run, evaluation="episode-7")
    assert [jump["name"] for jump in data["jumps"] if jump["possible"]] == ["clear"]
    assert data["ceiling"] == 6
    assert "options" not in data["blocks"]["0"][0]
    assert data["blocks"]["0"][-1]["over"]


def test_a_link_leads_to_its_game_and_one_that_leads_nowhere_says_so(run: RunDirectory) -> None:
    exact = choose(run, "1000", "2")
    assert exact is not None
    assert (exact.file.step, exact.number, exact.messages) == (1_000, 1, ())
    newest = choose(run, None, None)
    assert newest is not None
    assert newest.file.step == 2_000
    assert newest.recording.games[newest.number].lines == max(game.lines for game in newest.recording.games)
    for evaluation_name, game, message in (("77", "1", "is not recorded"), ("1000", "9", "There is no game “9”"), ("1000", "x", "“x”")):
        elsewhere = choose(run, evaluation_name, game)
        assert elsewhere is not None
        assert message in elsewhere.messages[0]


def test_a_recording_of_other_rules_is_refused_in_a_sentence() -> None:
    with pytest.raises(FormatError, match="rules it was recorded with, version 2; this Control Room has version 1"):
        Timeline(of_another_engine(evaluation(1_000)), 0)


@pytest.mark.parametrize(
    "change", [{"board_height": 3}, {"board_height": 99}, {"ceiling": 50}, {"randomizer": "dice"}, {"board_height": 5, "ceiling": 5}]
)
def test_a_recording_that_does_not_fit_the_game_is_refused_in_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="The recording"):
        Timeline(replace(evaluation(1_000), **change), 0)


def test_a_replay_that_ends_differently_is_refused_in_a_sentence() -> None:
    recording = evaluation(1_000)
    game = recording.games[0]
    for other in (
        replace(game, seed=99),
        replace(game, lines=game.lines + 1),
        replace(game, moves=game.moves[:9] + b"\x40" + game.moves[10:]),
    ):
        with pytest.raises(FormatError, match="The recording"):
            Timeline(replace(recording, games=(other,)), 0)


def test_a_network_that_does_not_fit_is_refused_in_a_sentence() -> None:
    layers = ((np.zeros((1, 9), np.float32), np.zeros(1, np.float32)),)
    with pytest.raises(FormatError, match="The recorded network does not fit the game: layer 1 must have weight"):
        Timeline(replace(evaluation(1_000), layers=layers), 0).frames(0, 1)


def test_of_a_long_game_the_beginning_is_played() -> None:
    recording = evaluation(1_000)
    game = recording.games[0]
    timeline = Timeline(replace(recording, games=(replace(game, moves=game.moves[:50]),)), 0)
    assert timeline.last == 50
    assert not timeline.frames(50, 5)[0]["over"]


def test_the_page_shows_the_newest_evaluation_and_its_best_game(app: AppTest, run: RunDirectory) -> None:
    said = everything_said(opened(app, REPLAY)).replace("\\", "")
    assert app.query_params["run"] == run.run_id
    assert app.query_params["evaluation"] == "2000", "a link stays right when there are newer ones"
    assert labelled(app.selectbox, "Recording").value == "2000"
    assert "network of step 2,000" in said
    assert "board 10 × 10" in said


def test_a_choice_is_kept_in_the_address(app: AppTest, run: RunDirectory) -> None:
    assert run.path.is_dir()
    opened(app, REPLAY)
    app.query_params["piece"] = "9"
    labelled(app.selectbox, "Game").set_value("3").run()
    labelled(app.selectbox, "Recording").set_value("1000").run()
    assert app.query_params["evaluation"] == "1000"
    lines = [game.lines for game in evaluation(1_000).games]
    assert app.query_params["game"] == str(lines.index(max(lines)) + 1), "the best one"
    assert "piece" not in app.query_params
    assert not app.exception


def test_another_run_shows_its_own_games_without_a_complaint(app: AppTest, runs_dir: Path, run: RunDirectory) -> None:
    other = with_recordings(new_run(runs_dir, "Other", board_height=10), 7_000)
    app.query_params["run"] = run.run_id
    opened(app, REPLAY)
    app.query_params["run"] = other.run_id
    said = everything_said(app.run())
    assert app.query_params["evaluation"] == "7000"
    assert "is not recorded" not in said
    app.query_params["evaluation"] = "5"
    assert "is not recorded" in everything_said(app.run())


def test_a_run_without_recorded_games_says_when_there_will_be_some(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir, "Young")
    with live(run):
        assert "No game of this run is recorded yet" in everything_said(opened(app, REPLAY))
    assert "No game of this run was recorded" in everything_said(app.run()), "it has ended"


def test_a_run_deleted_while_it_is_shown_is_told(app: AppTest, run: RunDirectory) -> None:
    opened(app, REPLAY)
    shutil.rmtree(run.path)
    assert "deleted from disk" in everything_said(app.run())
    assert not app.exception


def test_a_recording_that_is_dropped_while_it_is_read_is_told(run: RunDirectory) -> None:
    file = list_recordings(run)[0]
    file.path.unlink()
    with pytest.raises(FormatError, match="cannot be read"):
        read(PARTS, file)


def test_a_damaged_recording_is_told_on_the_page_and_another_can_be_chosen(app: AppTest, run: RunDirectory) -> None:
    newest = list_recordings(run)[-1].path
    newest.write_bytes(newest.read_bytes()[:-20])
    said = everything_said(opened(app, REPLAY)).replace("\\", "")
    assert "step-2000-evaluation.json must hold JSON" in said
    app.query_params["evaluation"] = "1000"
    assert "network of step 1,000" in everything_said(app.run())


def test_a_page_of_another_engine_says_so(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    replays_writer(run, 10**9).write(of_another_engine(training_game(10)), episode=3)
    assert "version 2" in everything_said(opened(app, REPLAY))
