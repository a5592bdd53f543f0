"""`train`, `resume` and `start`: the options are the settings of the task."""

from pathlib import Path

import pytest

from trainer.__main__ import main
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.tetris.about import ABOUT, TetrisSettings
from trainer.train_commands import settings_of


def test_the_options_are_the_settings_of_the_task() -> None:
    assert settings_of([]) == TetrisSettings()
    assert settings_of(["--task", "tetris", "--preset", "10x10", "--seed", "7"]) == TetrisSettings(**{**ABOUT.presets["10x10"], "seed": 7})


@pytest.mark.parametrize("words", [["--task", "chess"], ["--task=chess"]])
def test_a_task_that_is_not_installed_is_refused_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["train", "--runs-dir", str(tmp_path / "runs"), *words]) == 2
    assert capsys.readouterr().err == ("error: 'chess' is not a task here; there are tetris, gym. Install the package that has it.\n")
    assert not (tmp_path / "runs").exists()


def test_a_choice_that_is_named_alone_has_a_value_of_its_own() -> None:
    named = settings_of(["--env", "Pendulum-v1", "--normalize", "--use-sde", "--seed", "2"])
    assert isinstance(named, GymSettings)
    assert (named.normalize, named.use_sde, named.seed) == ("observations and rewards", "on", 2)
    said = settings_of(["--env", "Pendulum-v1", "--normalize", "rewards"])
    assert isinstance(said, GymSettings)
    assert said.normalize == "rewards"
