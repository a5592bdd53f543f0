"""What the callback leaves alone, what it records, and with what it gets along."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, EvalCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.logger import configure
from stable_baselines3.common.monitor import Monitor, load_results
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize

from trainer.run_files.config_file import read_config
from trainer.run_files.labels import read_labels
from trainer.run_files.models import read_best
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import Status, read_status
from trainer.tasks.script.callback import ControlRoomCallback

from .models import weights

QUICK: dict[str, Any] = {"n_steps": 64, "batch_size": 64, "n_epochs": 1, "seed": 1, "device": "cpu"}


def ppo(env: Any = "CartPole-v1", **options: Any) -> PPO:
    """A small one."""
    return PPO("MlpPolicy", env, **{**QUICK, **options})


def the_run(folder: Path) -> RunDirectory:
    """The only one."""
    (run,) = list_runs(folder)
    return run


def status_of(run: RunDirectory) -> Status:
    """How it is."""
    status = read_status(run)
    assert status is not None
    return status


def rows_of(log: Path) -> list[dict[str, Any]]:
    """The rows of a log; none if it was never written."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def test_one_line_is_printed_and_a_run_says_what_was_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ppo(clip_range=lambda left: 0.1 * left).learn(
        200, callback=ControlRoomCallback("My / run", runs_dir=tmp_path, tags=["first"], note="Why not?")
    )
    said = capsys.readouterr()
    run = the_run(tmp_path)
    assert said.err == ""
    assert said.out.count("\n") == 1
    assert str(run.path) in said.out
    config = read_config(run)
    expected = {
        "env": "CartPole-v1", "algo": "ppo", "n_envs": 1, "seed": 1, "seeded": "yes", "n_steps": 64, "clip_range": "0.1 → 0",
        "total_timesteps": 200, "policy": "ActorCriticPolicy",
    }  # fmt: skip
    assert {name: config.settings[name] for name in expected} == expected
    assert (config.name, config.task) == ("My / run", "script")
    assert (read_labels(run).tags, read_labels(run).note) == (("first",), "Why not?")


def test_the_logger_and_other_callbacks_get_what_they_always_get(tmp_path: Path) -> None:
    def logged(folder: Path, *callbacks: BaseCallback) -> tuple[list[dict[str, str]], PPO]:
        model = ppo()
        model.set_logger(configure(str(folder), ["csv"]))
        formats = [*model.logger.output_formats]
        evaluated = Monitor(gymnasium.make("CartPole-v1"))
        evaluated.reset(seed=1)
        seen = EvalCallback(evaluated, eval_freq=100, n_eval_episodes=1, verbose=0)
        model.learn(300, callback=[*callbacks, seen], log_interval=1)
        assert model.logger.output_formats == formats
        model.logger.close()
        with (folder / "progress.csv").open(encoding="utf-8") as file:
            return [{name: value for name, value in row.items() if "time" not in name} for row in csv.DictReader(file)], model

    bare, without = logged(tmp_path / "bare")
    recorded, model = logged(tmp_path / "recorded", ControlRoomCallback(runs_dir=tmp_path / "runs", log_every=50))
    assert recorded == bare
    assert weights(model) == weights(without)
    last = rows_of(the_run(tmp_path / "runs").metrics)[-1]
    assert {"train/value_loss", "rollout/ep_rew_mean", "eval/mean_reward"} <= set(last)


def test_a_model_can_be_saved_meanwhile_and_is_what_it_was_afterwards(tmp_path: Path) -> None:
    class Save(BaseCallback):
        def _on_step(self) -> bool:
            if self.n_calls == 100:
                self.model.save(tmp_path / "meanwhile")
            return True

    model = ppo("LunarLander-v3")
    env: Any = model.get_env()
    base = env.envs[0].unwrapped
    before = set(vars(model))
    model.learn(200, callback=[ControlRoomCallback(runs_dir=tmp_path / "runs"), Save()])
    assert set(vars(model)) - before <= {"_logger", "ep_info_buffer", "ep_success_buffer"}
    assert not {"reset", "step"} & set(vars(base)), "its acts are no longer kept"
    PPO.load(tmp_path / "meanwhile")


class Answers(BaseCallback):
    """Asks another callback and keeps what it says."""

    def __init__(self, asked: BaseCallback) -> None:
        super().__init__()
        self.asked, self.said = asked, list[Any]()

    def _init_callback(self) -> None:
        self.asked.init_callback(self.model)

    def _on_training_start(self) -> None:
        self.asked.on_training_start(self.locals, self.globals)

    def _on_rollout_start(self) -> None:
        self.asked.on_rollout_start()

    def _on_step(self) -> bool:
        self.asked.update_locals(self.locals)
        self.said.append(self.asked.on_step())
        return True

    def _on_training_end(self) -> None:
        self.asked.on_training_end()


