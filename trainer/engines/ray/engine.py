"""The engine of the queue that places runs on a Ray cluster."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from ...errors import ClusterError, ControlRoomError, RunDirectoryError, reason
from ...run_files.control import read_control
from ...run_files.placements import list_placements, remove_placement
from ...run_files.run_directory import RunDirectory
from .address import parse_address
from .cluster import LEASE_S, RayCluster
from .relay import Relay


class RayEngine:
    """Starts trainers on the nodes of a cluster; goes on with those that an earlier process has placed.

    Args:
        runs_dir: where the runs are.
        on: `ray` or `ray:HOST:PORT`.
        say: gets one sentence about each thing that happens.
        lease_s: how long trainers go on without this process, in seconds.

    Raises:
        SettingError: that is no address.
    """

    def __init__(self, runs_dir: Path, on: str, *, say: Callable[[str], None], lease_s: float = LEASE_S) -> None:
        parse_address(on)
        self._runs_dir, self._on, self._say, self._lease_s = runs_dir, on, say, lease_s
        self._opened: tuple[RayCluster, Relay] | None = None

    def _open(self) -> tuple[RayCluster, Relay]:
        """Join the cluster, once this is asked for the first time: by then its process is the only one for these runs.

        Raises:
            ClusterError: no cluster answers there, or none of its nodes can train.
        """
        if self._opened is None:
            _raise_file_limit()
            cluster = RayCluster(self._on, self._runs_dir, lease_s=self._lease_s)
            problems = cluster.check_nodes()
            for sentence in problems:
                self._say(sentence)
            if problems and cluster.nodes < 1:
                raise ClusterError(problems[0])
            self._opened = cluster, Relay(cluster, self._on, say=self._say)
            self._go_on(*self._opened)
        return self._opened

    def _go_on(self, cluster: RayCluster, relay: Relay) -> None:
        """Take on what an earlier process has placed; give back the places of what has ended since."""
        placed = [run_id for run_id, placement in list_placements(self._runs_dir).items() if placement.on == self._on]
        for run_id in set(cluster.known()) - set(placed):
            cluster.release(run_id)
        for run_id in sorted(placed):
            try:
                relay.add(RunDirectory(self._runs_dir / run_id))
            except (ControlRoomError, OSError) as error:  # it was deleted, or a trainer of this machine goes on with it
                remove_placement(self._runs_dir, run_id)
                self._say(f"{run_id} is not placed any more: {reason(error)}.")

    def room(self) -> int:
        """CPUs that are free, less the runs that wait for theirs. Raises ClusterError: see `_open`."""
        cluster, relay = self._open()
        return cluster.room() - len(set(relay.run_ids) - set(cluster.known()))

    def start(self, run: RunDirectory) -> None:
        """Place a run; it is starting from now on.

        Raises:
            RunIsActiveError, RunDirectoryError, ControlFileError: see `Relay.add`.
        """
        try:
            self._open()[1].add(run, read_control(run).seq)
        except OSError as error:
            raise RunDirectoryError(f"{run.run_id} cannot be placed: its folder cannot be written ({reason(error)}).") from None

    def busy(self) -> bool:
        """Whether runs are placed, whose files are carried by this process."""
        return bool(self._open()[1].run_ids)

    def close(self) -> None:
        """Let go; trainers go on for the time of their lease."""
        if self._opened is not None:
            cluster, relay = self._opened
            relay.close()
            cluster.close()


def _raise_file_limit() -> None:
    """Let this process open as many files as it may: a run that is placed takes two."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - there is none on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
