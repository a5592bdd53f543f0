"""`python -m trainer import`: what other programs have logged, and bundles of models, become runs."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .argument_types import path, unicode_text
from .errors import FormatError, SettingError, visible
from .model_commands import AddCommand, add_job, work_of
from .numbers import count
from .run_files.jobs import Work
from .tasks.commands import find_commands

if TYPE_CHECKING:
    from .importing.write_run import Chosen, Imported


def add_import_command(command: AddCommand, shared: Any) -> None:
    """Add the command.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    summary = (
        "Make runs of what other programs have logged (stable-baselines3, TensorBoard, RL Baselines3 Zoo, Trackio, W&B), or of a bundle."
    )
    parser = command("import", _import, summary, shared)
    parser.add_argument("paths", nargs="+", type=path, metavar="PATH", help="a log, a folder with logs, or a bundle: told by their content")
    parser.add_argument("--name", type=unicode_text, default="", help="what to call the run (default: what it was called)")
    parser.add_argument("--env", type=unicode_text, default="", metavar="ID", help="the environment, where the logs do not say it")
    parser.add_argument("--algo", type=unicode_text, default="", metavar="NAME", help="the algorithm, where the logs do not say it")
    parser.add_argument(
        "--step", type=unicode_text, default="", metavar="COLUMN", help="what counts the steps in a CSV of W&B or in Trackio"
    )
    parser.add_argument(
        "--watch", action="store_true", help="keep following what another program is still writing: new rows are added until Ctrl-C"
    )
    parser.add_argument(
        "--trust", action="store_true", help="keep a bundle's own model file, pickles included, and its evaluation: you know who made it"
    )
    add_job(parser)


def _import(options: argparse.Namespace) -> int:
    from .importing.recognise import is_bundle  # noqa: PLC0415 - the other commands need no arrays

    bundles = [one for one in options.paths if is_bundle(one)]
    if bundles:
        if len(options.paths) > 1 or options.watch:
            raise SettingError(
                f"A bundle is imported alone, and nobody writes to it; got {len(options.paths)} paths. Import each by itself."
            )
        return _import_bundle(bundles[0], options)
    if options.trust:
        raise SettingError("--trust is for bundles; logs hold nothing that must be trusted. Leave it out.")
    return _follow(options) if options.watch else _import_logs(options)


def _import_bundle(bundle_path: Path, options: argparse.Namespace) -> int:
    from .run_files.bundle import read_bundle, task_of  # noqa: PLC0415 - see above

    with work_of(options) as work:
        work.begin("Checking the bundle")
        bundle = read_bundle(bundle_path)
        run = find_commands(task_of(bundle), "import").import_bundle(bundle, options, work)
        work.made(run.run_id, "The bundle is imported.")
    print(run.path)
    return 0


def _import_logs(options: argparse.Namespace) -> int:
    """Every run that is found; what cannot be read is said and passed over, unless nothing else is there."""
    problems = list[FormatError]()
    with work_of(options) as work:
        made = list(_each(options, work, problems))
        if not made:
            raise problems[0]
        said = [sentence for one in made for sentence in one.sentences] + [str(problem) for problem in problems]
        new = sum(one.outcome == "new" for one in made)
        work.made(made[0].run.run_id, " ".join([f"{count(new, 'run')} imported.", *dict.fromkeys(said)]))
    for problem in problems:
        print(f"error: {visible(str(problem))}", file=sys.stderr)
    return 1 if problems else 0


def _each(options: argparse.Namespace, work: Work, problems: list[FormatError]) -> "Iterator[Imported]":
    from .importing.recognise import find_sources  # noqa: PLC0415 - see above
    from .importing.write_run import import_source  # noqa: PLC0415 - see above

    work.begin("Looking for logs")
    sources = []
    for one in options.paths:
        try:
            sources += find_sources(one, step=options.step, problems=problems)
        except FormatError as error:
            problems.append(error)
    work.begin("Importing")
    for number, source in enumerate(sources, start=1):
        work.check()
        try:
            made = import_source(source, _chosen(options))
        except FormatError as error:
            problems.append(error)
        else:
            _tell(made)
            yield made
        work.step(number, len(sources))


def _follow(options: argparse.Namespace) -> int:
    from .importing.follow import Follower  # noqa: PLC0415 - see above

    with work_of(options) as work:
        follower = Follower(options.paths, _chosen(options), step=options.step, tell=_tell, warn=_warn)
        _warn("Following; Ctrl-C ends it.")
        follower.follow(work.cancelled)
    return 0


def _chosen(options: argparse.Namespace) -> "Chosen":
    from .importing.write_run import Chosen  # noqa: PLC0415 - see above

    return Chosen(options.runs_dir, options.name, options.env, options.algo)


def _tell(made: "Imported") -> None:
    print(made.run.path, flush=True)
    for sentence in made.sentences:
        _warn(sentence)


def _warn(sentence: str) -> None:
    print(f"note: {visible(sentence)}", file=sys.stderr, flush=True)
