"""A document or row type, made from the JSON object that should hold it: every field is checked against its annotation."""

import functools
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

from trainer.errors import FormatError, shown

T = TypeVar("T")


def from_fields(row_type: type[T], values: Mapping[str, Any]) -> T:
    """The dataclass whose fields the values are; what it does not know is passed over.

    Raises:
        FormatError: a field is of another type, or missing although it has no default.
    """
    known: dict[str, Any] = {}
    for name, kind, required in _described(cast("Any", row_type)):
        if name in values:
            known[name] = _checked(name, kind, values[name])
        elif required:
            raise FormatError(f"{name} is missing")
    return row_type(**known)


@functools.cache
def _described(row_type: type) -> list[tuple[str, Any, bool]]:
    """Of every field its name, its annotation and whether it has no default. Kept: a document is read of every run."""
    return [(one.name, one.type, one.default is MISSING and one.default_factory is MISSING) for one in fields(cast("Any", row_type))]


def _checked(name: str, kind: Any, value: Any) -> Any:
    if type(value) is kind:  # the usual case
        return value
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
        return isinstance(value, list) and all(_fits(parts[0], part) for part in value)
    if origin is tuple:  # of a fixed length; JSON knows only lists
        return isinstance(value, list) and len(value) == len(parts) and all(map(_fits, parts, value))
    if origin is dict:
        return isinstance(value, dict) and all(_fits(parts[1], part) for part in value.values())
    if isinstance(value, bool):
        return kind in (bool, object, Any)
    return kind in (object, Any) or isinstance(value, int | float if kind is float else kind)


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
    """Kept: it is asked for every field of every document."""
    return get_origin(kind)


@functools.cache
def _parts(kind: Any) -> tuple[Any, ...]:
    return get_args(kind)
