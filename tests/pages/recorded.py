"""Runs with recorded games, made by the real players and the real writer; no trainer is started."""

from dataclasses import replace

import numpy as np

from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import RecordedGame, Recording, replays_writer
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.features import FEATURE_SCALES
from trainer.tasks.tetris.game.greedy import GreedyGames, Layer
from trainer.tasks.tetris.game.published import as_network
from trainer.tasks.tetris.game.rules import ENGINE_VERSION

HEIGHT = 10


def good_network() -> Layer:
    """BCTS as a recorded network has it, on scaled features; made smaller, so that its values are no chances of 0 and 1."""
    weights, biases = as_network("bcts")
    return (weights * FEATURE_SCALES / 20).astype(np.float32), biases


def evaluation(step: int, games: int = 3, max_pieces: int = 400) -> Recording:
    """An evaluation as the trainer records it."""
    layers = (good_network(),)
    played = GreedyGames(layers, FEATURE_SCALES, range(games), height=HEIGHT, max_pieces=max_pieces, record_actions=True)
    while not played.play_slice(10_000):
        pass
    recorded = tuple(
        RecordedGame(game, int(played.lines[game]), int(played.pieces[game]), bool(played.truncated[game]), played.actions(game).tobytes())
        for game in range(games)
    )
    return Recording(ENGINE_VERSION, step, HEIGHT, HEIGHT, "uniform", recorded, layers)


def training_game(step: int) -> Recording:
    """A training game that ends above row 6, played by chance."""
    batch = TetrisBatch(1, height=HEIGHT, ceiling=6, max_pieces=0, seed=step)
    moves = np.random.default_rng(1).integers(0, 34, 1_000)
    for made, move in enumerate(moves, start=1):
        finished = batch.step(np.array([move])).finished
        if finished:
            game = RecordedGame(finished[0].seed, finished[0].lines, finished[0].pieces, False, moves[:made].astype(np.uint8).tobytes())
            return Recording(ENGINE_VERSION, step, HEIGHT, 6, "uniform", (game,), None)
    raise AssertionError("no game of chance lasts so long")


def with_recordings(run: RunDirectory, *steps: int, max_pieces: int = 400) -> RunDirectory:
    """Give a run recorded evaluations at these steps, and a training game before them."""
    writer = replays_writer(run, 100_000_000)
    writer.write(training_game(10), episode=7)
    for step in steps:
        writer.write(evaluation(step, max_pieces=max_pieces))
    return run


def of_another_engine(recording: Recording) -> Recording:
    """The same as another version of the rules would have recorded it."""
    return replace(recording, engine=recording.engine + 1)