def test_it_always_answers_with_a_truth_value(tmp_path: Path) -> None:
    answers = Answers(ControlRoomCallback(runs_dir=tmp_path))
    ppo().learn(128, callback=answers)
    assert answers.said == [True] * 128


def test_a_learn_that_counts_on_goes_on_in_the_same_run_and_another_is_a_new_one(tmp_path: Path) -> None:
    callback, model = ControlRoomCallback(runs_dir=tmp_path, log_every=64), ppo()
    model.learn(128, callback=callback)
    model.learn(128, callback=callback, reset_num_timesteps=False)
    run = the_run(tmp_path)
    assert (status_of(run).state, status_of(run).num_timesteps) == ("finished", 256)
    assert [row["step"] for row in rows_of(run.metrics)] == [64, 128, 192, 256]
    model.learn(128, callback=callback)
    assert len(list_runs(tmp_path)) == 2
    assert callback.run_dir != run.path


def test_two_models_in_one_process_have_a_run_each(tmp_path: Path) -> None:
    class Nested(BaseCallback):
        def _on_step(self) -> bool:
            if self.n_calls == 10:
                DQN("MlpPolicy", "CartPole-v1", buffer_size=100).learn(48, callback=ControlRoomCallback("inner", runs_dir=tmp_path))
            return True

    ppo().learn(64, callback=[ControlRoomCallback("outer", runs_dir=tmp_path), Nested()])
    assert {read_config(run).name: status_of(run).num_timesteps for run in list_runs(tmp_path)} == {"outer": 64, "inner": 48}


@pytest.mark.parametrize("make", [lambda: DummyVecEnv([lambda: gymnasium.make("CartPole-v1")] * 2), lambda: gymnasium.make("CartPole-v1")])
def test_episodes_are_recorded_with_a_monitor_and_without(make: Callable[[], Any], tmp_path: Path) -> None:
    A2C("MlpPolicy", make(), seed=1, device="cpu").learn(400, callback=ControlRoomCallback(runs_dir=tmp_path))
    rows = rows_of(the_run(tmp_path).episodes)
    assert len(rows) > 5
    assert [row["reward"] for row in rows] == [row["length"] for row in rows], "CartPole gives 1 a step"


def test_a_monitor_that_writes_a_file_writes_what_it_always_writes(tmp_path: Path) -> None:
    env = Monitor(gymnasium.make("CartPole-v1"), str(tmp_path / "log"))
    ppo(env).learn(300, callback=ControlRoomCallback(runs_dir=tmp_path / "runs"))
    status = status_of(the_run(tmp_path / "runs"))
    assert status.not_exact == ""
    assert len(load_results(str(tmp_path))) == status.episodes


@pytest.mark.long
def test_environments_of_other_processes_are_trained_in_and_said_not_to_be_exact(tmp_path: Path) -> None:
    env = make_vec_env("CartPole-v1", 2, vec_env_cls=SubprocVecEnv)
    ppo(env).learn(300, callback=ControlRoomCallback(runs_dir=tmp_path))
    env.close()
    status = status_of(the_run(tmp_path))
    assert status.state == "finished"
    assert "a SubprocVecEnv keeps its state to itself" in status.not_exact


def test_what_is_evaluated_chooses_the_best_model(tmp_path: Path) -> None:
    envs = VecNormalize(make_vec_env("CartPole-v1", 2, seed=1))
    ppo(envs).learn(
        600, callback=ControlRoomCallback(runs_dir=tmp_path, eval_env=gymnasium.make("CartPole-v1"), eval_freq=200, n_eval_episodes=2)
    )
    run = the_run(tmp_path)
    rows, best = rows_of(run.evaluations), read_best(run)
    assert [row["episodes"] for row in rows] == [2] * len(rows)
    assert len(rows) >= 3
    assert best is not None
    assert best.metric == "mean_reward"


def test_without_evaluations_training_episodes_choose_it(tmp_path: Path) -> None:
    ppo().learn(1_000, callback=ControlRoomCallback(runs_dir=tmp_path, eval_freq=200))
    run, best = the_run(tmp_path), read_best(the_run(tmp_path))
    assert best is not None
    assert best.metric == "recent_reward"
    assert rows_of(run.evaluations) == []


class MyPPO(PPO):
    """A class of the user's own."""


def test_a_class_of_the_users_own_is_named_with_what_it_is_made_of(tmp_path: Path) -> None:
    model: BaseAlgorithm = MyPPO("MlpPolicy", "CartPole-v1", n_steps=64, device="cpu")
    model.learn(64, callback=ControlRoomCallback(runs_dir=tmp_path))
    settings = read_config(the_run(tmp_path)).settings
    assert settings["algo"] == "MyPPO (ppo)"
    assert settings["seeded"] == "no"
