"""The commands that train in this process: `python -m trainer train | resume | start`."""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from types import MappingProxyType
from typing import Any

from . import seeds, streams
from .argument_types import path, speed_limit, unicode_text
from .config import RunSettings
from .creating import create_run, with_seeds
from .engines.finding import require_engine
from .errors import SettingError
from .model_commands import AddCommand
from .queueing import queue_new
from .run_files.config_file import read_config
from .run_files.opening import open_to_append
from .run_files.run_directory import RunDirectory, open_run
from .settings import Setting, checked
from .starting import prepare_resume
from .tasks import DEFAULT_TASK, find_about, find_task, own_task_names
from .tasks.about import About


def add_train_commands(command: AddCommand, shared: Any) -> None:
    """Add these commands.

    Args:
        command: adds one; its `parent` brings options that several have.
        shared: the parent of those that are not about one run.
    """
    command("train", _train, "Train a new run in the foreground.", shared).late = _add_train
    command("resume", _resume, "Resume a run that was stopped, has failed or was killed, from its last checkpoint.")
    start = command("start", _start, "Train a run directory that was already made; the app starts its trainers with it.")
    start.add_argument("--control-seq", type=int, default=0, help="ignore pause and stop commands up to this number")
    start.add_argument("--lease", type=path, metavar="FILE", help="stop once nobody renews this file any more")
    start.add_argument("--lease-seconds", type=float, default=120.0, metavar="S", help="how long that may take (default: %(default)g)")


def settings_of(train_options: Sequence[str]) -> RunSettings:
    """The settings of a run that `train` would make with these options."""
    parser = argparse.ArgumentParser()
    _add_train(parser, train_options)
    return _settings(parser.parse_args(train_options), parent=None)


def _train(options: argparse.Namespace) -> int:
    parent = open_run(options.fork, options.runs_dir) if options.fork is not None else None
    config = _settings(options, parent)
    find_task(config.task).check_settings(config)
    require_engine(options.on)
    how: dict[str, Any] = {name: getattr(options, name) for name in ("runs_dir", "visual", "board_every")}
    how["speed"] = None if options.speed == math.inf else options.speed
    how["fork"] = (parent, options.fork_model) if parent is not None else None
    several = getattr(options, "seed", (config.seed,))
    if len(several) > 1 or options.queue or options.on:
        for run in queue_new(with_seeds(config, several, options.name), on=options.on, by="cli", **how):
            print(run.path)
        return 0
    run = create_run(config, name=options.name, **how)
    print(run.path, flush=True)
    return _train_in_the_foreground(run, control_seq=0)


def _settings(options: argparse.Namespace, parent: RunDirectory | None) -> RunSettings:
    about = find_about(options.task)
    return settings_in(options, about.fork_of(_parent_settings(about, parent)) if parent is not None else {})


def settings_in(options: argparse.Namespace, inherited: Mapping[str, Any] = MappingProxyType({})) -> RunSettings:
    """The settings that the options of `add_settings` say.

    Args:
        options: as they were parsed.
        inherited: what the options come on top of.

    Raises:
        SettingError: they do not go together.
    """
    about = find_about(options.task)
    names = [one.name for one in about.settings.described()]
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    if "seed" in given:
        given["seed"] = given["seed"][0]  # each of several is put in its place when the runs are made
    chosen = {**inherited, **about.presets[options.preset], **given}
    return about.settings(**{**about.follow(chosen, options.preset), **chosen})


def _parent_settings(about: About, parent: RunDirectory) -> RunSettings:
    config = read_config(parent)
    if config.task != about.settings.task:
        raise SettingError(f"A fork trains what its parent did: {parent.run_id} trains {config.task}; add --task {config.task}.")
    return about.settings.from_json(config.settings)


def _resume(options: argparse.Namespace) -> int:
    run = open_run(options.run, options.runs_dir)
    return _train_in_the_foreground(run, control_seq=prepare_resume(run, by="cli"))


def _train_in_the_foreground(run: RunDirectory, *, control_seq: int) -> int:
    streams.never_wait()
    from .learning.process import run_trainer  # noqa: PLC0415 - the other commands need no learner

    watched = sys.stderr.isatty()  # a bar in a pipe is for nobody
    with ExitStack() as stack:
        log = None
        with suppress(OSError):  # text for people; training writes what it needs itself
            log = stack.enter_context(open(open_to_append(run.log), "a", encoding="utf-8", errors="backslashreplace"))  # noqa: PTH123 - a descriptor
        return 0 if run_trainer(run, find_task, control_seq=control_seq, progress=watched, log=log) else 1


