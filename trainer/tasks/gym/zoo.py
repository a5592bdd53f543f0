"""Settings that are known to work, published by others: those of RL Baselines3 Zoo.

The values are those of A. Raffin, RL Baselines3 Zoo (https://github.com/DLR-RM/rl-baselines3-zoo, `hyperparams/*.yml`), of version 2.8.
They were found for the version of an environment that was the newest at that time, and are used for every one of the same name; those of
Atari for every game, with `atari` for the wrappers that the zoo names. What a setting of ours cannot say is left out: Ornstein-Uhlenbeck
noise (TD3 and DDPG in MountainCarContinuous), wrappers of the zoo's own (CarRacing), the optimiser of A2C and the episodes of
RecurrentPPO, which do not end with a life, for Atari. How often rows are written and episodes evaluated is ours.
"""

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]

BOTH = "observations and rewards"
RELU = '{"log_std_init": -2, "ortho_init": false, "activation_fn": "ReLU"}'
EXPLORING = '{"log_std_init": -2, "ortho_init": false}'
LINEAR = '{"net_arch": [], "with_bias": false, "squash_output": false}'
WIDE_CRITIC = '{"net_arch": {"pi": [256, 256], "qf": [2048, 2048]}}'
SMALL_LSTM = '{"ortho_init": false, "activation_fn": "ReLU", "lstm_hidden_size": 64, "enable_critic_lstm": true}'


