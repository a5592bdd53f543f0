"""A run is steered from a terminal: what is typed, what is answered, and the exit code."""

import signal
from pathlib import Path

import pytest

from tests.commands import call, cli
from tests.trainer.conftest import ENDLESS, Pretend
from tests.trainer.test_main import stop
from tests.waiting import wait_until
from trainer import control_command, stopping
from trainer.__main__ import main
from trainer.creating import create_run
from trainer.probing import probe
from trainer.run_files.control import read_control
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import start_trainer
from trainer.stopping import KILLED, TERMINATED
from trainer.tasks.tetris.about import TetrisSettings


@pytest.mark.long
def test_a_run_is_steered_step_by_step_and_its_model_kept(tmp_path: Path) -> None:
    run = create_run(TetrisSettings(**ENDLESS), runs_dir=tmp_path)
    start_trainer(run)
    wait_until(lambda: probe(run).state == "running", 60, "training to begin")
    try:
        assert cli("control", run.path, "pause").returncode == 0
        step = probe(run).status.num_timesteps  # type: ignore[union-attr]
        assert call("control", run.path, "step").returncode == 0
        wait_until(lambda: probe(run).state == "paused" and not probe(run).pending, 20, "the step")
        assert probe(run).status.num_timesteps == step + 4  # type: ignore[union-attr]
        assert cli("control", run.path, "--run-steps", "400", "--save-as", "kept").returncode == 0
        wait_until(lambda: probe(run).state == "paused", 20, "the pause")
        assert probe(run).status.num_timesteps == step + 404  # type: ignore[union-attr]
        assert call("evaluate", run.models / "kept", "--games", "2", "--max-pieces", "20").returncode == 0
        assert call("control", run.path, "--save-as", "No Name").returncode == 2
    finally:
        stop(run)


@pytest.mark.long
def test_a_run_is_paused_watched_resumed_and_stopped_from_another_terminal(endless: RunDirectory) -> None:
    paused = cli("control", endless.run_id, "--runs-dir", endless.path.parent, "pause")
    watched = cli("control", endless.path, "--visual", "--speed", "50", "--board-every", "10")
    state = probe(endless)
    resumed = call("control", endless.path, "resume")
    stopped = cli("control", endless.path, "stop")

    assert paused.stdout.startswith("paused at step ")
    assert paused.stdout.rstrip().endswith(" ms")
    assert watched.returncode == 0
    assert state.status is not None
    assert (state.status.visual, state.status.speed, state.status.board_every) == (True, 50, 10)
    assert resumed.stdout.startswith("running at step ")
    assert stopped.stdout.startswith("stopped at step ")
    assert probe(endless).state == "stopped"


def test_a_command_that_is_not_applied_in_time_stays_written_and_is_said(
    run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(control_command, "ACKNOWLEDGE_PATIENCE_S", 0.05)
    pretend(state="running", applied_seq=1)
    assert main(["control", str(run.path), "pause"]) == 1
    assert capsys.readouterr() == ("", f"written, but not yet applied: {run.run_id} is running.\n")
    assert (read_control(run).seq, read_control(run).run) == (2, "paused")


def test_a_deaf_trainer_is_ended_from_a_terminal_and_each_signal_is_said(
    run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stopping, "TERMINATE_AFTER_S", 0.1)
    monkeypatch.setattr(stopping, "KILL_AFTER_S", 0.1)
    trainer = pretend("--deaf", state="running", num_timesteps=700)
    assert main(["control", str(run.path), "stop"]) == 0
    assert trainer.wait(timeout=10) == -signal.SIGKILL
    assert capsys.readouterr() == ("crashed at step 700\n", f"{TERMINATED}\n{KILLED}\n")
