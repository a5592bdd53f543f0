"""What other programs call settings, under our names: so that an imported run stands beside one that was trained here.

The runs are of environments of Gymnasium. A setting that we know is brought to the form in which we keep
it; one that we do not know stays as it is, shortened where it is no plain value.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from ..errors import FormatError, SettingError
from ..run_files.fields import MAX_SETTING_CHARACTERS, MAX_SETTINGS, require_plain_values
from ..settings import Setting, checked
from ..tasks import describe

TASK = "gym"
NAMES = {
    "env_id": "env", "env_name": "env", "environment": "env", "gym_id": "env",
    "algorithm": "algo", "algo_name": "algo",
    "n_timesteps": "total_timesteps", "num_envs": "n_envs",
}  # fmt: skip
"""Other names of settings that we have."""
ALGORITHMS = {"ppo_lstm": "recurrentppo", "recurrent_ppo": "recurrentppo", "ppo_mask": "maskableppo", "maskable_ppo": "maskableppo"}
"""Other names of algorithms."""
SCHEDULED = re.compile(r"lin_([0-9.eE+-]+)")
"""How the Zoo writes a value that falls in a straight line."""
RUN_FOLDER = re.compile(r"([A-Za-z0-9]+)_[0-9]+")
"""How stable-baselines3 names the folder of a run's event files: `PPO_1`."""


def settings_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under our names, as plain values; what has none is left out."""
    known = {one.name: one for one in describe(TASK).settings.described()}
    made: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or name.startswith("_") or not name.isprintable():
            continue
        ours = NAMES.get(name, name)
        scheduled = SCHEDULED.fullmatch(value) if isinstance(value, str) else None
        if scheduled and ours == "learning_rate":
            made["schedule"] = "linear"
        found = _number(scheduled[1]) if scheduled else value
        plain = _as_known(known[ours], found) if ours in known else _plain(found)
        if len(made) < MAX_SETTINGS - 10 and _fits(ours, plain):
            made[ours] = plain
    return made


def algorithm_in(folder: str) -> str | None:
    """The algorithm that a folder's name tells, where it is one of ours: `ppo` of `PPO_1`."""
    found = RUN_FOLDER.fullmatch(folder)
    name = algorithm_named(found[1] if found else folder)
    choices = next(one.choices for one in describe(TASK).settings.described() if one.name == "algo")
    return name if name in choices else None


def algorithm_named(text: str) -> str:
    """Our name of an algorithm: in small letters."""
    return ALGORITHMS.get(text.lower(), text.lower())


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _as_known(setting: Setting, value: Any) -> Any:
    """A value as we keep it; as it is, where we could not."""
    if setting.name == "algo" and isinstance(value, str):
        return algorithm_named(value)
    if setting.name == "normalize" and isinstance(value, bool):
        return "observations and rewards" if value else "off"
    if isinstance(value, bool) and {"on", "off"} <= set(setting.choices):
        return "on" if value else "off"
    if setting.kind is str and not isinstance(value, str):
        value = _plain(value)
    try:
        kept = checked(setting, str(value) if setting.kind is str else value)
    except SettingError:
        return _plain(value)
    return list(kept) if isinstance(kept, tuple) else kept


def _plain(value: Any) -> Any:
    """A value or a short list of them; anything else as text."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        return list(value)
    if isinstance(value, str):
        return value[:MAX_SETTING_CHARACTERS]
    try:
        return json.dumps(value, default=str)[:MAX_SETTING_CHARACTERS]
    except (ValueError, TypeError, RecursionError):
        return "too deep to show"


def _fits(name: str, value: Any) -> bool:
    try:
        require_plain_values("settings", {name: value})
    except FormatError:
        return False
    return True
