"""What the logger of stable-baselines3 records becomes metrics, and the user's own outputs stay as they are."""

import numpy as np
import pytest
from stable_baselines3.common.logger import Figure, HParam, KVWriter, Logger

from trainer.learning.logged_values import LoggedValues
from trainer.run_files.rows import MAX_COLUMNS


class Kept(KVWriter):
    """An output of the user's."""

    def __init__(self) -> None:
        self.dumps: list[dict[str, object]] = []

    def write(self, key_values: dict[str, object], key_excluded: object, step: int = 0) -> None:  # noqa: ARG002
        """Keep it."""
        self.dumps.append(dict(key_values))

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def logger() -> Logger:
    return Logger(folder=None, output_formats=[Kept()])


def test_the_latest_value_of_each_name_stays_whatever_is_dumped_when(logger: Logger) -> None:
    values = LoggedValues()
    values.attach(logger)
    logger.record("rollout/ep_rew_mean", 1.5)
    logger.record("train/loss", np.float32(0.25))
    logger.dump(10)
    logger.record("rollout/ep_rew_mean", 2)
    logger.dump(20)
    assert values.latest == {"rollout/ep_rew_mean": 2.0, "train/loss": 0.25}


def test_without_a_dump_what_has_been_recorded_is_looked_at(logger: Logger) -> None:
    values = LoggedValues()
    for loss in (1.0, 3.0):
        logger.record_mean("train/loss", loss)
    values.refresh(logger)
    assert values.latest == {"train/loss": 2.0}
    assert logger.name_to_count["train/loss"] == 2, "the logger goes on with its mean"


def test_what_is_no_number_or_excluded_or_has_no_plain_name_is_left_out(logger: Logger) -> None:
    values = LoggedValues()
    values.attach(logger)
    logger.record("a/text", "words")
    logger.record("a/figure", Figure(None, close=False))
    logger.record("a/hparam", HParam({"a": 1}, {"b": 1}))
    logger.record("a/array", np.zeros(3))
    logger.record("a/secret", 1.0, exclude="json")
    logger.record("a\nname", 1.0)
    logger.record("a/bool", True)
    logger.dump()
    assert values.latest == {"a/bool": 1.0}


def test_no_logger_brings_more_names_than_a_log_may_have(logger: Logger) -> None:
    values = LoggedValues()
    for number in range(MAX_COLUMNS + 5):
        logger.record(f"n/{number}", number)
    values.refresh(logger)
    assert len(values.latest) == MAX_COLUMNS


def test_the_outputs_of_the_user_get_what_they_got_before(logger: Logger) -> None:
    (own,) = logger.output_formats
    values = LoggedValues()
    values.attach(logger)
    values.attach(logger)
    logger.record("train/loss", 1.0)
    logger.dump()
    values.detach(logger)
    assert logger.output_formats == [own]
    assert isinstance(own, Kept)
    assert own.dumps == [{"train/loss": 1.0}]
