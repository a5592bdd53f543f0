"""What a checkpoint keeps of a replay buffer."""

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.buffers import DictReplayBuffer, NStepReplayBuffer, ReplayBuffer

from trainer.learning.any_learner.replay_rows import put_rows_back, save_rows, size_of

BOX = spaces.Box(-100, 100, (3,), np.float32)
SIZE = 50


def buffer(**others: Any) -> ReplayBuffer:
    """A buffer of two environments, 50 rows."""
    return ReplayBuffer(2 * SIZE, BOX, spaces.Discrete(2), n_envs=2, **others)


def small() -> ReplayBuffer:
    """One that has each observation once."""
    return buffer(optimize_memory_usage=True, handle_timeout_termination=False)


def n_steps() -> ReplayBuffer:
    """One of returns of several steps."""
    return NStepReplayBuffer(2 * SIZE, BOX, spaces.Discrete(2), n_envs=2, n_steps=3, gamma=0.9)


def of_dictionaries() -> ReplayBuffer:
    """One of dictionaries."""
    return DictReplayBuffer(2 * SIZE, spaces.Dict({"a": BOX, "b": BOX}), spaces.Discrete(2), n_envs=2)


def fill(buffer: Any, rows: range) -> None:
    """Add rows; each can be told by its number."""
    for number in rows:
        seen, then = (np.full((2, 3), value, np.float32) for value in (number, number + 1))
        observed: Any = (seen, then)
        if isinstance(buffer, DictReplayBuffer):
            observed = {"a": seen, "b": -seen}, {"a": then, "b": -then}
        done = np.full(2, number % 7 == 0)
        buffer.add(*observed, np.full((2, 1), number % 2), np.full(2, number), done, [{}, {}])


def sampled(buffer: ReplayBuffer, seed: int = 1) -> list[bytes]:
    """What is learned from."""
    np.random.seed(seed)  # noqa: NPY002 - the buffer draws from it
    parts = [part for part in buffer.sample(40) if part is not None]
    return [one.numpy().tobytes() for part in parts for one in (part.values() if isinstance(part, dict) else [part])]


@pytest.mark.parametrize("make", [buffer, small, n_steps, of_dictionaries])
@pytest.mark.parametrize("rows", [1, 30, SIZE, SIZE + 17])
def test_a_buffer_is_put_back_exactly(make: Any, rows: int) -> None:
    one, other = make(), make()
    fill(one, range(rows))
    put_rows_back(other, save_rows(one, size_of(one)))
    assert sampled(other) == sampled(one)
    for both in (one, other):
        fill(both, range(rows, rows + SIZE))
    assert sampled(other) == sampled(one)


def test_only_what_is_filled_takes_room() -> None:
    one = buffer()
    fill(one, range(10))
    assert sum(array.nbytes for array in save_rows(one, size_of(one)).rows.values()) < size_of(one) / 4


@pytest.mark.parametrize("make", [buffer, small, n_steps])
@pytest.mark.parametrize("rows", [5, 30, SIZE, SIZE + 17])
def test_of_a_buffer_over_the_limit_the_newest_rows_are_kept(make: Any, rows: int) -> None:
    one, other = make(), make()
    fill(one, range(rows))
    put_rows_back(other, save_rows(one, size_of(one) / 5))
    held = min(rows, SIZE // 5)
    assert (other.pos, other.full) == (held, False)
    newest = list(range(rows - held, rows))
    assert other.rewards[:held, 0].tolist() == newest
    assert other.observations[:held, 0, 0].tolist() == newest
    batch = other.sample(100)
    assert set(batch.observations[:, 0].tolist()) <= set(newest)
    if make is not n_steps:
        assert (batch.next_observations[:, 0] == batch.observations[:, 0] + 1).all()
    fill(other, range(rows, rows + SIZE + 3))
    assert other.full


def test_at_least_one_row_is_kept() -> None:
    one, other = buffer(), buffer()
    fill(one, range(20))
    put_rows_back(other, save_rows(one, 1))
    assert other.sample(4).rewards[:, 0].tolist() == [19.0] * 4