def _set(total_timesteps: int, **values: Any) -> Values:
    """The values, with rows and evaluations that are as frequent as the length of the run makes sensible."""
    return {
        "total_timesteps": total_timesteps,
        "log_every": min(2_000, max(100, total_timesteps // 200)),
        "eval_every": min(250_000, max(total_timesteps // 20, min(total_timesteps // 10, 10_000))),
        **values,
    }


TABLE: dict[str, dict[str, Values]] = {
    "ppo": {
        "Atari": _set(10_000_000, n_envs=8, atari="on", frame_stack=4, schedule="linear", learning_rate=0.00025,
            n_steps=128, batch_size=256, n_epochs=4, clip_range=0.1, ent_coef="0.01", vf_coef=0.5),
        "Pendulum": _set(100_000, n_envs=4, learning_rate=0.001, n_steps=1_024, n_epochs=10, gamma=0.9, gae_lambda=0.95,
            clip_range=0.2, ent_coef="0.0", use_sde="on", sde_sample_freq=4),
        "CartPole": _set(100_000, n_envs=8, schedule="linear", learning_rate=0.001, n_steps=32, batch_size=256,
            n_epochs=20, gamma=0.98, gae_lambda=0.8, clip_range=0.2, ent_coef="0.0"),
        "MountainCar": _set(1_000_000, n_envs=16, normalize=BOTH, n_steps=16, n_epochs=4, gamma=0.99, gae_lambda=0.98,
            ent_coef="0.0"),
        "MountainCarContinuous": _set(20_000, normalize=BOTH, learning_rate=7.77e-05, n_steps=8, batch_size=256,
            n_epochs=10, gamma=0.9999, gae_lambda=0.9, clip_range=0.1, ent_coef="0.00429", vf_coef=0.19, max_grad_norm=5,
            use_sde="on", policy_kwargs='{"log_std_init": -3.29, "ortho_init": false}'),
        "Acrobot": _set(1_000_000, n_envs=16, normalize=BOTH, n_steps=256, n_epochs=4, gamma=0.99, gae_lambda=0.94,
            ent_coef="0.0"),
        "BipedalWalker": _set(5_000_000, n_envs=32, normalize=BOTH, learning_rate=0.0003, n_steps=2_048, batch_size=64,
            n_epochs=10, gamma=0.999, gae_lambda=0.95, clip_range=0.18, ent_coef="0.0"),
        "BipedalWalkerHardcore": _set(100_000_000, n_envs=16, normalize=BOTH, schedule="linear", learning_rate=0.00025,
            n_steps=2_048, batch_size=64, n_epochs=10, gamma=0.99, gae_lambda=0.95, clip_range=0.2, ent_coef="0.001"),
        "LunarLander LunarLanderContinuous": _set(1_000_000, n_envs=16, n_steps=1_024, batch_size=64, n_epochs=4,
            gamma=0.999, gae_lambda=0.98, ent_coef="0.01"),
        "Ant": _set(1_000_000, normalize=BOTH),
        "Swimmer": _set(1_000_000, n_envs=4, normalize=BOTH, learning_rate=0.0006, n_steps=1_024, batch_size=256,
            gamma=0.9999, gae_lambda=0.98),
        "HalfCheetah": _set(1_000_000, normalize=BOTH, learning_rate=2.0633e-05, n_steps=512, batch_size=64,
            n_epochs=20, gamma=0.98, gae_lambda=0.92, clip_range=0.1, ent_coef="0.000401762", vf_coef=0.58096,
            max_grad_norm=0.8, net_arch=(256, 256), policy_kwargs=RELU),
        "Hopper": _set(1_000_000, normalize=BOTH, learning_rate=9.80828e-05, n_steps=512, batch_size=32, n_epochs=5,
            gamma=0.999, gae_lambda=0.99, clip_range=0.2, ent_coef="0.00229519", vf_coef=0.835671, max_grad_norm=0.7,
            net_arch=(256, 256), policy_kwargs=RELU),
        "HumanoidStandup": _set(10_000_000, normalize=BOTH, learning_rate=2.55673e-05, n_steps=512, batch_size=32,
            n_epochs=20, gamma=0.99, gae_lambda=0.9, clip_range=0.3, ent_coef="3.62109e-06", vf_coef=0.430793,
            max_grad_norm=0.7, net_arch=(256, 256), policy_kwargs=RELU),
        "Humanoid": _set(10_000_000, normalize=BOTH, learning_rate=3.56987e-05, n_steps=512, batch_size=256, n_epochs=5,
            gamma=0.95, gae_lambda=0.9, clip_range=0.3, ent_coef="0.00238306", vf_coef=0.431892, max_grad_norm=2,
            net_arch=(256, 256), policy_kwargs=RELU),
        "InvertedDoublePendulum": _set(1_000_000, normalize=BOTH, learning_rate=0.000155454, n_steps=128,
            batch_size=512, n_epochs=10, gamma=0.98, gae_lambda=0.8, clip_range=0.4, ent_coef="1.05057e-06",
            vf_coef=0.695929, max_grad_norm=0.5),
        "InvertedPendulum": _set(1_000_000, normalize=BOTH, learning_rate=0.000222425, n_steps=32, batch_size=64,
            n_epochs=5, gamma=0.999, gae_lambda=0.9, clip_range=0.4, ent_coef="1.37976e-07", vf_coef=0.19816,
            max_grad_norm=0.3),
        "Reacher": _set(1_000_000, normalize=BOTH, learning_rate=0.000104019, n_steps=512, batch_size=32, n_epochs=5,
            gamma=0.9, gae_lambda=1.0, clip_range=0.3, ent_coef="7.52585e-08", vf_coef=0.950368, max_grad_norm=0.9),
        "Walker2d": _set(1_000_000, normalize=BOTH, learning_rate=5.05041e-05, n_steps=512, batch_size=32, n_epochs=20,
            gamma=0.99, gae_lambda=0.95, clip_range=0.1, ent_coef="0.000585045", vf_coef=0.871923, max_grad_norm=1),
    },
    "a2c": {
        "Atari": _set(10_000_000, n_envs=16, atari="on", frame_stack=4, ent_coef="0.01", vf_coef=0.25),
        "CartPole": _set(500_000, n_envs=8, ent_coef="0.0"),
        "LunarLander": _set(200_000, n_envs=8, schedule="linear", learning_rate=0.00083, n_steps=5, gamma=0.995,
            ent_coef="1e-05"),
        "MountainCar": _set(1_000_000, n_envs=16, normalize=BOTH, ent_coef="0.0"),
        "Acrobot": _set(500_000, n_envs=16, normalize=BOTH, ent_coef="0.0"),
        "Pendulum": _set(1_000_000, n_envs=8, normalize=BOTH, schedule="linear", learning_rate=0.0007, n_steps=8,
            gamma=0.9, gae_lambda=0.9, ent_coef="0.0", vf_coef=0.4, max_grad_norm=0.5, use_rms_prop="on",
            normalize_advantage="off", use_sde="on", policy_kwargs=EXPLORING),
        "LunarLanderContinuous": _set(5_000_000, n_envs=4, normalize=BOTH, schedule="linear", learning_rate=0.0007,
            n_steps=8, gamma=0.99, gae_lambda=0.9, ent_coef="0.0", vf_coef=0.4, max_grad_norm=0.5, use_rms_prop="on",
            normalize_advantage="off", use_sde="on", policy_kwargs=EXPLORING),
        "MountainCarContinuous": _set(100_000, n_envs=4, normalize=BOTH, n_steps=100, ent_coef="0.0", use_sde="on",
            sde_sample_freq=16, policy_kwargs='{"log_std_init": 0.0, "ortho_init": false}'),
        "BipedalWalker": _set(5_000_000, n_envs=16, normalize=BOTH, schedule="linear", learning_rate=0.00096, n_steps=8,
            gamma=0.99, gae_lambda=0.9, ent_coef="0.0", vf_coef=0.4, max_grad_norm=0.5, use_rms_prop="on",
            normalize_advantage="off", use_sde="on", policy_kwargs=EXPLORING),
        "BipedalWalkerHardcore": _set(200_000_000, n_envs=32, normalize=BOTH, schedule="linear", learning_rate=0.0008,
            n_steps=8, gamma=0.99, gae_lambda=0.9, ent_coef="0.001", vf_coef=0.4, max_grad_norm=0.5, use_rms_prop="on",
            normalize_advantage="off", use_sde="on", policy_kwargs=EXPLORING),
        "HalfCheetah Ant Hopper Walker2d": _set(1_000_000, normalize=BOTH),
        "Humanoid": _set(2_000_000, normalize=BOTH),
        "Swimmer": _set(1_000_000, normalize=BOTH, gamma=0.9999),
    },
    "dqn": {
        "Atari": _set(10_000_000, atari="on", frame_stack=4, learning_rate=0.0001, batch_size=32, buffer_size=100_000,
            learning_starts=100_000, target_update_interval=1_000, train_freq=4, gradient_steps=1, exploration_fraction=0.1,
            exploration_final_eps=0.01),
        "CartPole": _set(50_000, learning_rate=0.0023, batch_size=64, gamma=0.99, buffer_size=100_000,
            learning_starts=1_000, target_update_interval=10, train_freq=256, gradient_steps=128, exploration_fraction=0.16,
            exploration_final_eps=0.04, net_arch=(256, 256)),
        "MountainCar": _set(120_000, learning_rate=0.004, batch_size=128, gamma=0.98, buffer_size=10_000,
            learning_starts=1_000, target_update_interval=600, train_freq=16, gradient_steps=8, exploration_fraction=0.2,
            exploration_final_eps=0.07, net_arch=(256, 256)),
        "LunarLander Acrobot": _set(100_000, learning_rate=0.00063, batch_size=128, gamma=0.99, buffer_size=50_000,
            learning_starts=0, target_update_interval=250, train_freq=4, gradient_steps=-1, exploration_fraction=0.12,
            exploration_final_eps=0.1, net_arch=(256, 256)),
    },
    "qrdqn": {
        "Atari": _set(10_000_000, atari="on", frame_stack=4, learning_starts=50_000, exploration_fraction=0.025,
            buffer_size=100_000),  # ours: the default, a million, takes 56 GB
        "CartPole": _set(50_000, learning_rate=0.0023, batch_size=64, gamma=0.99, buffer_size=100_000,
            learning_starts=1_000, target_update_interval=10, train_freq=256, gradient_steps=128, exploration_fraction=0.16,
            exploration_final_eps=0.04, net_arch=(256, 256), policy_kwargs='{"n_quantiles": 10}'),
        "MountainCar": _set(120_000, learning_rate=0.004, batch_size=128, gamma=0.98, buffer_size=10_000,
            learning_starts=1_000, target_update_interval=600, train_freq=16, gradient_steps=8, exploration_fraction=0.2,
            exploration_final_eps=0.07, net_arch=(256, 256), policy_kwargs='{"n_quantiles": 25}'),
        "LunarLander": _set(100_000, schedule="linear", learning_rate=0.0015, batch_size=128, gamma=0.995,
            buffer_size=100_000, learning_starts=10_000, target_update_interval=1, train_freq=256, gradient_steps=-1,
            exploration_fraction=0.24, exploration_final_eps=0.18, net_arch=(256, 256), policy_kwargs='{"n_quantiles": 170}'),
        "Acrobot": _set(100_000, learning_rate=0.00063, batch_size=128, gamma=0.99, buffer_size=50_000,
            learning_starts=0, target_update_interval=250, train_freq=4, gradient_steps=-1, exploration_fraction=0.12,
            exploration_final_eps=0.1, net_arch=(256, 256), policy_kwargs='{"n_quantiles": 25}'),
    },
    "sac": {
        "MountainCarContinuous": _set(50_000, learning_rate=0.0003, batch_size=512, gamma=0.9999, ent_coef="0.1",
            buffer_size=50_000, train_freq=32, gradient_steps=32, tau=0.01, learning_starts=0, use_sde="on", net_arch=(64,
            64), policy_kwargs='{"log_std_init": -3.67}'),
        "Pendulum": _set(20_000, learning_rate=0.001),
        "LunarLanderContinuous": _set(500_000, schedule="linear", learning_rate=0.00073, batch_size=256, gamma=0.99,
            ent_coef="auto", buffer_size=1_000_000, tau=0.01, train_freq=1, gradient_steps=1, learning_starts=10_000,
            net_arch=(400, 300)),
        "BipedalWalker": _set(500_000, learning_rate=0.00073, batch_size=256, gamma=0.98, ent_coef="auto",
            buffer_size=300_000, tau=0.02, train_freq=64, gradient_steps=64, learning_starts=10_000, use_sde="on",
            net_arch=(400, 300), policy_kwargs='{"log_std_init": -3}'),
        "BipedalWalkerHardcore": _set(10_000_000, schedule="linear", learning_rate=0.00073, batch_size=256, gamma=0.99,
            ent_coef="0.005", buffer_size=1_000_000, tau=0.01, train_freq=1, gradient_steps=1, learning_starts=10_000,
            net_arch=(400, 300)),
        "HalfCheetah Ant Hopper Walker2d": _set(1_000_000, learning_starts=10_000),
        "Humanoid": _set(2_000_000, learning_starts=10_000),
        "Swimmer": _set(1_000_000, gamma=0.999, learning_starts=10_000),
    },
    "td3": {
        "Pendulum": _set(20_000, learning_rate=0.001, gamma=0.98, buffer_size=200_000, learning_starts=10_000,
            action_noise=0.1, gradient_steps=1, train_freq=1, net_arch=(400, 300)),
        "LunarLanderContinuous": _set(300_000, learning_rate=0.001, gamma=0.98, buffer_size=200_000,
            learning_starts=10_000, action_noise=0.1, gradient_steps=1, train_freq=1, net_arch=(400, 300)),
        "BipedalWalker": _set(1_000_000, learning_rate=0.001, gamma=0.98, buffer_size=200_000, learning_starts=10_000,
            action_noise=0.1, gradient_steps=1, train_freq=1, net_arch=(400, 300)),
        "BipedalWalkerHardcore": _set(10_000_000, schedule="linear", learning_rate=0.0007, batch_size=256, gamma=0.99,
            buffer_size=1_000_000, learning_starts=10_000, action_noise=0.1, train_freq=1, net_arch=(400, 300)),
        "HalfCheetah Ant Hopper Walker2d": _set(1_000_000, learning_rate=0.001, batch_size=256, learning_starts=10_000,
            action_noise=0.1, train_freq=1, gradient_steps=1, net_arch=(400, 300)),
        "Humanoid": _set(2_000_000, learning_rate=0.001, batch_size=256, learning_starts=10_000, action_noise=0.1,
            train_freq=1, gradient_steps=1, net_arch=(400, 300)),
        "Swimmer": _set(1_000_000, learning_rate=0.001, batch_size=256, gamma=0.9999, learning_starts=10_000,
            action_noise=0.1, train_freq=1, gradient_steps=1, net_arch=(400, 300)),
    },
    "tqc": {
        "BipedalWalkerHardcore": _set(2_000_000, schedule="linear", learning_rate=0.00073, batch_size=256, gamma=0.99,
            ent_coef="auto", buffer_size=1_000_000, tau=0.01, train_freq=1, gradient_steps=1, learning_starts=10_000,
            net_arch=(400, 300)),
        "Hopper": _set(1_000_000, learning_starts=10_000, top_quantiles_to_drop_per_net=5),
    },
    "trpo": {
        "CartPole": _set(100_000, n_envs=2, learning_rate=0.001, n_steps=512, batch_size=512, gamma=0.99,
            gae_lambda=0.98, cg_damping=0.001, n_critic_updates=20),
        "Pendulum": _set(100_000, n_envs=2, n_steps=1_024, gamma=0.9, n_critic_updates=15, use_sde="on",
            sde_sample_freq=4),
        "LunarLander": _set(200_000, n_envs=2, learning_rate=0.001, n_steps=512, gamma=0.99, gae_lambda=0.98,
            cg_damping=0.01, n_critic_updates=15),
        "LunarLanderContinuous MountainCar": _set(100_000, n_envs=2, normalize=BOTH, n_steps=1_024,
            n_critic_updates=20),
        "Acrobot": _set(100_000, n_envs=2, normalize=BOTH, n_steps=1_024),
        "MountainCarContinuous": _set(50_000, n_envs=2, normalize=BOTH, use_sde="on", sde_sample_freq=4),
        "Ant Hopper Walker2d BipedalWalker": _set(1_000_000, n_envs=2, normalize=BOTH, learning_rate=0.001,
            n_steps=1_024, batch_size=128, gamma=0.99, gae_lambda=0.95, sub_sampling_factor=1, cg_max_steps=25,
            cg_damping=0.1, n_critic_updates=20),
        "HalfCheetah": _set(1_000_000, n_envs=2, normalize=BOTH, learning_rate=0.001, n_steps=1_024, batch_size=128,
            gamma=0.99, gae_lambda=0.95, sub_sampling_factor=1, cg_max_steps=25, cg_damping=0.1, n_critic_updates=20,
            target_kl=0.04),
        "Humanoid": _set(2_000_000, n_envs=2, normalize=BOTH, learning_rate=0.001, n_steps=1_024, batch_size=128,
            gamma=0.99, gae_lambda=0.95, sub_sampling_factor=1, cg_max_steps=25, cg_damping=0.1, n_critic_updates=20),
        "Swimmer": _set(1_000_000, n_envs=2, normalize=BOTH, learning_rate=0.001, n_steps=1_024, batch_size=128,
            gamma=0.9999, gae_lambda=0.95, sub_sampling_factor=1, cg_max_steps=25, cg_damping=0.1, n_critic_updates=20),
        "BipedalWalkerHardcore": _set(10_000_000, n_envs=2, normalize=BOTH, learning_rate=0.001, n_steps=1_024,
            batch_size=128, gamma=0.99, gae_lambda=0.95, sub_sampling_factor=1, cg_max_steps=25, cg_damping=0.1,
            n_critic_updates=20),
    },
    "ars": {
        "CartPole": _set(50_000, n_delta=2, policy_kwargs=LINEAR),
        "Pendulum LunarLanderContinuous": _set(2_000_000, normalize="observations", learning_rate=0.018, n_delta=4,
            n_top=1, delta_std=0.1, zero_policy="off", net_arch=(16,)),
        "LunarLander": _set(2_000_000, normalize="observations", learning_rate=0.018, n_delta=6, n_top=1, delta_std=0.1,
            zero_policy="off", net_arch=(16,)),
        "Acrobot": _set(500_000, normalize="observations", learning_rate=0.018, n_delta=4, n_top=1, delta_std=0.1,
            zero_policy="off", net_arch=(16,)),
        "MountainCar": _set(500_000, normalize="observations", learning_rate=0.018, n_delta=8, n_top=1, delta_std=0.1,
            zero_policy="off", net_arch=(16,)),
        "MountainCarContinuous": _set(500_000, normalize="observations", learning_rate=0.018, n_delta=4, n_top=1,
            delta_std=0.2, zero_policy="off", net_arch=(16,)),
        "Swimmer": _set(2_000_000, learning_rate=0.02, delta_std=0.01, n_delta=1, n_top=1, alive_bonus_offset=0,
            policy_kwargs=LINEAR),
        "Hopper": _set(7_000_000, normalize="observations", learning_rate=0.01, delta_std=0.025, n_delta=8, n_top=4,
            alive_bonus_offset=-1, policy_kwargs=LINEAR),
        "HalfCheetah": _set(12_500_000, normalize="observations", learning_rate=0.02, delta_std=0.03, n_delta=32,
            n_top=4, alive_bonus_offset=0, policy_kwargs=LINEAR),
        "Walker2d": _set(75_000_000, normalize="observations", learning_rate=0.03, delta_std=0.025, n_delta=40,
            n_top=30, alive_bonus_offset=-1, policy_kwargs=LINEAR),
        "Ant": _set(75_000_000, normalize="observations", learning_rate=0.015, delta_std=0.025, n_delta=60, n_top=20,
            alive_bonus_offset=-1, policy_kwargs=LINEAR),
        "Humanoid": _set(250_000_000, normalize="observations", learning_rate=0.02, delta_std=0.0075, n_delta=256,
            n_top=256, alive_bonus_offset=-5, policy_kwargs=LINEAR),
        "BipedalWalker": _set(100_000_000, normalize="observations", learning_rate=0.02, delta_std=0.0075, n_delta=64,
            n_top=32, alive_bonus_offset=-0.1, net_arch=(16,)),
        "BipedalWalkerHardcore": _set(500_000_000, normalize="observations", learning_rate=0.02, delta_std=0.0075,
            n_delta=64, n_top=32, alive_bonus_offset=-0.1, net_arch=(16,)),
    },
    "recurrentppo": {
        "Atari": _set(10_000_000, n_envs=8, atari="on", frame_stack=4, schedule="linear", learning_rate=0.00025,
            n_steps=128, batch_size=256, n_epochs=4, clip_range=0.1, ent_coef="0.01", vf_coef=0.5,
            policy_kwargs='{"enable_critic_lstm": false, "lstm_hidden_size": 128}'),
        "BipedalWalker": _set(5_000_000, n_envs=32, normalize=BOTH, learning_rate=0.0003, n_steps=256, batch_size=256,
            n_epochs=10, gamma=0.999, gae_lambda=0.95, clip_range=0.18, ent_coef="0.0", net_arch=(64,),
            policy_kwargs=SMALL_LSTM),
        "BipedalWalkerHardcore": _set(100_000_000, n_envs=32, normalize=BOTH, schedule="linear", learning_rate=0.0003,
            n_steps=256, batch_size=256, n_epochs=10, gamma=0.999, gae_lambda=0.95, clip_range=0.2, ent_coef="0.001",
            net_arch=(64,), policy_kwargs=SMALL_LSTM),
    },
    "crossq": {
        "MountainCarContinuous": _set(50_000, learning_rate=0.0007, gamma=0.9999, buffer_size=50_000, train_freq=32,
            gradient_steps=32, learning_starts=100, use_sde="on", policy_delay=2, net_arch=(64, 64),
            policy_kwargs='{"use_expln": true, "log_std_init": -1}'),
        "Pendulum": _set(20_000, policy_delay=2, net_arch=(256, 256)),
        "LunarLanderContinuous": _set(200_000, buffer_size=1_000_000, learning_starts=10_000),
        "BipedalWalker": _set(200_000, gamma=0.98, buffer_size=300_000, learning_starts=10_000,
            policy_kwargs='{"net_arch": {"pi": [256, 256], "qf": [1024, 1024]}}'),
        "HalfCheetah Ant Hopper Walker2d Humanoid HumanoidStandup": _set(5_000_000, learning_rate=0.001,
            buffer_size=1_000_000, learning_starts=5_000, policy_delay=3, policy_kwargs=WIDE_CRITIC),
        "Swimmer": _set(5_000_000, learning_rate=0.001, gamma=0.999, buffer_size=1_000_000, learning_starts=5_000,
            policy_delay=3, policy_kwargs=WIDE_CRITIC),
    },
}  # fmt: skip
"""By the algorithm and the names of environments without their versions; several that have the same values stand together."""


def _by_environment(rows: Mapping[str, Values]) -> dict[str, Values]:
    return {name: values for names, values in rows.items() for name in names.split()}


ZOO = {algo: _by_environment(rows) for algo, rows in TABLE.items()}
ZOO["ddpg"] = ZOO["td3"]
ZOO["tqc"] = ZOO["sac"] | ZOO["tqc"]
BODIES = ("Ant", "HalfCheetah", "Hopper", "Humanoid", "HumanoidStandup", "InvertedDoublePendulum", "InvertedPendulum", "Reacher")
ZOO["recurrentppo"] |= {name: ZOO["ppo"][name] for name in (*BODIES, "Swimmer", "Walker2d", "Acrobot")}
