"""Runs that are trained on nodes: they appear here as if they were trained here, and survive what happens to nodes and relays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.engines.ray.nodes import CHECKPOINT_STEPS, SimulatedCluster, rows
from tests.trainer.simulated import new_runs
from tests.waiting import wait_until
from trainer.engines.ray.relay import Relay
from trainer.probing import probe
from trainer.run_files.checkpoints import latest_checkpoint
from trainer.run_files.control import update_control
from trainer.run_files.placements import list_placements
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status

PATIENCE_S = 30


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[SimulatedCluster]:
    """Two nodes with two CPUs each."""
    cluster = SimulatedCluster(tmp_path / "nodes")
    yield cluster
    cluster.close()


@pytest.fixture
def relay(cluster: SimulatedCluster) -> Iterator[Relay]:
    """A relay to it."""
    relay = cluster.relay()
    yield relay
    relay.close()


@pytest.fixture
def runs(tmp_path: Path) -> list[RunDirectory]:
    """Four runs that wait."""
    return new_runs(tmp_path / "runs", 4)


def place(relay: Relay, *runs: RunDirectory) -> None:
    for run in runs:
        relay.add(run, update_control(run, by="cli", run="running").seq)


def state(run: RunDirectory) -> str:
    return probe(run).state


def wait_for(wanted: str, *runs: RunDirectory) -> None:
    wait_until(lambda: {state(run) for run in runs} == {wanted}, PATIENCE_S, f"{wanted}; now {[probe(run) for run in runs]}")


def steps(run: RunDirectory) -> int:
    status = read_status(run)
    return status.num_timesteps if status is not None else 0


def test_runs_are_trained_elsewhere_and_end_here_byte_for_byte(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]) -> None:
    place(relay, *runs)
    assert {state(run) for run in runs} == {"starting"}
    wait_until(lambda: state(runs[0]) != "starting", PATIENCE_S, "its node to answer")
    wait_for("finished", *runs)
    wait_until(lambda: not relay.run_ids, PATIENCE_S, "the relay to let go")
    for run in runs:
        assert run.metrics.read_bytes() == rows(100)
        checkpoint, complaints = latest_checkpoint(run)
        assert checkpoint is not None
        assert (checkpoint.step, complaints) == (100, [])
        assert len(list(run.checkpoints.iterdir())) == 2, "what was thinned out there is thinned out here"
        assert (run.best / "model.zip").read_bytes() == b"m100"
    assert list_placements(runs[0].path.parent) == {}
    assert cluster.places == {}
    assert [agent.runs() for agent in cluster.agents.values()] == [{}, {}], "nodes keep nothing"


@pytest.mark.long
def test_what_has_no_room_is_starting_until_it_has(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]) -> None:
    cluster.cpus, cluster.total = 1, 300
    place(relay, *runs)
    wait_for("running", runs[0], runs[1])
    assert list_placements(runs[0].path.parent)[runs[0].run_id].node == "node a"
    assert [state(run) for run in runs[2:]] == ["starting", "starting"]
    update_control(runs[3], by="app", run="stopped")
    wait_for("stopped", runs[3])
    wait_for("finished", *runs[:3])
    assert not runs[3].metrics.exists(), "it was never begun"


def test_commands_reach_the_node_and_are_acknowledged_here(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]) -> None:
    cluster.total = 100_000
    run = runs[0]
    place(relay, run)
    wait_for("running", run)
    for wanted in ("paused", "running", "paused"):
        update_control(run, by="app", run=wanted)
        assert probe(run).pending
        wait_until(lambda: not probe(run).pending, PATIENCE_S, "the acknowledgement")
        assert state(run) == wanted
    update_control(run, by="app", run="stopped")
    wait_for("stopped", run)
    done = steps(run)
    assert run.metrics.read_bytes() == rows(done)
    cluster.total = done + 30
    place(relay, run)  # resumed, on whichever node
    wait_for("finished", run)
    assert run.metrics.read_bytes() == rows(done + 30)


def test_a_lost_node_costs_what_came_after_the_last_checkpoint_and_nothing_more(
    cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]
) -> None:
    cluster.total = 100_000
    place(relay, *runs)
    wait_until(lambda: all(latest_checkpoint(run)[0] for run in runs), PATIENCE_S, "a checkpoint of each")
    paused = next(run for run in runs if cluster.places[run.run_id] == "a")
    update_control(paused, by="app", run="paused")
    wait_for("paused", paused)
    cluster.cpus = 4
    moved = [run for run in runs if cluster.places[run.run_id] == "a"]
    before, _ = latest_checkpoint(paused)
    assert before is not None
    cluster.lost.add("a")
    wait_until(lambda: all(cluster.places.get(run.run_id) == "b" for run in moved), PATIENCE_S, "other places")
    wait_for("paused", paused)
    assert steps(paused) >= before.step, "a pause goes on where the run does"
    update_control(paused, by="app", run="running")
    wait_until(lambda: min(map(steps, moved)) > 3 * CHECKPOINT_STEPS, PATIENCE_S, "the runs to go on")
    for run in runs:
        update_control(run, by="app", run="stopped")
    wait_for("stopped", *runs)
    for run in runs:
        assert run.metrics.read_bytes() == rows(steps(run)), "no row is missing, none is there twice"
    assert "goes on elsewhere: node a is lost" in moved[0].events.read_text()


def test_a_node_that_comes_back_ends_what_it_has_and_gives_nothing_of_it(
    cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]
) -> None:
    cluster.total, run = 100_000, runs[0]
    place(relay, run)
    wait_until(lambda: latest_checkpoint(run)[0], PATIENCE_S, "a checkpoint")
    old = cluster.trainer(run)
    cluster.lost.add("a")
    wait_until(lambda: cluster.places.get(run.run_id) == "b" and ("b", run.run_id) in cluster.trainers, PATIENCE_S, "a place")
    old.terminated.set()
    old.join(PATIENCE_S)
    cluster.lost = {"b"}
    wait_until(lambda: cluster.places.get(run.run_id) == "a" and cluster.trainer(run) is not old, PATIENCE_S, "the first node")
    wait_for("running", run)
    update_control(run, by="app", run="stopped")
    wait_for("stopped", run)
    assert run.metrics.read_bytes() == rows(steps(run))


def test_an_agent_that_dies_alone_is_begun_anew_and_its_trainers_never_notice(
    cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]
) -> None:
    cluster.total, run = 100_000, runs[0]
    place(relay, run)
    wait_for("running", run)
    trainer = cluster.trainer(run)
    cluster.silent.add("a")
    seen = steps(run)
    wait_until(lambda: trainer.step > seen + 20, PATIENCE_S, "the trainer to go on")
    cluster.begin_agent("a")
    cluster.silent.clear()
    wait_until(lambda: steps(run) > seen + 20, PATIENCE_S, "its rows to come")
    assert cluster.trainer(run) is trainer
    assert trainer.is_alive()


def test_a_relay_that_is_begun_anew_goes_on_with_what_was_placed(cluster: SimulatedCluster, runs: list[RunDirectory]) -> None:
    cluster.total, run = 100_000, runs[0]
    first = cluster.relay()
    place(first, run)
    wait_until(lambda: latest_checkpoint(run)[0], PATIENCE_S, "a checkpoint")
    first.close()
    trainer = cluster.trainer(run)
    seen = trainer.step
    with run.metrics.open("ab") as file:
        file.write(b'{"step": 1')  # it was killed in the middle of a write
    wait_until(lambda: trainer.step > seen + 50, PATIENCE_S, "the trainer to go on meanwhile")
    assert list(list_placements(run.path.parent)) == [run.run_id]
    second = cluster.relay()
    try:
        second.add(run)
        wait_until(lambda: steps(run) > seen + 50, PATIENCE_S, "its rows to come")
        assert cluster.trainer(run) is trainer
        update_control(run, by="app", run="stopped")
        wait_for("stopped", run)
        assert run.metrics.read_bytes() == rows(steps(run))
    finally:
        second.close()


def test_a_run_that_its_node_stops_goes_on_elsewhere(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]) -> None:
    cluster.total, run = 400, runs[0]
    place(relay, run)
    wait_until(lambda: latest_checkpoint(run)[0], PATIENCE_S, "a checkpoint")
    first = cluster.trainer(run)
    first.terminated.set()
    wait_for("finished", run)
    assert run.metrics.read_bytes() == rows(400)
    assert cluster.trainers["a", run.run_id] is not first


def test_a_node_of_other_versions_gets_no_run(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]) -> None:
    cluster.unfit.add("a")
    place(relay, runs[0])
    wait_for("finished", runs[0])
    assert cluster.said[0] == "No run is placed on the node a: it has numpy 1.0 (here 2.0)."
    assert {node for node, _ in cluster.trainers} == {"b"}


def test_a_lock_that_somebody_deletes_is_made_anew(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory]) -> None:
    cluster.total, run = 100_000, runs[0]
    place(relay, run)
    wait_for("running", run)
    run.run_lock.unlink()
    assert state(run) == "crashed"
    wait_for("running", run)


def test_a_run_that_is_deleted_here_ends_there(cluster: SimulatedCluster, relay: Relay, runs: list[RunDirectory], tmp_path: Path) -> None:
    cluster.total, run = 100_000, runs[0]
    place(relay, run)
    wait_for("running", run)
    run.path.rename(tmp_path / "elsewhere")
    wait_until(lambda: not relay.run_ids, PATIENCE_S, "the relay to notice")
    assert cluster.agents["a"].runs() == {}
    wait_until(lambda: not (tmp_path / "nodes" / "a" / run.run_id).exists(), PATIENCE_S, "the files of its trainer to go, too")
    assert not run.path.exists(), "nothing of it comes back"
