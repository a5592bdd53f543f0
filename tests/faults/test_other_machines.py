"""Runs are trained on other machines, and the disk here is full."""

from pathlib import Path

import orjson

from tests.faults.disks import fill_up, make_room, small_disk
from tests.trainer.engines.ray.nodes import SimulatedCluster, rows
from tests.trainer.simulated import new_runs
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.run_files.checkpoints import latest_checkpoint
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status

PATIENCE_S = 30.0


def degraded(run: RunDirectory) -> str:
    """What its status says of the disk."""
    status = read_status(run)
    return (status.degraded or "") if status is not None else ""


def test_rows_wait_on_their_nodes_while_the_disk_here_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        cluster = SimulatedCluster(tmp_path / "nodes", total=100_000)
        relay = cluster.relay()
        try:
            run = new_runs(disk, 1)[0]
            relay.add(run, update_control(run, by="cli", run="running").seq)
            wait_until(lambda: latest_checkpoint(run)[0], PATIENCE_S, "a checkpoint")
            fill_up(disk)
            wait_until(lambda: "No space left on device" in degraded(run), PATIENCE_S, f"the fault to be said; {probe(run)}")
            seen = cluster.trainer(run).step
            wait_until(lambda: cluster.trainer(run).step > seen + 100, PATIENCE_S, "the trainer to go on")
            assert all(isinstance(orjson.loads(line), dict) for line in run.metrics.read_bytes().splitlines()), "no row is torn"
            assert latest_checkpoint(run)[0] is not None
            make_room(disk)
            wait_until(lambda: not degraded(run), PATIENCE_S, "it to be over")
            update_control(run, by="cli", run="stopped")
            wait_until(lambda: probe(run).state == "stopped", PATIENCE_S, "the end")
            status = read_status(run)
            assert status is not None
            assert run.metrics.read_bytes() == rows(status.num_timesteps)
        finally:
            relay.close()
            cluster.close()
