"""Environments of Gymnasium as the trainer finds them: see `trainer.learning.task`. Nothing heavy is imported before it is asked for."""

import warnings
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import SettingError
from ...run_files.replays import cut_replays
from ...run_files.run_directory import RunDirectory
from .about import GymSettings
from .checks import options_of

if TYPE_CHECKING:
    from ...learning.session import RunSession
    from ...learning.task import Task
    from ...run_files.bundle import Bundle
    from ...run_files.jobs import Work
    from ...run_files.reports import Report
    from ...run_files.slots import StoredModel

settings = GymSettings
RANDOM = "random"


def check_settings(config: GymSettings) -> None:
    """Make the environment once, to see that there is one and that the algorithm fits.

    Raises:
        SettingError: there is no such environment, it does not take its options, or the algorithm does not fit it.
        EnvironmentFaultError: its own code fails.
    """
    from ...learning.any_learner.masks import MASKS  # noqa: PLC0415 - it imports gymnasium
    from .making import make_env, require_fitting, require_opencv  # noqa: PLC0415 - see above

    if config.atari == "on":
        require_opencv()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the run says them
        env = make_env(config.env, options_of(config.env_kwargs))
    require_fitting(config.env, config.algo, env.action_space, masked=env.has_wrapper_attr(MASKS))
    with suppress(Exception):  # somebody else's code; nothing was done with it
        env.close()


def make_task(session: "RunSession", config: GymSettings) -> "Task":
    """A training of an algorithm in an environment, before its first step.

    Raises:
        SettingError: there is no such environment, or the algorithm does not fit it.
    """
    from .learner import GymTask  # noqa: PLC0415 - seconds of import

    return GymTask(session, config)


def cut_files(run: RunDirectory, step: int) -> None:
    """Delete the recorded episodes of later steps.

    Raises:
        OSError: the folder is read-only.
    """
    cut_replays(run, step)


def film(run: RunDirectory, recording: str, episode: int, work: "Work") -> Path:
    """Simulate a recorded episode again."""
    from .film import make_film  # noqa: PLC0415 - it imports the environments

    return make_film(run, recording, episode, work)


def memory_advice(config: GymSettings) -> str:
    """One sentence: which setting takes most of the memory, and what helps."""
    return f"{config.algo} keeps buffer_size or n_steps × n_envs observations: a smaller number takes less."


def add_options(command: str, parser: Any) -> None:
    """The environment of a player that is no model; see `trainer.tasks.commands`."""
    if command == "evaluate":
        parser.add_argument("--env", metavar="ID", help="what --player plays, of the task gym")
        parser.add_argument("--env-kwargs", metavar="JSON", help="its options")
        parser.epilog = f"{parser.epilog or ''} Of an environment of Gymnasium: --task gym --env ID --player random."


def evaluate_folder(folder: Path, options: Namespace, work: "Work") -> dict[str, Any]:
    """Play greedy episodes with the model in a folder."""
    _refuse_environment(options)
    from .commands.report import evaluate  # noqa: PLC0415 - it imports torch
    from .commands.saved_model import model_in_folder  # noqa: PLC0415 - see above

    return evaluate(model_in_folder(folder, trust=options.trust), episodes=options.episodes, seed=options.seed, work=work)


def evaluate_player(name: str, options: Namespace) -> dict[str, Any]:
    """Act at random, on the same episodes.

    Raises:
        SettingError: there is no other player, or the environment cannot be made here.
    """
    if name != RANDOM:
        raise SettingError(f"--player must be {RANDOM} for the task gym; got {name}.")
    if options.env is None:
        raise SettingError(f"--player {RANDOM} of the task gym needs --env, such as --env CartPole-v1.")
    from .commands.report import evaluate_at_random  # noqa: PLC0415 - it imports torch

    config = GymSettings(env=options.env, env_kwargs=options.env_kwargs)
    return evaluate_at_random(config, episodes=options.episodes, seed=options.seed)


def report_on(model: "StoredModel", content: bytes, options: Namespace, work: "Work") -> "Report":
    """Evaluate a model of a run and keep the report beside it."""
    _refuse_environment(options)
    from ...run_files.reports import keep_report  # noqa: PLC0415 - for this command alone
    from .commands.report import evaluate  # noqa: PLC0415 - it imports torch
    from .commands.saved_model import stored_model  # noqa: PLC0415 - see above

    figures = evaluate(stored_model(model, content), episodes=options.episodes, seed=options.seed, work=work)
    return keep_report(model.run, model.name, figures)


def make_bundle(model: "StoredModel", options: Namespace, work: "Work") -> bytes:
    """The bundle of a model of a run, with a player that needs stable-baselines3 and the environment."""
    from .commands.bundling import make_bundle as make  # noqa: PLC0415 - it imports torch

    return make(model, episodes=options.episodes, seed=options.seed, work=work)


def import_bundle(bundle: "Bundle", options: Namespace, work: "Work") -> RunDirectory:
    """Make a run of a bundle."""
    from .commands.importing import import_bundle as import_it  # noqa: PLC0415 - it imports torch

    return import_it(bundle, runs_dir=options.runs_dir, name=options.name, trust=options.trust, work=work)


def _refuse_environment(options: Namespace) -> None:
    if options.env is not None or options.env_kwargs is not None:
        raise SettingError("--env belongs to --player: a model plays in the environment that it was trained in.")
