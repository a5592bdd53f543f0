"""Nothing here is compiled by torch, whose compiler takes a second to import: a third of a trainer's start.

An optimiser imports it with its first call, to tell it what not to compile. Without these marks it does the same sums.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch as th
from torch import optim

COMPILER = "torch._dynamo"
MARKED = "__dynamo_disable"  # the attribute of a method in which `torch._disable_dynamo` keeps the marked one, once it has made it
MARKING = "_use_grad"  # the name of the wrapper that torch puts around `step`


def keep_compiler_unloaded() -> None:
    """Let the optimisers of torch work without its compiler; nothing changes where it is loaded already, or torch does without it.

    For processes of our own only: elsewhere somebody may want to compile.
    """
    if COMPILER in sys.modules:
        return
    for method in vars(optim.Optimizer).values():
        plain = getattr(method, "__wrapped__", None)
        if plain is not None and not hasattr(plain, MARKED):
            setattr(plain, MARKED, plain)
    for kind in vars(optim).values():
        step = vars(kind).get("step") if isinstance(kind, type) and issubclass(kind, optim.Optimizer) else None
        if step is not None and step.__code__.co_name == MARKING:
            kind.step = _unmarked(step.__wrapped__)


def _unmarked(step: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(step)
    def take_step(self: optim.Optimizer, *args: Any, **kwargs: Any) -> Any:
        with th.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *args, **kwargs)

    return take_step
