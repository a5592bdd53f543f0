"""The plain game is the compiled one: the same pieces, placements, boards, pictures and values."""

from typing import Any

import numpy as np
import pytest

from trainer.errors import SettingError
from trainer.tasks.tetris.game.course import Game, Network
from trainer.tasks.tetris.game.features import FEATURE_SCALES, N_FEATURES
from trainer.tasks.tetris.game.picture import picture
from trainer.tasks.tetris.game.plain import PlainGame, PlainNetwork, published_player
from trainer.tasks.tetris.game.published import WEIGHTS, as_network


def drawn(game: Any, network: Any) -> dict[str, Any]:
    """Its picture, the cells of the next piece in order."""
    shown = picture(game, network=network)
    return shown | {"ghost": sorted(shown.get("ghost", ()))}


@pytest.mark.parametrize("player", WEIGHTS)
def test_it_draws_what_the_compiled_game_draws_move_by_move(player: str) -> None:
    plain, compiled = PlainGame(7, height=10), Game(7, height=10)
    plain_player, compiled_player = published_player(player), Network([as_network(player)], np.ones(N_FEATURES, np.float32))
    for _ in range(150):
        assert drawn(plain, plain_player) == drawn(compiled, compiled_player)
        assert plain.play_greedily(plain_player, 1) == compiled.play_greedily(compiled_player, 1) == 1


def test_its_moves_lead_the_compiled_game_to_the_same_end() -> None:
    rng = np.random.default_rng(3)
    plain = PlainGame(2, height=6, randomizer="bag")
    while placements := plain.placements():
        plain.place(int(rng.integers(len(placements))))
    compiled = Game(2, height=6, randomizer="bag")
    assert len(compiled.play(plain.actions)) == plain.pieces > 5
    assert compiled.placements() == []
    assert picture(plain) == picture(compiled)
    assert plain.play_greedily(published_player("bcts"), 5) == 0


def test_a_network_of_several_layers_values_placements_as_compiled_code_does() -> None:
    rng = np.random.default_rng(1)
    shapes = ((16, N_FEATURES), (8, 16), (1, 8))
    layers = [(rng.normal(size=shape).astype(np.float32), rng.normal(size=shape[0]).astype(np.float32)) for shape in shapes]
    plain, compiled = PlainGame(5), Game(5)
    for _ in range(20):
        expected = compiled.values(Network(layers, FEATURE_SCALES))
        np.testing.assert_allclose(plain.values(PlainNetwork(layers, FEATURE_SCALES)), expected, rtol=1e-4, atol=1e-4)
        plain.place(0)
        compiled.play(np.zeros(1, dtype=np.uint8))


def test_what_is_no_game_is_refused() -> None:
    for wrong in ({"seed": -1}, {"seed": 1, "height": 3}, {"seed": 1, "randomizer": "dice"}):
        with pytest.raises(SettingError):
            PlainGame(**wrong)
    with pytest.raises(SettingError, match="player must be one of"):
        published_player("nobody")
