"""Real training with a tiny network: what a run writes, and how it is steered."""

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.learning.tiny import new_run, rows, tiny_config, train, weights_sha256, without_clock
from tests.waiting import wait_until
from trainer.learning import control_watcher
from trainer.learning.callbacks.obey_control import ObeyControl
from trainer.learning.control_watcher import ControlEvents, ControlWatcher
from trainer.learning.process import run_trainer
from trainer.processes import PROJECT_DIR
from trainer.run_files.control import SPEED_RULE, Control, update_control
from trainer.run_files.models import read_best
from trainer.run_files.opening import replace_bytes
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status
from trainer.tasks import find_task
from trainer.tasks.tetris.learner.saved_model import read_network
from trainer.tasks.tetris.metrics import METRICS

PAUSES = 25


def in_background(target: Callable[[], object]) -> threading.Thread:
    """Run something beside the test."""
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def test_a_finished_run_has_written_every_file(tmp_path: Path) -> None:
    config = tiny_config()
    run = new_run(tmp_path, config)

    session = train(run, config, ControlEvents())

    assert session.status.state == "finished"
    assert [row["step"] for row in rows(run.metrics)] == [200, 400, 600, 800, 1000, 1200]
    metrics = {metric.column for metric in METRICS.values() if metric.log == "metrics"}
    assert {"step", "wall_seconds", "active_seconds", "at", "updates", "rollout/clears_4"} | metrics <= set(rows(run.metrics)[-1])
    assert all(value is not None for value in rows(run.metrics)[-1].values())
    assert [row["step"] for row in rows(run.evaluations)][:2] == [400, 800]
    assert rows(run.evaluations)[-1]["step"] == 1200
    assert len(rows(run.evaluations)[0]["lines"]) == 3
    episodes = rows(run.episodes)
    assert [row["episode"] for row in episodes] == list(range(1, len(episodes) + 1))
    assert {"started", "checkpoint", "finished"} <= {row["kind"] for row in rows(run.events)}
    assert (run.checkpoints / "step-1200" / "model.zip").is_file()
    assert not run.pictures.exists()  # headless: no snapshots


@pytest.mark.long
def test_the_same_seed_writes_the_same_rows_and_the_same_weights(tmp_path: Path) -> None:
    config = tiny_config()
    first, second = new_run(tmp_path, config), new_run(tmp_path, config)
    for run in (first, second):
        train(run, config, ControlEvents())
    other = new_run(tmp_path, tiny_config(seed=2))
    train(other, tiny_config(seed=2), ControlEvents())

    assert without_clock(first.metrics) == without_clock(second.metrics)
    assert weights_sha256(first) == weights_sha256(second)
    assert weights_sha256(first) != weights_sha256(other)


@pytest.mark.long
def test_control_never_changes_what_is_learned(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=6_000)
    undisturbed, steered = new_run(tmp_path, config), new_run(tmp_path, config)
    train(undisturbed, config, ControlEvents())
    events = ControlEvents()
    watcher = ControlWatcher(steered, events, ignored_seq=1, report_problem=print, poll_interval_s=0.002)
    watcher.start()
    training = in_background(lambda: train(steered, config, events, watcher.look_if_due))
    chance = random.Random(7)
    for _ in range(PAUSES):
        training.join(chance.uniform(0.0, 0.03))
        levels: dict[str, Any] = {
            "visual": chance.random() < 0.7,
            "speed": chance.choice([None, chance.uniform(500, 50_000)]),
            "board_every": chance.randint(1, 50),
        }
        seq = update_control(steered, by="app", run="paused", **levels).seq
        wait_until(lambda seq=seq: _applied(steered) >= seq, 20, "a pause")  # type: ignore[misc]
        assert _status(steered).state == "paused", "the run was over before it was steered enough: it must be longer"
        seq = update_control(steered, by="app", run="running", visual=not levels["visual"], board_every=chance.randint(1, 50)).seq
        wait_until(lambda seq=seq: _applied(steered) >= seq, 20, "training to go on")  # type: ignore[misc]
    update_control(steered, by="app", run="running", visual=False)
    training.join(60)
    watcher.close()

    said = [row["message"] for row in rows(steered.events) if row["kind"] == "command"]
    assert sum("Paused" in sentence for sentence in said) == PAUSES
    for change in ("Visual mode on", "Visual mode off", "Speed", "Snapshot every"):
        assert any(change in sentence for sentence in said)
    assert steered.pictures.exists()
    assert without_clock(undisturbed.metrics) == without_clock(steered.metrics)
    assert weights_sha256(undisturbed) == weights_sha256(steered)


