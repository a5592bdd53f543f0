"""Which settings a sweep may vary, over which values it is proposed to do so, and what was typed instead."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.ui.form.fields import as_text
from trainer.errors import SettingError
from trainer.run_files.studies import Scale, Vary
from trainer.settings import Setting
from trainer.sweeping.ranges import require_vary

SCALES: dict[Scale, str] = {"log": "Range, log scale", "linear": "Range", "choices": "Choices"}
FIRST = "learning_rate"  # the setting that decides most often
FACTOR, WHOLE_FACTOR = 10.0, 4.0  # of a range around what a setting is now
HALF = 0.5
FEW = 4  # choices that are proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the fields of a setting that varies begin with.

    Attributes:
        scales: those that the setting can have, the proposed one first.
        low, high: the ends of a range; empty where none can be proposed.
        values: choices, as they are typed.
    """

    scales: tuple[Scale, ...]
    low: str
    high: str
    values: str


def proposal_of(setting: Setting, now: Any) -> Proposal:
    """Sensible values around what a setting is now.

    Args:
        setting: the setting.
        now: its value; None or a word if that is not known.
    """
    if setting.choices:
        rest = [one for one in setting.choices if one != now]
        return Proposal(("choices",), "", "", ", ".join([*([now] if now else []), *rest][:FEW]))
    if setting.kind not in (int, float):
        return Proposal(("choices",), "", "", _written(now))
    number = _number(now)
    scales: tuple[Scale, ...] = ("log", "linear", "choices")
    if number is None:
        return Proposal(scales, "", "", "")
    scale, low, high = _whole_range(setting, number) if setting.kind is int else _range(setting, number)
    others = tuple(one for one in scales if one != scale)
    between = math.sqrt(low * high) if scale == "log" else (low + high) / 2
    choices = dict.fromkeys(_text(setting, one) for one in (low, between, high))
    return Proposal((scale, *others), _text(setting, low), _text(setting, high), ", ".join(choices))


def _range(setting: Setting, now: float) -> tuple[Scale, float, float]:
    """A factor of ten both ways: of what is nearly 1, of what is missing to 1."""
    most, least = setting.maximum, setting.minimum
    if most <= 1 and HALF < now < 1:
        low, high = 1 - min(HALF, (1 - now) * FACTOR), 1 - (1 - now) / FACTOR
        return "linear", max(least, low), min(most, high)
    if now > 0:
        return "log", max(least, now / FACTOR), min(most, now * FACTOR)
    return "linear", max(least, min(now, 0.0)), min(most, 1.0)


def _whole_range(setting: Setting, now: float) -> tuple[Scale, float, float]:
    most, least = setting.maximum, setting.minimum
    if now > 0:
        return "log", max(least, 1.0, now // WHOLE_FACTOR), min(most, now * WHOLE_FACTOR)
    return "linear", max(least, now), min(most, now + FACTOR)


def _number(now: Any) -> float | None:
    try:
        number = float(str(now).replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(setting: Setting, value: float) -> str:
    """As a person types it, with few digits: a proposal is a round number."""
    return as_text(round(value)) if setting.kind is int else as_text(float(f"{value:.3g}"))


def _written(now: Any) -> str:
    return "x".join(map(str, now)) if isinstance(now, list | tuple) else str(now or "").replace(", ", "x")


def vary_of(setting: Setting, scale: Scale, low: str, high: str, values: str) -> Vary:
    """What was typed of a setting that varies.

    Raises:
        SettingError: it cannot be; one sentence says why, which begins with the setting's label.
    """
    if scale == "choices":
        made = Vary(setting.name, "choices", values=_split(values))
    else:
        made = Vary(setting.name, scale, low.strip(), high.strip())  # type: ignore[arg-type]  # read and checked as numbers
    try:
        return require_vary(setting, made)
    except SettingError as error:
        raise SettingError(f"{setting.label}{str(error).removeprefix(setting.name)}") from None


def _split(values: str) -> list[Any]:
    """Values between commas; a text that holds commas itself stands between bars."""
    bars = "|" in values
    return [one.strip() for one in values.split("|" if bars else ",") if one.strip()]


def offered_settings(settings: Sequence[Setting]) -> list[Setting]:
    """Those that a sweep may vary, of those that mean something now.

    What decides how it is learned, the usual one first.
    """
    fixed = ("seed", "total_timesteps")
    found = [one for one in settings if one.role == "learning" and one.name not in fixed]
    return sorted(found, key=lambda one: one.name != FIRST)


def now_of(setting: Setting, typed: Mapping[str, Any], own_values: Mapping[str, str]) -> Any:
    """What a setting is if it does not vary.

    As it was typed, else what the algorithm takes by itself.
    """
    value = typed.get(setting.name)
    return own_values.get(setting.name) if value in (None, "") else value
