"""What a model of a script says of itself: its settings, as plain values under stable-baselines3's names."""

import inspect
import math
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import gymnasium
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecEnvWrapper

from ...processes import kill_child
from ...settings import MAX_TEXT
from .about import ScriptSettings

NO_HYPERPARAMETERS = ("self", "policy", "env", "seed", "device", "verbose", "tensorboard_log", "stats_window_size", "_init_setup_model")
OF_GYMNASIUM = ("OrderEnforcing", "PassiveEnvChecker", "TimeLimit")  # that `gymnasium.make` adds
GIT_PATIENCE_S = 2.0
LONGEST_SEED = 2**31


def settings_of(model: BaseAlgorithm) -> dict[str, Any]:
    """What the model tells of itself: `ScriptSettings` by name, but for those of the callback."""
    envs = model.get_env()
    seed = model.seed
    said = {
        "seed": secrets.randbelow(LONGEST_SEED) if seed is None else int(seed) % LONGEST_SEED,  # no generator of the script's is drawn from
        "seeded": "no" if seed is None else "yes",
        "algo": _algorithm(model),
        "policy": type(model.policy).__name__,
        "torch_threads": th.get_num_threads(),
        **_of_script(),
    }
    if envs is not None:
        said |= {"env": name_of(envs), "n_envs": envs.num_envs, "wrappers": ", ".join(wrappers_of(envs)) or None}
    return {name: _short(value) for name, value in said.items()}


def hyperparameters_of(model: BaseAlgorithm) -> dict[str, Any]:
    """The arguments of the algorithm's constructor, as plain values. What a text cannot say is named by its class."""
    own = {one.name for one in ScriptSettings.described()}
    found = dict[str, Any]()
    for kind in type(model).__mro__:
        if kind is BaseAlgorithm or not issubclass(kind, BaseAlgorithm):
            break
        for name in inspect.signature(kind.__init__).parameters:
            if name not in (*NO_HYPERPARAMETERS, *own, *found) and hasattr(model, name):
                found[name] = _plain(getattr(model, name))
    return found


def name_of(envs: VecEnv) -> str:
    """The id of what is trained in, else the class of the first environment."""
    with suppress(Exception):  # somebody else's code, in another process perhaps
        spec = envs.get_attr("spec", 0)[0]
        if spec is not None:
            return str(spec.id)
    with suppress(Exception):
        return _class_of(envs.get_attr("unwrapped", 0)[0])
    return type(envs.unwrapped).__name__


def wrappers_of(envs: VecEnv) -> list[str]:
    """Around the first environment, where it can be seen, then around all of them, from the inside out; none that everybody has."""
    inner, around, each = envs, list[str](), list[str]()
    while isinstance(inner, VecEnvWrapper):
        around.append(type(inner).__name__)
        inner = inner.venv
    if isinstance(inner, DummyVecEnv):
        env: Any = inner.envs[0]
        while isinstance(env, gymnasium.Wrapper):
            if type(env).__name__ not in OF_GYMNASIUM and not isinstance(env, Monitor):
                each.append(type(env).__name__)
            env = env.env
    return [*reversed(each), *reversed(around)]


def _algorithm(model: BaseAlgorithm) -> str:
    """`ppo`, as the command line calls it, or what a class of the user's own is made of: `MyPPO (ppo)`."""
    names = [kind.__name__ for kind in type(model).__mro__ if kind.__module__.split(".")[0] in ("stable_baselines3", "sb3_contrib")]
    own, known = type(model).__name__, names[0] if names else ""
    return known.lower() if own == known else f"{own} ({known.lower()})" if known else own


def _class_of(env: Any) -> str:
    return f"{type(env).__module__}:{type(env).__name__}"


def _plain(value: Any) -> Any:
    """A value as a setting can hold it: a number, a word, or a text that tells it from others."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    word = getattr(value, "value", None)  # of an enumeration
    if isinstance(word, str):
        return word
    if callable(value) and not isinstance(value, type | th.nn.Module):
        return _schedule(value)
    return _short(_text(value)) or None


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return " ".join(str(_plain(one)) for one in value)
    if isinstance(value, type) or "__str__" not in vars(type(value)):
        return getattr(value, "__name__", type(value).__name__)
    return str(value)


def _schedule(schedule: Callable[[float], Any]) -> Any:
    """A schedule by its value at the start and at the end of training."""
    with suppress(Exception):  # somebody else's function, or none of one number
        first, last = (float(schedule(left)) for left in (1.0, 0.0))
        return first if first == last else f"{first:g} → {last:g}"
    return getattr(schedule, "__name__", type(schedule).__name__)


def _short(value: Any) -> Any:
    """A text as a setting takes it: printable, and not too long; its end tells more than its beginning."""
    if not isinstance(value, str):
        return value
    printable = "".join(one if one.isprintable() else " " for one in value).strip()
    return f"…{printable[-MAX_TEXT + 1 :]}" if len(printable) > MAX_TEXT else printable


def _of_script() -> dict[str, Any]:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file is None:
        return {"script": "a notebook or a console"}
    path = Path(file).resolve()
    return {"script": str(path), **_git(path.parent)}


def _git(folder: Path) -> dict[str, Any]:
    """The commit that a folder is at, and whether files in it have changed since; nothing where git tells nothing."""
    answers = list[str]()
    for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no", "--", "."]):
        answer = _first_answer(["git", "--no-optional-locks", *words], folder)
        if answer is None:
            break
        answers.append(answer)
    found: Iterator[str] = iter(answers)
    commit, changes = next(found, None), next(found, None)
    return {
        "git_commit": commit or None,
        "git_changes": "unknown" if changes is None else "uncommitted" if changes else "none",
    }


def _first_answer(command: list[str], folder: Path) -> str | None:
    """What a command prints, if it comes to its end well and soon."""
    nowhere = subprocess.DEVNULL
    with suppress(OSError), subprocess.Popen(command, cwd=folder, stdin=nowhere, stdout=subprocess.PIPE, stderr=nowhere) as process:
        try:
            said, _ = process.communicate(timeout=GIT_PATIENCE_S)
        except subprocess.TimeoutExpired:
            kill_child(process)
            return None
        return said.decode(errors="replace").strip() if process.returncode == 0 else None
    return None
