"""Which run a script goes on with, when it is run again."""

from collections.abc import Mapping
from typing import Any

from ...errors import ControlRoomError, FormatError, RunFinishedError, RunIsActiveError, SettingError
from ...probing import Probe, probe
from ...run_files.config_file import ConfigFile, read_config
from ...run_files.run_directory import RunDirectory, list_runs, open_run
from .about import NAME
from .options import AUTO, Options

FIXED = ("env", "algo", "policy", "n_envs", "policy_kwargs")
"""What must be as it was: else the weights or the environments do not fit."""
INTERRUPTED = ("stopped", "failed", "crashed", "orphaned")
NOT_LEARNED_FROM = ("total_timesteps", "script", "git_commit", "git_changes")


def run_to_resume(options: Options, name: str, settings: Mapping[str, Any]) -> RunDirectory | None:
    """The run that was asked for; None if a new one is wanted, or if there is none of this script to go on with.

    Args:
        options: say which.
        name: of a new run.
        settings: of the model that is there.

    Raises:
        RunNotFoundError, RunIsActiveError, RunFinishedError, SettingError, FormatError: the one that was named cannot be gone on with.
    """
    if options.resume is None:
        return None
    if options.resume == AUTO:
        return next((run for run in list_runs(options.runs_dir) if _is_of_this_script(run, name, settings)), None)
    run = open_run(options.resume, options.runs_dir)
    probed = probe(run)
    _require_fitting(run, probed, settings)
    return run


def differences(run: RunDirectory, settings: Mapping[str, Any]) -> list[str]:
    """What is learned with and differs from the first time, as `name was 1 and is 2`."""
    before = read_config(run).settings
    names = [name for name in {**before, **settings} if name not in NOT_LEARNED_FROM and name != "seed"]
    return [f"{name} was {before.get(name)} and is {settings.get(name)}" for name in names if before.get(name) != settings.get(name)]


def _require_fitting(run: RunDirectory, probed: Probe, settings: Mapping[str, Any]) -> None:
    config = probed.config
    if config is None or config.task != NAME:
        raise SettingError(f"A script can go on with a run of a script; {run.run_id} is none.")
    if probed.active:
        raise RunIsActiveError(f"One process a run: {run.run_id} is being trained already.")
    if probed.state == "finished":
        raise RunFinishedError(f"{run.run_id} is finished: there is nothing to go on with.")
    unfit = [name for name in FIXED if config.settings.get(name) != settings.get(name)]
    if unfit:
        was = ", ".join(f"{name} {config.settings.get(name)} (now {settings.get(name)})" for name in unfit)
        raise SettingError(f"A resumed run must have the model and the environment it began with; {run.run_id} had {was}.")


def _is_of_this_script(run: RunDirectory, name: str, settings: Mapping[str, Any]) -> bool:
    try:
        config: ConfigFile = read_config(run)
        if config.task != NAME or config.name != name or config.settings.get("script") != settings.get("script"):
            return False
        probed = probe(run)
        _require_fitting(run, probed, settings)
    except (ControlRoomError, FormatError, OSError):
        return False
    return probed.state in INTERRUPTED
