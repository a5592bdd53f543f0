"""Tetris as the trainer finds it: see `trainer.learning.task`. Nothing heavy is imported before it is asked for."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import SettingError
from ...run_files.replays import cut_replays
from ...run_files.run_directory import RunDirectory
from .about import TetrisSettings

if TYPE_CHECKING:
    from ...learning.session import RunSession
    from ...learning.task import Task
    from ...run_files.bundle import Bundle
    from ...run_files.jobs import Work
    from ...run_files.reports import Report
    from ...run_files.slots import StoredModel

settings = TetrisSettings
MAX_PIECES = 500_000
"""Of a game of an evaluation, if nothing else is said."""


def check_settings(config: TetrisSettings) -> None:
    """All that are in their range can be trained."""


def make_task(session: "RunSession", config: TetrisSettings) -> "Task":
    """A training of Tetris, before its first step."""
    from .learner.training import TetrisTraining  # noqa: PLC0415 - seconds of import

    return TetrisTraining(session, config)


def cut_files(run: RunDirectory, step: int) -> None:
    """Delete the recorded games of later steps.

    Raises:
        OSError: the folder is read-only.
    """
    cut_replays(run, step)


def memory_advice(config: TetrisSettings) -> str:
    """One sentence: which setting takes most of the memory, and what helps."""
    from .learner.memory import memory_advice as advice  # noqa: PLC0415 - for the one run that needs it

    return advice(config)


def add_options(command: str, parser: Any) -> None:
    """The limit of the games, and the board of a published player; see `trainer.tasks.commands`."""
    if command in ("evaluate", "bundle"):
        parser.add_argument(
            "--max-pieces", type=int, default=MAX_PIECES, help="truncate games after this many pieces; 0: never (default: %(default)s)"
        )
    if command == "evaluate":
        parser.add_argument("--height", type=int, metavar="ROWS", help="rows of the player's board (default: 20)")
        parser.epilog = "Players of Tetris: random, dellacherie, bcts, dt10, dt20."
    if command == "watch":
        parser.epilog = "Players of Tetris: dellacherie, bcts, dt10, dt20."


def evaluate_folder(folder: Path, options: Namespace, work: "Work") -> dict[str, Any]:
    """Play greedy games with the model in a folder."""
    _refuse_height(options)
    from .commands.report import evaluate_model  # noqa: PLC0415 - it imports torch

    return evaluate_model(folder, **_games(options), trust=options.trust, work=work)


def evaluate_player(name: str, options: Namespace) -> dict[str, Any]:
    """Play the same games with a published player."""
    from .commands.report import evaluate_player as evaluate  # noqa: PLC0415 - it compiles the game

    height = TetrisSettings().board_height if options.height is None else options.height
    return evaluate(name, height=height, **_games(options))


def report_on(model: "StoredModel", content: bytes, options: Namespace, work: "Work") -> "Report":
    """Evaluate a model of a run and keep the report beside it."""
    _refuse_height(options)
    from .commands.report import report_on as report  # noqa: PLC0415 - it compiles the game
    from .learner.saved_model import stored_network  # noqa: PLC0415 - it imports torch

    return report(model, stored_network(model, content), **_games(options), work=work)


def make_bundle(model: "StoredModel", options: Namespace, work: "Work") -> bytes:
    """The bundle of a model of a run, with a player that needs NumPy alone."""
    from .commands.bundling import make_bundle as make  # noqa: PLC0415 - it imports torch

    return make(model, **_games(options), work=work)


def import_bundle(bundle: "Bundle", options: Namespace, work: "Work") -> RunDirectory:
    """Make a run of a bundle."""
    from .commands.importing import import_bundle as import_it  # noqa: PLC0415 - it imports torch

    return import_it(bundle, runs_dir=options.runs_dir, name=options.name, trust=options.trust, work=work)


def watch(options: Namespace) -> bool:
    """Let models and published players play on the same pieces."""
    from .commands.demos import run_demo  # noqa: PLC0415 - it needs NumPy
    from .files.demos import Demo, DemoControl, make_demo  # noqa: PLC0415 - of this command alone

    demo = Demo(options.folder) if options.folder else make_demo(options.runs_dir, DemoControl(seed=options.seed))
    if not options.folder:
        sys.stdout.write(f"{demo.files.path}\n")
        sys.stdout.flush()
    return run_demo(demo, [options.player, *options.against], options.runs_dir)


def _games(options: Namespace) -> dict[str, int]:
    return {"games": options.episodes, "seed": options.seed, "max_pieces": options.max_pieces}


def _refuse_height(options: Namespace) -> None:
    if options.height is not None:
        raise SettingError("--height belongs to --player: a model plays on the board that it was trained on.")
