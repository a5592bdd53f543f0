"""The commands about saved models and recorded episodes: `python -m trainer evaluate | bundle | watch | film`.

What each does is its task's.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from .argument_types import path, whole_number
from .errors import (
    ControlRoomError,
    EnvironmentFaultError,
    FormatError,
    ModelNotFoundError,
    RunDirectoryError,
    SettingError,
    reason,
    visible,
)
from .numbers import count, digits, interval, short
from .run_files.config_file import read_config
from .run_files.files import present_folder, read_document, read_folder
from .run_files.jobs import BUNDLE_FILE, Work
from .run_files.models import METADATA_FILE, MODEL_FILE
from .run_files.opening import exists, real, replace_bytes
from .run_files.reports import has_report
from .run_files.run_directory import list_runs, open_run
from .run_files.slot_names import split_key
from .run_files.slots import StoredModel, find_model, list_models, model_files
from .signals import handle_end_signals, restore_handlers
from .tasks import DEFAULT_TASK, describe
from .tasks.commands import can, find_commands, tasks_with

EPISODES, SEED = 100, 1
"""Of an evaluation, if nothing else is said."""


class AddCommand(Protocol):
    """Adds a command to the parser of `python -m trainer`."""

    def __call__(self, name: str, what: Callable[[argparse.Namespace], int], summary: str, parent: Any = ...) -> Any:
        """The parser of the new command."""


def add_model_commands(command: AddCommand, shared: Any) -> None:
    """Add these commands.

    Args:
        command: adds one; its `parent` brings options that several have.
        shared: the parent of those that are not about one run.
    """
    command("evaluate", _evaluate, "Run greedy episodes with a saved model or a published player.", shared).late = _add_evaluate
    command("bundle", _bundle, "Put a model with all that is known about it into one .zip.").late = _add_bundle
    _add_film(command("film", _film, "Simulate a recorded episode again, as pictures; the app's Replay page starts it."))
    command("watch", _watch, "Let models play while somebody looks; the app's Watch page starts it.", shared).late = _add_watch


def print_json(value: Any) -> None:
    """Print a value as JSON that people can read, in ASCII: right in every encoding, and a path keeps bytes that are no UTF-8.

    `json.loads` gives such a path back as Python writes it, so that `os.fsencode` makes the same bytes of it.
    """
    sys.stdout.write(json.dumps(_finite(value), indent=2, default=lambda array: _finite(array.tolist())) + "\n")


def _finite(value: Any) -> Any:
    """The value with null for what JSON has no number for."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def work_of(options: argparse.Namespace) -> Iterator[Work]:
    """The job that this process does; it gives up when it is asked to end."""
    work = Work(options.job)

    before = handle_end_signals(lambda _: work.cancelled.set())
    try:
        with work:
            yield work
    finally:
        restore_handlers(before)


def _evaluate(options: argparse.Namespace) -> int:
    if options.save or options.missing:
        return _evaluate_and_keep(options)
    if options.player is not None:
        reports = [(options.task, find_commands(options.task, "evaluate").evaluate_player(options.player, options))]
    else:
        reports = [_evaluate_folder(options)]
    _print_reports(reports, options)
    return 0


