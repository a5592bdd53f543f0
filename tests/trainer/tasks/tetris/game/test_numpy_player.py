"""The plain game of a bundle's player is the compiled one: same pieces, placements and features."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from trainer.run_files.limits import MAX_MODEL_BYTES
from trainer.tasks.tetris.game import numpy_player
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.features import FEATURE_SCALES, N_FEATURES
from trainer.tasks.tetris.game.numpy_player import NumpyPlayer, Placements, RandomPieces, _player
from trainer.tasks.tetris.game.pieces import MAX_HEIGHT, MIN_HEIGHT

SEEDS = (0, 7, 2**53 - 1)
RANDOMIZERS = ("uniform", "bag")


def save_weights(path: Path, height: int, randomizer: str, other: Mapping[str, object] = MappingProxyType({})) -> Path:
    """The weights of a network that plays somehow: like a published player, with noise."""
    rng = np.random.default_rng(height)
    published = np.array([[-10, 2, -40, -60, -60, -30, -5, -10, 0, 0, 0]], dtype=np.float32)
    hidden = np.concatenate([published, -published, rng.normal(size=(6, N_FEATURES))])
    out = np.concatenate([[1, -1], rng.normal(scale=0.5, size=6)])[None]
    arrays = {
        "feature_scales": FEATURE_SCALES,
        "board_height": height,
        "randomizer": randomizer,
        "weight_0": hidden.astype(np.float32),
        "bias_0": np.zeros(8, dtype=np.float32),
        "weight_1": out.astype(np.float32),
        "bias_1": np.zeros(1, dtype=np.float32),
    }
    np.savez(path, **(arrays | dict(other)))  # type: ignore[arg-type]
    return path


def compiled_game(player: NumpyPlayer, seed: int, max_pieces: int) -> tuple[int, int]:
    """Lines and pieces of the game that the compiled engine plays with the same network."""
    game = TetrisBatch(1, height=player.board_height, randomizer=player.randomizer, max_pieces=max_pieces)
    game.reset([seed])
    while True:
        values = player.values(game.observations.reshape(1, -1, N_FEATURES))
        finished = game.step(values.argmax(axis=1)).finished
        if finished:
            return finished[0].lines, finished[0].pieces


@pytest.mark.parametrize("randomizer", RANDOMIZERS)
@pytest.mark.parametrize("height", [4, 10, 20])
def test_it_plays_the_game_that_the_compiled_engine_plays(height: int, randomizer: str, tmp_path: Path) -> None:
    player = NumpyPlayer(save_weights(tmp_path / "weights.npz", height, randomizer))
    games = [player.play(seed, 300) for seed in SEEDS]
    assert games == [compiled_game(player, seed, 300) for seed in SEEDS]
    assert len(set(games)) > 1 or height == 20  # where nothing is lost all games are truncated


@pytest.mark.parametrize("randomizer", RANDOMIZERS)
@pytest.mark.parametrize("height", [4, 5, 11, 40])
def test_it_sees_what_the_compiled_engine_sees_before_every_move(height: int, randomizer: str) -> None:
    rng = np.random.default_rng(height)
    for seed in SEEDS:
        compiled = TetrisBatch(1, height=height, randomizer=randomizer, max_pieces=0)
        compiled.reset([seed])
        dealt, board = RandomPieces(seed, randomizer), np.zeros((height, 10), dtype=np.bool_)
        while not compiled.games_played:
            piece = dealt.draw()
            placements = Placements(board, piece)
            count = compiled.n_placements[0]
            assert (piece, len(placements.boards)) == (compiled.pieces[0], count)
            seen = compiled.observations.reshape(-1, N_FEATURES)[:count]
            np.testing.assert_array_equal(placements.features, seen)
            action = int(rng.integers(count))
            assert compiled.step(np.array([action])).lines[0] == placements.lines[action]
            board = placements.boards[action]


@pytest.mark.parametrize(
    "wrong",
    [
        {"board_height": -1},
        {"board_height": 3},
        {"board_height": 41},
        {"board_height": 10**9},
        {"board_height": np.nan},
        {"board_height": np.array([10, 10])},
        {"randomizer": "dice"},
        {"weight_0": np.zeros((8, 9), dtype=np.float32)},
        {"weight_0": np.zeros((8, 11), dtype=np.complex64)},
        {"weight_0": np.zeros(11, dtype=np.float32)},
        {"weight_1": np.zeros((2, 8), dtype=np.float32), "bias_1": np.zeros(2, dtype=np.float32)},
        {"bias_0": np.zeros(1, dtype=np.float32)},
        {"bias_1": np.array([{}])},
        {"feature_scales": np.ones(1, dtype=np.float32)},
        {"feature_scales": np.array(["1"] * 11)},
    ],
)
def test_weights_that_do_not_fit_end_the_program_with_one_sentence(wrong: dict[str, object], tmp_path: Path) -> None:
    path = save_weights(tmp_path / "weights.npz", 10, "uniform", wrong)
    with pytest.raises(SystemExit, match="must hold the weights of a bundle; these do not fit"):
        _player(path)


def test_weights_that_unpack_to_more_than_the_memory_end_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_weights(tmp_path / "weights.npz", 10, "uniform")
    _player(path)
    monkeypatch.setattr(numpy_player, "UNPACKED_BYTES", 1_000)
    with pytest.raises(SystemExit, match=r"these do not fit .*they must unpack to less than 1,000 bytes"):
        _player(path)


def test_the_limits_of_the_file_that_stands_alone_are_those_of_all_others() -> None:
    alone = (numpy_player.MIN_HEIGHT, numpy_player.MAX_HEIGHT, numpy_player.N_FEATURES, numpy_player.UNPACKED_BYTES)
    assert alone == (MIN_HEIGHT, MAX_HEIGHT, N_FEATURES, MAX_MODEL_BYTES)
