"""The app's side of watching models play: start the process that plays, find it again.

The format of its files is in `trainer.tasks.tetris.files.watching`.
"""

from collections.abc import Sequence
from pathlib import Path

from .children import start_child
from .run_files.opening import real
from .tasks.tetris.files.watching import Watch, WatchControl, make_watch


def start_watching(players: Sequence[str], control: WatchControl, runs_dir: Path) -> Watch:
    """Start a detached process in which players play on the same pieces, without training; it ends when nobody looks.

    Args:
        players: a run's id, a model folder or a reference player each.
        control: how it begins.
        runs_dir: where the runs are.

    Raises:
        RunDirectoryError: the runs folder cannot be written.
        TrainerStartError: the process could not be started.
    """
    watch = make_watch(runs_dir, control)
    against = [option for player in players[1:] for option in ("--against", player)]
    places = ["--folder", str(watch.files.path), "--runs-dir", str(real(runs_dir))]
    start_child(["watch", players[0], *against, *places], watch.files.log)
    return watch
