"""`python -m trainer evaluate`: how good a saved model is, on episodes that chose no model."""

import copy
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, cast

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv
from tqdm import tqdm

from ....errors import SettingError
from ....learning.any_learner.learner_task import SUCCESS
from ....learning.any_learner.play import Played, play_episodes
from ....learning.any_learner.play_abreast import can_play_abreast, play_abreast
from ....learning.environment_faults import explained
from ....learning.mean_interval import mean_interval
from ....run_files.jobs import Work
from ....run_files.reports import Report
from ....run_files.rows import is_name
from ..about import GymSettings
from ..environments import make_envs
from .saved_model import SavedModel

MAX_EPISODES = 100_000
MAX_ABREAST = 100  # episodes at once: the network is called as often as for one
MAKING_S = 0.3  # for as long more environments are made: a world of MuJoCo takes as long as thousand steps of CartPole
REPORTING_SEEDS = 202
FIRST_SEED, LAST_SEED = 2**20, 2**31 - 1  # training and the evaluations that choose a model use smaller ones
MAX_NAMED = 100
CORE = frozenset(one.name for one in fields(Report))


def evaluate(model: SavedModel, *, episodes: int, seed: int, work: Work) -> dict[str, Any]:
    """Play greedy episodes: the fields of a report but for `model`, and `player`.

    Args:
        model: what plays.
        episodes: how many.
        seed: which set of them.
        work: is told how far it is, and may be cancelled.

    Raises:
        SettingError: a number is out of range.
        EnvironmentFaultError: the environment fails, or gives rewards that are no numbers.
        JobCancelledError: it was cancelled.
    """
    policy, envs = model.learner.policy, [model.envs]
    if can_play_abreast(policy, model.envs):
        envs += _more_envs(model, min(MAX_ABREAST, episodes) - 1)
    figures = play_and_sum_up(policy, envs, episodes=episodes, seed=seed, work=work)
    return figures | {"player": None, "step": model.step, "sha256": model.sha256, "settings": model.config.problem}


def _more_envs(model: SavedModel, most: int) -> list[VecEnv]:
    """As many more environments as are soon made; what the episodes come to does not depend on it."""
    made, until = list[VecEnv](), time.monotonic() + MAKING_S
    while len(made) < most and time.monotonic() < until:
        made.append(model.more_envs())
    return made


class RandomPlayer:
    """Takes any action, whatever it sees: what a policy must be better than.

    Args:
        actions: the space of them, of which it allows itself all, or those of a mask.
    """

    def __init__(self, actions: spaces.Space[Any]) -> None:
        self._actions = copy.deepcopy(actions)
        self._actions.seed(0)

    def predict(self, _seen: Any, _state: Any, _start: Any, *, deterministic: bool, action_masks: Any = None) -> tuple[Any, None]:  # noqa: ARG002 - as a policy's
        """An action."""
        mask = {} if action_masks is None or not isinstance(self._actions, spaces.Discrete) else {"mask": action_masks[0].astype(np.int8)}
        return np.array([self._actions.sample(**mask)]), None


def evaluate_at_random(config: GymSettings, *, episodes: int, seed: int) -> dict[str, Any]:
    """Evaluate a `RandomPlayer` on the episodes that a model is evaluated on; see `evaluate`.

    Raises:
        SettingError: the environment cannot be made here.
    """
    envs = make_envs(config, 1, training=False)
    player = cast("BasePolicy", RandomPlayer(envs.action_space))
    figures = play_and_sum_up(player, [envs], episodes=episodes, seed=seed, work=Work(None))
    return figures | {"player": "random", "step": None, "sha256": None, "settings": config.problem}


def play_and_sum_up(policy: BasePolicy, envs: Sequence[VecEnv], *, episodes: int, seed: int, work: Work) -> dict[str, Any]:
    """The figures of greedy episodes, as many at once as there are environments; see `evaluate`."""
    for name, value, low, high in (("episodes", episodes, 1, MAX_EPISODES), ("seed", seed, 0, 2**31 - 1)):
        if not low <= value <= high:
            raise SettingError(f"{name} must be a whole number from {low:,} to {high:,}; got {value:,}.")
    th.set_num_threads(1)  # as in training: with another number of them sums are rounded otherwise
    started = time.perf_counter()
    play = _play if len(envs) == 1 else _play_abreast
    played = [*play(policy, envs, seeds_of(seed, episodes), work)]
    return _figures(played, time.perf_counter() - started) | {"seed": seed}


def seeds_of(seed: int, episodes: int) -> list[int]:
    """The first seeds of a set."""
    drawn = np.random.SeedSequence([REPORTING_SEEDS, seed]).generate_state(episodes)
    return [FIRST_SEED + int(one) % (LAST_SEED - FIRST_SEED) for one in drawn]


def _play(policy: BasePolicy, envs: Sequence[VecEnv], seeds: Sequence[int], work: Work) -> Iterator[Played]:
    """One episode a seed."""
    with tqdm(seeds, unit=" episodes", leave=False, disable=None if work.wants_a_bar else True) as bar:
        for number, seed in enumerate(bar, start=1):
            try:
                played = play_episodes(policy, envs[0], [seed], work.continue_working)
            except (Exception, SystemExit) as error:
                raise explained(error) from error
            if played is None:
                work.check()
            assert played is not None  # noqa: S101 - for the type checker; only a cancelled one gives up
            yield played
            work.step(number, len(seeds))


def _play_abreast(policy: BasePolicy, envs: Sequence[VecEnv], seeds: Sequence[int], work: Work) -> Iterator[Played]:
    """All of them, side by side."""
    with tqdm(total=len(seeds), unit=" episodes", leave=False, disable=None if work.wants_a_bar else True) as bar:

        def count(done: int) -> None:
            bar.update()
            work.step(done, len(seeds))

        try:
            played = play_abreast(policy, envs, seeds, work.continue_working, count)
        except (Exception, SystemExit) as error:
            raise explained(error) from error
    if played is None:
        work.check()
    assert played is not None  # noqa: S101 - for the type checker; only a cancelled one gives up
    yield played


def _figures(played: Sequence[Played], seconds: float) -> dict[str, Any]:
    rewards, lengths = [value for one in played for value in one.rewards], [value for one in played for value in one.lengths]
    return {
        "episodes": len(rewards),
        "mean_reward": statistics.fmean(rewards),
        "ci95": mean_interval(rewards),
        "median_reward": statistics.median(rewards),
        "max_reward": max(rewards),
        "mean_length": statistics.fmean(lengths),
        "truncated_episodes": sum(sum(one.truncated) for one in played),
        "steps_per_second": sum(lengths) / seconds,
        "seconds": seconds,
        "named": _named([extras for one in played for extras in one.extras]),
    }


def _named(extras: Sequence[dict[str, float]]) -> dict[str, float]:
    """What the environment itself says at the end of every episode, on average."""
    names = set[str].intersection(*(set(one) for one in extras))
    means = {name: statistics.fmean(one[name] for one in extras) for name in sorted(names)}
    success = {"success_rate": means.pop(SUCCESS)} if SUCCESS in means else {}
    others = [name for name, value in means.items() if math.isfinite(value) and is_name(name) and f"mean_{name}" not in CORE]
    return success | {f"mean_{name}": means[name] for name in others[:MAX_NAMED]}
