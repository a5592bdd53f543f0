"""The whole on a real cluster of two nodes on this machine, as a person uses it; what one node or process does to it."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.commands import call
from tests.trainer.engines.ray.clusters import LocalCluster, local_cluster
from tests.trainer.engines.ray.heads import Head, settings_of, state, steps, weights
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.probing import probe
from trainer.run_files.checkpoints import latest_checkpoint
from trainer.run_files.control import RunCommand, update_control
from trainer.run_files.placements import read_placement
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status
from trainer.starting import start_trainer

STEPS = 2_048
LONG = 10_000_000
PATIENCE_S = 60.0
COMMANDS = 4
LOST = int(os.environ.get("CONTROL_ROOM_LOST_NODES", "1"))  # nodes that are lost, one after another


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two nodes."""
    with local_cluster(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def head(cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    """The queue's process, with a run on one of the nodes that never ends by itself."""
    head = Head(cluster.on, tmp_path_factory.mktemp("runs"))
    yield head
    head.process.kill()
    head.process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def endless(head: Head) -> RunDirectory:
    """A run that is trained on one of the nodes."""
    run = head.place(steps=LONG, checkpoint_every_s=1.0)
    wait_until(lambda: state(run) == "running", PATIENCE_S, f"{run.run_id} to be trained; {probe(run)}")
    return run


@pytest.mark.long
@pytest.mark.usefixtures("endless")
def test_a_run_learns_the_same_there_as_here(head: Head, tmp_path: Path) -> None:
    here = create_run(settings_of(STEPS), name="here", runs_dir=tmp_path)
    start_trainer(here)
    there = head.place(steps=STEPS)
    for run in (here, there):
        wait_until(partial(_has_finished, run), PATIENCE_S, f"the end; {probe(run)}")
    assert weights(there) == weights(here)
    assert steps(there) == steps(here) >= STEPS
    assert there.episodes.read_bytes().count(b"\n") == here.episodes.read_bytes().count(b"\n") > 10
    wait_until(lambda: read_placement(head.runs_dir, there.run_id) is None, PATIENCE_S, "its place to be given back")


def _has_finished(run: RunDirectory) -> bool:
    return state(run) == "finished"


@pytest.mark.long
def test_commands_are_acknowledged_here(endless: RunDirectory) -> None:
    for number in range(COMMANDS):
        wanted: RunCommand = "running" if number % 2 else "paused"
        update_control(endless, by="app", run=wanted)
        wait_until(lambda: not probe(endless).pending, PATIENCE_S, "the acknowledgement")
        assert state(endless) == wanted


def test_the_process_here_is_killed_and_begun_anew_and_the_trainer_never_notices(endless: RunDirectory, head: Head) -> None:
    before = read_status(endless)
    assert before is not None
    head.process.kill()
    head.process.wait(PATIENCE_S)
    assert state(endless) == "crashed"
    update_control(endless, by="app", run="paused")
    head.begin()
    wait_until(lambda: state(endless) == "paused", PATIENCE_S, f"the run to be back; {probe(endless)}")
    after = read_status(endless)
    assert after is not None
    assert after.process == before.process
    assert steps(endless) > before.num_timesteps
    update_control(endless, by="app", run="running")
    wait_until(lambda: state(endless) == "running", PATIENCE_S, "it to go on")


@pytest.mark.long
@pytest.mark.timeout(120 + 120 * LOST)
def test_runs_whose_node_is_lost_go_on_elsewhere_within_a_minute(endless: RunDirectory, head: Head, cluster: LocalCluster) -> None:
    for _ in range(LOST):
        before = read_status(endless)
        assert before is not None
        there = {trainer.pid: trainer for trainer in cluster.trainers()}
        wait_until(lambda: latest_checkpoint(endless)[0] is not None, PATIENCE_S, "a checkpoint to come back")
        saved, _ = latest_checkpoint(endless)
        assert saved is not None
        cluster.add()
        cluster.remove(cluster.node_of(there[before.process.pid]))
        wait_until(partial(_goes_on, endless, before), PATIENCE_S, f"it to go on; {probe(endless)}")
        assert steps(endless) >= saved.step
    assert endless.events.read_text().count("goes on elsewhere") == LOST
    rows = [line.split(b",")[0] for line in endless.metrics.read_bytes().splitlines()]
    assert len(rows) == len(set(rows)), "no row is there twice"
    update_control(endless, by="app", run="stopped")
    wait_until(lambda: state(endless) == "stopped", PATIENCE_S, "the end", lambda: _all_about(endless, head))


def _all_about(run: RunDirectory, head: Head) -> str:
    return f"{probe(run)}\n{run.events.read_text()}\n{run.log.read_text()}\n{(head.runs_dir / 'head.log').read_text()}"


def _goes_on(run: RunDirectory, before: Status) -> bool:
    """Whether another trainer is at work."""
    now = read_status(run)
    return now is not None and now.process.pid != before.process.pid and state(run) == "running"


@pytest.mark.long
def test_an_address_where_no_cluster_is_gets_one_sentence(tmp_path: Path) -> None:
    answer = call("train", "--on", "ray:127.0.0.1:9", "--runs-dir", tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        "error: No Ray cluster answers at 127.0.0.1:9 (Connection refused). Start one there: ray start --head --port 9\n"
    )
    assert list(tmp_path.iterdir()) == []
