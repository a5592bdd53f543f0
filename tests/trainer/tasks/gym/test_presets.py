"""Published settings are settings that an algorithm has, for the environments that they were published for."""

import pytest

from trainer.errors import SettingError
from trainer.run_files.fields import require_plain_values
from trainer.tasks.gym.about import ABOUT, GymSettings, follow
from trainer.tasks.gym.environments import make_envs
from trainer.tasks.gym.learner import make_learner
from trainer.tasks.gym.presets import DEFAULTS, TUNED_PRESET, USUAL, tuned
from trainer.tasks.gym.zoo import LINEAR, RELU, TABLE, ZOO, Values


@pytest.mark.parametrize("algo", ZOO)
def test_published_settings_can_be_trained(algo: str) -> None:
    """Constructing the settings checks every value, and refuses a hyperparameter that the algorithm does not have."""
    for name in ZOO[algo]:
        env = "ALE/Pong-v5" if name == "Atari" else f"{name}-v1"
        settings = GymSettings(**{"env": env, "algo": algo, **follow({"env": env, "algo": algo}, TUNED_PRESET)})
        assert 100 <= settings.log_every <= settings.eval_every < settings.total_timesteps
        require_plain_values("settings", settings.to_json())  # or nobody reads the config.json of its run


def test_the_table_is_that_of_the_zoo_where_it_was_looked_up() -> None:
    def has(env: str, algo: str, **values: object) -> bool:
        return values.items() <= tuned(env, algo).items()

    assert has("CartPole-v1", "ppo", n_envs=8, n_steps=32, learning_rate=0.001, schedule="linear", total_timesteps=100_000)
    assert has("LunarLander-v3", "dqn", learning_rate=6.3e-4, net_arch=(256, 256), gradient_steps=-1)
    assert has("HalfCheetah-v5", "recurrentppo", learning_rate=2.0633e-05, policy_kwargs=RELU, normalize="observations and rewards")
    assert has("Hopper-v5", "tqc", top_quantiles_to_drop_per_net=5)
    assert has("Walker2d-v5", "ddpg", action_noise=0.1, net_arch=(400, 300))
    assert has("Hopper-v5", "ars", policy_kwargs=LINEAR, alive_bonus_offset=-1)
    assert sum(len(rows) for rows in ZOO.values()) >= 140


def test_every_game_of_atari_has_those_of_atari_and_nothing_else_has() -> None:
    for game in ("ALE/Pong-v5", "ALE/TicTacToe3D-v5", "BreakoutNoFrameskip-v4"):
        assert tuned(game, "ppo")["atari"] == "on"
    assert tuned("ALE/Pong-v5", "sac") == tuned("Atari-v0", "sac") == tuned("my.module:CartPole-v1", "ppo") == {}


def test_nothing_is_published_twice() -> None:
    names = [(algo, name) for algo, rows in TABLE.items() for row in rows for name in row.split()]
    assert len(names) == len(set(names))


def test_what_a_person_is_offered_first_has_published_settings() -> None:
    assert [name for name in USUAL if not tuned(name, "ppo")] == []


@pytest.mark.parametrize(
    ("env", "algo"), [("Pendulum-v1", "a2c"), ("CartPole-v1", "ars"), ("Hopper-v5", "crossq"), ("CartPole-v1", "qrdqn")]
)
def test_a_network_is_made_as_it_was_published(env: str, algo: str) -> None:
    config = GymSettings(**{"env": env, "algo": algo, **tuned(env, algo), "n_envs": 1, "buffer_size": None})
    envs = make_envs(config, 1, training=True)
    assert make_learner(config, envs).policy_kwargs
    envs.close()


def test_the_activation_of_a_network_is_named() -> None:
    config = GymSettings(policy_kwargs=RELU, net_arch=(16,))
    envs = make_envs(config, 1, training=True)
    assert "ReLU()" in str(make_learner(config, envs).policy)
    envs.close()
    with pytest.raises(SettingError, match=r"activation_fn of policy_kwargs must be one of Tanh, ReLU, .*; got 'Module'"):
        GymSettings(policy_kwargs='{"activation_fn": "Module"}')
    with pytest.raises(SettingError, match=r"policy_kwargs must be an object of JSON such as .*; got 7"):
        GymSettings(policy_kwargs="7")


def test_published_settings_follow_from_environment_and_algorithm_alone() -> None:
    expected: Values = tuned("CartPole-v1", "ppo")
    assert follow({"env": "CartPole-v1", "algo": "ppo"}, TUNED_PRESET) == expected != {}
    assert follow({}, TUNED_PRESET) == expected, "the defaults"
    assert follow({"env": "Mine-v0"}, TUNED_PRESET) == {}
    assert ABOUT.presets[ABOUT.default_preset] == {}


def test_the_defaults_are_there_for_the_asking() -> None:
    assert follow({"env": "CartPole-v1", "algo": "ppo"}, DEFAULTS) == {}
    assert follow({"env": "Hopper-v5", "algo": "sac"}, "fork") == {}
    assert set(ABOUT.presets) == {TUNED_PRESET, DEFAULTS} == set(ABOUT.preset_labels) == set(ABOUT.preset_help)


def test_a_slow_algorithm_soon_has_a_row() -> None:
    for preset in (DEFAULTS, TUNED_PRESET):
        settings = GymSettings(**{"env": "Mine-v0", "algo": "sac", **follow({"env": "Mine-v0", "algo": "sac"}, preset)})
        assert (settings.log_every, settings.learning_starts) == (500, None)
