"""Start the process that plays while somebody looks; the format of its files is in `trainer.tasks.tetris.files.demos`."""

from collections.abc import Sequence
from pathlib import Path

from trainer.children import start_child
from trainer.run_files.opening import real
from trainer.run_files.permission import whoever_looks
from trainer.tasks.tetris.files.demos import Demo, DemoControl, make_demo


def start_demo(players: Sequence[str], control: DemoControl, runs_dir: Path) -> Demo:
    """Start a detached process in which players play on the same pieces, without training; it ends when nobody looks.

    Args:
        players: a run's id, a model folder or a reference player each.
        control: how it begins.
        runs_dir: where the runs are.

    Raises:
        RunDirectoryError: the runs folder cannot be written.
        TrainerStartError: the process could not be started.
    """
    demo = make_demo(runs_dir, control)
    against = [option for player in players[1:] for option in ("--against", player)]
    places = ["--folder", str(demo.files.path), "--runs-dir", str(real(runs_dir))]
    with whoever_looks():
        start_child(["watch", players[0], *against, *places], demo.files.log)
    return demo
