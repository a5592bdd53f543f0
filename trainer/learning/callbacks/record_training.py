"""Rows for the logs: one an episode that has ended, one every `log_every` steps."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from ...errors import FormatError
from ...run_files.episodes import EpisodeRow
from ...run_files.fields import MAX_COUNT, from_fields, require_between
from ...run_files.files import now_ms
from ...run_files.metrics import MetricsRow
from ..best_model import BestModel
from ..info_numbers import InfoMeans
from ..logged_values import LoggedValues
from ..session import RunSession
from ..task import Task

RECENT_EPISODES = 100
SPEED_WINDOW_S = 20.0


@dataclass(frozen=True, slots=True)
class EpisodesState:
    """What `RecordEpisodes` remembers, in a checkpoint."""

    recent: list[dict[str, Any]]

    def __post_init__(self) -> None:
        for row in self.recent:
            from_fields(EpisodeRow, row)


class RecordEpisodes(BaseCallback):
    """Appends a row for every episode that has ended and offers its score to the best model.

    Args:
        session: the run's session.
        task: what is trained.
        best: the best model.
    """

    def __init__(self, session: RunSession, task: Task, best: BestModel) -> None:
        super().__init__()
        self._session, self._task, self._best = session, task, best
        self.recent: deque[EpisodeRow] = deque(maxlen=RECENT_EPISODES)

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types: an `EpisodesState`."""
        return {"recent": [asdict(row) for row in self.recent]}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            FormatError: it is no such state.
        """
        checked = from_fields(EpisodesState, dict(state))
        self.recent.extend(from_fields(EpisodeRow, row) for row in checked.recent)

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if np.count_nonzero(dones):  # a third of the time of `any`
            for slot in dones.nonzero()[0]:
                self._record(int(slot), self.locals["infos"][slot])
        return True

    def _record(self, slot: int, info: Mapping[str, Any]) -> None:
        session = self._session
        core = {"step": self.num_timesteps, "episode": session.episode + 1, "at": now_ms()}
        row = self._task.end_episode(slot, info, core)
        if row is None:
            return
        session.episode += 1
        session.episodes.append(row)
        self.recent.append(row)
        candidate = self._task.judge_episode(row)
        if candidate is not None:
            self._best.consider(candidate)


@dataclass(frozen=True, slots=True)
class MetricsState:
    """What `RecordMetrics` remembers, in a checkpoint."""

    rows: int
    last_step: int
    last_active: float
    logged: dict[str, float | None]
    """Of each name; null for NaN and infinities, as in a row."""
    infos: dict[str, list[float]]
    """See `InfoMeans`."""

    def __post_init__(self) -> None:
        require_between("rows", self.rows, 0, MAX_COUNT)
        require_between("last_active", self.last_active, 0, MAX_COUNT)
        if not all(len(pair) == 2 for pair in self.infos.values()):
            raise FormatError("infos must hold a sum and a count of each name")


class RecordMetrics(BaseCallback):
    """Appends a row of metrics whenever `log_every` more steps are done: what stable-baselines3 has logged, and what the task adds.

    Args:
        session: the run's session.
        task: what is trained; it adds its own numbers.
        episodes: those that have ended.
        log_every: environment steps.
    """

    def __init__(self, session: RunSession, task: Task, episodes: RecordEpisodes, *, log_every: int) -> None:
        super().__init__()
        self._session, self._task, self._episodes = session, task, episodes
        self._log_every = log_every
        self._rows, self._next_step = 0, log_every
        self._marks = deque([(0, 0.0)])  # steps and active seconds, as far back as the speed is measured
        self._infos = InfoMeans()
        self._logged = LoggedValues()

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types: a `MetricsState`."""
        self._logged.refresh(self.logger)
        logged = {name: value if math.isfinite(value) else None for name, value in self._logged.latest.items()}
        return asdict(MetricsState(self._rows, *self._marks[-1], logged, self._infos.state()))

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            FormatError: it is no such state.
        """
        checked = from_fields(MetricsState, dict(state))
        self._rows = checked.rows
        self._next_step = (self._rows + 1) * self._log_every
        self._marks = deque([(checked.last_step, checked.last_active)])
        self._infos.load_state(checked.infos)
        self._logged.latest |= {name: math.nan if value is None else value for name, value in checked.logged.items()}

    def _on_training_start(self) -> None:
        self._logged.attach(self.logger)

    def _on_training_end(self) -> None:
        self.release()

    def release(self) -> None:
        """Leave the learner's logger as it was; nothing if it has not begun to learn."""
        if getattr(self, "model", None) is not None:
            self._logged.detach(self.logger)

    def _on_step(self) -> bool:
        if self._task.records_infos:
            self._infos.add(self.locals.get("infos", ()))
        if self.num_timesteps >= self._next_step:
            self._rows = self.num_timesteps // self._log_every
            self._next_step = (self._rows + 1) * self._log_every
            self._record(self.num_timesteps)
        return True

    def _record(self, step: int) -> None:
        session, recent = self._session, self._episodes.recent
        active = session.clock.active_seconds
        speed = self._measure_speed(step, active)
        self._logged.refresh(self.logger)
        row = MetricsRow(
            step=step,
            wall_seconds=round(session.clock.wall_seconds, 3),
            active_seconds=round(active, 3),
            at=now_ms(),
            updates=self.model._n_updates,  # noqa: SLF001 - it has no public name
            named={
                **self._logged.latest,
                "rollout/ep_rew_mean": _mean([episode.reward for episode in recent]),
                "rollout/ep_len_mean": _mean([episode.length for episode in recent]),
                **self._task.metrics(recent),
                **self._infos.take(),
                "time/fps": round(speed, 1),
                "time/episodes": session.episode,
            },
        )
        session.metrics.append(row)
        session.steps_per_second = row.named["time/fps"]

    def _measure_speed(self, step: int, active: float) -> float:
        """Steps a second of the last seconds: collecting steps and learning from them take turns that may last long."""
        first_step, since = self._marks[0]
        self._marks.append((step, active))
        while len(self._marks) > 2 and active - self._marks[1][1] >= SPEED_WINDOW_S:
            self._marks.popleft()
        return (step - first_step) / max(active - since, 1e-9)


def _mean(values: list[int] | list[float]) -> float | None:
    return float(np.mean(values)) if values else None
