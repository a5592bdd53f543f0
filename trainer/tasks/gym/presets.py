"""What a person can begin with: settings that are published for an algorithm in an environment, or the algorithm's own."""

import re

from .zoo import ZOO, Values

TUNED_PRESET, DEFAULTS = "tuned", "defaults"
"""The names of the presets."""
SOURCE = "RL Baselines3 Zoo (github.com/DLR-RM/rl-baselines3-zoo)"
USUAL = (
    *("CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "Acrobot-v1", "LunarLander-v3", "BipedalWalker-v3"),
    *("HalfCheetah-v5", "Hopper-v5", "Walker2d-v5", "Ant-v5", "ALE/Breakout-v5", "ALE/Pong-v5"),
)
"""What a person is offered before it is known what is installed."""
_SLOW = ("sac", "td3", "ddpg", "tqc", "crossq")  # some hundred steps a second at best
_OFTEN: Values = {"log_every": 500, "eval_every": 10_000}
_GAME_OF_ATARI = re.compile(r"ALE/\w+-v\d+|\w+NoFrameskip-v\d+")
_VERSION = re.compile(r"-v\d+$")


def tuned(env: str, algo: str) -> Values:
    """The published settings of an algorithm in an environment; none if there are none."""
    known = ZOO.get(algo, {})
    return known.get("Atari" if _GAME_OF_ATARI.fullmatch(env) else _VERSION.sub("", env), {})


def followed(env: str, algo: str, preset: str) -> Values:
    """What follows from an environment, an algorithm and a preset; a slow one has rows so often that a person soon sees a curve."""
    return (tuned(env, algo) if preset == TUNED_PRESET else {}) or (_OFTEN if algo in _SLOW else {})
