"""The command line of Control Room: `python -m trainer --help` names its commands."""

import importlib.util
import sys
from pathlib import Path

if not __package__:  # run by its path: any other package of this name may come first, so ours is named by its folder
    _folder = Path(__file__).resolve().parent
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != _folder]  # without -P: our `numbers` is not Python's
    __package__ = _folder.name
    _spec = importlib.util.spec_from_file_location(__package__, _folder / "__init__.py", submodule_search_locations=[str(_folder)])
    sys.modules[__package__] = importlib.util.module_from_spec(_spec)  # type: ignore[arg-type]  # the file exists: this is one beside it

from . import streams

if __name__ == "__main__":
    streams.prepare_streams()  # first of all: a file opened before may get the number of a standard stream that is closed

import argparse
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Any, NoReturn

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy comes: one thread values a wide network five times as fast as two
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(Path(__file__).parent))  # nothing is compiled, but torch makes the folder it names

from .argument_types import path, unicode_text, whole_number
from .config import DEFAULT_PRESET, PRESETS, SETTINGS, RunConfig, Setting, checked, fork_of
from .control_command import add_control_command
from .creating import create_run, default_runs_dir
from .errors import ControlFileError, ControlRoomError, RunFinishedError, RunIsActiveError, RunNotFoundError, SettingError, visible
from .examples import jobs_left, train_all
from .list_commands import add_list_commands
from .model_commands import add_model_commands
from .probing import ALREADY_ACTIVE, probe
from .resources import usable_cores
from .run_files.config_file import read_config
from .run_files.opening import open_to_append
from .run_files.run_directory import RunDirectory, open_run
from .signals import handle_end_signals
from .starting import prepare_resume
from .tasks import find_task
from .tasks.tetris.files.watching import Watch, WatchControl, make_watch

WRONG_USE = 2
INTERRUPTED = 130  # as shells call a process that Ctrl-C has ended
EXPORT_FORMATS = ("csv", "parquet", "tensorboard")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 well, 1 it went wrong, 2 wrong use, 3 another trainer is active."""
    try:
        options = _parser().parse_args(arguments)
        result: int = options.command(options)
    except ControlRoomError as error:
        print(f"error: {visible(str(error))}", file=sys.stderr)
        if isinstance(error, RunIsActiveError):
            return ALREADY_ACTIVE
        return WRONG_USE if isinstance(error, SettingError | ControlFileError | RunNotFoundError | RunFinishedError) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if lost := streams.lost_output():
        print(f"error: standard output cannot be written ({lost}).", file=sys.stderr)
        return result or 1
    return result


def _train(options: argparse.Namespace) -> int:
    parent = open_run(options.fork, options.runs_dir) if options.fork is not None else None
    run = create_run(
        _config(options, parent),
        fork=(parent, options.fork_model) if parent is not None else None,
        name=options.name,
        runs_dir=options.runs_dir,
        visual=options.visual,
        speed=options.speed,
        board_every=options.board_every,
    )
    print(run.path, flush=True)
    return _train_in_the_foreground(run, control_seq=0)


def _config(options: argparse.Namespace, parent: RunDirectory | None) -> RunConfig:
    inherited = fork_of(RunConfig.from_json(read_config(parent).settings)) if parent is not None else {}
    given = {setting.name: getattr(options, setting.name) for setting in SETTINGS if hasattr(options, setting.name)}
    return RunConfig(**{**inherited, **PRESETS[options.preset], **given})


def settings_of(train_options: Sequence[str]) -> RunConfig:
    """The settings of a run that `train` would make with these options."""
    return _config(_parser().parse_args(["train", *train_options]), parent=None)


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
        return 0 if run_trainer(run, find_task("tetris"), control_seq=control_seq, progress=watched, log=log) else 1


def _start(options: argparse.Namespace) -> int:
    run = open_run(options.run, options.runs_dir)
    streams.never_wait()
    from .learning.process import run_trainer  # noqa: PLC0415 - the other commands need no learner

    return 0 if run_trainer(run, find_task("tetris"), control_seq=options.control_seq) else 1


def _watch(options: argparse.Namespace) -> int:
    names = [options.player, *options.against]
    watch = Watch(options.folder) if options.folder else make_watch(options.runs_dir, WatchControl(seed=options.seed))
    if not options.folder:
        print(watch.files.path, flush=True)
    from .tasks.tetris.commands.watching import run_watch  # noqa: PLC0415 - the other commands need no compiled game

    return 0 if run_watch(watch, names, options.runs_dir) else 1


def _export(options: argparse.Namespace) -> int:
    from .analysis.export import export_run  # noqa: PLC0415 - the other commands need no arrays

    if options.bom and options.to != "csv":
        raise SettingError(f"--bom is for CSV files; got --to {options.to}.")
    for run in [open_run(run, options.runs_dir) for run in options.runs]:
        print(export_run(run, options.to, options.out, bom=options.bom), flush=True)
    return 0


def _examples(options: argparse.Namespace) -> int:
    stop = threading.Event()
    handle_end_signals(lambda _: stop.set())
    jobs = jobs_left(options.runs_dir)
    batch = train_all(jobs, options.runs_dir, at_once=options.at_once, stop=stop)
    for probed in (probe(RunDirectory(options.runs_dir / name)) for name in batch.runs):
        if probed.error:
            print(f"{probed.run.run_id}: {visible(probed.error)}", file=sys.stderr)
    print(f"{batch.state}: {len(batch.runs)} of {len(jobs)} example runs were made in {options.runs_dir}")
    return 0


class _OneSentence(argparse.ArgumentParser):
    """Wrong use is answered by one sentence and where to read on."""

    any_order = False
    """Whether options may stand between the positional arguments; argparse itself is done with an optional one too early."""

    late: "Callable[[_OneSentence], None] | None" = None
    """Adds the options of a command once it is asked for: they come from modules that the other commands need not load."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; see `any_order` and `late`."""
        if self.late is not None:
            add_options, self.late = self.late, None
            add_options(self)
        if not self.any_order:
            return super().parse_known_args(args, namespace)
        self.any_order = False  # argparse comes here again, once for the options and once for the rest
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.any_order = True

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"error: {message} (see: {self.prog} --help)\n")


