"""What a script asks of the callback, checked before anything is trained."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ...config import RunSettings
from ...creating import default_runs_dir
from ...errors import SettingError, shown
from ...run_files.labels import Labels
from ...run_files.run_directory import MAX_NAME_CHARACTERS
from ...settings import checked
from .about import ScriptSettings

Best = Literal["auto", "evaluation", "training", "none"]
RESUME = "CONTROL_ROOM_RESUME"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of `ControlRoomCallback`; see there.

    Raises:
        SettingError, LabelError: one of them is wrong.
    """

    name: str | None
    tags: tuple[str, ...]
    note: str
    runs_dir: Path
    resume: str | None
    numbers: dict[str, Any]
    """`ScriptSettings` by name."""
    eval_env: Any
    best_by: Literal["evaluation", "training", "none"]
    steer: bool
    pictures: bool
    verbose: int


def checked_options(
    *,
    name: str | None,
    tags: Sequence[str],
    note: str,
    runs_dir: str | os.PathLike[str] | None,
    resume: str | os.PathLike[str] | None,
    best: str,
    eval_env: Any,
    steer: bool,
    pictures: bool,
    verbose: int,
    **numbers: Any,
) -> Options:
    """The arguments of the callback, each of its own kind.

    Raises:
        SettingError, LabelError: one of them is wrong; the text names it, what it may be and what it is.
    """
    if name is not None and not isinstance(name, str):
        raise SettingError(f"name must be a text of up to {MAX_NAME_CHARACTERS} characters, or None; got {shown(name)}.")
    tags = (tags,) if isinstance(tags, str) else tuple(tags)
    Labels(tags=tags, note=note)
    if best not in get_args(Best):
        raise SettingError(f"best must be one of {', '.join(get_args(Best))}; got {shown(best)}.")
    if best == "evaluation" and eval_env is None:
        raise SettingError("best must be training, none or auto without an eval_env; got evaluation.")
    by = ("training" if eval_env is None else "evaluation") if best == "auto" else best
    if resume is not None and not isinstance(resume, str | os.PathLike):
        raise SettingError(f"resume must be {AUTO}, a run's id or its folder, or None; got {shown(resume)}.")
    wanted = os.environ.get(RESUME) or (None if resume is None else os.fspath(resume))
    described = {one.name: one for one in (*RunSettings.described(), *ScriptSettings.described())}
    values = {which: checked(described[which], value) for which, value in numbers.items()}
    folder = default_runs_dir() if runs_dir is None else Path(runs_dir).expanduser().absolute()
    return Options(name, tags, note, folder, wanted, values, eval_env, by, steer, pictures, verbose)  # type: ignore[arg-type]
