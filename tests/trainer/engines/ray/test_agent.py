"""The agent of a node: its trainers are processes of their own, and it knows only what is in its folder."""

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.engines.ray import agent as agents
from trainer.engines.ray.agent import Agent
from trainer.engines.ray.wire import Ask, News
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks.tetris.about import TetrisSettings

SETTINGS = TetrisSettings(total_timesteps=10_000_000, board_height=10, n_envs=4, net_arch=(8,))
NOTHING = Ask(logs={}, status=None, listing=0)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run on the head."""
    return create_run(SETTINGS, name="far", runs_dir=tmp_path / "runs")


def send(agent: Agent, run: RunDirectory) -> None:
    for path in (run.config, run.control):
        agent.receive(run.run_id, path.name, 0, path.read_bytes(), path.stat().st_mtime_ns)


def news(agent: Agent, run: RunDirectory) -> News:
    return agent.news({run.run_id: NOTHING}, 0.1)[run.run_id]


def trainer(run: RunDirectory) -> psutil.Process | None:
    now = read_status(run)
    return now.process.find() if now is not None else None


@pytest.fixture
def far(run: RunDirectory, tmp_path: Path) -> Iterator[tuple[Agent, RunDirectory]]:
    """An agent whose trainer is at work, with a short lease."""
    agent = Agent(tmp_path / "node", lease_s=3.0)
    send(agent, run)
    agent.begin(run.run_id, 0, "token")
    there = RunDirectory(agent.root / run.run_id)

    def is_running() -> bool:
        news(agent, run)
        return (now := read_status(there)) is not None and now.state == "running"

    wait_until(is_running, 60, "the trainer to run")
    process = trainer(there)
    assert process is not None
    yield agent, there
    agent.forget(run.run_id)
    process.wait(60)


def test_a_trainer_that_nobody_asks_for_saves_and_stops(far: tuple[Agent, RunDirectory], run: RunDirectory) -> None:
    agent, there = far
    process = trainer(there)
    assert process is not None
    assert process.ppid() != psutil.Process().pid, "it is no child of the agent's"
    for _ in range(3):  # longer than the lease
        time.sleep(1.2)
        news(agent, run)
    assert process.is_running()
    process.wait(60)
    ended = read_status(there)
    assert ended is not None
    assert ended.state == "stopped"
    assert "Nobody has asked for this run's files for 3 s" in there.events.read_text()
    assert list(there.checkpoints.glob("step-*"))
    again = Agent(agent.root, lease_s=3.0)
    assert again.runs() == {run.run_id: "token"}
    wait_until(lambda: news(again, run)["ended"], 10, "its exit code")
    assert again.at_work() == []


def test_the_log_says_what_has_killed_a_trainer(far: tuple[Agent, RunDirectory], run: RunDirectory) -> None:
    agent, there = far
    process = trainer(there)
    assert process is not None
    process.kill()
    wait_until(lambda: news(agent, run)["ended"], 10, "the agent to see it")
    assert f"Process {process.pid} was killed by SIGKILL" in there.log.read_text()
    before = there.log.read_text()
    news(agent, run)
    assert there.log.read_text() == before, "once"


def test_a_stop_is_carried_through_where_the_trainer_is(
    far: tuple[Agent, RunDirectory], run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, there = far
    followed = list[RunDirectory]()
    monkeypatch.setattr(agents, "follow_stop", followed.append)
    update_control(run, by="app", run="paused")
    agent.put(run.run_id, run.control.read_bytes())
    wait_until(lambda: (now := read_status(there)) is not None and now.state == "paused", 20, "the pause")
    agent.put(run.run_id, b"{")
    assert followed == []
    update_control(run, by="app", run="stopped")
    agent.put(run.run_id, run.control.read_bytes())
    assert followed == [there]
    wait_until(lambda: news(agent, run)["ended"], 20, "the end")


def test_an_agent_without_trainers_is_idle_after_a_while(tmp_path: Path) -> None:
    now = 0.0
    agent = Agent(tmp_path, lease_s=60, clock=lambda: now)
    assert not agent.is_idle(100)
    now = 101.0
    assert agent.is_idle(100)
    agent.runs()
    assert not agent.is_idle(100)
