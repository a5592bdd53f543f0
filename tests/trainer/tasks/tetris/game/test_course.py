"""One game move by move: it repeats what was recorded, is the same from any key frame, and says where pieces land."""

import hashlib
from copy import deepcopy

import numpy as np
import pytest

from tests.trainer.tasks.tetris.game.test_greedy import bcts_network, finish, plain_values, random_network
from trainer.errors import SettingError
from trainer.tasks.tetris.game import kernels
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.compiling import ByteArray
from trainer.tasks.tetris.game.course import KEY_FRAME_DISTANCE, Game, Network, PlayedAgain
from trainer.tasks.tetris.game.features import FEATURE_SCALES, N_FEATURES
from trainer.tasks.tetris.game.greedy import GreedyGames
from trainer.tasks.tetris.game.picture import picture, rotation_of
from trainer.tasks.tetris.game.players import play
from trainer.tasks.tetris.game.published import PLAYERS, as_network
from trainer.tasks.tetris.game.rules import ENGINE_VERSION

ONES = np.ones(N_FEATURES, dtype=np.float32)
GAMES_AGAIN = 1_000


def columns(game: Game) -> list[int]:
    """The board as column masks, from its colours."""
    full = game.colours[::-1] > 0
    return [sum(1 << row for row in np.flatnonzero(full[:, column]).tolist()) for column in range(10)]


def drawn(seed: int, moves: int) -> ByteArray:
    return np.random.default_rng(seed).integers(0, 34, moves).astype(np.uint8)


@pytest.mark.parametrize(("height", "randomizer"), [(10, "uniform"), (20, "bag")])
def test_a_thousand_recorded_games_end_with_the_same_lines_and_the_same_board(height: int, randomizer: str) -> None:
    seeds = range(GAMES_AGAIN)
    layers = random_network(N_FEATURES, 16, 1, seed=3)
    games = finish(
        GreedyGames(layers, FEATURE_SCALES, seeds, height=height, randomizer=randomizer, max_pieces=300, record_actions=True), 10_000
    )
    for number, seed in enumerate(seeds):
        again = PlayedAgain(Game(seed, height=height, randomizer=randomizer), games.actions(number))
        assert (again.end.lines, again.end.pieces) == (games.lines[number], games.pieces[number])
        assert columns(again.end) == games._games[number, :10].tolist()
        assert int(again.lines.sum()) == games.lines[number]


def test_training_games_that_end_below_the_top_are_repeated_too() -> None:
    batch = TetrisBatch(4, height=20, ceiling=6, max_pieces=0, seed=5)
    moves = np.random.default_rng(1).integers(0, 34, (400, 4))
    made: list[list[int]] = [[] for _ in range(4)]
    finished = 0
    for row in moves:
        for slot in range(4):
            made[slot].append(int(row[slot]))
        for game in batch.step(row).finished:
            again = PlayedAgain(Game(game.seed, height=20, ceiling=6), np.array(made[game.slot], np.uint8))
            assert (again.end.lines, again.end.pieces) == (game.lines, game.pieces)
            assert again.end.placements() == []
            made[game.slot] = []
            finished += 1
    assert finished > 20


def test_any_piece_is_the_same_from_a_key_frame_as_from_the_start() -> None:
    pieces = 2 * KEY_FRAME_DISTANCE + 300
    games = finish(GreedyGames(bcts_network(), ONES, [7], max_pieces=pieces, record_actions=True), 10_000)
    again = PlayedAgain(Game(7), games.actions(0))
    assert len(again.lines) == pieces
    for place in (0, 1, KEY_FRAME_DISTANCE - 1, KEY_FRAME_DISTANCE, KEY_FRAME_DISTANCE + 1, 2 * KEY_FRAME_DISTANCE, pieces):
        game = Game(7)
        game.play(games.actions(0)[:place])
        there = again.at(place)
        assert (there.pieces, there.lines, there.piece) == (game.pieces, game.lines, game.piece)
        assert (there.colours == game.colours).all()
    assert again.action(pieces) is None
    assert again.action(3) == games.actions(0)[3]


def test_moves_after_the_end_of_a_game_are_not_made() -> None:
    again = PlayedAgain(Game(1, height=4), drawn(1, 3_000))
    assert len(again.lines) == again.end.pieces < 3_000
    assert again.end.placements() == []
    assert again.action(again.end.pieces) is None
    assert again.at(2_999).pieces == again.end.pieces


def test_a_piece_lands_where_it_is_said() -> None:
    game = Game(11, height=12)
    for action in drawn(2, 200):
        placements = game.placements()
        if not placements:
            game = Game(int(action), height=12)
            continue
        cells, piece, before = game.landing(placements[int(action) % len(placements)]), game.piece, game.colours
        removed = game.play(np.array([action]))[0]
        assert len(set(cells)) == 4
        assert not before.ravel()[cells].any()
        if removed == 0:
            expected = before.copy()
            expected.ravel()[cells] = piece + 1
            assert (game.colours == expected).all()


