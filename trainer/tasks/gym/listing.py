"""Finds what can be trained here, within a second or two: `python -m trainer environments`.

An environment of Gymnasium itself is made, which takes milliseconds; of Atari's games and MuJoCo's bodies one stands for all.
One of anybody else's may do whatever it likes when it is made, so it is only named here, and made when a person chooses it.
"""

import ast
import contextlib
import importlib.util
import io
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from ...errors import described
from ...learning.any_learner.masks import MASKS
from ...numbers import digits
from .algorithms import ALGORITHMS, Algorithm
from .catalogue import Catalogue, Environment
from .making import make_env

OWN = "gymnasium.envs."
FAMILIES = {
    f"{OWN}classic_control": "Classic control",
    f"{OWN}box2d": "Box2D",
    f"{OWN}mujoco": "MuJoCo",
    "ale_py": "Atari",
    f"{OWN}toy_text": "Toy text",
    f"{OWN}phys2d": "Jax",
    f"{OWN}tabular": "Jax",
}
"""By the beginning of their entry points."""
OTHERS = "Others"
FAMILY_ORDER = ("Classic control", "Box2D", "MuJoCo", "Atari", "Toy text", OTHERS, "Jax")
"""The usual ones first."""
INSTALL = re.compile(r"(.*?)(?: Install (?:it|them): (.*))?", re.DOTALL)
"""What a sentence says that something is missing, and the command at its end."""
ATARI, SOME_GAMES = "Atari", ("Breakout", "MsPacman", "Pong", "Qbert", "SpaceInvaders")
ONE_FOR_ALL = {ATARI: "ALE/Pong-v5", "MuJoCo": "InvertedPendulum-v5"}
"""The members of these families have the same kinds of spaces."""
IMAGE = "image"


def list_environments(names: Sequence[str] = (), options: Mapping[str, Any] | None = None) -> Catalogue:
    """What can be trained here.

    Args:
        names: ids of environments to look at; if there are none, all that are registered are listed.
        options: of the named ones.
    """
    atari = _register_atari()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        found = [_look_at(name, options or {}) for name in names] if names else list(_registered(atari=atari))
    return Catalogue(tuple(found), {} if names else {name: defaults_of(algorithm) for name, algorithm in ALGORITHMS.items()})


def _register_atari() -> bool:
    """Whether the games of Atari are there; they are registered by their package, which nothing else imports."""
    with contextlib.suppress(ImportError):
        gymnasium.register_envs(importlib.import_module("ale_py"))
        return True
    return False


def _registered(*, atari: bool) -> Iterator[Environment]:
    specs = sorted(gymnasium.registry.values(), key=_place)
    newest = _newest(specs)
    for spec in specs:
        family, old = _family(spec), spec.version != newest[spec.namespace, spec.name] or _is_old_atari(spec)
        made = _made(spec.id, family) if _is_known(spec) else Environment(spec.id, family)
        if not callable(spec.entry_point) or not made.problem:  # what only says that it has moved elsewhere
            yield replace(made, id=spec.id, old=old, problem=made.problem.replace(made.id, spec.id))
    if not atari:
        yield from (_make(f"ALE/{game}-v5", ATARI) for game in SOME_GAMES)


def _look_at(name: str, options: Mapping[str, Any]) -> Environment:
    family = OTHERS
    with contextlib.suppress(Exception):  # of a module that is imported for it; said when the environment is made
        family = _family(gymnasium.spec(name))
    return _make(name, family, options)


def _place(spec: EnvSpec) -> int:
    return FAMILY_ORDER.index(_family(spec))  # within a family they stay as they were registered


def _family(spec: EnvSpec) -> str:
    where = spec.entry_point if isinstance(spec.entry_point, str) else getattr(spec.entry_point, "__module__", "") or ""
    return next((family for begin, family in FAMILIES.items() if where.startswith(begin)), OTHERS)


def _is_known(spec: EnvSpec) -> bool:
    return _family(spec) != OTHERS or getattr(spec.entry_point, "__module__", "").startswith(OWN.rstrip("."))


def _is_old_atari(spec: EnvSpec) -> bool:
    return _family(spec) == ATARI and spec.namespace != "ALE"


def _newest(specs: Iterable[EnvSpec]) -> dict[tuple[str | None, str], int | None]:
    versions = defaultdict[tuple[str | None, str], list[int | None]](list)
    for spec in specs:
        versions[spec.namespace, spec.name].append(spec.version)
    return {name: max(every, key=lambda version: version or 0) for name, every in versions.items()}


def _made(name: str, family: str) -> Environment:
    """An environment as it was made, or as the one was made that stands for its family."""
    return _stands_for_all(family) if family in ONE_FOR_ALL else _make(name, family)


@cache
def _stands_for_all(family: str) -> Environment:
    return _make(ONE_FOR_ALL[family], family)


def _make(name: str, family: str, options: Mapping[str, Any] | None = None) -> Environment:
    try:
        env = make_env(name, options or {})
        found = Environment(name, family, type(env.action_space).__name__, _kind(env.observation_space), masks=env.has_wrapper_attr(MASKS))
        env.close()
    except Exception as error:  # noqa: BLE001 - somebody else's code
        said = INSTALL.fullmatch(described(error))
        return Environment(name, family, needs=(said and said[2]) or "", problem=said[1] if said else described(error))
    return found


def _kind(space: Any) -> str:
    image = isinstance(space, gymnasium.spaces.Box) and len(space.shape) == 3 and space.dtype == "uint8"
    return IMAGE if image else type(space).__name__


def defaults_of(algorithm: Algorithm) -> Mapping[str, str]:
    """What the hyperparameters of an algorithm are if nobody says anything.

    They are read from the source of its constructor: to import it takes seconds.
    """
    source = _sources(algorithm.module).get(algorithm.class_name)
    return _defaults_in(source, algorithm.hyperparameters) if source is not None else {}


@cache
def _sources(module: str) -> dict[str, ast.FunctionDef]:
    """The constructors of the classes in `<name>/<name>.py`, by the name of the class."""
    spec = importlib.util.find_spec(module)
    folders = (spec and spec.submodule_search_locations) or []
    files = [file for folder in folders for file in Path(folder).glob("*/*.py") if file.stem == file.parent.name]
    classes = [one for file in files for one in ast.parse(file.read_bytes()).body if isinstance(one, ast.ClassDef)]
    found = ((kind.name, one) for kind in classes for one in kind.body if isinstance(one, ast.FunctionDef))
    return {name: function for name, function in found if function.name == "__init__"}


def _defaults_in(constructor: ast.FunctionDef, names: frozenset[str]) -> dict[str, str]:
    arguments = constructor.args.args[-len(constructor.args.defaults) :]
    pairs = zip(arguments, constructor.args.defaults, strict=True)
    return {one.arg: _words(ast.unparse(default)) for one, default in pairs if one.arg in names}


def _words(source: str) -> str:
    """A default as a person would type it: `0.0003`, `1,000,000`, `on`."""
    value = ast.literal_eval(source)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return digits(value) if isinstance(value, int | float) else re.sub(r"[()'\"]", "", str(value))
