"""The process's own generators of random numbers: what is tried out beside training must not draw from them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th


@dataclass(frozen=True, slots=True)
class Generators:
    """The state of each."""

    python: Any
    numpy: Any
    torch: Any

    @classmethod
    def now(cls) -> "Generators":
        """As they are."""
        return cls(random.getstate(), np.random.get_state(), th.get_rng_state())  # noqa: NPY002 - libraries draw from the global one

    def put_back(self) -> None:
        """Make them what they were."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)  # noqa: NPY002 - see above
        th.set_rng_state(self.torch)


def unsaved_on(device: th.device) -> str:
    """Why a resume of networks on a device is not exact, in words; empty: it is.

    Args:
        device: where the networks are. `Generators` holds that of the processor alone.
    """
    if device.type == "cpu":
        return ""
    return f"the networks are on {device}, whose random numbers no checkpoint holds and whose sums may come out differently each time"


@contextmanager
def generators_kept() -> Iterator[None]:
    """Whatever is drawn inside is as if it had not been."""
    before = Generators.now()
    try:
        yield
    finally:
        before.put_back()
