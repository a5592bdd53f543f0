"""Environments that say, by a method `action_masks`, which actions are allowed at this moment."""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike

MASKS = "action_masks"


def sample_allowed(space: spaces.Space[Any], mask: ArrayLike) -> Any:
    """A random action that is allowed.

    Args:
        space: of the actions; its generator is drawn from.
        mask: for each value of each part of an action whether it is allowed, one part after the other.
    """
    numbers, allowed = space.np_random, np.ravel(mask)
    if isinstance(space, spaces.Discrete):
        return space.start + numbers.choice(np.flatnonzero(allowed))
    each = space.nvec.ravel() if isinstance(space, spaces.MultiDiscrete) else np.full(int(np.prod(space.shape or ())), 2)
    parts = np.split(allowed, np.cumsum(each)[:-1])
    return np.array([numbers.choice(np.flatnonzero(part)) for part in parts]).reshape(space.shape or ())
