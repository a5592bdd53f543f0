"""The compiled greedy player against a plain one, in slices of any size, beside other threads."""

import threading
from itertools import pairwise

import numpy as np
import pytest

from trainer.errors import SettingError
from trainer.tasks.tetris.game.env import TetrisEnv
from trainer.tasks.tetris.game.features import FEATURE_SCALES, N_FEATURES
from trainer.tasks.tetris.game.greedy import GreedyGames, Layer
from trainer.tasks.tetris.game.players import play
from trainer.tasks.tetris.game.published import WEIGHTS


def random_network(*sizes: int, seed: int = 0) -> list[Layer]:
    """A network of these layer sizes, drawn at random."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(sizes):
        weight = rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)
        layers.append((weight.astype(np.float32), rng.normal(size=outputs).astype(np.float32)))
    return layers


def bcts_network() -> list[Layer]:
    """BCTS as a network of one layer over raw features."""
    weight = np.array([[*WEIGHTS["bcts"], 0, 0]], dtype=np.float32)
    weight[0, 0] /= 2
    return [(weight, np.zeros(1, dtype=np.float32))]


def plain_values(layers: list[Layer], rows: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> list[float]:
    """The network's values in double precision."""
    hidden = rows.astype(np.float64) / FEATURE_SCALES
    for weight, bias in layers[:-1]:
        hidden = np.maximum(hidden @ weight.T.astype(np.float64) + bias, 0)
    weight, bias = layers[-1]
    values: list[float] = (hidden @ weight.T.astype(np.float64) + bias)[:, 0].tolist()
    return values


def finish(games: GreedyGames, max_moves: int) -> GreedyGames:
    """Play all games to their ends in slices."""
    while not games.play_slice(max_moves):
        pass
    return games


@pytest.mark.parametrize("sizes", [(11, 1), (11, 16, 1), (11, 64, 64, 1), (11, 5, 13, 7, 1)])
@pytest.mark.parametrize("randomizer", ["uniform", "bag"])
def test_every_move_has_the_highest_value_of_a_plain_implementation(sizes: tuple[int, ...], randomizer: str) -> None:
    layers = random_network(*sizes)
    games = finish(GreedyGames(layers, FEATURE_SCALES, range(12), height=10, randomizer=randomizer, record_actions=True), 1000)
    for game in range(12):
        env = TetrisEnv(height=10, randomizer=randomizer)
        observation, info = env.reset(options={"game_seed": game})
        terminated = False
        for action in games.actions(game):
            values = plain_values(layers, observation.reshape(34, N_FEATURES)[: info["placements"]])
            assert values[action] >= max(values) - 1e-4
            observation, _, terminated, _, info = env.step(np.int64(action))
        assert terminated
        assert (info["lines"], info["pieces"]) == (games.lines[game], games.pieces[game])
    assert not games.truncated.any()


def test_of_equal_values_the_first_is_played() -> None:
    layers = [(np.zeros((1, 11), dtype=np.float32), np.ones(1, dtype=np.float32))]
    games = finish(GreedyGames(layers, FEATURE_SCALES, [1, 2], record_actions=True), 100)
    assert not games.actions(0).any()
    assert not games.actions(1).any()


def test_one_layer_with_the_weights_of_bcts_plays_like_bcts() -> None:
    games = finish(GreedyGames(bcts_network(), np.ones(N_FEATURES, dtype=np.float32), range(10), height=10, max_pieces=2000), 5000)
    reference = play("bcts", range(10), height=10, max_pieces=2000)
    assert games.lines.tolist() == reference.lines.tolist()
    assert games.pieces.tolist() == reference.pieces.tolist()


@pytest.mark.parametrize("slice_size", [1, 7, 1_000_000])
def test_the_size_of_the_slices_does_not_matter(slice_size: int) -> None:
    layers = random_network(N_FEATURES, 32, 32, 1, seed=1)
    games = finish(GreedyGames(layers, FEATURE_SCALES, range(8), height=12, max_pieces=40, record_actions=True), slice_size)
    other = finish(GreedyGames(layers, FEATURE_SCALES, range(8), height=12, max_pieces=40, record_actions=True), 13)
    assert games.lines.tolist() == other.lines.tolist()
    assert games.truncated.tolist() == other.truncated.tolist()
    assert all(games.actions(game).tolist() == other.actions(game).tolist() for game in range(8))


def test_a_slice_makes_no_more_moves_than_it_may_and_tells_how_far_it_is() -> None:
    games = GreedyGames(bcts_network(), np.ones(N_FEATURES, dtype=np.float32), [1, 2, 3], height=20, max_pieces=100)
    assert not games.play_slice(150)
    assert (games.pieces_played, games.games_finished, games.done) == (150, 1, False)
    assert not games.play_slice(0)
    assert games.play_slice(150)
    assert games.pieces.tolist() == [100, 100, 100]
    assert games.truncated.tolist() == [True, True, True]
    assert games.play_slice(10)
    assert games.pieces_played == 300


def test_other_threads_run_while_a_slice_is_played() -> None:
    games = GreedyGames(bcts_network(), np.ones(N_FEATURES, dtype=np.float32), [1], height=20)
    player = threading.Thread(target=games.play_slice, args=(100_000,))
    player.start()
    loops = 0
    while player.is_alive():
        loops += 1
    player.join()
    # a thread that held the GIL for the whole slice would let this loop turn once or twice
    assert loops > 1000
    assert games.pieces_played == 100_000


def test_a_network_that_does_not_fit_is_refused_with_its_shapes() -> None:
    good = random_network(N_FEATURES, 8, 1)
    with pytest.raises(SettingError, match=r"layer 2 must have weight \(1, 8\) and bias \(1,\); got weight \(1, 7\) and bias \(1,\)"):
        GreedyGames([good[0], (np.zeros((1, 7), dtype=np.float32), good[1][1])], FEATURE_SCALES, [1])
    with pytest.raises(SettingError, match=r"layer 1 must have weight \(1, 11\)"):
        GreedyGames(good[:1], FEATURE_SCALES, [1])
    with pytest.raises(SettingError, match="at least one layer"):
        GreedyGames([], FEATURE_SCALES, [1])
    with pytest.raises(SettingError, match=r"feature_scales must hold 11 numbers; got shape \(8,\)"):
        GreedyGames(good, FEATURE_SCALES[:8], [1])


def test_actions_are_only_there_when_they_were_recorded() -> None:
    with pytest.raises(SettingError, match="record_actions=True"):
        GreedyGames(bcts_network(), FEATURE_SCALES, [1]).actions(0)
