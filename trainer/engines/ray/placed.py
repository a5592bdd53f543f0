"""A run that is trained elsewhere, as the head knows it: its lock, its mirror, what its files say."""

import contextlib
from dataclasses import dataclass

from ...errors import ControlFileError, FormatError
from ...run_files.config_file import read_config
from ...run_files.control import parse_control, read_control, read_control_bytes
from ...run_files.opening import Stamp, exists
from ...run_files.placements import Placement
from ...run_files.process_identity import ProcessIdentity
from ...run_files.run_directory import RunDirectory
from ...run_files.run_lock import RunLock
from ...run_files.status import Status, read_status
from .mirror import Mirror
from .outbox import files_in, listing_of, log_names


@dataclass(slots=True, eq=False)
class Placed:
    """A run that is trained elsewhere, or is about to be."""

    run: RunDirectory
    lock: RunLock
    mirror: Mirror
    placement: Placement
    node: str = ""
    """Where it is; empty while it waits."""
    sending: bool = False
    not_before: float = 0.0
    restarts: int = 0
    control_seen: Stamp | None = None
    """Of the last `control.json` that was sent on."""


def files_to_send(run: RunDirectory) -> list[str]:
    """The files that a trainer elsewhere needs: all but what belongs to the head alone, or to models that were saved under a name."""
    own = [path for path in ("config.json", "control.json") if exists(run.path / path)]
    origin = [path for path, _ in files_in(run.origin, "origin/")]
    rest = [path for path in listing_of(run.path) if not path.startswith("models/")]
    return [*own, *origin, *log_names(run.path), *rest]


def control_and_seq(run: RunDirectory) -> tuple[bytes | None, int]:
    """The content of `control.json`, whatever it is, and its `seq` if it has one; None if there is no such file."""
    try:
        content = read_control_bytes(run)
    except ControlFileError:
        return None, 0
    try:
        return content, parse_control(content).seq
    except ControlFileError:
        return content, 0


def seq_to_ignore(run: RunDirectory) -> int | None:
    """Up to where commands are for the trainer that was lost; None: a pause that goes on is for the next one, too."""
    try:
        control = read_control(run)
    except (ControlFileError, OSError):
        return None
    return control.seq if control.run == "running" else None


def is_to_stop(placed: Placed) -> bool:
    """Whether somebody has asked for a stop since the run was placed."""
    try:
        control = read_control(placed.run)
    except (ControlFileError, OSError):
        return False
    return control.run == "stopped" and control.seq > placed.placement.control_seq


def last_status(placed: Placed) -> Status:
    """The last status of a run, to be changed; one of its own if it has none yet."""
    with contextlib.suppress(FormatError):
        if (status := placed.mirror.status or read_status(placed.run)) is not None:
            return status
    total = 0
    with contextlib.suppress(FormatError, OSError, ValueError, TypeError):
        total = int(read_config(placed.run).settings["total_timesteps"])
    return Status(state="starting", process=ProcessIdentity.own(), total_timesteps=total)
