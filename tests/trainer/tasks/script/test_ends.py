"""However a training in a script ends, the script is never the victim, and the run says what happened."""

import shutil
import threading
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from stable_baselines3.common.callbacks import BaseCallback

from tests.faults.disks import fill_up, small_disk
from tests.waiting import wait_until
from trainer.errors import ControlRoomError
from trainer.learning.callbacks.record_training import RecordMetrics
from trainer.probing import probe
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import list_runs
from trainer.tasks.script.callback import ControlRoomCallback
from trainer.tasks.script.options import RESUME

from .test_manners import ppo, rows_of, status_of, the_run

STEPS = 128


class At(BaseCallback):
    """Does something once, at a step."""

    def __init__(self, step: int, act: Any) -> None:
        super().__init__()
        self._at, self._act = step, act

    def _on_step(self) -> bool:
        if self.n_calls == self._at:
            self._act()
        return True


def learned_all(*callbacks: BaseCallback, **options: Any) -> None:
    """Train; all steps must be made."""
    model = ppo(**options).learn(STEPS, callback=[*callbacks])
    assert model.num_timesteps == STEPS


def test_stop_ends_learn_and_the_script_goes_on(tmp_path: Path) -> None:
    model = ppo()
    model.learn(
        100_000,
        callback=[ControlRoomCallback(runs_dir=tmp_path), At(50, lambda: update_control(the_run(tmp_path), by="app", run="stopped"))],
    )
    assert model.num_timesteps < 100_000
    run = the_run(tmp_path)
    assert status_of(run).state == "stopped"
    assert not probe(run).active


