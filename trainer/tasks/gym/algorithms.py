"""The algorithms: where they are, which actions they can take, which hyperparameters they have.

Only names are written down here; the defaults are the algorithms' own. A test compares this with what is installed.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

Algo = Literal[
    "ppo", "a2c", "dqn", "sac", "td3", "ddpg", "qrdqn", "tqc", "trpo", "ars", "recurrentppo", "maskableppo", "crossq",
]  # fmt: skip
Space = Literal["Box", "Discrete", "MultiDiscrete", "MultiBinary"]
Policy = Literal["Mlp", "Cnn", "MultiInput"]

ALL_SPACES = frozenset[Space](get_args(Space))
BOX, DISCRETE = frozenset[Space]({"Box"}), frozenset[Space]({"Discrete"})
ALL_POLICIES: tuple[Policy, ...] = get_args(Policy)

_EXPLORING = "use_sde sde_sample_freq"
_ON_POLICY = f"learning_rate n_steps gamma gae_lambda normalize_advantage {_EXPLORING}"
_CLIPPED = "learning_rate n_steps batch_size n_epochs gamma gae_lambda clip_range clip_range_vf normalize_advantage"
_PPO = f"{_CLIPPED} ent_coef vf_coef max_grad_norm target_kl"
_OFF_POLICY = "learning_rate buffer_size learning_starts batch_size gamma train_freq gradient_steps optimize_memory_usage n_steps"
_DQN = f"{_OFF_POLICY} tau target_update_interval exploration_fraction exploration_initial_eps exploration_final_eps max_grad_norm"
_NOISY = f"{_OFF_POLICY} action_noise"
_SAC = f"{_NOISY} ent_coef target_entropy {_EXPLORING} use_sde_at_warmup"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One of them.

    Attributes:
        module: where its class is.
        class_name: of it.
        spaces: the actions that it can take.
        hyperparameters: names of its constructor.
        policies: the kinds of networks that it has.
        ending: of their names: `MlpPolicy`, but `MlpLstmPolicy`.
        masks: whether it asks the environment which actions are allowed.
    """

    module: str
    class_name: str
    spaces: frozenset[Space]
    hyperparameters: frozenset[str]
    policies: tuple[Policy, ...] = ALL_POLICIES
    ending: str = "Policy"
    masks: bool = False


def _make(module: str, class_name: str, spaces: frozenset[Space], names: str, **others: Any) -> Algorithm:
    return Algorithm(module, class_name, spaces, frozenset(names.split()), **others)


SB3, CONTRIB = "stable_baselines3", "sb3_contrib"
ALGORITHMS: dict[str, Algorithm] = {
    "ppo": _make(SB3, "PPO", ALL_SPACES, f"{_PPO} {_EXPLORING}"),
    "a2c": _make(SB3, "A2C", ALL_SPACES, f"{_ON_POLICY} ent_coef vf_coef max_grad_norm rms_prop_eps use_rms_prop"),
    "dqn": _make(SB3, "DQN", DISCRETE, _DQN),
    "sac": _make(SB3, "SAC", BOX, f"{_SAC} tau target_update_interval"),
    "td3": _make(SB3, "TD3", BOX, f"{_NOISY} tau policy_delay target_policy_noise target_noise_clip"),
    "ddpg": _make(SB3, "DDPG", BOX, f"{_NOISY} tau"),
    "qrdqn": _make(CONTRIB, "QRDQN", DISCRETE, _DQN),
    "tqc": _make(CONTRIB, "TQC", BOX, f"{_SAC} tau target_update_interval top_quantiles_to_drop_per_net"),
    "trpo": _make(
        CONTRIB, "TRPO", ALL_SPACES,
        f"{_ON_POLICY} batch_size target_kl cg_max_steps cg_damping line_search_shrinking_factor line_search_max_iter n_critic_updates "
        "sub_sampling_factor",
    ),
    "ars": _make(
        CONTRIB, "ARS", BOX | DISCRETE,
        "learning_rate n_delta n_top delta_std zero_policy alive_bonus_offset n_eval_episodes", policies=("Mlp",),
    ),
    "recurrentppo": _make(CONTRIB, "RecurrentPPO", ALL_SPACES, f"{_PPO} {_EXPLORING}", ending="LstmPolicy"),
    "maskableppo": _make(CONTRIB, "MaskablePPO", ALL_SPACES - BOX, _PPO, masks=True),
    "crossq": _make(CONTRIB, "CrossQ", BOX, f"{_SAC} policy_delay", policies=("Mlp",)),
}  # fmt: skip
