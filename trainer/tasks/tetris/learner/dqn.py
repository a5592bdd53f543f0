"""stable-baselines3's DQN, made fit for parallel games and for afterstates. Its learning loop is used as it is.

Three methods are replaced:

- `predict` draws one ε-greedy coin *a game*; the original draws one for all parallel games, so that sixteen games explore together.
  The first game, which people watch, stops exploring when the others reach their last ε.
- `train` fits the log-odds of the value by cross-entropy instead of the value by squared error, and computes them only of the
  placement that was chosen. After each step it moves the running average of the weights, which is the network that plays when it
  should play its best.
- `_store_transition` refuses rewards that are no share of 1, from which the two would learn something else.

Why log-odds: every move after which the game goes on is worth 1, so the value of a placement, as a share of what a game without end
is worth, is `1 − E[γ^T]`, T the moves until the game is lost. A good player's placements differ in the fourth decimal of that, far
less than a fitted value errs; in its log-odds they differ by whole tenths. Cross-entropy is the likelihood of such a share, and its
minimum is the same expected value (compare Farebrother et al., "Stop regressing: training value functions via classification", 2024,
and van Seijen et al., "Using a logarithmic mapping to enable lower discount factors", 2019). Its gradient in the log-odds is the error
itself, which in safe positions is as small as the risk there; so each term is divided by its risk, or the dangerous positions would
drown all others.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch as th
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3 import DQN
from stable_baselines3.common.buffers import ReplayBuffer
from torch import sigmoid
from torch.nn import functional

from ....errors import LearnerError
from ..game.features import N_FEATURES
from .network import AfterstatePolicy, AfterstateQNetwork

POSITIONS = ("_last_obs", "_last_original_obs")  # a fifth of a saved model; who goes on learning with one resets the games anyway
SMALLEST_RISK = 0.01  # 1 − value; where it is smaller, an error is no longer held to be larger for it
AVERAGE_OF_LATEST = 0.1  # while there are few gradient steps, the average is over about this share of them


class Diagnostics(NamedTuple):
    """Means since the last reading; None where nothing happened."""

    loss: float | None
    mean_q: float | None


class _Mean:
    """A running mean of tensors that is only brought into Python when it is read."""

    def __init__(self) -> None:
        self._sum, self._count = th.zeros(()), 0

    def add(self, value: th.Tensor) -> None:
        self._sum = self._sum + value.detach().sum()
        self._count += value.numel()

    def state(self) -> list[float]:
        return [self._sum.item(), self._count]

    def load_state(self, state: Sequence[float]) -> None:
        self._sum, self._count = th.tensor(state[0]), int(state[1])

    def take(self) -> float | None:
        mean = self._sum.item() / self._count if self._count else None
        self.__init__()  # type: ignore[misc]
        return mean


class AfterstateDQN(DQN):
    """DQN on afterstates, for rewards from 0 to 1.

    What it saves can be played by stable-baselines3's own `DQN.load`, and trained on by
    `AfterstateDQN.load` alone: the policy refuses the original's `train`.

    Args:
        weight_averaging: share of the old value that a gradient step leaves in the average weights, from 0 (the newest weights
            play) to just below 1. Early on it is less, so that the first, bad weights are soon forgotten.
        args, kwargs: as for stable-baselines3's DQN, with `AfterstatePolicy` for the policy.
    """

    action_space: spaces.Discrete
    policy: AfterstatePolicy
    q_net: AfterstateQNetwork
    q_net_target: AfterstateQNetwork

    def __init__(self, *args: Any, weight_averaging: float = 0.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weight_averaging = weight_averaging
        self._loss, self._mean_q = _Mean(), _Mean()

    def _store_transition(  # noqa: PLR0917 - SB3's signature
        self,
        replay_buffer: ReplayBuffer,
        buffer_action: np.ndarray,
        new_obs: Any,
        reward: np.ndarray,
        dones: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        """Keep a move of all games; a reward that is no share of 1 would be learned wrongly."""
        if not (reward.min() >= 0 and reward.max() <= 1):  # NaN too
            raise LearnerError(
                "AfterstateDQN learns from rewards from 0 to 1: 1 for each move, 0 for one that loses "
                f"the game; got {reward.min():g} to {reward.max():g}. Train it in a TetrisVecEnv."
            )
        super()._store_transition(replay_buffer, buffer_action, new_obs, reward, dones, infos)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Sample the replay buffer, do gradient steps."""
        self._update_learning_rate(self.policy.optimizer)
        for _ in range(gradient_steps):
            loss = self._td_loss(batch_size)
            self._loss.add(loss)
            self.policy.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            th.nn.utils.clip_grad_norm_(self.q_net.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            self._n_updates += 1
            self.policy.average(max(1 - self.weight_averaging, 1 / (1 + AVERAGE_OF_LATEST * self._n_updates)))

    def _td_loss(self, batch_size: int) -> th.Tensor:
        assert self.replay_buffer is not None  # noqa: S101 - for the type checker; made in _setup_model
        batch = self.replay_buffer.sample(batch_size, env=self._vec_normalize_env)
        with th.no_grad():
            next_values = sigmoid(self.q_net_target(batch.next_observations).max(dim=1, keepdim=True).values)
            targets = (1 - self.gamma) * batch.rewards + self.gamma * (1 - batch.dones) * next_values  # from 0 to 1
        placements = batch.observations.view(batch_size, -1, N_FEATURES)  # (batch, 34, 11)
        chosen = placements[th.arange(batch_size), batch.actions.squeeze(1)]  # (batch, 11)
        log_odds = self.q_net.placement_values(chosen)
        weights = 1 / (sigmoid(-log_odds.detach()) + SMALLEST_RISK)
        return functional.binary_cross_entropy_with_logits(log_odds, targets.squeeze(1), weights)

    def predict(
        self,
        observation: Any,
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Placements that the average weights value highest; unless `deterministic`: that the newest do, or random with probability ε."""
        if deterministic or not self.policy.is_vectorized_observation(observation):
            return super().predict(observation, state, episode_start, deterministic)
        with th.no_grad():
            values, placements = self.q_net(th.as_tensor(observation, device=self.device)).max(dim=1)
        self._mean_q.add(sigmoid(values))
        actions = placements.cpu().numpy()
        if self.exploration_rate > 0:
            generator = self.action_space.np_random
            explores = generator.random(len(actions)) < self._exploration_rates(len(actions))
            actions = np.where(explores, generator.integers(self.action_space.n, size=len(actions)), actions)
        return actions, state

    def _exploration_rates(self, games: int) -> NDArray[np.float64]:
        """ε of each game, (games,): the first one, which people watch, stops exploring when the others reach their last ε."""
        rates = np.full(games, self.exploration_rate)
        if games > 1 and self.exploration_rate <= self.exploration_final_eps:
            rates[0] = 0.0
        return rates

    def take_diagnostics(self) -> Diagnostics:
        """Mean cross-entropy of the gradient steps and mean value (0 to 1) of the greedy placements since the last call."""
        return Diagnostics(self._loss.take(), self._mean_q.take())

    def diagnostics_state(self) -> dict[str, list[float]]:
        """What `take_diagnostics` would be made of, as JSON types."""
        return {"loss": self._loss.state(), "mean_q": self._mean_q.state()}

    def load_diagnostics_state(self, state: Mapping[str, Sequence[float]]) -> None:
        """Go on from what `diagnostics_state` returned."""
        self._loss.load_state(state["loss"])
        self._mean_q.load_state(state["mean_q"])

    def to_bytes(self) -> bytes:
        """The content of the `.zip` that `save` would write: policy and optimiser."""
        target = io.BytesIO()
        with np.printoptions(threshold=0):  # the spaces' thousand digits, which nobody reads, take as long as all the rest
            self.save(target)
        return target.getvalue()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_loss", "_mean_q", *POSITIONS]