def _evaluate_folder(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    folder = Path(options.model)
    if options.slot is not None:
        folder = _named(options.model, options).folder
    elif not _holds_model(folder):
        folder = open_run(options.model, options.runs_dir).best
    task = _task_in(folder)
    with work_of(options) as work:
        return task, find_commands(task, "evaluate").evaluate_folder(folder, options, work)


def _holds_model(folder: Path) -> bool:
    """Whether it is a model folder, such as `best/`, also one whose replacement was cut in half."""
    if exists(folder / MODEL_FILE):
        return True
    with suppress(OSError):
        present = present_folder(folder)
        return present is not None and exists(present / MODEL_FILE)
    return False


def _task_in(folder: Path) -> str:
    """What the model in a folder was trained on; where nothing says so, the task's own reader says what is wrong."""
    try:
        document = read_folder(folder, lambda present: read_document(present / METADATA_FILE))
    except (OSError, FormatError):
        document = None
    return str(document.get("task", DEFAULT_TASK)) if document is not None else DEFAULT_TASK


def _evaluate_and_keep(options: argparse.Namespace) -> int:
    """One model of a run, or all that have no report, one after the other; one that cannot be evaluated is said and passed over."""
    if options.player is not None or options.trust:
        raise SettingError("--save keeps a report beside a run's own model: neither --player nor --trust goes with it.")
    with work_of(options) as work:
        work.begin("Loading")
        models = _without_report(options.runs_dir) if options.missing else [_named(options.model, options)]
        reports, failures = [], dict[str, None]()
        for number, model in enumerate(models, start=1):
            which = f"Model {number} of {len(models)}: running" if len(models) > 1 else "Running"
            work.begin(f"{which} {count(options.episodes, 'episode')}", model.key)
            task = model.metadata.task
            try:
                report = find_commands(task, "evaluate").report_on(model, model_files(model)[MODEL_FILE], options, work)
                reports.append((task, asdict(report)))
            except (FormatError, ModelNotFoundError, SettingError, EnvironmentFaultError) as error:
                if not options.missing:
                    raise
                failures[str(error)] = None
        if failures and not reports:
            raise FormatError(" ".join(failures))
        work.made("", " ".join([f"{count(len(reports), 'model')} evaluated.", *failures]))
    _print_reports(reports, options)
    for sentence in failures:
        print(f"error: {visible(sentence)}", file=sys.stderr)
    return 1 if failures else 0


def _print_reports(reports: list[tuple[str, dict[str, Any]]], options: argparse.Namespace) -> None:
    """Print reports as JSON, or of each the headline metric of its task."""
    if options.json:
        print_json([report for _, report in reports] if options.missing else reports[0][1])
        return
    for task, report in reports:
        headline = describe(task).headline
        ends = report["ci95"] or (None, None)
        values = {**report, "ci95_low": ends[0], "ci95_high": ends[1], **report["named"]}
        what = headline.column.removeprefix("mean_")
        between = interval((values[f"{headline.interval}_low"], values[f"{headline.interval}_high"]), in_full=True)
        print(f"{short(values[headline.column])} {headline.short_unit} ({between}; {count(report['episodes'], 'episode')})")
        speed = f"{report['steps_per_second']:,.0f} steps/s"
        print(f"median {short(values[f'median_{what}'])}, most {digits(values[f'max_{what}'])}, {speed}")
        if report["truncated_episodes"]:
            print(f"{count(report['truncated_episodes'], 'episode was', 'episodes were')} truncated")


def _without_report(runs_dir: Path) -> list[StoredModel]:
    """Every model of every run that can be and has not been evaluated; of copies in one run only one."""
    missing: dict[tuple[Path, str], StoredModel] = {}
    for run in list_runs(runs_dir):
        for model in list_models(run)[0]:
            if can(model.metadata.task, "evaluate") and not has_report(run, model.metadata.sha256):
                missing.setdefault((run.path, model.metadata.sha256), model)
    return list(missing.values())


def _named(run: str, options: argparse.Namespace) -> StoredModel:
    return find_model(open_run(run, options.runs_dir), options.slot)


def _bundle(options: argparse.Namespace) -> int:
    with work_of(options) as work:
        work.begin("Loading")
        model = _named(options.run, options)
        content = find_commands(model.metadata.task, "bundle").make_bundle(model, options, work)
        name = f"{model.run.run_id}-{model.name}.zip"
        target = options.out or (options.job / BUNDLE_FILE if options.job else Path(name))
        try:
            replace_bytes(real(target.parent) / target.name, content)
        except OSError as error:
            raise RunDirectoryError(f"The bundle cannot be written to {target} ({reason(error)}).") from None
        work.made(name, f"The bundle is made: {len(content) / 1_000:,.0f} kB.")
    print(target)
    return 0


def _film(options: argparse.Namespace) -> int:
    with work_of(options) as work:
        work.begin("Simulating")
        run = open_run(options.run, options.runs_dir)
        made = find_commands(read_config(run).task, "film").film(run, options.recording, options.episode, work)
        work.made(made.name, "The episode is simulated.")
    print(made)
    return 0


def _watch(options: argparse.Namespace) -> int:
    return 0 if find_commands(_task_of_player(options.player, options.runs_dir), "watch").watch(options) else 1


def _task_of_player(name: str, runs_dir: Path) -> str:
    """The task of a model folder or of a run; any other word is a published player of the default one."""
    if exists(Path(name) / MODEL_FILE):
        return _task_in(Path(name))
    try:
        return read_config(open_run(split_key(name)[0], runs_dir)).task
    except (ControlRoomError, OSError):
        return DEFAULT_TASK


def _add_evaluate(parser: Any, _words: Sequence[str]) -> None:
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "model", nargs="?", metavar="RUN_OR_MODEL_DIR", help="a run (its best model so far) or a folder with model.zip and metadata.json"
    )
    who.add_argument("--player", metavar="NAME", help="instead of a model: a published player of --task")
    who.add_argument("--missing", action="store_true", help="every model of every run that has no report, one after the other; as --save")
    parser.add_argument("--task", default=DEFAULT_TASK, help="whose player it is (default: %(default)s)")
    parser.add_argument("--save", action="store_true", help="keep the report beside the run's model, where the app shows it")
    parser.add_argument("--trust", action="store_true", help="also run a model.zip that is not the one its metadata.json describes")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_slot(parser)
    _add_episodes(parser, "evaluate")


def _add_bundle(parser: Any, _words: Sequence[str]) -> None:
    parser.add_argument("--out", type=path, metavar="PATH", help="where to write it (default: RUN-NAME.zip in this folder)")
    _add_slot(parser)
    _add_episodes(parser, "bundle")


def _add_watch(parser: Any, _words: Sequence[str]) -> None:
    parser.add_argument("player", metavar="PLAYER", help="a run (its best model), RUN/NAME, a model folder or a published player")
    parser.add_argument("--against", action="append", default=[], metavar="PLAYER", help="another one, on the same pieces")
    parser.add_argument("--seed", type=int, default=SEED, help="of the pieces (default: %(default)s)")
    parser.add_argument("--folder", type=path, help="made by the app: where to write; without it a folder is made and printed")
    _add_own("watch", parser)


def _add_film(parser: Any) -> None:
    parser.add_argument("recording", metavar="RECORDING", help="the step of an evaluation, or episode-N of a training episode")
    parser.add_argument("episode", type=whole_number(1), metavar="N", help="which of its episodes, from 1")
    add_job(parser)


def _add_slot(parser: Any) -> None:
    parser.add_argument("--slot", metavar="NAME", help="a model that was saved under a name (default: the best one)")


def _add_episodes(parser: Any, command: str) -> None:
    parser.add_argument("--episodes", "--games", type=int, default=EPISODES, metavar="N", help="greedy episodes (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="which set of episodes; never those that chose the model (default: %(default)s)"
    )
    add_job(parser)
    _add_own(command, parser)


def _add_own(command: str, parser: Any) -> None:
    """The options that only one task has."""
    for task in tasks_with(command):
        find_commands(task, command).add_options(command, parser)


def add_job(parser: Any) -> None:
    """Add the option by which the app says that the command is a job of its own."""
    parser.add_argument("--job", type=path, help=argparse.SUPPRESS)  # the folder in which the app looks how far it is