def test_a_paused_run_stands_still_obeys_commands_and_can_be_stopped(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000)
    run = new_run(tmp_path, config)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _step(run) > 100, 60, "training to begin")

    seq = update_control(run, by="cli", run="paused").seq
    wait_until(lambda: _applied(run) == seq, 10, "the pause to be applied")
    paused_at = _step(run)
    heartbeat = _status(run).heartbeat_at
    seq = update_control(run, by="app", visual=True, speed=40).seq
    wait_until(lambda: _applied(run) == seq, 10, "a command to be applied during the pause")
    assert _status(run).state == "paused"
    assert (_status(run).visual, _status(run).speed) == (True, 40)
    wait_until(lambda: _status(run).heartbeat_at > heartbeat and _status(run).seconds_since_step > 1, 10, "a heartbeat")
    assert _step(run) == paused_at

    update_control(run, by="app", run="stopped")
    training.join(20)
    assert not training.is_alive()
    assert _status(run).state == "stopped"
    assert (run.checkpoints / f"step-{_step(run)}" / "model.zip").is_file()
    said = [row["message"] for row in rows(run.events)]
    assert "Paused (by cli)" in said
    assert "Visual mode on, Speed 40 per second (by app)" in said


def test_a_pause_counts_as_wall_time_but_not_as_active_time(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000)
    run = new_run(tmp_path, config)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _step(run) > 100, 60, "training to begin")
    update_control(run, by="cli", run="paused")
    wait_until(lambda: _status(run).state == "paused" and _status(run).seconds_since_step > 1, 20, "a second of pause")
    update_control(run, by="cli", run="stopped")
    training.join(20)
    status = _status(run)

    assert status.wall_seconds - status.active_seconds > 1


def test_a_command_given_before_training_began_is_obeyed(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000)
    run = new_run(tmp_path, config)
    seq = update_control(run, by="app", run="paused").seq
    training = in_background(lambda: run_trainer(run, find_task, control_seq=1))
    wait_until(lambda: _applied(run) == seq, 60, "the pause to be applied")

    assert _status(run).state == "paused"
    assert _step(run) == 0
    update_control(run, by="app", run="stopped")
    training.join(20)
    assert _status(run).state == "stopped"


def test_a_run_pauses_at_the_step_that_was_asked_for_and_makes_single_steps(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000)
    run = new_run(tmp_path, config)
    update_control(run, by="app", run="running", pause_at_step=322)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _status(run).state == "paused" if run.status.exists() else False, 60, "the pause")
    assert _step(run) == 324  # four games make their moves together

    for moves in (1, 2):
        seq = update_control(run, by="app", run="running", pause_at_step=_step(run) + 1).seq
        wait_until(lambda wanted=seq: _applied(run) == wanted and _status(run).state == "paused", 10, "a single step")  # type: ignore[misc]
        assert _step(run) == 324 + 4 * moves

    seq = update_control(run, by="app", visual=True).seq
    wait_until(lambda: _applied(run) == seq, 10, "a command to be applied during the pause")
    assert (_step(run), _status(run).state) == (332, "paused")
    update_control(run, by="app", run="running")
    wait_until(lambda: _step(run) > 400, 20, "training to go on")
    update_control(run, by="app", run="stopped")
    training.join(20)

    said = [row["message"] for row in rows(run.events) if row["kind"] == "command"]
    assert "Paused at step 324, as asked" in said
    assert "Will pause at step 325 (by app)" in said
    assert said[-2:] == ["Resumed (by app)", "Stop requested (by app)"]


def test_a_run_pauses_at_the_next_new_best(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000, best_metric="episode_lines")
    run = new_run(tmp_path, config)
    update_control(run, by="app", run="running", pause_at_best_after=-1)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: run.status.exists() and _status(run).state == "paused", 60, "the pause")

    best = _status(run).best
    assert best is not None
    assert f"Paused at the new best of step {best.step:,}, as asked" in [row["message"] for row in rows(run.events)]
    assert _step(run) == best.step

    update_control(run, by="app", run="running", pause_at_best_after=best.step)
    wait_until(lambda: _status(run).best != best and _status(run).state == "paused", 60, "the next pause")
    update_control(run, by="app", run="stopped")
    training.join(20)
    assert _status(run).state == "stopped"


