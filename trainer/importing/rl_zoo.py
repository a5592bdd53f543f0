"""The folder of a run of RL Baselines3 Zoo, `ALGO/ENV_1/`: what its settings were.

Beside the logs of stable-baselines3 it holds a folder that is called like the environment, with
`args.yml` (the command line) and `config.yml` (the hyperparameters). The models in it are pickled:
they are not opened.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..run_files.opening import is_file
from .plain_yaml import read_settings
from .settings import settings_of

PROGRAM = "RL Baselines3 Zoo"
ARGUMENTS, HYPERPARAMETERS = "args.yml", "config.yml"
OF_THE_RUN = ("algo", "env", "env_kwargs", "seed", "vec_env", "device")
"""Arguments that are settings of the run; the others say what the Zoo does with it."""
NOTHING = (None, "", -1)
"""How the Zoo writes that an argument was not given."""


def settings_folder(folders: Sequence[Path]) -> Path | None:
    """Which of the folders in one holds the settings of a run; None: there is none, so that it is no folder of the Zoo."""
    for folder in folders:
        try:
            if is_file(folder / ARGUMENTS) and is_file(folder / HYPERPARAMETERS):
                return folder
        except OSError:
            continue
    return None


def zoo_settings(folder: Path, notes: list[str]) -> dict[str, Any]:
    """The settings of a run, under our names; a file that cannot be read is said in the notes."""
    arguments, hyperparameters = (_read(folder / name, notes) for name in (ARGUMENTS, HYPERPARAMETERS))
    values = {name: arguments[name] for name in OF_THE_RUN if arguments.get(name) not in NOTHING}
    steps = arguments.get("n_timesteps")
    given = {"n_timesteps": steps} if steps not in NOTHING else {}
    return settings_of(hyperparameters | values | given)


def _read(path: Path, notes: list[str]) -> dict[str, Any]:
    try:
        return read_settings(path)
    except FormatError as error:
        notes.append(str(error))
        return {}
