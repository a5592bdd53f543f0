"""Settings that are known to work: of an algorithm in an environment, published by others.

The values are those of RL Baselines3 Zoo (A. Raffin, https://github.com/DLR-RM/rl-baselines3-zoo, `hyperparams/*.yml`), for the steps
that it trains with. Elsewhere an algorithm's own defaults hold.
"""

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]
TUNED_PRESET, DEFAULTS = "tuned", "defaults"
"""The names of the presets."""
SOURCE = "RL Baselines3 Zoo (github.com/DLR-RM/rl-baselines3-zoo)"

TUNED: dict[tuple[str, str], dict[str, Any]] = {
    ("CartPole-v1", "ppo"): {
        "total_timesteps": 100_000, "n_envs": 8, "n_steps": 32, "batch_size": 256, "gae_lambda": 0.8, "gamma": 0.98, "n_epochs": 20,
        "ent_coef": "0.0", "learning_rate": 1e-3, "clip_range": 0.2, "schedule": "linear", "eval_every": 10_000,
    },
    ("CartPole-v1", "a2c"): {"total_timesteps": 500_000, "n_envs": 8, "ent_coef": "0.0"},
    ("CartPole-v1", "dqn"): {
        "total_timesteps": 50_000, "learning_rate": 2.3e-3, "batch_size": 64, "buffer_size": 100_000, "learning_starts": 1_000,
        "gamma": 0.99, "target_update_interval": 10, "train_freq": 256, "gradient_steps": 128, "exploration_fraction": 0.16,
        "exploration_final_eps": 0.04, "net_arch": (256, 256), "eval_every": 5_000,
    },
    ("Pendulum-v1", "sac"): {"total_timesteps": 20_000, "learning_rate": 1e-3, "eval_every": 2_000},
    ("Pendulum-v1", "ppo"): {
        "total_timesteps": 100_000, "n_envs": 4, "n_steps": 1_024, "gae_lambda": 0.95, "gamma": 0.9, "n_epochs": 10, "ent_coef": "0.0",
        "learning_rate": 1e-3, "clip_range": 0.2, "use_sde": "on", "sde_sample_freq": 4, "eval_every": 10_000,
    },
    ("Acrobot-v1", "ppo"): {
        "total_timesteps": 1_000_000, "n_envs": 16, "n_steps": 256, "gae_lambda": 0.94, "gamma": 0.99, "n_epochs": 4, "ent_coef": "0.0",
        "normalize": "observations and rewards",
    },
    ("MountainCar-v0", "ppo"): {
        "total_timesteps": 1_000_000, "n_envs": 16, "n_steps": 16, "gae_lambda": 0.98, "gamma": 0.99, "n_epochs": 4, "ent_coef": "0.0",
        "normalize": "observations and rewards",
    },
    ("LunarLander-v3", "ppo"): {
        "total_timesteps": 1_000_000, "n_envs": 16, "n_steps": 1_024, "batch_size": 64, "gae_lambda": 0.98, "gamma": 0.999, "n_epochs": 4,
        "ent_coef": "0.01",
    },
    ("LunarLander-v3", "dqn"): {
        "total_timesteps": 100_000, "learning_rate": 6.3e-4, "batch_size": 128, "buffer_size": 50_000, "learning_starts": 0, "gamma": 0.99,
        "target_update_interval": 250, "train_freq": 4, "gradient_steps": -1, "exploration_fraction": 0.12, "exploration_final_eps": 0.1,
        "net_arch": (256, 256),
    },
}  # fmt: skip


def tuned(env: str, algo: str) -> Values:
    """The known settings of an algorithm in an environment; none if there are none."""
    return TUNED.get((env, algo), {})


def has_tuned(env: str, algo: str) -> bool:
    """Whether there are some."""
    return bool(tuned(env, algo))


def usual_environments() -> list[str]:
    """The environments with known settings: what a person is offered before it is known what is installed."""
    return list(dict.fromkeys(env for env, _ in TUNED))
