"""Environments of Box2D begin each episode in a world of its own.

BipedalWalker and CarRacing empty the world of the last episode instead, and what stays in it changes now and then how the next one
goes: the same seed and the same actions give another return. LunarLander had the same fault and was mended in this way
(https://github.com/Farama-Foundation/Gymnasium/issues/728).
"""

from functools import partial
from typing import Any

import gymnasium


def begin_in_new_worlds(env: gymnasium.Env[Any, Any]) -> None:
    """Let an environment make a new world at each `reset`; one without a world of Box2D stays as it is."""
    base: Any = env.unwrapped
    kind = type(getattr(base, "world", None))
    if kind.__name__ == "b2World" and hasattr(base, "_destroy"):
        vars(base)["reset"] = partial(_reset, base, base.reset)


def _reset(base: Any, reset: Any, **arguments: Any) -> Any:
    base._destroy()  # noqa: SLF001 - what its own `reset` begins with
    base.world = type(base.world)(gravity=base.world.gravity, contactListener=base.world.contactListener)
    return reset(**arguments)
