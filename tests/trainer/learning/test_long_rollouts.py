"""Rollouts and updates that take long: a pause waits wherever it comes, and a stop keeps what the start of the rollout was."""

import collections
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trainer.learning.tiny import new_run, rows, train, weights_sha256, without_clock
from tests.waiting import wait_until
from trainer.learning.callbacks import save_checkpoints
from trainer.learning.control_watcher import ControlEvents, ControlWatcher
from trainer.learning.session import RunSession
from trainer.learning.train import Training
from trainer.run_files.checkpoints import cut_logs, latest_checkpoint, list_checkpoints
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.learner import GymTask

ROLLOUT = 500
CONFIG = GymSettings(
    env="CartPole-v1", algo="ppo", total_timesteps=3 * ROLLOUT, n_steps=ROLLOUT, batch_size=50, n_epochs=12, net_arch=(8,),
    log_every=100, eval_every=ROLLOUT, eval_episodes=1,
)  # fmt: skip
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """The same training without a command."""
    run = new_run(tmp_path_factory.mktemp("undisturbed"), CONFIG)
    train(run, CONFIG, ControlEvents())
    return run


def steered(run: RunDirectory, act: Callable[[int, int], None]) -> None:
    """Train; `act` gets the step, and how often training has looked there, each time when it looks."""
    events, looks = ControlEvents(), collections.Counter[int]()
    watcher = ControlWatcher(run, events, ignored_seq=1, report_problem=print)
    with RunSession(run, total_timesteps=CONFIG.total_timesteps) as session:

        def look() -> None:
            looks[session.step] += 1
            act(session.step, looks[session.step])
            watcher.look()

        training = Training(session, CONFIG, events, GymTask(session, CONFIG), look=look)
        checkpoint, _ = latest_checkpoint(run)
        if checkpoint is not None:
            training.restore(checkpoint)
        watcher.start()
        try:
            training.train()
        finally:
            watcher.close()


def resume_when_paused(run: RunDirectory, seen: list[Status]) -> None:
    """Wait until a run is paused, note how it is, and let it go on."""

    def wait() -> None:
        wait_until(lambda: status_of(run).state == "paused", PATIENCE_S, "the pause")
        seen.append(status_of(run))
        update_control(run, by="cli", run="running", pause_at_step=None)

    threading.Thread(target=wait, daemon=True).start()


def status_of(run: RunDirectory) -> Status:
    """Its last one."""
    status = read_status(run)
    assert status is not None
    return status


def assert_same(run: RunDirectory, other: RunDirectory) -> None:
    """Two runs have learned the same and written the same."""
    assert weights_sha256(run) == weights_sha256(other)
    for name in ("metrics", "episodes", "evaluations"):
        assert without_clock(getattr(run, name)) == without_clock(getattr(other, name))


@pytest.mark.long
def test_a_pause_is_obeyed_within_an_update(tmp_path: Path, undisturbed: RunDirectory) -> None:
    run, seen = new_run(tmp_path, CONFIG), list[Status]()

    def act(step: int, looks: int) -> None:
        if (step, looks) == (ROLLOUT, 4):  # one may be in the last step of the rollout, and one at its start
            update_control(run, by="cli", run="paused")
            resume_when_paused(run, seen)

    steered(run, act)

    assert [status.applied_at_step for status in seen] == [ROLLOUT]
    assert_same(run, undisturbed)


@pytest.mark.long
def test_a_pause_at_a_step_is_obeyed_within_a_rollout(tmp_path: Path, undisturbed: RunDirectory) -> None:
    run, seen = new_run(tmp_path, CONFIG), list[Status]()

    def act(step: int, looks: int) -> None:
        if (step, looks) == (0, 1):
            update_control(run, by="cli", pause_at_step=2 * ROLLOUT + 123)
            resume_when_paused(run, seen)

    steered(run, act)

    assert [status.num_timesteps for status in seen] == [2 * ROLLOUT + 123]
    assert_same(run, undisturbed)


@pytest.mark.long
def test_a_stop_in_a_long_rollout_ends_it_at_once_and_it_goes_on_exactly(
    tmp_path: Path, undisturbed: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save_checkpoints, "LONG_ROLLOUT_S", 0.0)
    monkeypatch.setattr(save_checkpoints, "SNAPSHOT_SHARE", 0)
    run = new_run(tmp_path, CONFIG)

    def act(step: int, looks: int) -> None:
        if (step, looks) == (0, 1):
            update_control(run, by="cli", pause_at_step=ROLLOUT + 77)
        if step == ROLLOUT + 77 and looks == 1:
            threading.Thread(target=stop_when_paused, daemon=True).start()

    def stop_when_paused() -> None:
        wait_until(lambda: status_of(run).state == "paused", PATIENCE_S, "the pause")
        update_control(run, by="cli", run="stopped")

    steered(run, act)

    assert (status_of(run).state, status_of(run).num_timesteps) == ("stopped", ROLLOUT + 77)
    said = rows(run.events)[-1]["message"]
    assert said == "Stopped at step 577; it can go on from step 500, where its rollout began"
    assert [folder.name for folder in list_checkpoints(run)] == ["step-500"]

    cut_logs(run, latest_checkpoint(run)[0])
    update_control(run, by="cli", run="running")
    steered(run, lambda *_: None)
    assert status_of(run).state == "finished"
    assert_same(run, undisturbed)


@pytest.mark.long
def test_a_stop_in_a_short_rollout_waits_for_its_end(tmp_path: Path) -> None:
    run = new_run(tmp_path, CONFIG)

    def act(step: int, looks: int) -> None:  # noqa: ARG001 - once is enough
        if 0 < step < ROLLOUT:
            update_control(run, by="cli", run="stopped")

    steered(run, act)

    assert [folder.name for folder in list_checkpoints(run)] == ["step-500"]
    assert rows(run.events)[-1]["message"] == "Stopped at step 500; it can go on from here"
