"""Which engine a word means: `--on` of the command line and `on` of an entry in the queue."""

from pathlib import Path

from ..errors import SettingError, shown
from .engine import Engine
from .local import LocalEngine


def require_engine(on: str) -> None:
    """Refuse a word that names no engine, without asking whether that can be reached.

    Raises:
        SettingError: there is no such engine.
    """
    if on:
        raise SettingError(f"--on must name an engine; got {shown(on)}. Without it, runs are trained on this machine.")


def find_engine(on: str, runs_dir: Path) -> Engine:
    """What starts trainers there.

    Args:
        on: empty for this machine.
        runs_dir: where the runs are.

    Raises:
        SettingError: there is no such engine.
    """
    require_engine(on)
    return LocalEngine(runs_dir)
