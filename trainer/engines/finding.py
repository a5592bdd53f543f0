"""Which engine a word means: `--on` of the command line and `on` of an entry in the queue."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

from ..errors import ClusterError, SettingError, shown
from .engine import Engine
from .local import LocalEngine
from .ray.address import ENGINE as RAY
from .ray.address import parse_address, require_listener


def require_engine(on: str) -> None:
    """Refuse a word that names no engine, or one that cannot be reached.

    Raises:
        SettingError: there is no such engine.
        ClusterError: its library is not installed, or nothing listens at its address.
    """
    if not on:
        return
    if on.partition(":")[0] != RAY:
        raise SettingError(f"--on must be ray or ray:HOST:PORT; got {shown(on)}. Without it, runs are trained on this machine.")
    address = parse_address(on)
    if importlib.util.find_spec(RAY) is None:
        raise ClusterError("--on ray needs Ray, which is not installed; install it with: pip install 'control-room[ray]'")
    if address:
        require_listener(address)


def find_engine(on: str, runs_dir: Path, *, say: Callable[[str], None]) -> Engine:
    """What starts trainers there.

    Args:
        on: empty for this machine.
        runs_dir: where the runs are.
        say: gets one sentence about each thing that happens.

    Raises:
        SettingError, ClusterError: see `require_engine`.
    """
    require_engine(on)
    if not on:
        return LocalEngine(runs_dir)
    from .ray.engine import RayEngine  # noqa: PLC0415 - it imports Ray, which takes a second and may not be installed

    return RayEngine(runs_dir, on, say=say)
