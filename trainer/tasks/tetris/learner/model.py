"""The learner of a run, made from its settings."""

from stable_baselines3.common.logger import Logger
from stable_baselines3.common.utils import LinearSchedule

from ....learning.no_compiler import keep_compiler_unloaded
from ..about import TetrisSettings
from ..game.batch import TetrisBatch
from .dqn import AfterstateDQN
from .network import AfterstatePolicy
from .vec_env import TetrisVecEnv


def make_model(config: TetrisSettings) -> AfterstateDQN:
    """The learner of a run and its games, before the first step."""
    keep_compiler_unloaded()
    batch = TetrisBatch(
        config.n_envs,
        height=config.board_height,
        randomizer=config.randomizer,
        max_pieces=config.max_pieces,
        ceiling=min(config.practice_ceiling, config.board_height),
        seed=config.seed,
    )
    model = AfterstateDQN(
        AfterstatePolicy,
        TetrisVecEnv(batch),
        learning_rate=LinearSchedule(config.learning_rate, config.learning_rate_final, 1.0),
        buffer_size=config.buffer_size,
        learning_starts=config.learning_starts,
        batch_size=config.batch_size,
        tau=config.tau,
        gamma=config.gamma,
        train_freq=(1, "step"),
        gradient_steps=config.gradient_steps,
        target_update_interval=config.target_update_interval,
        exploration_fraction=config.exploration_fraction,
        exploration_initial_eps=config.exploration_initial_eps,
        exploration_final_eps=config.exploration_final_eps,
        weight_averaging=config.weight_averaging,
        policy_kwargs={
            "net_arch": list(config.net_arch),
            "optimizer_kwargs": {"fused": True},  # Adam in one call for all weights
        },
        seed=config.seed,
        device="cpu",
    )
    model.set_logger(Logger(folder=None, output_formats=[]))  # its own makes a folder in the temporary directory for every run
    return model
