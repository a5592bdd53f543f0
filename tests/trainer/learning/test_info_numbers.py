"""What an environment says at each step: which numbers there are, and their means between two rows."""

import json
from typing import Any

import numpy as np
import pytest

from trainer.learning.info_numbers import MAX_NAMES, InfoMeans, numbers_in

LOOP = {"TimeLimit.truncated": False}


def test_every_finite_number_has_its_name() -> None:
    info: dict[Any, Any] = {
        **LOOP, "terminal_observation": 3,
        "reward_ctrl": np.float32(-0.5), "lives": 3, "is_success": True, "seen": np.bool_(False),
        "nan": np.nan, "far": np.inf, "vast": 10**400, "words": "x", "list": [1.0], "array": np.ones(3), "complex": np.complex64(1),
        "episode": {"r": 1.0}, 7: 7.0, "": 1.0, "two\nlines": 1.0, "x" * 200: 1.0,
    }  # fmt: skip
    assert numbers_in(info) == {"reward_ctrl": -0.5, "lives": 3.0, "is_success": 1.0, "seen": 0.0}
    assert len(numbers_in({f"n{number}": number for number in range(1_000)})) == MAX_NAMES


def test_a_mean_is_of_all_environments_since_the_last_row() -> None:
    means = InfoMeans()
    means.add([{**LOOP, "x": 1.0}, {**LOOP, "x": 2.0}])
    means.add([{**LOOP, "x": 6.0}, LOOP])
    assert means.take() == {"info/x": 3.0}
    means.add([LOOP, {**LOOP, "x": 5.0, "y": 1.0}])
    assert means.take() == {"info/x": 5.0, "info/y": 1.0}
    assert means.take() == {"info/x": None, "info/y": None}, "nothing was said since"


def test_a_resume_goes_on_with_the_same_sums() -> None:
    whole, until, after = InfoMeans(), InfoMeans(), InfoMeans()
    steps = [[{**LOOP, "x": value, "y": -value}] for value in (0.1, 0.2, 0.7, 1e-9, 3.3)]
    for step in steps:
        whole.add(step)
    for step in steps[:2]:
        until.add(step)
    after.load_state(json.loads(json.dumps(until.state())))
    for step in steps[2:]:
        after.add(step)
    assert after.take() == whole.take()


def test_new_names_at_every_step_fill_no_memory() -> None:
    means = InfoMeans()
    for number in range(500):
        means.add([{**LOOP, f"n{number}": 1.0}])
    assert len(means.take()) == MAX_NAMES


class Unread(dict[str, Any]):
    """An `info` that nobody may look into."""

    def items(self) -> Any:
        """Its entries."""
        raise AssertionError


@pytest.mark.parametrize("infos", [[], [Unread(LOOP)] * 8])
def test_an_environment_that_says_nothing_costs_nothing(infos: list[dict[str, Any]]) -> None:
    means = InfoMeans()
    means.add(infos)
    assert means.take() == {}
