"""The network values placements, and the compiled player chooses as it does."""

import numpy as np
import torch as th

from tests.trainer.learning.tiny import tiny_config
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.features import FEATURE_SCALES, N_FEATURES
from trainer.tasks.tetris.game.greedy import GreedyGames
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.network import network_layers


def test_every_placement_is_valued_by_the_same_small_network() -> None:
    model = make_model(tiny_config())
    observations = TetrisBatch(5, height=10, seed=3).observations

    values = model.q_net(th.as_tensor(observations)).detach().numpy()

    (first_weight, first_bias), (last_weight, last_bias) = network_layers(model.q_net)
    features = observations.reshape(5, 34, N_FEATURES) / FEATURE_SCALES
    hidden = np.maximum(features @ first_weight.T + first_bias, 0)
    assert values.shape == (5, 34)
    np.testing.assert_allclose(values, (hidden @ last_weight.T + last_bias)[..., 0], rtol=1e-4, atol=1e-5)


def test_the_compiled_player_plays_the_game_that_the_model_plays() -> None:
    model = make_model(tiny_config(seed=5))
    games = GreedyGames(network_layers(model.policy.q_net_average), FEATURE_SCALES, [17], height=10, max_pieces=60, record_actions=True)
    games.play_slice(1_000)

    batch = TetrisBatch(1, height=10, max_pieces=0)
    observations = batch.reset(seeds=[17])
    for action in games.actions(0):
        chosen, _ = model.predict(observations, deterministic=True)
        assert chosen[0] % batch.n_placements[0] == action  # equal values: torch may name the placement by another of its numbers
        observations = batch.step(np.array([action])).observations
    assert games.pieces[0] > 5
