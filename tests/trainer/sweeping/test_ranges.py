"""Which values a sweep tries, as a person writes them."""

import pytest

from trainer.errors import SettingError
from trainer.run_files.studies import Vary
from trainer.sweeping.ranges import find_setting, offered, parse_vary, require_varied, vary_of, vary_text
from trainer.tasks import find_about

GYM = find_about("gym")


@pytest.mark.parametrize(
    ("text", "vary"),
    [
        ("learning_rate=log:1e-4:1e-2", Vary("learning_rate", "log", 1e-4, 1e-2)),
        ("learning-rate = log:1e-4:1e-2", Vary("learning_rate", "log", 1e-4, 1e-2)),
        ("gamma=0.9:0.999", Vary("gamma", "linear", 0.9, 0.999)),
        ("gamma=linear:0.9:0.999", Vary("gamma", "linear", 0.9, 0.999)),
        ("gamma=0.9,0.99", Vary("gamma", "choices", values=[0.9, 0.99])),
        ("n_steps=log:16:2048", Vary("n_steps", "log", 16, 2048)),
        ("batch_size=32, 64", Vary("batch_size", "choices", values=[32, 64])),
        ("policy=MlpPolicy,CnnPolicy", Vary("policy", "choices", values=["MlpPolicy", "CnnPolicy"])),
        ("net_arch=64x64,256", Vary("net_arch", "choices", values=[[64, 64], [256]])),
        ("net_arch=64,64|256", Vary("net_arch", "choices", values=[[64, 64], [256]])),
        (
            'policy_kwargs={"a": 1, "b": 2}|{"a": 2}',
            Vary("policy_kwargs", "choices", values=['{"a": 1, "b": 2}', '{"a": 2}']),
        ),
    ],
)
def test_what_a_person_writes_is_read_and_written_alike(text: str, vary: Vary) -> None:
    read = parse_vary(GYM, text)
    assert read == vary
    assert vary_of(find_setting(GYM, read.setting), vary_text(read)) == vary
    assert all(type(value) is type(other) for value, other in zip(read.values, vary.values, strict=True))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gamma", "--vary must be SETTING=VALUES, as learning_rate=log:1e-4:1e-2 or gamma=0.9,0.99; got 'gamma'."),
        ("gama=0.9,0.99", "Gymnasium has no setting 'gama'. Did you mean gamma?"),
        ("seed=1,2", "The seed cannot vary: every trial is trained with the same seeds, so that luck is the same for all."),
        ("log_every=1,2", "log_every cannot vary: it does not change how Gymnasium is learned, so that trials would not be comparable."),
        ("env=A-v0,B-v0", "env cannot vary: it does not change how Gymnasium is learned, so that trials would not be comparable."),
        ("learning_rate=log:1e-2:1e-4", "learning_rate must vary from a smaller to a larger value; got 0.01 to 0.0001."),
        ("gamma=log:0:0.9", "gamma must vary above 0 on a log scale; got 0 to 0.9."),
        ("gamma=0.9:1.5", "gamma must be a number from 0 to 1, or nothing; got '1.5'."),
        ("gamma=0.9:", "gamma must vary over linear:LOW:HIGH; got 'linear:0.9:'."),
        ("gamma=log:0.9", "gamma must vary over log:LOW:HIGH; got 'log:0.9'."),
        ("gamma=0.9", "gamma must vary over 2 to 100 values; got 1."),
        ("gamma=0.9,0.90", "gamma must vary over different values; got 0.9, 0.9."),
        ("batch_size=32,64.5", "batch_size must be a whole number from 1 to 1,000,000, or nothing; got '64.5'."),
        (
            "schedule=log:1:2",
            "schedule has no range: it must be one of constant, linear. Name the values to try, one after another.",
        ),
    ],
)
def test_what_cannot_vary_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        parse_vary(GYM, text)
    assert str(refused.value) == sentence


def test_something_varies_and_each_setting_in_one_way() -> None:
    with pytest.raises(SettingError, match="A sweep needs something that varies"):
        require_varied(GYM, [])
    with pytest.raises(SettingError, match="gamma can vary in one way only; it was named twice"):
        require_varied(GYM, [parse_vary(GYM, "gamma=0.9,0.99")] * 2)


def test_what_is_offered_decides_how_a_task_is_learned() -> None:
    names = {one.name for one in offered(GYM)}
    assert {"learning_rate", "algo", "net_arch"} <= names
    assert not names & {"seed", "env", "log_every", "eval_episodes"}