def test_a_model_is_saved_under_a_name_once_and_can_be_played(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000)
    run = new_run(tmp_path, config)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _step(run) > 100, 60, "training to begin")
    seq = update_control(run, by="app", run="paused", save_as="first-try").seq
    wait_until(lambda: _applied(run) == seq, 10, "the command to be applied")
    saved = (run.models / "first-try" / "model.zip").stat().st_mtime_ns
    step = read_network(run.models / "first-try").step
    assert step == _step(run)

    seq = update_control(run, by="app", run="running").seq
    wait_until(lambda: _applied(run) == seq and _step(run) > step, 20, "training to go on")
    seq = update_control(run, by="cli", save_as="first-try").seq
    wait_until(lambda: _applied(run) == seq, 20, "the name to be refused")
    update_control(run, by="app", run="stopped")
    training.join(20)

    acknowledged = [row["message"] for row in rows(run.events) if row["kind"] == "command"]
    assert "Paused, Saved “first-try” (by app)" in acknowledged
    assert "Could not save “first-try” (by cli)" in acknowledged, "what was not done is not acknowledged as done"
    refused = "The model was not saved. There is a model 'first-try' in this run already; give it another name first."
    assert refused in [row["message"] for row in rows(run.events)]
    assert (run.models / "first-try" / "model.zip").stat().st_mtime_ns == saved
    assert f"The model as it is at step {step:,} is saved as “first-try”" in [row["message"] for row in rows(run.events)]


def test_the_first_command_of_a_run_is_acknowledged_without_an_event(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=200)
    run = new_run(tmp_path, config, visual=True)
    assert run_trainer(run, find_task, control_seq=0)

    status = _status(run)
    assert (status.applied_seq, status.visual, status.applied_latency_ms) == (1, True, None)
    assert not [row for row in rows(run.events) if row["kind"] == "command"]


def test_a_run_stops_at_its_target(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000, best_metric="episode_lines", target=1)
    run = new_run(tmp_path, config)
    train(run, config, ControlEvents())

    best = read_best(run)
    assert best is not None
    assert best.value >= 1
    assert rows(run.events)[-1]["message"] == "Finished: the target is reached"


@pytest.mark.long
@pytest.mark.parametrize("metric", ["eval_lines", "episode_lines", "episode_reward"])
def test_the_best_model_only_ever_gets_better_and_is_never_saved_twice(tmp_path: Path, metric: str) -> None:
    config = tiny_config(best_metric=metric)
    run = new_run(tmp_path, config)
    train(run, config, ControlEvents())
    values = [float(row["message"].split()[2].replace(",", "")) for row in rows(run.events) if row["kind"] == "new_best"]
    best = read_best(run)

    assert best is not None
    assert best.metric == metric
    assert values == sorted(set(values))
    assert best.value == pytest.approx(values[-1], rel=0.01)  # said in as many digits as tell it from the one before
    where, column = (run.evaluations, "mean_lines") if metric == "eval_lines" else (run.episodes, metric.removeprefix("episode_"))
    assert best.value == max(row[column] for row in rows(where))


@pytest.mark.long
def test_the_limit_of_evaluation_games_grows_when_games_outgrow_it(tmp_path: Path) -> None:
    config = tiny_config(eval_max_pieces=10, eval_every=300)
    run = new_run(tmp_path, config)
    train(run, config, ControlEvents())
    evaluations = rows(run.evaluations)

    assert evaluations[0]["truncated_episodes"] == 3
    assert [row["max_pieces"] for row in evaluations[:2]] == [10, 20]
    said = [row["message"] for row in rows(run.events) if row["kind"] == "evaluation"]
    assert said[0] == "3 of 3 evaluation games were truncated: from now on they may last 20 pieces"


def test_a_failure_is_explained_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: ObeyControl) -> bool:
        raise ZeroDivisionError("the experiment went wrong")

    monkeypatch.setattr(ObeyControl, "obey", broken)
    run = new_run(tmp_path, tiny_config())

    assert not run_trainer(run, find_task, control_seq=0)
    assert _status(run).state == "failed"
    assert _status(run).error == "Training failed: ZeroDivisionError: the experiment went wrong"
    last = rows(run.events)[-1]
    assert last["kind"] == "failure"
    assert "Traceback" in last["traceback"]


