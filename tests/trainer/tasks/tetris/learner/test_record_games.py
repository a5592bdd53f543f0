"""What training leaves behind to be watched again, and that it is what was played."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.learning.tiny import finished_run, new_run, rows, tiny_config
from trainer.learning.session import RunSession
from trainer.run_files.episodes import EpisodeRow
from trainer.run_files.replays import ReplaysWriter, list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import RecordedGame, Recording, read_recording
from trainer.tasks.tetris.game.course import Game, Network, PlayedAgain
from trainer.tasks.tetris.game.features import FEATURE_SCALES
from trainer.tasks.tetris.learner.move_history import MoveHistory
from trainer.tasks.tetris.learner.record_games import RecordGames


def played_again(recording: Recording, number: int) -> PlayedAgain:
    game = recording.games[number]
    start = Game(game.seed, height=recording.board_height, ceiling=recording.ceiling, randomizer=recording.randomizer)
    return PlayedAgain(start, np.frombuffer(game.moves, np.uint8))


ROW = EpisodeRow(step=500, episode=3, reward=1.0, length=2, truncated=False, at=0, named={"lines": 1, "seed": 7})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run whose training games end below the top."""
    return finished_run(tmp_path_factory.mktemp("runs"), practice_ceiling=7, randomizer="bag")


def test_every_evaluation_is_recorded_and_its_games_can_be_played_again(trained: RunDirectory) -> None:
    recordings = [read_recording(file.path) for file in list_recordings(trained) if file.episode is None]
    evaluations = rows(trained.evaluations)
    assert [recording.step for recording in recordings] == [row["step"] for row in evaluations]
    for recording, row in zip(recordings, evaluations, strict=True):
        assert [game.lines for game in recording.games] == row["lines"]
        assert recording.layers is not None
        network = Network(recording.layers, FEATURE_SCALES)
        for number, game in enumerate(recording.games):
            again = played_again(recording, number)
            assert (again.end.lines, again.end.pieces, game.truncated) == (game.lines, game.pieces, bool(again.end.placements()))
            first = again.at(0).values(network)
            assert first[game.moves[0]] == max(first), "the recorded network is the one that played"


def test_every_new_best_training_game_is_recorded_and_can_be_played_again(trained: RunDirectory) -> None:
    best, expected = 0, []
    for row in rows(trained.episodes):
        if row["lines"] > best:
            best = row["lines"]
            expected.append((row["step"], row["episode"], row["seed"], row["lines"], row["length"]))
    files = [file for file in list_recordings(trained) if file.episode is not None]
    found = []
    for file in files:
        recording = read_recording(file.path)
        again = played_again(recording, 0)
        assert (recording.ceiling, recording.layers) == (7, None)
        found.append((recording.step, file.episode, recording.games[0].seed, again.end.lines, again.end.pieces))
    assert expected
    assert found == expected


def test_the_best_model_lies_beside_its_best_game(trained: RunDirectory) -> None:
    recording = read_recording(trained.best / "replay.json")
    evaluation = next(row for row in rows(trained.evaluations) if row["step"] == recording.step)
    assert played_again(recording, 0).end.lines == max(evaluation["lines"])


def test_the_moves_of_one_game_are_its_own(tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    actions = np.zeros((50, 3, 1), np.int64)
    history = MoveHistory(actions)
    for row in range(200):
        if row >= history.next_state_row:
            history.keep_state({"games": np.zeros((3, 1))})
        actions[row % 50, :, 0] = [row % 34, 1, 2]
        history.read(row + 1)
    assert history.moves_of(0, 3) == bytes([197 % 34, 198 % 34, 199 % 34])
    assert history.moves_of(1, 50) == bytes([1] * 50)
    assert history.moves_of(0, 51) is None, "not even if they are there by chance: a resumed run must do the same"


def test_of_a_game_that_is_too_long_the_beginning_is_kept(tmp_path: Path) -> None:
    config = tiny_config(replay_megabytes=1, eval_episodes=10)
    run = new_run(tmp_path, config)
    game = RecordedGame(seed=1, lines=9, pieces=30_000, truncated=False, moves=bytes(30_000))
    with RunSession(run, total_timesteps=1) as session:
        kept = RecordGames(session, config).evaluation(400, [game] * 10, [])
    assert kept.games[0] == replace(game, moves=bytes(25_000))
    assert read_recording(list_recordings(run)[0].path) == kept


def test_a_disk_that_takes_no_recording_costs_a_sentence(tmp_path: Path) -> None:
    config = tiny_config()
    run = new_run(tmp_path, config)
    run.replays.write_bytes(b"a file in the way")
    with RunSession(run, total_timesteps=1) as session:
        recorder = RecordGames(session, config)
        recorder.evaluation(400, [RecordedGame(1, 0, 1, False, b"\0")], [])
        recorder.training_game(ROW, b"\0\1")
    messages = [row["message"] for row in rows(run.events) if row["kind"] == "warning"]
    assert messages == [
        "The games of the evaluation at step 400 could not be recorded (replays is a file): nobody can watch that again.",
        "The best training game so far, 3, could not be recorded (replays is a file): nobody can watch that again.",
    ]


def test_training_does_not_wait_for_a_disk_that_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room, written = threading.Event(), []

    def slow(_writer: ReplaysWriter, recording: Recording, episode: int | None = None) -> None:
        room.wait(60)
        written.append((recording.step, episode))

    monkeypatch.setattr(ReplaysWriter, "write", slow)
    config = tiny_config()
    run = new_run(tmp_path, config)
    with RunSession(run, total_timesteps=1) as session:
        recorder = RecordGames(session, config)
        recorder.evaluation(400, [RecordedGame(1, 0, 1, False, b"\0")], [])
        recorder.training_game(ROW, b"\0\1")
        assert written == []
        room.set()
        recorder.write()
        assert written == [(400, None), (500, 3)], "a checkpoint waits for them"
