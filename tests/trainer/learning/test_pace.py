"""The pace of a run that is watched: exact on average, whatever a step takes, and never in the way of a command."""

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.learning.tiny import new_run, tiny_config
from trainer.learning import pace
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.pace import Pace
from trainer.learning.session import RunSession
from trainer.run_files.control import Control

OVERSLEPT_S = 0.0007  # what a sleep of an ordinary machine takes longer


class Clock:
    """Stands in for the clock, and for the sleeps in `ControlEvents.changed.wait`."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps = 0

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.now

    def sleep(self, seconds: float) -> bool:
        """As `threading.Event.wait`."""
        self.now += seconds + OVERSLEPT_S
        self.sleeps += 1
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the pace."""
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


@pytest.fixture
def events(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> ControlEvents:
    """In visual mode."""
    events = ControlEvents()
    events.visual.set()
    monkeypatch.setattr(events.changed, "wait", clock.sleep)
    return events


def of(events: ControlEvents, tmp_path: Path, **more: Any) -> Pace:
    config = tiny_config()
    session = RunSession(new_run(tmp_path, config), total_timesteps=config.total_timesteps)
    return Pace(events, session, **({"look": lambda: None} | more))


def seconds(pace: Pace, clock: Clock, *, steps: int, n_envs: int, step_takes_s: float, first_call: int = 1) -> float:
    """How long so many steps of all environments take."""
    began = clock.now
    for number in range(first_call, first_call + steps):
        clock.now += step_takes_s
        assert not pace.wait(number, number * n_envs, n_envs)
    return clock.now - began


@pytest.mark.parametrize(("limit", "n_envs"), [(1, 1), (20, 1), (20, 16), (500, 4), (10_000, 1), (3_000, 7)])
def test_the_average_is_the_limit_and_no_error_adds_up(
    tmp_path: Path, clock: Clock, events: ControlEvents, limit: int, n_envs: int
) -> None:
    events.control = Control(visual=True, speed=limit)
    took = seconds(of(events, tmp_path), clock, steps=2_000, n_envs=n_envs, step_takes_s=0.2 * n_envs / limit)
    assert took == pytest.approx(2_000 * n_envs / limit, abs=0.01 + n_envs / limit)


def test_a_slow_learner_is_not_held_up_and_what_it_lost_is_not_made_up_for(tmp_path: Path, clock: Clock, events: ControlEvents) -> None:
    events.control = Control(visual=True, speed=100)
    held = of(events, tmp_path)
    assert seconds(held, clock, steps=100, n_envs=1, step_takes_s=0.05) == pytest.approx(5.0, abs=0.02)
    assert clock.sleeps == 1, "before the first step alone"
    at_once = seconds(held, clock, steps=200, n_envs=1, step_takes_s=0.0, first_call=101)
    assert at_once >= 2.0 - pace.MOST_LATE_S - 0.02


@pytest.mark.parametrize("speed", [None, 5.0])
def test_at_full_speed_and_without_pictures_nothing_waits(tmp_path: Path, clock: Clock, events: ControlEvents, speed: float | None) -> None:
    events.control = Control(visual=speed is None, speed=speed)
    if speed is not None:
        events.visual.clear()
    assert seconds(of(events, tmp_path), clock, steps=100, n_envs=4, step_takes_s=0.001) == pytest.approx(0.1)
    assert clock.sleeps == 0


def test_a_command_ends_the_wait_and_another_speed_begins_anew(tmp_path: Path, clock: Clock, events: ControlEvents) -> None:
    events.control = Control(visual=True, speed=1)
    looked = list[float]()

    def look() -> None:
        looked.append(clock.now)
        if len(looked) == 10:
            events.control = Control(visual=True, speed=50)
            events.changed.set()

    held = of(events, tmp_path, look=look)
    began = clock.now
    assert held.wait(1, 16, 16), "sixteen seconds are not waited for"
    assert clock.now - began < 0.3
    events.changed.clear()
    began = clock.now
    assert not held.wait(1, 16, 16)
    assert clock.now - began == pytest.approx(16 / 50, abs=0.01)


def test_after_a_time_at_full_speed_the_pace_begins_anew(tmp_path: Path, clock: Clock, events: ControlEvents) -> None:
    events.control = Control(visual=True, speed=10)
    held = of(events, tmp_path)
    seconds(held, clock, steps=10, n_envs=1, step_takes_s=0.0)
    assert seconds(held, clock, steps=10, n_envs=1, step_takes_s=0.0, first_call=100_000) == pytest.approx(1.0, abs=0.02)


def test_the_waits_are_no_training_and_no_stall(tmp_path: Path, events: ControlEvents, clock: Clock) -> None:
    events.control = Control(visual=True, speed=1)
    session = RunSession(new_run(tmp_path, tiny_config()), total_timesteps=100)
    said = list[str]()
    session.waits = lambda: said.append("waits")  # type: ignore[method-assign]
    assert seconds(Pace(events, session, lambda: None), clock, steps=2, n_envs=40, step_takes_s=0.0) > 70
    assert len(said) > 1_000
    assert session.clock.active_seconds <= session.clock.wall_seconds