def _setting_type(setting: Setting) -> Any:
    def convert(text: str) -> Any:
        try:
            return checked(setting, text)
        except SettingError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _parser() -> argparse.ArgumentParser:
    parser = _OneSentence(prog="python -m trainer", description="Train Tetris agents with DQN and steer the training.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_OneSentence)
    shared = _OneSentence(add_help=False)
    shared.add_argument("--runs-dir", type=path, default=default_runs_dir(), help="where runs are kept (default: %(default)s)")
    one_run = _OneSentence(add_help=False, parents=[shared])
    one_run.add_argument("run", metavar="RUN", help="the run's id (see: python -m trainer list) or its directory")

    def command(name: str, what: Any, summary: str, parent: _OneSentence = one_run) -> _OneSentence:
        added = commands.add_parser(name, help=summary, description=summary, parents=[parent])
        added.set_defaults(command=what)
        return added

    _add_train(command("train", _train, "Train a new run in the foreground.", shared))
    command("resume", _resume, "Go on with a run that was stopped, has failed or was killed, from its last checkpoint on.")
    start = command("start", _start, "Train a run directory that was already made; the app starts its trainers with it.")
    start.add_argument("--control-seq", type=int, default=0, help="ignore pause and stop commands up to this number")
    add_control_command(command)
    add_list_commands(command, shared)
    luck = "Compare two groups of runs: is A better than B, or was it luck? Runs with the same settings and seed count once."
    command("compare", None, luck, shared).late = _add_compare
    add_model_commands(command, shared)
    _add_watch(command("watch", _watch, "Let models play while somebody looks; the app's Watch page starts it.", shared))
    examples = command("examples", _examples, "Train six short runs, so that there is something to compare; about two minutes.", shared)
    examples.add_argument(
        "--at-once", type=whole_number(1), default=usable_cores(), metavar="N", help="active runs at most (default: %(default)s)"
    )
    export = command("export", _export, "Write the logs of runs as files for other tools.", shared)
    export.add_argument("runs", nargs="+", metavar="RUN", help="ids or directories of runs")
    export.add_argument("--to", required=True, choices=EXPORT_FORMATS, help="tensorboard: then tensorboard --logdir DIR")
    export.add_argument(
        "--out", type=path, default=Path("export"), metavar="DIR", help="each run gets a folder in it (default: %(default)s)"
    )
    export.add_argument("--bom", action="store_true", help="csv: begin with a byte-order mark, by which Excel knows UTF-8")
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", type=unicode_text, default="", help="what to call the run; only displayed")
    parser.add_argument("--visual", action=argparse.BooleanOptionalAction, default=False, help="write board snapshots from the start")
    parser.add_argument("--speed", type=float, default=1.0, help="0.1 to 1.0; sleeps at snapshots, in visual mode only (default: 1.0)")
    parser.add_argument("--board-every", type=int, default=25, help="environment steps between snapshots, 1 to 1000 (default: 25)")
    parser.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET, help=_presets_help())
    parser.add_argument("--fork", metavar="RUN", help="begin with the weights and the settings of another run; options come on top")
    parser.add_argument("--fork-model", choices=("best", "checkpoint"), default="best", help="which model of it (default: %(default)s)")
    groups: dict[str, Any] = {}
    for setting in SETTINGS:
        group = groups.setdefault(setting.group, None) or parser.add_argument_group(setting.group)
        groups[setting.group] = group
        default = ",".join(map(str, setting.default)) if setting.kind is tuple else setting.default
        text = f"{setting.help} ({setting.allowed}; default: {default})".replace("%", "%%")
        group.add_argument(setting.flag, type=_setting_type(setting), default=argparse.SUPPRESS, metavar="N", help=text)


def _presets_help() -> str:
    described = []
    for name, preset in PRESETS.items():
        changes = ", ".join(f"{setting} {value}" for setting, value in preset.items())
        described.append(f"{name}: {changes or 'the defaults'}")
    return f"settings to begin with; the options below come on top of it ({'; '.join(described)})".replace("%", "%%")


def _add_compare(parser: argparse.ArgumentParser) -> None:
    from .compare import add_compare  # noqa: PLC0415 - the other commands need no statistics

    add_compare(parser)


def _add_watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "player", metavar="PLAYER", help="a run (its best model), RUN/NAME, a model folder, dellacherie, bcts, dt10 or dt20"
    )
    parser.add_argument("--against", action="append", default=[], metavar="PLAYER", help="another one, on the same pieces")
    parser.add_argument("--seed", type=int, default=1, help="of the pieces (default: %(default)s)")
    parser.add_argument("--folder", type=path, help="made by the app: where to write; without it a folder is made and printed")


if __name__ == "__main__":
    sys.exit(main())
