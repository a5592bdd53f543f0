"""Which values of a setting a sweep tries, as a person writes them.

| text | meaning |
|---|---|
| `learning_rate=log:1e-4:1e-2` | any number from 0.0001 to 0.01, each factor as likely as any other |
| `gamma=0.9:0.999`, `gamma=linear:0.9:0.999` | any number from 0.9 to 0.999; of a whole-number setting whole numbers |
| `gamma=0.9,0.99` | one of these values |
| `net_arch=64x64,256x256` | one of these lists |
| `policy_kwargs={"a": 1, "b": 2}|{"a": 2}` | the same; `|` stands between values that hold commas |
"""

import difflib
import math
from collections.abc import Sequence
from typing import Any

from ..errors import SettingError, shown
from ..numbers import digits
from ..run_files.studies import MAX_VARIED, Scale, Vary
from ..settings import Setting, checked
from ..tasks.about import About

SCALES: tuple[Scale, ...] = ("log", "linear")
MAX_CHOICES = 100


def offered(about: About) -> tuple[Setting, ...]:
    """The settings of a task that a sweep can vary: those that decide how it is learned."""
    return tuple(one for one in about.settings.described() if one.role == "learning" and one.name != "seed")


def parse_vary(about: About, text: str) -> Vary:
    """What `--vary` says.

    Raises:
        SettingError: the task has no such setting, or the values cannot be; one sentence says
            which.
    """
    name, equals, values = text.partition("=")
    if not equals:
        raise SettingError(f"--vary must be SETTING=VALUES, as learning_rate=log:1e-4:1e-2 or gamma=0.9,0.99; got {shown(text)}.")
    return vary_of(find_setting(about, name.strip().replace("-", "_")), values)


def find_setting(about: About, name: str) -> Setting:
    """A setting that a sweep can vary.

    Raises:
        SettingError: the task has none of this name, or a sweep cannot vary it.
    """
    known = {one.name: one for one in about.settings.described()}
    may = {one.name: one for one in offered(about)}
    if name in may:
        return may[name]
    if name == "seed":
        raise SettingError("The seed cannot vary: every trial is trained with the same seeds, so that luck is the same for all.")
    if name in known:
        raise SettingError(f"{name} cannot vary: it does not change how {about.label} is learned, so that trials would not be comparable.")
    near = difflib.get_close_matches(name, may, 1)
    advice = f" Did you mean {near[0]}?" if near else f" It has {', '.join(may)}."
    raise SettingError(f"{about.label} has no setting {shown(name)}.{advice}")


def vary_of(setting: Setting, text: str) -> Vary:
    """The values of a setting that a person has written, without its name.

    Raises:
        SettingError: they cannot be; one sentence says which.
    """
    text = text.strip()
    scale, colon, rest = text.partition(":")
    if colon and scale in SCALES:
        return _range(setting, "log" if scale == "log" else "linear", rest)
    if colon and setting.kind in (int, float):
        return _range(setting, "linear", text)
    values = [part.strip() for part in text.split("|" if "|" in text else ",")]
    return require_vary(setting, Vary(setting.name, "choices", values=[_plain(checked(setting, value)) for value in values]))


def vary_text(vary: Vary) -> str:
    """The values as `vary_of` reads them."""
    if vary.scale != "choices":
        return f"{vary.scale}:{_words(vary.low)}:{_words(vary.high)}"
    words = [_words(value) for value in vary.values]
    return ("|" if any("," in word for word in words) else ",").join(words)


def value_text(value: Any) -> str:
    """One value of a setting as a person writes it: `64x64`, `0.001`."""
    return _words(value)


def require_vary(setting: Setting, vary: Vary) -> Vary:
    """Refuse values that the setting cannot have, or that are no choice.

    Raises:
        SettingError: they are; one sentence says which.
    """
    if vary.scale == "choices":
        values = [_plain(checked(setting, value)) for value in vary.values]
        if len({repr(value) for value in values}) != len(values):
            raise SettingError(f"{setting.name} must vary over different values; got {', '.join(map(_words, values))}.")
        if not 2 <= len(values) <= MAX_CHOICES:
            raise SettingError(f"{setting.name} must vary over 2 to {MAX_CHOICES} values; got {len(values)}.")
        return Vary(setting.name, "choices", values=values)
    if setting.kind not in (int, float):
        raise SettingError(f"{setting.name} has no range: it must be {setting.allowed}. Name the values to try, one after another.")
    low, high = (checked(setting, value) for value in (vary.low, vary.high))
    if low is None or high is None:
        raise SettingError(f"{setting.name} needs both ends of its range: {vary.scale}:LOW:HIGH.")
    if not low < high:
        raise SettingError(f"{setting.name} must vary from a smaller to a larger value; got {digits(low)} to {digits(high)}.")
    if vary.scale == "log" and low <= 0:
        raise SettingError(f"{setting.name} must vary above 0 on a log scale; got {digits(low)} to {digits(high)}.")
    return Vary(setting.name, vary.scale, low, high)


def require_varied(about: About, vary: Sequence[Vary]) -> list[Vary]:
    """What a sweep varies, every part checked.

    Raises:
        SettingError: nothing varies, or a setting twice, or see `find_setting` and `require_vary`.
    """
    if not vary:
        raise SettingError("A sweep needs something that varies: add --vary SETTING=VALUES, as gamma=0.9,0.99.")
    names = [one.setting for one in vary]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SettingError(f"{twice} can vary in one way only; it was named twice.")
    if len(vary) > MAX_VARIED:
        raise SettingError(f"At most {MAX_VARIED} settings can vary; got {len(vary)}.")
    return [require_vary(find_setting(about, one.setting), one) for one in vary]


def _range(setting: Setting, scale: Scale, text: str) -> Vary:
    ends = text.split(":")
    if len(ends) != 2 or not all(end.strip() for end in ends):
        raise SettingError(f"{setting.name} must vary over {scale}:LOW:HIGH; got {shown(f'{scale}:{text}')}.")
    if setting.kind not in (int, float):
        return require_vary(setting, Vary(setting.name, scale))
    low, high = (checked(setting, end) for end in ends)
    return require_vary(setting, Vary(setting.name, scale, low, high))


def _plain(value: Any) -> Any:
    """As JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "x".join(map(str, value))
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.12g}"
    return "" if value is None else str(value)
