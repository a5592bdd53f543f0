"""The commands about saved models: `python -m trainer evaluate | bundle | import`."""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from .argument_types import path, unicode_text
from .errors import FormatError, ModelNotFoundError, RunDirectoryError, SettingError, reason, visible
from .numbers import count, interval, short
from .run_files.jobs import BUNDLE_FILE, Work
from .run_files.models import MODEL_FILE
from .run_files.opening import exists, real, replace_bytes
from .run_files.reports import has_report
from .run_files.run_directory import list_runs, open_run
from .run_files.slots import StoredModel, find_model, list_models, model_files
from .signals import handle_end_signals, restore_handlers
from .tasks.tetris.about import TetrisSettings

GAMES, SEED, MAX_PIECES = 100, 1, 500_000
"""What an evaluation plays if nothing else is said."""


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
    _add_evaluate(command("evaluate", _evaluate, "Play greedy games with a saved model or a reference player.", shared))
    _add_bundle(command("bundle", _bundle, "Put a model with all that is known about it into one .zip."))
    _add_import(command("import", _import, "Make a run of a bundle, so that its model can be evaluated, watched and forked.", shared))


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
def _work(options: argparse.Namespace) -> Iterator[Work]:
    """The job that this process does; it gives up when it is asked to end."""
    work = Work(options.job)

    before = handle_end_signals(lambda _: work.cancelled.set())
    try:
        with work:
            yield work
    finally:
        restore_handlers(before)


def _evaluate(options: argparse.Namespace) -> int:
    if options.height is not None and options.player is None:
        raise SettingError("--height belongs to --player: a model plays on the board that it was trained on.")
    if options.save or options.missing:
        return _evaluate_and_keep(options)
    _print_reports([_played_model(options) if options.player is None else _played_player(options)], options)
    return 0


def _played_model(options: argparse.Namespace) -> dict[str, Any]:
    folder = Path(options.model)
    if options.slot is not None:
        folder = _named(options.model, options).folder
    elif not exists(folder / MODEL_FILE):
        folder = open_run(options.model, options.runs_dir).best
    from .tasks.tetris.commands.report import evaluate_model  # noqa: PLC0415 - the other commands need no learner

    with _work(options) as work:
        return evaluate_model(folder, **_games(options), trust=options.trust, work=work)


def _played_player(options: argparse.Namespace) -> dict[str, Any]:
    from .tasks.tetris.commands.report import evaluate_player  # noqa: PLC0415 - the other commands need no compiled game

    height = TetrisSettings().board_height if options.height is None else options.height
    return evaluate_player(options.player, height=height, **_games(options))


def _games(options: argparse.Namespace) -> dict[str, int]:
    return {"games": options.games, "seed": options.seed, "max_pieces": options.max_pieces}


def _evaluate_and_keep(options: argparse.Namespace) -> int:
    """One model of a run, or all that have no report, one after the other; one that cannot be evaluated is said and passed over."""
    if options.player is not None or options.trust:
        raise SettingError("--save keeps a report beside a run's own model: neither --player nor --trust goes with it.")
    with _work(options) as work:
        work.begin("Loading")
        models = _without_report(options.runs_dir) if options.missing else [_named(options.model, options)]
        from .tasks.tetris.commands.report import report_on  # noqa: PLC0415 - the other commands need no learner
        from .tasks.tetris.learner.saved_model import stored_network  # noqa: PLC0415 - see above

        reports, failures = [], []
        for number, model in enumerate(models, start=1):
            which = f"Model {number} of {len(models)}: playing" if len(models) > 1 else "Playing"
            work.begin(f"{which} {count(options.games, 'game')}", model.key)
            try:
                network = stored_network(model, model_files(model)[MODEL_FILE])
                reports.append(report_on(model, network, **_games(options), work=work))
            except (FormatError, ModelNotFoundError) as error:
                failures.append(str(error))
        if failures and not reports:
            raise FormatError(" ".join(failures))
        work.made("", " ".join([f"{count(len(reports), 'model')} evaluated.", *failures]))
    _print_reports([asdict(report) for report in reports], options)
    for sentence in failures:
        print(f"error: {visible(sentence)}", file=sys.stderr)
    return 1 if failures else 0


