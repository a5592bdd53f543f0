"""How a setting is declared, described and checked: once, for the command line, the form in the app and the page of settings.

A class of settings is a frozen dataclass of `setting` fields, a subclass of `Settings`. The settings of a run are in two halves, one
class: those that every run has (`trainer.config.RunSettings`), and those of its task, which its subclass in `about.py` adds.
"""

import difflib
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from .errors import SettingError, shown
from .numbers import digits

Role = Literal["problem", "learning", "measuring", "recording"]
"""What a setting decides: the problem that is learned, how it is learned, how the result is measured and when a run ends, or only what
is recorded. Runs of different problems are never compared; runs that learn alike from one seed are one run."""
MAX_TEXT = 200  # characters
FEW = 6  # choices, all of which an error names


@dataclass(frozen=True, slots=True)
class Setting:
    """What a person needs to know about one field of a class of settings."""

    name: str
    kind: type
    """`int`, `float`, `str` (one of `choices`, or any text), or `tuple` for a list of whole numbers."""
    default: Any
    label: str
    help: str
    group: str
    minimum: float
    maximum: float
    choices: tuple[str, ...]
    optional: bool
    advanced: bool
    role: Role
    live: bool
    """Whether it can be changed while a run goes on."""
    nothing: str
    """What it means that an optional one has no value."""
    alone: str
    """Its value where the command line names it without one; empty: it must have one."""

    @property
    def flag(self) -> str:
        """The option of the command line, `--total-timesteps`."""
        return "--" + self.name.replace("_", "-")

    @property
    def allowed(self) -> str:
        """The allowed values as words, `a whole number from 4 to 40`."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.kind is str:
            return f"a text of up to {MAX_TEXT} characters" + (", or nothing" if self.optional else "")
        what = {int: "a whole number", float: "a number", tuple: "1 to 4 whole numbers, each"}[self.kind]
        text = f"{what} from {digits(self.minimum)} to {digits(self.maximum)}"
        return f"{text}, or nothing" if self.optional else text


def setting(
    default: Any,
    label: str,
    help: str,  # noqa: A002 - argparse's and Streamlit's word for it
    group: str,
    *,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    advanced: bool = True,
    role: Role = "learning",
    live: bool = False,
    nothing: str = "",
    alone: str = "",
) -> Any:  # as dataclasses.field, typed as the field's own type
    """Declare a setting.

    Args:
        default: its value, if a person says nothing.
        label: what the form calls it.
        help: one sentence.
        group: the heading it stands under.
        at_least: the smallest number.
        at_most: the largest number.
        advanced: whether it is only shown to who asks for more.
        role: what it decides.
        live: whether it can be changed while a run goes on.
        nothing: what it means that an optional one has no value.
        alone: its value where the command line names it without one.
    """
    metadata = {"label": label, "help": help, "group": group, "minimum": at_least, "maximum": at_most}
    metadata |= {"advanced": advanced, "role": role, "live": live, "nothing": nothing, "alone": alone}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of a run. Constructing some checks every value.

    Raises:
        SettingError: a value is of the wrong type or outside its range; the text names the setting, the range and the value.
    """

    def __post_init__(self) -> None:
        for one in self.described():
            object.__setattr__(self, one.name, checked(one, getattr(self, one.name)))

    @classmethod
    def described(cls) -> tuple[Setting, ...]:
        """Every setting, in the order a person reads them."""
        return _described(cls)  # type: ignore[arg-type]  # a class is hashable; mypy looks at its instances

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON types, in the order they are declared."""
        values = {one.name: getattr(self, one.name) for one in self.described()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @property
    def problem(self) -> dict[str, Any]:
        """The settings that say which problem is solved, as JSON types: what is needed to run a policy."""
        values = self.to_json()
        return {one.name: values[one.name] for one in self.described() if one.role == "problem"}

    @property
    def of_learning(self) -> dict[str, Any]:
        """The settings that decide what is learned, those of the problem among them, as JSON types: a model can be made again from them."""
        values = self.to_json()
        return {one.name: values[one.name] for one in self.described() if one.role in ("learning", "problem")}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The settings of a `config.json`.

        Raises:
            SettingError: an unknown setting, or a value outside its range.
        """
        names = [one.name for one in cls.described()]
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise SettingError(f"{', '.join(unknown)} is not a setting of a run; expected some of {', '.join(names)}.")
        return cls(**values)


@functools.cache
def _described(cls: type) -> tuple[Setting, ...]:
    kinds = get_type_hints(cls)
    found = [_describe(one.name, kinds[one.name], one.default, one.metadata) for one in fields(cls)]
    groups = list(dict.fromkeys(one.group for one in found))
    return tuple(sorted(found, key=lambda one: groups.index(one.group)))  # the halves share some headings


def _describe(name: str, annotation: Any, default: Any, metadata: Mapping[str, Any]) -> Setting:
    arguments = get_args(annotation)
    optional = type(None) in arguments
    literal = get_origin(annotation) is Literal
    annotation = arguments[0] if optional else annotation
    kind = str if literal else get_origin(annotation) or annotation
    choices = tuple(arguments) if literal else ()
    return Setting(name=name, kind=kind, default=default, choices=choices, optional=optional, **metadata)


def checked(setting: Setting, value: Any) -> Any:
    """The value as the setting's own type.

    Raises:
        SettingError: the value is of the wrong type or outside the range.
    """
    try:
        return _converted(setting, value)
    except (TypeError, ValueError, OverflowError):
        raise SettingError(f"{setting.name} must be {_expected(setting, value)}; got {shown(value)}.") from None


def _expected(setting: Setting, value: Any) -> str:
    """The allowed values as words: of many choices those near the value."""
    if len(setting.choices) > FEW and isinstance(value, str):
        names = {_folded(choice): choice for choice in setting.choices}
        near = [names[one] for one in difflib.get_close_matches(_folded(value), names, 3)]
        if near:
            return f"one of {', '.join(near)} or {len(setting.choices) - len(near)} others"
    return setting.allowed


def _folded(choice: str) -> str:
    """The same however it is written: `recurrent_ppo`, `RecurrentPPO`."""
    return "".join(filter(str.isalnum, choice.lower()))


def _converted(setting: Setting, value: Any) -> Any:
    if setting.optional and value in (None, ""):
        return None
    if setting.kind is str and not setting.choices:
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= MAX_TEXT:
            raise ValueError
        return value
    if setting.choices:
        names = {_folded(choice): choice for choice in setting.choices}
        if not isinstance(value, str) or _folded(value) not in names:
            raise ValueError
        return names[_folded(value)]
    if setting.kind is tuple:
        parts = value.replace("x", ",").split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= 4:
            raise ValueError
        return tuple(int(_in_range(setting, part, whole=True)) for part in parts)
    number = _in_range(setting, value, whole=setting.kind is int)
    return int(number) if setting.kind is int else float(number)


def _in_range(setting: Setting, value: Any, *, whole: bool) -> float:
    if isinstance(value, bool):
        raise TypeError
    number = float(value.replace("_", "").replace(",", "")) if isinstance(value, str) else value
    if not isinstance(number, int | float) or not math.isfinite(number) or (whole and number != int(number)):
        raise ValueError
    if not setting.minimum <= number <= setting.maximum:
        raise ValueError
    return number
