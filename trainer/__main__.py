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
    _spec.loader.exec_module(sys.modules[__package__])  # type: ignore[union-attr]  # see above

from . import lean_imports, streams

if __name__ == "__main__":
    streams.prepare_streams()  # first of all: a file opened before may get the number of a standard stream that is closed
    lean_imports.leave_out()

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy comes: one thread values a wide network five times as fast as two
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(Path(__file__).parent))  # nothing is compiled, but torch makes the folder it names

from .app_command import add_app_command
from .argument_types import path
from .clean_command import add_clean_command
from .control_command import add_control_command
from .creating import default_runs_dir
from .errors import (
    CommandNotFoundError,
    ControlFileError,
    ControlRoomError,
    NotificationError,
    RunElsewhereError,
    RunFinishedError,
    RunIsActiveError,
    RunNotFoundError,
    RunNotQueuedError,
    SettingError,
    StudyNotFoundError,
    SweepFinishedError,
    TaskNotFoundError,
    visible,
)
from .examples import examples_left, queue_examples
from .import_command import add_import_command
from .list_commands import add_list_commands
from .model_commands import add_model_commands
from .notify_command import add_notify_command
from .probing import ALREADY_ACTIVE
from .program import PROGRAM, version
from .queue_command import add_queue_command
from .run_files.run_directory import open_run
from .sweep_command import add_sweep_command
from .train_commands import add_train_commands

WRONG_USE = 2
WRONG_USES = (
    SettingError, ControlFileError, RunNotFoundError, RunFinishedError, RunElsewhereError, TaskNotFoundError, CommandNotFoundError,
    RunNotQueuedError, StudyNotFoundError, SweepFinishedError, NotificationError,
)  # fmt: skip
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
        return WRONG_USE if isinstance(error, WRONG_USES) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if lost := streams.lost_output():
        print(f"error: standard output cannot be written ({lost}).", file=sys.stderr)
        return result or 1
    return result


def _export(options: argparse.Namespace) -> int:
    from .analysis.export import export_run  # noqa: PLC0415 - the other commands need no arrays

    if options.bom and options.to != "csv":
        raise SettingError(f"--bom is for CSV files; got --to {options.to}.")
    for run in [open_run(run, options.runs_dir) for run in options.runs]:
        print(export_run(run, options.to, options.out, bom=options.bom), flush=True)
    return 0


def _examples(options: argparse.Namespace) -> int:
    for run in queue_examples(options.runs_dir, examples_left(options.runs_dir), by="cli"):
        print(run.path)
    return 0


class _OneSentence(argparse.ArgumentParser):
    """Wrong use is answered by one sentence and where to read on."""

    any_order = False
    """Whether options may stand between the positional arguments; argparse itself is done with an optional one too early."""

    late: "Callable[[_OneSentence, Sequence[str]], None] | None" = None
    """Adds the options of a command once it is asked for, by its words: they come from modules that the other commands need not load."""

    takes_rest = False
    """Whether what it does not know is kept, as `rest`, for another program."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; see `any_order`, `late` and `takes_rest`."""
        if self.late is not None:
            add_options, self.late = self.late, None
            add_options(self, args or ())
        if self.takes_rest:
            parsed, rest = super().parse_known_args(args, namespace)
            parsed.rest = rest
            return parsed, []
        if not self.any_order:
            return super().parse_known_args(args, namespace)
        self.any_order = False  # argparse comes here again, once for the options and once for the rest
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.any_order = True

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"error: {message} (see: {self.prog} --help)\n")


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(version())
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _OneSentence(prog=PROGRAM, description="Train reinforcement-learning agents and steer the training.")
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_OneSentence)
    shared = _OneSentence(add_help=False)
    shared.add_argument("--runs-dir", type=path, default=default_runs_dir(), help="where runs are kept (default: %(default)s)")
    one_run = _OneSentence(add_help=False, parents=[shared])
    one_run.add_argument("run", metavar="RUN", help=f"the run's id (see: {PROGRAM} list) or its directory")

    def command(name: str, what: Any, summary: str, parent: _OneSentence = one_run) -> _OneSentence:
        added = commands.add_parser(name, help=summary, description=summary, parents=[parent])
        added.set_defaults(command=what)
        return added

    add_app_command(command, shared)
    add_train_commands(command, shared)
    add_control_command(command)
    add_queue_command(command, shared)
    add_sweep_command(command, shared)
    add_notify_command(command, shared)
    add_list_commands(command, shared)
    luck = "Compare two groups of runs: is A better than B, or was it luck? Runs with the same settings and seed count once."
    command("compare", None, luck, shared).late = _add_compare
    add_model_commands(command, shared)
    add_import_command(command, shared)
    command("examples", _examples, "Queue six short runs, so that there is something to compare; about two minutes.", shared)
    add_clean_command(command, shared)
    export = command("export", _export, "Write the logs of runs as files for other tools.", shared)
    export.add_argument("runs", nargs="+", metavar="RUN", help="ids or directories of runs")
    export.add_argument("--to", required=True, choices=EXPORT_FORMATS, help="tensorboard: then tensorboard --logdir DIR")
    export.add_argument(
        "--out", type=path, default=Path("export"), metavar="DIR", help="each run gets a folder in it (default: %(default)s)"
    )
    export.add_argument("--bom", action="store_true", help="csv: begin with a byte-order mark, by which Excel knows UTF-8")
    return parser


def _add_compare(parser: argparse.ArgumentParser, _words: Sequence[str]) -> None:
    from .compare import add_compare  # noqa: PLC0415 - the other commands need no statistics

    add_compare(parser)


if __name__ == "__main__":
    sys.exit(main())
