"""Greedy episodes side by side, which share the calls of the network: the same actions as one after another, in a fraction of the time.

A network's values of many observations at once differ in their last digits from those of each alone. So an action is taken from them
only where the best is ahead of the next one by far more than that; elsewhere, seldom, the policy is asked as always.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.dqn.policies import DQNPolicy

from .masks import MASKS
from .play import LOOK_EVERY, Played, episode_of

AHEAD = 1e-3  # of the best value, relative where it is above 1: the values of many differ by less than a hundredth of this

Act = Callable[[NDArray[Any]], NDArray[Any]]


def can_play_abreast(policy: BasePolicy, env: VecEnv) -> bool:
    """Whether the greedy action of a policy is where its largest value is, for observations that are arrays."""
    kind = type(policy)
    plain = kind.predict is BasePolicy.predict and kind._predict in (ActorCriticPolicy._predict, DQNPolicy._predict)  # noqa: SLF001
    some = isinstance(env.action_space, spaces.Discrete) and env.action_space.n > 1
    return plain and some and isinstance(env.observation_space, spaces.Box | spaces.Discrete) and not env.has_attr(MASKS)


def play_abreast(
    policy: BasePolicy,
    envs: Sequence[VecEnv],
    seeds: Sequence[int],
    continue_playing: Callable[[], bool],
    count: Callable[[int], None] = lambda _: None,
) -> Played | None:
    """Play one greedy episode a seed, as `play_episodes` does.

    Args:
        policy: what plays; see `can_play_abreast`.
        envs: one environment in a `Monitor` each: as many episodes are played at once.
        seeds: of the episodes.
        continue_playing: asked every few steps; False gives up.
        count: called with the number of episodes that have ended.

    Returns:
        The episodes in the order of their seeds, or None if it was given up.

    Raises:
        EnvironmentFaultError: see `play_episodes`.
    """
    act, ends, left = _greedy(policy), dict[int, Mapping[str, Any]](), iter(enumerate(seeds))
    seats = [seat for env in envs for seat in _begin(env, left)]
    rounds = 0
    while seats:
        if rounds % LOOK_EVERY == 0 and not continue_playing():
            return None
        rounds += 1
        actions = act(np.concatenate([seat.observation for seat in seats]))
        for seat, action in zip(tuple(seats), actions, strict=True):
            if (info := seat.step(action)) is not None:
                ends[seat.number] = info
                count(len(ends))
                seats[seats.index(seat) : seats.index(seat) + 1] = _begin(seat.env, left)
    played = Played()
    for number in range(len(seeds)):
        played.add(envs[0], ends[number])
    return played


class _Seat:
    """An episode under way."""

    def __init__(self, env: VecEnv, number: int, seed: int) -> None:
        self.env, self.number = env, number
        self._episode = episode_of(env, seed)
        self.observation: Any = next(self._episode)[0]

    def step(self, action: Any) -> Mapping[str, Any] | None:
        """Take an action; returns the last `info` at the end."""
        try:
            self.observation, _ = self._episode.send(np.array([action]))
        except StopIteration as ended:
            info: Mapping[str, Any] = ended.value
            return info
        return None


def _begin(env: VecEnv, left: Iterator[tuple[int, int]]) -> list[_Seat]:
    """The next episode, if there is one."""
    found = next(left, None)
    return [] if found is None else [_Seat(env, *found)]


def _greedy(policy: Any) -> Act:
    """The greedy actions for observations, one below the other."""
    policy.set_training_mode(False)  # for good: it takes a third of the time of a small network

    def act(observations: NDArray[Any]) -> NDArray[Any]:
        seen, _ = policy.obs_to_tensor(observations)
        with th.no_grad():
            values = policy.q_net(seen) if isinstance(policy, DQNPolicy) else policy.get_distribution(seen).distribution.logits
        best = values.topk(2).values
        sure = best[:, 0] - best[:, 1] > AHEAD * best[:, 0].abs().clamp(min=1)
        actions: NDArray[Any] = values.argmax(dim=1).cpu().numpy()
        for number in np.flatnonzero(~sure.cpu().numpy()):
            actions[number] = policy.predict(observations[number : number + 1], deterministic=True)[0][0]
        return actions

    return act
