"""Make the directory of a new run: its settings, its first command and, of a fork, the model it begins with."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .config import RunSettings
from .errors import ControlRoomError, RunDirectoryError, SettingError, reason
from .program import home
from .run_files.config_file import ConfigFile, Parent, StudyTrial, read_config, write_config
from .run_files.control import Control, update_control
from .run_files.opening import real, remove_folder
from .run_files.origin import parent_model, save_origin
from .run_files.run_directory import RunDirectory, expanded_path, make_named_directory, make_run_directory
from .seeds import name_with_seed, name_without_seed
from .tasks import describe, find_about


def default_runs_dir() -> Path:
    """Where runs are kept: `$CONTROL_ROOM_RUNS_DIR`, else `runs/` beside the app, or, where that is installed, in the present folder.

    Raises:
        RunDirectoryError: there is no such folder any more.
    """
    chosen = os.environ.get("CONTROL_ROOM_RUNS_DIR")
    try:
        return real(expanded_path(chosen) if chosen else home() / "runs")
    except FileNotFoundError:
        raise RunDirectoryError("Runs are kept in the folder that you are in, and that was deleted. Go to another one.") from None


def create_run(
    config: RunSettings,
    *,
    name: str = "",
    runs_dir: Path | None = None,
    visual: bool = False,
    speed: float | None = None,
    board_every: int = 25,
    by: str = "cli",
    fork: tuple[RunDirectory, str] | None = None,
    run_id: str = "",
    study: StudyTrial | None = None,
) -> RunDirectory:
    """Make a run directory with its first `control.json` and, last of all, its `config.json`, which makes it a run.

    Args:
        config: the settings.
        name: what to call it; only displayed. Empty: as its task calls such a run.
        runs_dir: where; `default_runs_dir()` if not given.
        visual: whether to begin in visual mode.
        speed: the most environment steps per second in visual mode; None: full speed.
        board_every: environment steps between snapshots, 1–1000.
        by: who makes it: `app` or `cli`.
        fork: the run whose model it begins with, and which: `best` or `checkpoint`.
        run_id: its id, if that was known before; a folder of this id that is no run yet is used.
        study: the trial of a sweep that it belongs to.

    Raises:
        ControlFileError: speed or board_every is out of range; nothing was made.
        ModelNotFoundError, FormatError, SettingError: there is no such model, or it does not fit the settings; nothing was made.
        RunDirectoryError: the runs folder is not writable or its file system has no locks; nothing was made.
    """
    Control(visual=visual, speed=speed, board_every=board_every)  # refuse a bad value before anything is made
    parent, model = _read_parent(*fork, config) if fork else (None, None)
    name = name or describe(config.task).call(config)
    folder, together = runs_dir or default_runs_dir(), name_without_seed(name, config.seed)
    ending = f"-s{config.seed}" if together != name else ""
    run = make_named_directory(folder, run_id) if run_id else make_run_directory(folder, together, ending)
    try:
        if model is not None:
            save_origin(run, model)
        update_control(run, by=by, run="running", visual=visual, speed=speed, board_every=board_every)
        settings = config.to_json()
        write_config(run, ConfigFile(name=name, seed=config.seed, task=config.task, settings=settings, parent=parent, study=study))
    except (OSError, ControlRoomError) as error:
        remove_folder(run.path)  # half a run would only be called crashed
        if isinstance(error, ControlRoomError):
            raise
        raise RunDirectoryError(f"{run.config} cannot be written ({reason(error)}).") from None
    return run


def create_runs(wanted: Iterable[tuple[RunSettings, str]], **more: Any) -> list[RunDirectory]:
    """Make several runs, or none of them; see `create_run` for what is raised.

    Args:
        wanted: the settings and the name of each.
        more: what all have, as `create_run` takes it.
    """
    made: list[RunDirectory] = []
    try:
        for config, name in wanted:
            run = create_run(config, name=name, **more)
            made.append(run)
    except ControlRoomError:
        for run in made:
            remove_folder(run.path)
        raise
    return made


def with_seeds(config: RunSettings, seeds: Sequence[int], name: str) -> list[tuple[RunSettings, str]]:
    """The same settings with each of several seeds, and what each run is called.

    Args:
        config: the settings of all.
        seeds: of each.
        name: what to call them together; empty: as their task calls such a run.
    """
    together = name or describe(config.task).call(config)
    return [(replace(config, seed=seed), name_with_seed(together, seed, seeds)) for seed in seeds]


def _read_parent(parent: RunDirectory, model: str, config: RunSettings) -> tuple[Parent, bytes]:
    settings, own = read_config(parent).settings, config.to_json()
    for name in find_about(config.task).fixed_in_fork:
        if settings.get(name) != own[name]:
            value = settings.get(name) or ()
            was = ",".join(map(str, value)) if isinstance(value, list) else value
            raise SettingError(f"{name} must stay {was} in a fork of {parent.run_id}: its weights go on in the same network.")
    return parent_model(parent, model)
