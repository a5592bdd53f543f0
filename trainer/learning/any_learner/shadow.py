"""How the state of environments can be kept: tried out with environments of their own, beside training, which is not touched."""

import copy
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from ...errors import reason
from .environment_state import EnvironmentKeeper, How
from .generators import Generators, generators_kept
from .masks import MASKS, sample_allowed
from .soundness import close_quietly

STEPS_BEFORE, STEPS_COMPARED, STEPS_ANEW, LONGEST_S = 40, 200, 20, 2.0


def how_to_keep(make_envs: Callable[[], VecEnv]) -> tuple[How, str]:
    """How the state of such environments can be kept, and why not better, in words; nothing if it is exact.

    A second one is put where a first one is, and both are taken along the same way; all they show must be the same, bit by bit.

    Args:
        make_envs: makes one, as it is trained in.
    """
    why = ""
    with generators_kept():
        for how in ("pickled", "replayed"):
            try:
                if _goes_on_alike(make_envs(), make_envs(), how):
                    return how, ""
                why = why or "it does not do the same again when it is put back"
            except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
                why = reason(error)
    return "anew", why


def _goes_on_alike(one: VecEnv, other: VecEnv, how: How) -> bool:
    first, second = EnvironmentKeeper(one, how), EnvironmentKeeper(other, how)
    actions, until = copy.deepcopy(one.action_space), time.monotonic() + LONGEST_S
    actions.seed(1)
    masked = one.has_attr(MASKS)
    one.seed(1)
    one.reset()

    def choose() -> NDArray[Any]:
        return np.array([sample_allowed(actions, one.env_method(MASKS)[0]) if masked else actions.sample()])

    try:
        for _ in range(STEPS_BEFORE):
            one.step(choose())
            if time.monotonic() > until:
                break
        alike = second.put_back(first.save())
        for number in range(STEPS_COMPARED + STEPS_ANEW):
            if number == STEPS_COMPARED:
                alike = alike and _show_the_same(one.reset, other.reset)
            action = choose()
            alike = alike and _show_the_same(partial(_step, one, action), partial(_step, other, action))
            if not alike or time.monotonic() > until:
                break
    finally:
        close_quietly(one)
        close_quietly(other)
    return alike


def _step(envs: VecEnv, action: NDArray[Any]) -> tuple[Any, ...]:
    return envs.step(action)[:3]


def _show_the_same(one: Callable[[], Any], other: Callable[[], Any]) -> bool:
    """Whether both do; one that draws from a global generator finds it as the other has: a checkpoint keeps those too."""
    before = Generators.now()
    shown = one()
    before.put_back()
    return _same(shown, other())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return all(_same(one[name], other[name]) for name in one)
    if isinstance(one, tuple):
        return all(_same(first, second) for first, second in zip(one, other, strict=True))
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()