def test_a_bad_control_file_becomes_a_warning_and_training_goes_on(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000)
    run = new_run(tmp_path, config)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _step(run) > 100, 60, "training to begin")
    replace_bytes(run.control, b'{"version": 4, "seq": 5, "run": "paused", "speed": 0.5}')
    wait_until(lambda: any(row["kind"] == "warning" for row in rows(run.events)), 10, "the warning")
    before = _step(run)
    wait_until(lambda: _step(run) > before + 100, 10, "training to go on")
    update_control(run, by="app", applied_seq=_applied(run), run="stopped")
    training.join(20)

    warning = next(row for row in rows(run.events) if row["kind"] == "warning")
    assert warning["message"] == f"In control.json, speed must be {SPEED_RULE}; got '0.5'. Ignored: the last good state stays."
    assert _status(run).state == "stopped"


def test_a_trainer_whose_run_was_deleted_ends_and_does_not_bring_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_watcher, "GONE_PATIENCE_S", 0.2)
    config = tiny_config(total_timesteps=10_000_000, best_metric="episode_lines")
    run = new_run(tmp_path, config, visual=True)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _step(run) > 100, 60, "training to begin")
    shutil.rmtree(run.path.rename(tmp_path / "aside"))  # at once: into a folder that is being emptied the trainer may write
    training.join(20)

    assert not training.is_alive()
    assert not run.path.exists()


@pytest.mark.long
def test_a_limited_speed_waits_in_visual_mode_only_and_shows_every_step(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=200)
    idle_seconds, snapshots = [], []
    for visual in (False, True):
        run, events = new_run(tmp_path, config), ControlEvents(control=Control(speed=100, board_every=20, visual=visual))
        if visual:
            events.visual.set()
        status = train(run, config, events).status
        idle_seconds.append(status.wall_seconds - status.active_seconds)
        snapshots.append(len(rows(run.pictures)))

    assert snapshots == [0, 50], "four games step together, 25 times a second"
    assert idle_seconds[0] < 0.01
    assert 1.0 < idle_seconds[1] < 2.1, "two seconds, but for those that training itself takes"


def test_the_slowest_run_obeys_between_two_steps(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=10_000_000, n_envs=64)
    run = new_run(tmp_path, config, visual=True)
    training = in_background(lambda: run_trainer(run, find_task, control_seq=0))
    wait_until(lambda: _step(run) > 100, 60, "training to begin")
    seq = update_control(run, by="app", speed=1).seq
    wait_until(lambda: _applied(run) == seq, 20, "the speed")
    for change in ({"run": "paused"}, {"run": "running"}, {"board_every": 3}, {"visual": False}, {"visual": True}, {"run": "stopped"}):
        seq = update_control(run, by="app", **change).seq
        wait_until(lambda seq=seq: _applied(run) >= seq, 20, f"{change}, long before the next step")  # type: ignore[misc]
    training.join(20)
    assert not training.is_alive()
    assert _status(run).state == "stopped"


def _status(run: RunDirectory) -> Status:
    status = read_status(run)
    assert status is not None
    return status


def _step(run: RunDirectory) -> int:
    status = read_status(run)
    return status.num_timesteps if status else 0


def _applied(run: RunDirectory) -> int:
    status = read_status(run)
    return status.applied_seq if status else 0


@pytest.mark.long
@pytest.mark.parametrize("how", ["finished", "killed"])
def test_a_trainer_leaves_nothing_in_the_temporary_directory(tmp_path: Path, how: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    run = new_run(tmp_path / "runs", tiny_config(total_timesteps=1_200 if how == "finished" else 10**9))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TORCHINDUCTOR")} | {"TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "trainer", "start", str(run.path)]
    with subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=subprocess.DEVNULL) as process:
        if how == "killed":
            wait_until(lambda: (status := read_status(run)) is not None and status.num_timesteps > 500, 60, "some steps")
            process.kill()
        assert process.wait(timeout=60) == (0 if how == "finished" else -9)
    assert list(temporary.rglob("*")) == []
