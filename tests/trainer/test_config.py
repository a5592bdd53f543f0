"""The half of the settings that every run has."""

from trainer.config import RunSettings
from trainer.tasks.tetris.about import TetrisSettings

SETTINGS = TetrisSettings.described()


def test_a_run_has_two_halves_of_settings_and_says_which_can_be_changed_while_it_goes_on() -> None:
    half = {setting.name for setting in RunSettings.described()}
    assert {"total_timesteps", "seed", "checkpoint_every_s", "log_every", "eval_every"} <= half
    assert half < {setting.name for setting in SETTINGS}, "those of the task are added"
    live = {setting.name for setting in SETTINGS if setting.live}
    assert {"learning_rate", "gamma", "batch_size", "eval_every"} <= live
    assert not {"seed", "total_timesteps", "board_height", "net_arch", "n_envs", "buffer_size"} & live