def _start(options: argparse.Namespace) -> int:
    run = open_run(options.run, options.runs_dir)
    streams.never_wait()
    from .learning.lease import Lease  # noqa: PLC0415 - the other commands need no learner
    from .learning.process import run_trainer  # noqa: PLC0415

    lease = Lease(options.lease, options.lease_seconds) if options.lease is not None else None
    return 0 if run_trainer(run, find_task, control_seq=options.control_seq, lease=lease) else 1


def _add_train(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    parser.add_argument("--name", type=unicode_text, default="", help="what to call the run; only displayed")
    parser.add_argument("--visual", action=argparse.BooleanOptionalAction, default=False, help="write pictures from the start")
    parser.add_argument(
        "--speed", type=speed_limit, default=math.inf, metavar="N|full",
        help="the most environment steps per second, in visual mode only (default: full)",
    )  # fmt: skip
    parser.add_argument("--board-every", type=int, default=25, help="environment steps between pictures, 1 to 1000 (default: 25)")
    parser.add_argument("--fork", metavar="RUN", help="begin with the weights and the settings of another run; options come on top")
    parser.add_argument("--fork-model", choices=("best", "checkpoint"), default="best", help="which model of it (default: %(default)s)")
    parser.add_argument("--queue", action="store_true", help="let it wait until a core is free, as several seeds always do")
    parser.add_argument("--on", default="", metavar="ENGINE", help="let it wait for this engine (default: for this machine)")
    add_settings(parser, words)


def add_settings(parser: argparse.ArgumentParser, words: Sequence[str], *, without: Sequence[str] = ()) -> None:
    """Add an option for each setting of the task that is meant, and what they begin with.

    Args:
        parser: gets them.
        words: of the command line: they tell which task is meant.
        without: settings that are no options.
    """
    about = find_about(_task_in(words))
    parser.add_argument("--task", default=about.name, help="what to train (default: the first task with the settings that are given)")
    parser.add_argument("--preset", choices=about.presets, default=about.default_preset, help=_presets_help(about))
    groups: dict[str, Any] = {}
    for setting in [one for one in about.settings.described() if one.name not in without]:
        group = groups.setdefault(setting.group, None) or parser.add_argument_group(setting.group)
        groups[setting.group] = group
        default = ",".join(map(str, setting.default)) if isinstance(setting.default, tuple) else setting.default
        allowed = seeds.ALLOWED if setting.name == "seed" else setting.allowed
        text = f"{setting.help} ({allowed}; default: {setting.nothing or default if default is None else default})".replace("%", "%%")
        alone: dict[str, Any] = {"nargs": "?", "const": setting.alone} if setting.alone else {}
        group.add_argument(setting.flag, type=_setting_type(setting), default=argparse.SUPPRESS, metavar="N", help=text, **alone)


def _task_in(words: Sequence[str]) -> str:
    """The task that `--task` names, for its settings are other options; else the first of ours that has those given."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--task", nargs="?", default=None)
    named = finder.parse_known_args(list(words))[0].task
    if named:
        return str(named)
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    ours = [about for about in map(find_about, own_task_names()) if not about.elsewhere]
    flags = {about.name: {one.flag for one in about.settings.described()} for about in ours}
    meant = given & set[str]().union(*flags.values())
    return next((name for name, known in flags.items() if meant <= known), DEFAULT_TASK)


def _presets_help(about: About) -> str:
    described = []
    for name, preset in about.presets.items():
        changes = ", ".join(f"{setting} {value}" for setting, value in preset.items())
        described.append(f"{name}: {changes or about.preset_help.get(name, 'the defaults').rstrip('.')}")
    return f"settings to begin with; the options below come on top of it ({'; '.join(described)})".replace("%", "%%")


def _setting_type(setting: Setting) -> Any:
    def convert(text: str) -> Any:
        try:
            return seeds.parse_seeds(text) if setting.name == "seed" else checked(setting, text)
        except SettingError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert
