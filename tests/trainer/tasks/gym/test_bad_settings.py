"""Settings that cannot be trained with: one sentence, and no run is made."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from trainer.__main__ import main
from trainer.errors import EnvironmentFaultError, SettingError
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.task import check_settings

from .odd_runs import ODD

BROKEN_MODULE = "tests.trainer.tasks.gym.broken_module:Odd-v0"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"env": "CartPol-v1"}, r"CartPol-v1 must be an environment that is registered here .*near it are .*CartPole-v1\.$"),
        ({"env": "LunarLander-v2"}, r"LunarLander-v2 must be .*use `LunarLander-v3`.*near it are LunarLander-v3"),
        ({"env": "a b"}, r"a b must be an environment that is registered here"),
        ({"env": "nowhere_at_all:Env-v0"}, r"nowhere_at_all:Env-v0 must begin with a module .* there is no nowhere_at_all here\. Install"),
        ({"env": "tests.nowhere:Env-v0"}, r"there is no tests\.nowhere here"),
        ({"env": "a:b:Env-v0"}, r"env must be an id such as CartPole-v1, or module:Env-v0 for one of your own; got a:b:Env-v0"),
        ({"env": "../odd:Env-v0"}, r"env must be an id such as CartPole-v1"),
        ({"env": ODD.replace("Odd-v0", "Ode-v0")}, r"Ode-v0 must be an environment that is registered here .*near it are Odd-v0"),
        ({"env_kwargs": "[1]"}, r"env_kwargs must be an object of JSON such as .*; got \[1\]\.$"),
        ({"env_kwargs": "{"}, r"env_kwargs must be an object of JSON"),
        ({"env_kwargs": '{"colour": 1}'}, r"env_kwargs must be options that CartPole-v1 takes; got colour: it takes sutton_barto_reward"),
        ({"env": ODD, "env_kwargs": '{"faults": 1}'}, r"env_kwargs must be options that .*Odd-v0 takes; got faults: it takes fault\.$"),
        ({"env_kwargs": '{"render_mode": "human"}'}, r"env_kwargs must not have render_mode: pictures are taken when somebody looks"),
        ({"algo": "sac"}, r"CartPole-v1 has actions of Discrete, which sac cannot take; these can: ppo, a2c, dqn"),
        ({"env": "Pendulum-v1", "algo": "dqn"}, r"Pendulum-v1 has actions of Box, which dqn cannot take; these can: ppo, a2c, sac"),
        ({"algo": "PP0"}, r"algo must be one of ppo or 12 others; got 'PP0'\.$"),
        ({"algo": "dqnn"}, r"algo must be one of dqn, qrdqn or 11 others; got 'dqnn'\.$"),
        ({"algo": "ppo_lstm"}, r"algo must be one of ppo.*; got 'ppo_lstm'\.$"),
        ({"algo": "rainbow"}, r"algo must be one of ppo, a2c, dqn, .*, crossq; got 'rainbow'\.$"),
        ({"algo": "TD-3"}, r"CartPole-v1 has actions of Discrete, which td3 cannot take; these can: ppo, .*, recurrentppo\.$"),
        ({"algo": "dqn", "clip_range": 0.2}, r"clip_range is not a hyperparameter of dqn; it has "),
        ({"algo": "ppo", "ent_coef": "much"}, r"ent_coef must be a number; got much\.$"),
        ({"env": "Pendulum-v1", "algo": "sac", "ent_coef": "much"}, r"ent_coef must be a number or auto; got much\.$"),
        ({"algo": "maskableppo"}, r"CartPole-v1 must have a method action_masks for maskableppo; ppo learns without one\.$"),
    ],
)
def test_wrong_settings_are_refused_in_one_sentence(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        check_settings(GymSettings(**settings))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"env": BROKEN_MODULE},
            r"The module .*broken_module of .* cannot be imported: ZeroDivisionError: .* \(broken_module\.py, line 3\)",
        ),
        (
            {"env_kwargs": '{"fault": "raises in init"}'},
            r"raised ZeroDivisionError: of its own, in its __init__ \(odd_environments\.py, ",
        ),
    ],
)
def test_the_own_code_of_an_environment_is_named_by_file_and_line(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EnvironmentFaultError, match=sentence):
        check_settings(GymSettings(**{"env": ODD, **settings}))


@pytest.mark.parametrize(
    ("env", "package", "command"),
    [
        ("LunarLander-v3", "Box2D", 'python -m pip install "gymnasium[box2d]"'),
        ("Hopper-v5", "mujoco", 'python -m pip install "gymnasium[mujoco]"'),
        ("ALE/Pong-v5", "ale_py", 'python -m pip install "gymnasium[atari]"'),
    ],
)
def test_a_missing_package_is_said_with_the_one_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, env: str, package: str, command: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(("gymnasium.envs.box2d", "gymnasium.envs.mujoco", package))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    if package == "ale_py":
        for name in [name for name in gymnasium.registry if name.startswith("ALE/")]:
            monkeypatch.delitem(gymnasium.registry, name)
    with pytest.raises(SettingError) as refused:
        check_settings(GymSettings(env=env))
    assert str(refused.value) == f"{env} needs packages that are not installed. Install them: {command}"


def test_missing_preprocessing_is_said_with_the_one_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    sentence = r"atari needs OpenCV, which is not installed\. Install it: python -m pip install opencv-python-headless$"
    with pytest.raises(SettingError, match=sentence):
        check_settings(GymSettings(env="ALE/Pong-v5", atari="on"))


def test_the_command_line_refuses_them_before_a_run_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["--env", "CartPol-v1"],
        ["--env-kwargs", "[]"],
        ["--algo", "sac", "--env", "CartPole-v1"],
        ["--clip-range", "0.1", "--algo", "dqn"],
    ):
        assert main(["train", "--task", "gym", "--runs-dir", str(tmp_path / "runs"), *words]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["train", "--runs-dir", str(tmp_path / "runs"), "--algo", "PP0"])
    assert "error: argument --algo: algo must be one of ppo or 12 others; got 'PP0'." in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_tetris_needs_no_gymnasium_to_be_checked() -> None:
    check = "c = settings_of([]); find_task(c.task).check_settings(c); sys.exit('gymnasium' in sys.modules)"
    code = f"import sys; from trainer.train_commands import settings_of; from trainer.tasks import find_task; {check}"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
