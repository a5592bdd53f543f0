"""A document or row type, made from the JSON object that should hold it: every field is checked against its annotation."""

import functools
from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

from ..errors import FormatError, shown
from .files import require_time

T = TypeVar("T")

MAX_SETTINGS = 200
MAX_SETTING_CHARACTERS = 300
MAX_BOARD_HEIGHT = 100  # rows
MAX_SECONDS = 1e10  # three hundred years
MAX_COUNT = 2**53  # what every JSON reader keeps exact
MAX_NUMBER = 1e300  # can be squared, subtracted and averaged by those who scale first, and drawn
NUMBERS = frozenset({int, float})
AS_MANY = -1  # how stable-baselines3 writes that a setting follows from others: `gradient_steps`
SECONDS = ("seconds", "_s", "_ms", "started_at")
COUNTED = ("step", "steps", "timesteps", "episode", "episodes", "game", "games", "pieces", "length", "seq", "kept", "number", "total")


def from_fields(row_type: type[T], values: Mapping[str, Any]) -> T:
    """The dataclass whose fields the values are; what it does not know is passed over.

    Raises:
        FormatError: a field is of another type, out of its range, or missing although it has no default.
    """
    known: dict[str, Any] = {}
    for name, kind, plain, (low, high), required in _described(cast("Any", row_type)):
        if name in values:
            value = values[name]
            if type(value) not in plain:
                value = _checked(name, kind, value)
            known[name] = value
            if not (type(value) in NUMBERS and low <= value <= high):  # most are numbers: asked for every field of every row
                require_range(name, value)
        elif required:
            raise FormatError(f"{name} is missing")
    return row_type(**known)


def from_model_fields(document_type: type[T], values: Mapping[str, Any]) -> T:
    """The same of a document about a model, whose fields `settings` and `named` hold values of its task.

    Raises:
        FormatError: see `from_fields` and `require_plain_values`.
    """
    document: Any = from_fields(document_type, values)
    for name in ("settings", "named"):
        require_plain_values(name, getattr(document, name))
    return cast("T", document)


def require_range(name: str, value: Any) -> None:
    """Refuse a number or a time that no run can have: whoever shows or adds it up would fail.

    Args:
        name: of the field; its ending says what is measured.
        value: of the field.

    Raises:
        FormatError: it is out of range.
    """
    if isinstance(value, str):
        if value and (name == "at" or name.endswith("_at")):
            require_time(name, value)
    elif isinstance(value, int | float):
        require_between(name, value, *_range(name))
    elif isinstance(value, list | tuple):
        for one in value:
            require_range(name, one)


def require_between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number that is out of its range, or none.

    Raises:
        FormatError: it is.
    """
    if not low <= value <= high:
        raise FormatError(f"{name} must be from {low:,} to {high:,}; got {shown(value)}")


def require_plain_values(name: str, values: Mapping[str, Any]) -> None:
    """Refuse settings unless each is a value or a short list of them; they may be of another version and still be shown.

    Raises:
        FormatError: one is not, or is out of range.
    """
    if len(values) > MAX_SETTINGS:
        raise FormatError(f"{name} must be at most {MAX_SETTINGS}; got {len(values)}")
    for key, value in values.items():
        if type(value) in NUMBERS and len(key) <= MAX_SETTING_CHARACTERS:
            if value != AS_MANY:
                require_range(key, value)
            continue
        parts = value if isinstance(value, list) else [value]
        plain = all(one is None or isinstance(one, str | int | float) for one in parts)
        if not plain or len(parts) > MAX_SETTINGS or max(len(str(value)), len(key)) > MAX_SETTING_CHARACTERS:
            raise FormatError(f"{shown(key)} of {name} must be a value or a short list of values; got {shown(value)}")
        require_range(key, value)


@functools.cache
def _range(name: str) -> tuple[float, float]:
    """The least and the most that a number of this name can be."""
    if name in ("board_height", "height"):
        return 1, MAX_BOARD_HEIGHT
    if name.endswith(SECONDS):
        return 0, MAX_SECONDS
    if name.endswith(COUNTED):
        return 0, MAX_COUNT
    return -MAX_NUMBER, MAX_NUMBER


@functools.cache
def _described(row_type: type) -> list[tuple[str, Any, frozenset[type], tuple[float, float], bool]]:
    """Of every field its name, its annotation, the types that need no closer look, its range, and whether it has no default."""
    every = [
        (one, cast("Any", one.type), one.default is MISSING and one.default_factory is MISSING) for one in fields(cast("Any", row_type))
    ]
    return [(one.name, kind, _plain(kind), _range(one.name), required) for one, kind, required in every]


@functools.cache
def _plain(kind: Any) -> frozenset[type]:
    if _origin(kind) in (Union, UnionType):
        return _plain(_parts(kind)[0]) | {type(None)}
    return {float: frozenset({int, float}), int: frozenset({int}), str: frozenset({str}), bool: frozenset({bool})}.get(kind, frozenset())


def _checked(name: str, kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        return from_fields(cast("type[Any]", kind), _checked(name, dict, value))
    if _origin(kind) in (Union, UnionType):
        return value if value is None else _checked(name, _parts(kind)[0], value)
    if not _fits(kind, value):
        raise FormatError(f"{name} must be {_words(kind)}; got {shown(value)}")
    return tuple(value) if _origin(kind) is tuple else value


def _fits(kind: Any, value: Any) -> bool:
    origin, parts = _origin(kind), _parts(kind)
    if origin is Literal:
        return value in parts
    if origin is list or (origin is tuple and parts[-1] is Ellipsis):
        return isinstance(value, list) and _all_fit(parts[0], value)
    if origin is tuple:  # of a fixed length; JSON knows only lists
        return isinstance(value, list) and len(value) == len(parts) and all(map(_fits, parts, value))
    if origin is dict:
        return isinstance(value, dict) and _all_fit(parts[1], value.values())
    if isinstance(value, bool):
        return kind in (bool, object, Any)
    return kind in (object, Any) or isinstance(value, int | float if kind is float else kind)


def _all_fit(kind: Any, values: Collection[Any]) -> bool:
    return kind in (object, Any) or _plain(kind).issuperset(map(type, values)) or all(_fits(kind, value) for value in values)


def _words(kind: Any) -> str:
    if _origin(kind) is Literal:
        return "one of " + ", ".join(_parts(kind))
    words = {
        int: "a whole number",
        float: "a number",
        str: "text",
        bool: "true or false",
        dict: "an object",
        list: "a list",
        tuple: "a list",
    }
    return words.get(_origin(kind) or kind, "something else")


@functools.cache
def _origin(kind: Any) -> Any:
    """Cached: it is asked for every field of every document."""
    return get_origin(kind)


@functools.cache
def _parts(kind: Any) -> tuple[Any, ...]:
    return get_args(kind)
