"""What was changed in stable-baselines3's DQN keeps its meaning."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch as th
from numpy.typing import NDArray
from stable_baselines3 import DQN
from stable_baselines3.common.vec_env import DummyVecEnv

from tests.trainer.learning.tiny import tiny_config
from trainer.errors import LearnerError
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.env import TetrisEnv
from trainer.tasks.tetris.game.features import N_FEATURES
from trainer.tasks.tetris.game.pieces import MAX_PLACEMENTS
from trainer.tasks.tetris.learner.dqn import AfterstateDQN
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.vec_env import TetrisVecEnv

N_PLACEMENT_FEATURES = MAX_PLACEMENTS * N_FEATURES


def _trained() -> AfterstateDQN:
    model = make_model(tiny_config())
    model.learn(400)
    return model


def _expected_loss(model: AfterstateDQN, batch_size: int) -> th.Tensor:
    """The cross-entropy as it is written down, over all 34 placements, term by term."""
    assert model.replay_buffer is not None
    batch = model.replay_buffer.sample(batch_size)
    with th.no_grad():
        best_next = th.sigmoid(model.q_net_target(batch.next_observations)).max(dim=1)[0].reshape(-1, 1)
        targets = (1 - model.gamma) * batch.rewards + model.gamma * (1 - batch.dones) * best_next
    values = th.sigmoid(model.q_net(batch.observations)).gather(1, batch.actions.long())
    risks = (1 - values).detach()
    return (-(targets * values.log() + (1 - targets) * (1 - values).log()) / (risks + 0.01)).mean()


def test_the_loss_is_the_cross_entropy_of_the_chosen_placements_value() -> None:
    model = _trained()
    np.random.seed(0)  # noqa: NPY002 - the replay buffer draws from NumPy's global generator
    ours = model._td_loss(64)
    np.random.seed(0)  # noqa: NPY002
    expected = _expected_loss(model, 64)

    assert ours.item() > 0
    th.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-6)


def test_a_gradient_step_is_adams_on_that_loss() -> None:
    ours, plain = _trained(), _trained()
    np.random.seed(1)  # noqa: NPY002
    ours.train(3, 32)
    np.random.seed(1)  # noqa: NPY002
    for _ in range(3):
        plain.policy.optimizer.zero_grad()
        _expected_loss(plain, 32).backward()  # type: ignore[no-untyped-call]
        th.nn.utils.clip_grad_norm_(plain.q_net.parameters(), plain.max_grad_norm)
        plain.policy.optimizer.step()

    for mine, other in zip(ours.q_net.parameters(), plain.q_net.parameters(), strict=True):
        th.testing.assert_close(mine, other, rtol=1e-3, atol=1e-5)


@pytest.mark.long
def test_the_value_is_the_share_of_a_game_without_end() -> None:
    """In a game that is always lost at the third move, Q = 1 − γ^moves left."""
    model = make_model(tiny_config(board_height=4, practice_ceiling=4, gamma=0.5, learning_rate=1e-2, learning_rate_final=1e-3))
    assert model.replay_buffer is not None
    games = model.n_envs
    for moves_left in (2, 1, 0):
        here, there = (np.full((games, N_PLACEMENT_FEATURES), moves, np.int16) for moves in (moves_left, moves_left - 1))
        lost = np.full(games, moves_left == 0)
        for _ in range(20):
            model.replay_buffer.add(here, there, np.zeros(games), np.where(lost, 0.0, 1.0), lost, [{}] * games)
    model._setup_learn(1)
    for _ in range(60):
        model.train(20, 64)
        model.q_net_target.load_state_dict(model.q_net.state_dict())

    learned = [model.q_net(th.full((1, N_PLACEMENT_FEATURES), float(moves))).sigmoid().max().item() for moves in (2, 1, 0)]

    assert learned == pytest.approx([0.75, 0.5, 0.0], abs=0.05)


def test_the_average_moves_a_share_of_the_way_after_each_gradient_step() -> None:
    model = _trained()
    model.weight_averaging = 0.75
    before = [weights.clone() for weights in model.policy.q_net_average.parameters()]

    model.train(1, 32)

    after = zip(before, model.policy.q_net_average.parameters(), model.q_net.parameters(), strict=True)
    for old, average, newest in after:
        th.testing.assert_close(average, 0.75 * old + 0.25 * newest)


def test_the_first_weights_are_soon_forgotten() -> None:
    model = make_model(tiny_config(weight_averaging=0.99999))
    first = next(model.q_net.parameters()).clone()
    model.learn(2_000)

    newest, average = next(model.q_net.parameters()), next(model.policy.q_net_average.parameters())

    assert (newest - first).norm() > 0.1
    assert (average - newest).norm() < 0.5 * (average - first).norm()


def test_the_average_plays_and_the_newest_weights_explore() -> None:
    model = make_model(tiny_config(n_envs=200))
    observations = model.get_env().reset()  # type: ignore[union-attr]
    for weights in model.policy.q_net_average.parameters():
        weights.data.neg_()
    model.exploration_rate = 0.0
    values = model.q_net(th.as_tensor(observations)).detach().numpy()
    averages = model.policy.q_net_average(th.as_tensor(observations)).detach().numpy()

    assert np.array_equal(model.predict(observations)[0], values.argmax(axis=1))
    assert np.array_equal(model.predict(observations, deterministic=True)[0], averages.argmax(axis=1))


def test_the_learning_rate_falls_to_its_last_value() -> None:
    model = make_model(tiny_config(learning_rate=1e-2, learning_rate_final=1e-3))
    model.learn(1_200)
    assert model.policy.optimizer.param_groups[0]["lr"] == pytest.approx(1e-3, rel=0.1)


@pytest.mark.parametrize(("height", "ceiling", "rows"), [(20, 6, 6), (10, 12, 10)])
def test_training_games_end_above_the_practice_ceiling(height: int, ceiling: int, rows: int) -> None:
    games = make_model(tiny_config(board_height=height, practice_ceiling=ceiling, n_envs=1)).get_env()
    assert isinstance(games, TetrisVecEnv)
    highest = 0
    while games.batch.games_played < 5:
        games.step(np.zeros(1, np.int64))
        filled = games.batch.watched_board().colours.any(axis=1)
        highest = max(highest, height - int(filled.argmax()) if filled.any() else 0)
    assert rows - 3 <= highest <= rows


def test_each_game_draws_its_own_coin() -> None:
    model = make_model(tiny_config(n_envs=200))
    observations = model.get_env().reset()  # type: ignore[union-attr]
    greedy, _ = model.predict(observations, deterministic=True)
    model.exploration_rate = 0.5
    model.action_space.seed(4)

    explored = (model.predict(observations)[0] != greedy).mean()

    assert 0.3 < explored < 0.6  # 0.5 of them draw; one in 34 draws the greedy placement again


def test_the_watched_game_stops_exploring_when_the_others_reach_their_last_rate() -> None:
    model = make_model(tiny_config(n_envs=8, exploration_final_eps=0.9))
    observations = model.get_env().reset()  # type: ignore[union-attr]
    greedy = model.q_net(th.as_tensor(observations)).argmax(dim=1).numpy()

    def explored(rate: float) -> NDArray[np.bool_]:
        model.exploration_rate = rate
        always_greedy = np.ones(8, np.bool_)
        for _ in range(50):
            always_greedy &= model.predict(observations)[0] == greedy
        return ~always_greedy

    assert explored(0.95).all()
    assert explored(0.9).tolist() == [False] + [True] * 7


def test_diagnostics_are_means_since_the_last_reading() -> None:
    model = _trained()
    first = model.take_diagnostics()
    empty = model.take_diagnostics()
    model.train(1, 16)

    assert first.loss is not None
    assert first.mean_q is not None
    assert empty == (None, None)
    assert model.take_diagnostics().loss is not None


def test_a_saved_model_is_loaded_by_stable_baselines3_and_plays_a_game(tmp_path: Path) -> None:
    model = _trained()
    (tmp_path / "model.zip").write_bytes(model.to_bytes())

    loaded = DQN.load(tmp_path / "model.zip", device="cpu")

    batch = TetrisBatch(1, height=10, seed=8)
    observations, over = batch.observations, False
    while not over:
        action, _ = loaded.predict(observations, deterministic=True)
        assert action[0] == model.predict(observations, deterministic=True)[0][0]
        step = batch.step(action)
        observations, over = step.observations, bool(step.terminated[0] | step.truncated[0])
    assert batch.games_played == 1


def _weights(model: DQN) -> list[th.Tensor]:
    """A copy of what is learned and of its average; the target only follows."""
    named = model.policy.state_dict().items()
    return [weights.clone() for name, weights in named if not name.startswith("q_net_target")]


def _saved(folder: Path) -> Path:
    """A trained model in a file."""
    path = folder / "model.zip"
    path.write_bytes(_trained().to_bytes())
    return path


def test_a_model_refuses_to_be_trained_by_the_class_that_would_move_what_never_plays(
    tmp_path: Path,
) -> None:
    games = TetrisVecEnv(TetrisBatch(4, height=10, seed=8))
    original = DQN.load(_saved(tmp_path), env=games, device="cpu")
    before = _weights(original)

    with pytest.raises(LearnerError, match=r"from trainer\.tasks\.tetris\.learner\.dqn import AfterstateDQN"):
        original.learn(2_000)

    for old, new in zip(before, _weights(original), strict=True):
        assert th.equal(old, new)
    original.save(tmp_path / "again.zip")
    observations = games.reset()
    expected, _ = original.predict(observations, deterministic=True)
    again = DQN.load(tmp_path / "again.zip", device="cpu")
    assert (again.predict(observations, deterministic=True)[0] == expected).all()


def test_what_our_own_class_learns_after_loading_plays(tmp_path: Path) -> None:
    games = TetrisVecEnv(TetrisBatch(4, height=10, seed=8))
    model = AfterstateDQN.load(_saved(tmp_path), env=games, device="cpu")
    observations = th.as_tensor(games.reset())
    before = model.policy.q_net_average(observations).detach()

    model.learn(1_000)

    after = model.policy.q_net_average(observations).detach()
    assert (after - before).abs().max() > 0.01
    model.save(tmp_path / "more.zip")
    kept = DQN.load(tmp_path / "more.zip", device="cpu").policy
    assert th.equal(kept.q_net_average(observations), after)  # type: ignore[operator]


def test_rewards_that_are_no_share_of_one_are_refused_when_they_come(
    tmp_path: Path,
) -> None:
    class Lines(TetrisEnv):
        """A move is worth the lines it removes, and -1 when it loses."""

        def step(self, action: np.int64) -> tuple[Any, ...]:
            observation, reward, terminated, truncated, info = super().step(action)
            return observation, -1.0 if terminated else reward, terminated, truncated, info

    model = AfterstateDQN.load(_saved(tmp_path), env=DummyVecEnv([lambda: Lines(height=10)]), device="cpu")
    model.learning_starts = 10_000
    before = _weights(model)

    with pytest.raises(LearnerError, match=r"rewards from 0 to 1: .*; got .*TetrisVecEnv"):
        model.learn(100_000)

    assert all(th.equal(old, new) for old, new in zip(before, _weights(model), strict=True))
