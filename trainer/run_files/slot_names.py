"""The name of a slot: the one rule for what a model can be saved under, and for how a model is named among those of other runs.

A name is a folder's, on every file system: `models/<slot>/`. A key is `<run_id>` for the best model of a run, `<run_id>/<slot>` for
one that is saved under a name.
"""

import re

from ..errors import ModelNameError, shown
from .run_directory import RUN_ID_PATTERN

MAX_SLOT_CHARACTERS = 40
SLOT_RULE = f"1 to {MAX_SLOT_CHARACTERS} of the characters a-z, 0-9 and -, the first and the last no hyphen"
EXAMPLE = "before-lunch"
_SLOT = re.compile(rf"[a-z0-9]([a-z0-9-]{{0,{MAX_SLOT_CHARACTERS - 2}}}[a-z0-9])?")


def is_slot_name(name: object) -> bool:
    """Whether a model can be saved under this name."""
    return isinstance(name, str) and _SLOT.fullmatch(name) is not None


def checked_name(slot: str) -> str:
    """The name of a slot, or what is wrong with it.

    Raises:
        ModelNameError: it cannot be the name of a folder on every system.
    """
    if not is_slot_name(slot):
        raise ModelNameError(f"A model's name must be {SLOT_RULE}; got {shown(slot)}.")
    return slot


def typed_name(text: str) -> str:
    """A name as a person types it, as a slot: `Before lunch` is `before-lunch`. What cannot be one stays as it is, to be refused."""
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    return name if is_slot_name(name) else text


def model_key(run_id: str, slot: str | None) -> str:
    """Names a model among those of all runs in a folder; no slot means the best one."""
    return run_id if slot is None else f"{run_id}/{slot}"


def split_key(key: str) -> tuple[str, str | None]:
    """The run and the slot that a key names; what is no key of a slot is taken for the name of a run."""
    run_id, _, slot = key.partition("/")
    return (run_id, slot) if slot and RUN_ID_PATTERN.fullmatch(run_id) else (key, None)