def test_placements_are_turned_as_the_pieces_are_drawn() -> None:
    game = Game(1, height=40)
    for action in drawn(1, 30):
        rotations = [rotation_of(placement, game.piece) for placement in game.placements()]
        assert rotations == sorted(rotations)
        assert set(rotations) == set(range({"I": 2, "O": 1, "S": 2, "Z": 2}.get("IOTSZJL"[game.piece], 4)))
        game.play(np.array([action]))


def test_a_network_values_every_placement_and_chooses_what_was_played() -> None:
    layers = random_network(N_FEATURES, 16, 16, 1, seed=2)
    network = Network(layers, FEATURE_SCALES)
    games = finish(GreedyGames(layers, FEATURE_SCALES, [5], height=10, record_actions=True), 10_000)
    again = PlayedAgain(Game(5, height=10), games.actions(0))
    values = again.values(network)
    batch = TetrisBatch(1, height=10, max_pieces=0)
    batch.reset([5])
    for piece, action in enumerate(games.actions(0).tolist()):
        game = again.at(piece)
        there = game.values(network)
        rows = batch.observations.reshape(34, N_FEATURES)[: len(there)]
        assert there == pytest.approx(plain_values(layers, rows), abs=1e-4)
        assert values[piece] == pytest.approx(max(there), abs=1e-4)
        assert there[action] == max(there)
        batch.step(np.array([action]))
    assert again.end.values(network) == []
    assert again.values(network, 3, 4) == pytest.approx(values[3:7])


def test_a_network_plays_on_by_itself_and_stops_at_the_end() -> None:
    for player in PLAYERS[1:]:
        game = Game(4, height=8)
        made = game.play_greedily(Network([as_network(player)], ONES), 100_000)
        reference = play(player, [4], height=8)
        assert (game.lines, game.pieces, made) == (reference.lines[0], reference.pieces[0], reference.pieces[0])
        assert game.colours.any()
    with pytest.raises(SettingError, match="player must be one of dellacherie, bcts, dt10, dt20; got 'random'"):
        as_network("random")


def test_a_picture_shows_the_board_the_placement_that_comes_and_every_value() -> None:
    network = Network([as_network("bcts")], ONES)
    game = Game(4, height=8)
    game.play_greedily(network, 6)
    shown = picture(game, network=network)
    assert (shown["lines"], shown["pieces"], shown["piece"], shown["over"]) == (game.lines, 6, game.piece + 1, False)
    assert [int(cell) for cell in shown["cells"]] == game.colours.ravel().tolist()
    placements = game.placements()
    assert [(turns, column) for turns, column, _ in shown["options"]] == [(rotation_of(code, game.piece), code % 10) for code in placements]
    assert shown["options"][shown["chosen"]][2] == max(value for _, _, value in shown["options"])
    assert shown["ghost"] == game.landing(placements[shown["chosen"]])
    assert picture(game, action=len(placements) + 2)["chosen"] == 2
    assert "ghost" not in picture(game)
    game.play_greedily(network, 100_000)
    assert picture(game, 3, network)["over"]


def test_a_copy_goes_its_own_way() -> None:
    game = Game(3)
    twin = deepcopy(game)
    twin.play(drawn(3, 5))
    assert (game.pieces, twin.pieces) == (0, 5)
    assert not game.colours.any()


@pytest.mark.parametrize("settings", [{"height": 3}, {"ceiling": 21}, {"randomizer": "dice"}, {"seed": -1}])
def test_an_impossible_game_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        Game(**({"seed": 1} | settings))  # type: ignore[arg-type]  # that is the fault


def test_an_impossible_move_is_refused() -> None:
    with pytest.raises(SettingError, match="actions must be one number from 0 to 33 a piece; got 34"):
        Game(1).play(np.array([3, 34]))


def test_the_same_seed_and_moves_give_the_same_game_as_ever() -> None:
    """When this fails the rules have changed: raise ENGINE_VERSION, so that older recordings are refused, and write the new hash here."""
    digest = hashlib.sha256()
    for randomizer in ("uniform", "bag"):
        for seed in range(50):
            again = PlayedAgain(Game(seed, height=12, ceiling=10, randomizer=randomizer), drawn(seed, 60))
            digest.update(again.end.colours.tobytes() + again.lines.tobytes() + bytes([again.end.piece]))
    assert (ENGINE_VERSION, digest.hexdigest()[:16]) == (1, "c43539b17f3f8f0e")
    assert kernels.N_PIECES == 7
