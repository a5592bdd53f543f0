"""What settings must keep to together: asked without a library that learns, so that nothing is made of wrong ones."""

import difflib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ...errors import SettingError, shown
from ...settings import MAX_TEXT
from .algorithms import ALGORITHMS

NUMBER_OR_AUTO = ("ent_coef", "target_entropy")
ACTIVATIONS = ("Tanh", "ReLU", "GELU", "ELU", "LeakyReLU", "SiLU")


def options_of(env_kwargs: str | None) -> dict[str, Any]:
    """The options of an environment.

    Raises:
        SettingError: they are not written as JSON.
    """
    return _object("env_kwargs", env_kwargs, '{"continuous": true}')


def policy_options_of(policy_kwargs: str | None) -> dict[str, Any]:
    """The options of a policy; its activation is the name of a module of `torch.nn`.

    Raises:
        SettingError: they are not written as JSON, or there is no such activation.
    """
    options = _object("policy_kwargs", policy_kwargs, '{"ortho_init": false}')
    activation = options.get("activation_fn", ACTIVATIONS[0])
    if activation not in ACTIVATIONS:
        raise SettingError(f"activation_fn of policy_kwargs must be one of {', '.join(ACTIVATIONS)}; got {shown(activation)}.")
    return options


def written_alike(options: Mapping[str, Any], typed: str | None) -> str | None:
    """Options as JSON, however they were typed: runs that differ in spaces alone learn the same problem.

    Args:
        options: what it says.
        typed: what is kept where the other is too long or holds what cannot be shown.
    """
    text = json.dumps(options, sort_keys=True, ensure_ascii=False)
    return (text if len(text) <= MAX_TEXT and text.isprintable() else typed) if options else None


def _object(setting: str, text: str | None, example: str) -> dict[str, Any]:
    options: Any = None
    with suppress(ValueError, RecursionError):
        options = json.loads(text or "{}")
    if not isinstance(options, dict):
        raise SettingError(f"{setting} must be an object of JSON such as {example}; got {(text or '')[:60]}.")
    return options


def require_hyperparameters(algo: str, given: Mapping[str, Any]) -> None:
    """Refuse what an algorithm does not have.

    Args:
        algo: its name.
        given: hyperparameters that have a value.

    Raises:
        SettingError: it has no such one, or the value of one that may be `auto` is neither that nor a number.
    """
    known = ALGORITHMS[algo].hyperparameters
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3) or sorted(known)
            raise SettingError(f"{name} is not a hyperparameter of {algo}; it has {', '.join(near)}.")
        if name in NUMBER_OR_AUTO:
            number_or_auto(algo, name, value)


def number_or_auto(algo: str, name: str, value: str) -> float | str:
    """The value of a hyperparameter that some algorithms can adapt by themselves.

    Raises:
        SettingError: it is neither a number nor, for one that can, `auto`.
    """
    adapts = "target_entropy" in ALGORITHMS[algo].hyperparameters
    if adapts and value.startswith("auto"):
        return value
    try:
        return float(value)
    except ValueError:
        raise SettingError(f"{name} must be a number{' or auto' * adapts}; got {value[:40]}.") from None
