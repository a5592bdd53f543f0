"""The agent of a node: its trainers are processes of their own, and it knows only what is in its folder."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.engines.ray import agent as agents
from trainer.engines.ray.agent import Agent
from trainer.engines.ray.wire import Ask, News
from trainer.run_files.control import update_control
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status, write_status
from trainer.tasks.gym.about import GymSettings

SETTINGS = GymSettings(env="CartPole-v1", algo="ppo", total_timesteps=10_000_000, n_envs=1, eval_episodes=1)
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


def wait_for_state(agent: Agent, run: RunDirectory, state: str) -> None:
    there = RunDirectory(agent.root / run.run_id)

    def is_there() -> bool:
        news(agent, run)
        return (now := read_status(there)) is not None and now.state == state

    wait_until(is_there, 60, f"the trainer to be {state}")


@pytest.mark.long
def test_a_trainer_is_no_child_obeys_and_stops_when_nobody_asks_for_it(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Agent(tmp_path / "node", lease_s=3.0)
    followed = list[RunDirectory]()
    monkeypatch.setattr(agents, "follow_stop", followed.append)
    send(agent, run)
    agent.begin(run.run_id, 0, "token")
    there = RunDirectory(agent.root / run.run_id)
    wait_for_state(agent, run, "running")
    process = trainer(there)
    assert process is not None
    assert process.ppid() != psutil.Process().pid
    agent.put(run.run_id, b"{")
    update_control(run, by="app", run="paused")
    agent.put(run.run_id, run.control.read_bytes())
    wait_for_state(agent, run, "paused")
    for _ in range(3):  # longer than the lease
        time.sleep(1.2)
        news(agent, run)
    assert process.is_running()
    assert followed == []
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


def test_a_stop_is_carried_through_where_the_trainer_is(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = Agent(tmp_path / "node", lease_s=60, start=lambda *_: None)
    followed = list[RunDirectory]()
    monkeypatch.setattr(agents, "follow_stop", followed.append)
    send(agent, run)
    agent.begin(run.run_id, 0, "token")
    update_control(run, by="app", run="stopped")
    agent.put(run.run_id, run.control.read_bytes())
    there = RunDirectory(agent.root / run.run_id)
    assert followed == [there]
    assert there.control.read_bytes() == run.control.read_bytes()


def test_the_log_says_once_what_has_killed_a_trainer(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = [sys.executable, "-c", "import os; print('begun', flush=True); os.kill(os.getpid(), 9)"]
    monkeypatch.setattr(agents, "trainer_command", lambda _words: killed)
    agent = Agent(tmp_path / "node", lease_s=60)
    send(agent, run)
    there = RunDirectory(agent.root / run.run_id)
    write_status(there, Status("running", ProcessIdentity(4_321, 1.0, "far"), 100))
    agent.begin(run.run_id, 0, "token")
    wait_until(lambda: news(agent, run)["ended"], 20, "the agent to see it")
    assert there.log.read_text().startswith("begun\n")
    assert "Process 4321 was killed by SIGKILL" in there.log.read_text()
    before = there.log.read_text()
    news(agent, run)
    assert there.log.read_text() == before


def test_an_agent_without_trainers_is_idle_after_a_while(tmp_path: Path) -> None:
    now = 0.0
    agent = Agent(tmp_path, lease_s=60, clock=lambda: now)
    assert not agent.is_idle(100)
    now = 101.0
    assert agent.is_idle(100)
    agent.runs()
    assert not agent.is_idle(100)