def _print_reports(reports: list[dict[str, Any]], options: argparse.Namespace) -> None:
    if options.json:
        print_json(reports if options.missing else reports[0])
        return
    for report in reports:
        named, truncated = report["named"], report["truncated_episodes"]
        ends = (named["lines_ci95_low"], named["lines_ci95_high"])
        print(f"{short(named['mean_lines'])} lines per game ({interval(ends, in_full=True)}; {count(report['episodes'], 'game')})")
        print(f"median {short(named['median_lines'])}, most {named['max_lines']:,}, {report['steps_per_second']:,.0f} pieces/s")
        if truncated:
            which = "1 game was" if truncated == 1 else f"{truncated} games were"
            print(f"{which} truncated after {named['max_pieces']:,} pieces: the true mean is higher")


def _without_report(runs_dir: Path) -> list[StoredModel]:
    """Every model of every run that has not been evaluated; of copies in one run only one."""
    missing: dict[tuple[Path, str], StoredModel] = {}
    for run in list_runs(runs_dir):
        for model in list_models(run)[0]:
            if not has_report(run, model.metadata.sha256):
                missing.setdefault((run.path, model.metadata.sha256), model)
    return list(missing.values())


def _named(run: str, options: argparse.Namespace) -> StoredModel:
    return find_model(open_run(run, options.runs_dir), options.slot)


def _bundle(options: argparse.Namespace) -> int:
    with _work(options) as work:
        work.begin("Loading")
        model = _named(options.run, options)
        from .tasks.tetris.commands.bundling import make_bundle  # noqa: PLC0415 - the other commands need no learner

        content = make_bundle(model, **_games(options), work=work)
        name = f"{model.run.run_id}-{model.name}.zip"
        target = options.out or (options.job / BUNDLE_FILE if options.job else Path(name))
        try:
            replace_bytes(real(target.parent) / target.name, content)
        except OSError as error:
            raise RunDirectoryError(f"The bundle cannot be written to {target} ({reason(error)}).") from None
        work.made(name, f"The bundle is made: {len(content) / 1_000:,.0f} kB.")
    print(target)
    return 0


def _import(options: argparse.Namespace) -> int:
    with _work(options) as work:
        work.begin("Loading")
        from .tasks.tetris.commands.importing import import_bundle  # noqa: PLC0415 - the other commands need no learner

        run = import_bundle(options.bundle, runs_dir=options.runs_dir, name=options.name, trust=options.trust, work=work)
        work.made(run.run_id, "The bundle is imported.")
    print(run.path)
    return 0


def _add_evaluate(parser: Any) -> None:
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "model", nargs="?", metavar="RUN_OR_MODEL_DIR", help="a run (its best model so far) or a folder with model.zip and metadata.json"
    )
    who.add_argument("--player", metavar="NAME", help="instead of a model: random, dellacherie, bcts, dt10 or dt20")
    who.add_argument("--missing", action="store_true", help="every model of every run that has no report, one after the other; as --save")
    parser.add_argument("--save", action="store_true", help="keep the report beside the run's model, where the app shows it")
    parser.add_argument("--trust", action="store_true", help="also play a model.zip that is not the one its metadata.json describes")
    parser.add_argument("--height", type=int, metavar="ROWS", help="rows of the player's board (default: 20)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_slot(parser)
    _add_games(parser)


def _add_bundle(parser: Any) -> None:
    parser.add_argument("--out", type=path, metavar="PATH", help="where to write it (default: RUN-NAME.zip in this folder)")
    _add_slot(parser)
    _add_games(parser)


def _add_import(parser: Any) -> None:
    parser.add_argument("bundle", type=path, metavar="BUNDLE", help="the .zip that `bundle` or the app has made")
    parser.add_argument("--name", type=unicode_text, default="", help="what to call the run (default: what it was called)")
    parser.add_argument(
        "--trust", action="store_true", help="keep the bundle's own model file, pickles included, and its evaluation: you know who made it"
    )
    _add_job(parser)


def _add_slot(parser: Any) -> None:
    parser.add_argument("--slot", metavar="NAME", help="a model that was saved under a name (default: the best one)")


def _add_games(parser: Any) -> None:
    parser.add_argument("--games", type=int, default=GAMES, help="greedy games (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="which set of games; never those that chose the model (default: %(default)s)"
    )
    parser.add_argument(
        "--max-pieces", type=int, default=MAX_PIECES, help="truncate games after this many pieces; 0: never (default: %(default)s)"
    )
    _add_job(parser)


def _add_job(parser: Any) -> None:
    parser.add_argument("--job", type=path, help=argparse.SUPPRESS)  # the folder in which the app looks how far it is