def test_an_exception_is_the_scripts_own_and_the_run_says_that_it_was_left(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        learned_all(ControlRoomCallback(runs_dir=tmp_path), At(40, fail))
    run = the_run(tmp_path)
    wait_until(lambda: status_of(run).state == "stopped" and not probe(run).active, 20, "the heartbeat to notice")
    assert "learn() was left by an exception" in rows_of(run.events)[-1]["message"]


def test_the_next_learn_of_the_same_callback_does_not_wait_for_that(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("mine")

    callback = ControlRoomCallback(runs_dir=tmp_path)
    with pytest.raises(RuntimeError, match="mine"):
        learned_all(callback, At(40, fail))
    learned_all(callback)
    assert sorted(status_of(run).state for run in list_runs(tmp_path)) == ["finished", "stopped"]


def test_a_run_that_was_left_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        learned_all(ControlRoomCallback(runs_dir=tmp_path, log_every=32), At(40, fail))
    run = the_run(tmp_path)
    wait_until(lambda: not probe(run).active, 20, "the heartbeat to notice")
    learned_all(ControlRoomCallback(runs_dir=tmp_path, log_every=32, resume="auto"))
    assert the_run(tmp_path) == run
    assert [row["step"] for row in rows_of(run.metrics)] == [32, 64, 96, 128]
    assert status_of(run).state == "finished"


def test_a_deleted_run_is_said_and_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.learning.control_watcher.GONE_PATIENCE_S", 0.0)
    monkeypatch.setattr("trainer.learning.steering.LOOK_WITHIN_S", 0.0)
    monkeypatch.setattr("trainer.learning.control_watcher.LOOK_INTERVAL_S", 0.0)
    learned_all(ControlRoomCallback(runs_dir=tmp_path), At(30, lambda: shutil.rmtree(the_run(tmp_path).path)))
    assert "was deleted. Training goes on and is not recorded." in capsys.readouterr().err
    assert list_runs(tmp_path) == []


def test_what_fails_in_ours_is_said_once_and_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: RecordMetrics) -> bool:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(RecordMetrics, "_on_step", fail)
    learned_all(ControlRoomCallback(runs_dir=tmp_path))
    assert capsys.readouterr().err == "Control Room: ZeroDivisionError: ours. Training goes on and is not recorded.\n"
    assert status_of(the_run(tmp_path)).state == "failed"


def test_a_place_that_cannot_be_written_is_said_and_training_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    learned_all(ControlRoomCallback(runs_dir=tmp_path / "runs"))
    said = capsys.readouterr().err
    assert "A run directory must be writable" in said
    assert said.endswith("Training goes on and is not recorded.\n")


def test_on_a_full_disk_training_goes_on_and_the_run_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        callback = ControlRoomCallback(runs_dir=disk, log_every=64, checkpoint_every_s=1)
        degraded = list[str | None]()

        def look() -> None:
            run = the_run(disk)
            wait_until(lambda: bool(status_of(run).degraded), 20, "the full disk to be told")
            degraded.append(status_of(run).degraded)

        learned_all(callback, At(30, lambda: fill_up(disk)), At(100, look))
        assert "No space left on device" in str(degraded)


def test_learn_without_steps_makes_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ppo().learn(0, callback=ControlRoomCallback(runs_dir=tmp_path))
    assert "no steps" in capsys.readouterr().err
    assert list_runs(tmp_path) == []


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: gymnasium.make("Pendulum-v1"), "eval_env must have the observation_space of the training"),
        (lambda: "CartPole-v1", "eval_env must be an environment of Gymnasium or a VecEnv; got str"),
    ],
)
def test_an_eval_env_that_does_not_fit_is_said_and_nothing_is_evaluated(
    made: Any, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learned_all(ControlRoomCallback(runs_dir=tmp_path, eval_env=made(), eval_freq=100))
    assert sentence in capsys.readouterr().err
    assert rows_of(the_run(tmp_path).evaluations) == []


class Failing(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Fails when it is evaluated in."""

    def step(self, action: Any) -> Any:  # noqa: ARG002 - as every step
        """Fail."""
        raise OSError("no more")


def test_an_eval_env_that_fails_ends_evaluations_and_nothing_else(tmp_path: Path) -> None:
    learned_all(ControlRoomCallback(runs_dir=tmp_path, eval_env=Failing(gymnasium.make("CartPole-v1")), eval_freq=100))
    said = [row["message"] for row in rows_of(the_run(tmp_path).events)]
    assert sum("The evaluation failed (no more)" in one for one in said) == 1
    assert status_of(the_run(tmp_path)).state == "finished"


def test_two_callbacks_on_one_run_are_two_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Second(BaseCallback):
        def _on_step(self) -> bool:
            if self.n_calls == 10:
                learned_all(ControlRoomCallback(runs_dir=tmp_path, resume=the_run(tmp_path).path))
            return True

    learned_all(ControlRoomCallback(runs_dir=tmp_path), Second())
    assert "This training is a new run." in capsys.readouterr().err
    assert [status_of(run).state for run in list_runs(tmp_path)] == ["finished"] * 2


def test_a_resume_that_does_not_fit_is_a_new_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RESUME, "20260101-000000-nothing")
    learned_all(ControlRoomCallback(runs_dir=tmp_path))
    assert "There is no run '20260101-000000-nothing'" in capsys.readouterr().err
    assert len(list_runs(tmp_path)) == 1
    monkeypatch.setenv(RESUME, the_run(tmp_path).run_id)
    learned_all(ControlRoomCallback(runs_dir=tmp_path))
    assert "is finished: there is nothing to go on with. This training is a new run." in capsys.readouterr().err


def test_a_run_of_another_model_is_not_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stop = At(70, lambda: update_control(the_run(tmp_path), by="app", run="stopped"))
    ppo().learn(10_000, callback=[ControlRoomCallback(runs_dir=tmp_path), stop])
    run = the_run(tmp_path)
    learned_all(ControlRoomCallback(runs_dir=tmp_path, resume=run.run_id), env="Acrobot-v1")
    assert "had env CartPole-v1 (now Acrobot-v1)" in capsys.readouterr().err
    learned_all(ControlRoomCallback(runs_dir=tmp_path, resume="auto"), env="Acrobot-v1")
    assert len(list_runs(tmp_path)) == 3
    assert status_of(run).state == "stopped"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"checkpoint_every_s": 0}, "checkpoint_every_s must be a number from 1 to 86,400; got '0'"),
        ({"best": "luck"}, "best must be one of auto, evaluation, training, none; got 'luck'"),
        ({"best": "evaluation"}, "best must be training, none or auto without an eval_env"),
        ({"name": 3}, "name must be a text"),
        ({"tags": ["", ""]}, "A tag must be"),
        ({"resume": 3}, "resume must be auto, a run's id"),
        ({"eval_freq": "often"}, "eval_every must be a whole number"),
    ],
)
def test_a_wrong_argument_is_said_before_anything_is_trained(wrong: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ControlRoomError, match=sentence.replace("(", r"\(")):
        ControlRoomCallback(runs_dir=tmp_path, **wrong)


def test_learn_may_be_called_by_any_thread(tmp_path: Path) -> None:
    thread = threading.Thread(target=learned_all, args=(ControlRoomCallback(runs_dir=tmp_path),))
    thread.start()
    thread.join()
    assert status_of(the_run(tmp_path)).state == "finished"
