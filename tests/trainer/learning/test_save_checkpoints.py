"""How often checkpoints are saved."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from trainer.learning.callbacks import save_checkpoints
from trainer.learning.callbacks.save_checkpoints import SaveCheckpoints


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@pytest.mark.parametrize(("takes_s", "most"), [(0.001, 101), (1.0, 20), (10.0, 2)])
def test_checkpoints_take_at_most_two_percent_of_the_time(monkeypatch: pytest.MonkeyPatch, takes_s: float, most: int) -> None:
    clock, saved = Clock(), list[float]()
    monkeypatch.setattr(save_checkpoints, "time", clock)

    def save(*_: Any) -> None:
        clock.now += takes_s
        saved.append(clock.now)

    monkeypatch.setattr(save_checkpoints, "save_checkpoint", save)
    session, task = MagicMock(step=1), MagicMock(due_step=2)
    checkpoints = SaveCheckpoints(session, task, 10.0, dict)
    while clock.now < 1_000:
        clock.now += 0.5
        checkpoints.on_rollout_start()
    assert most * 0.8 - 1 <= len(saved) <= most
