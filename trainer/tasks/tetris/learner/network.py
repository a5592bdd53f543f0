"""The value network: one small MLP applied to each placement's afterstate gives the log-odds of the value of that placement."""

from functools import partial
from typing import Any, cast

import numpy as np
import torch as th
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.torch_layers import create_mlp
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import nn

from ....errors import LearnerError
from ....program import PACKAGE
from ..game.features import FEATURE_SCALES, N_FEATURES

REFUSED = (
    "This model must be trained by AfterstateDQN; stable-baselines3's own classes move weights that "
    "never play. Nothing was learned. To train it on: "
    f"from {PACKAGE}.tasks.tetris.learner.dqn import AfterstateDQN; "
    'model = AfterstateDQN.load("model.zip", env=games) with a TetrisVecEnv; '
    "or fork its run in Control Room."
)


class AfterstateQNetwork(QNetwork):
    """Values of all placements of a position: `Q(s, a) = sigmoid(MLP(features of the board after a))`, from 0, lost, to 1, safe.

    The outputs are the log-odds, before the sigmoid: they rank placements as the values do.

    A placement's features hold everything that its value depends on, so the 34 outputs share one network of 11 inputs and 1
    output instead of learning 34 times the same thing.
    """

    feature_scales: th.Tensor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_place = partial(nn.ReLU, inplace=True)  # a megabyte a layer less to ask the system for: half of the time of a big batch
        self.q_net = nn.Sequential(*create_mlp(N_FEATURES, 1, self.net_arch, cast("type[nn.Module]", in_place)))
        self.register_buffer("feature_scales", th.tensor(FEATURE_SCALES.tolist()))

    def forward(self, obs: Any) -> th.Tensor:
        """Log-odds of the values (positions, 34) of raw observations (positions, 34 × 11)."""
        return self.placement_values(obs.reshape(len(obs), -1, N_FEATURES))

    def placement_values(self, features: th.Tensor) -> th.Tensor:
        """Log-odds of the values (...) of placements with raw features (..., 11)."""
        values: th.Tensor = self.q_net(features.to(th.float32) / self.feature_scales)
        return values.squeeze(-1)


class AfterstatePolicy(DQNPolicy):
    """stable-baselines3's DQN policy with `AfterstateQNetwork` for the network, its target, and the running average of its weights.

    The average is what plays: the values of good placements differ by less than a gradient step moves them, so the newest weights
    rank them by chance, and their average does not (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging",
    1992). It never has a part in what is learned.
    """

    observation_space: spaces.Box
    q_net: AfterstateQNetwork
    q_net_average: AfterstateQNetwork

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        self.q_net_average = self.make_q_net()
        self.q_net_average.load_state_dict(self.q_net.state_dict())
        self.q_net_average.requires_grad_(requires_grad=False).set_training_mode(False)

    def _predict(self, obs: Any, deterministic: bool = True) -> th.Tensor:
        return self.q_net_average._predict(obs, deterministic)  # noqa: SLF001 - as stable-baselines3 calls it

    def set_training_mode(self, mode: bool) -> None:
        """Refuse to be trained by an algorithm that knows nothing of the average.

        stable-baselines3's own `train` switches to training mode before each update;
        `AfterstateDQN.train` does not, as no layer behaves differently in it.

        Raises:
            LearnerError: `mode` is true.
        """
        if mode:
            raise LearnerError(REFUSED)

    def average(self, new_share: float) -> None:
        """Move the average towards the newest weights by this share of the way."""
        averages = [weights.data for weights in self.q_net_average.parameters()]
        th._foreach_lerp_(averages, [weights.data for weights in self.q_net.parameters()], new_share)

    def make_q_net(self) -> AfterstateQNetwork:
        """A new network with its own weights."""
        arguments = self._update_features_extractor(self.net_args, features_extractor=None)
        return AfterstateQNetwork(**arguments).to(self.device)


def network_layers(network: QNetwork) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Copies of the weights (out, in) and biases (out,) of each linear layer, for the compiled greedy player."""
    linear = [module for module in network.q_net if isinstance(module, nn.Linear)]
    return [(layer.weight.detach().cpu().numpy().copy(), layer.bias.detach().cpu().numpy().copy()) for layer in linear]
