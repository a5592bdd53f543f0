"""Rows for the logs: one a finished game, one every `log_every` steps."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .....learning.best_model import BestModel, Candidate
from .....learning.callbacks.together import Actions, Infos, MoveListener
from .....learning.session import RunSession
from .....run_files.episodes import EpisodeRow
from .....run_files.fields import from_fields
from .....run_files.files import now_ms
from .....run_files.metrics import MetricsRow
from .....run_files.models import BestMetadata
from ...game.counts import play_of
from ..dqn import AfterstateDQN

RECENT_GAMES = 100


class RecordEpisodes(MoveListener):
    """Appends a row for every finished game and offers its score to the best model.

    Args:
        session: the run's session.
        model: the learner.
        best: the best model.
        keep_game: called with the row, the slot and the last action of a game that removed more lines than every one before.
        seed: the run's.
        playing: what is needed to play the model, for its metadata.
    """

    def __init__(
        self,
        session: RunSession,
        model: AfterstateDQN,
        best: BestModel,
        keep_game: Callable[[EpisodeRow, int, int], None],
        *,
        seed: int,
        playing: dict[str, object],
    ) -> None:
        self._session, self._model, self._best, self._keep_game = session, model, best, keep_game
        self._seed, self._playing = seed, playing
        self.recent: deque[EpisodeRow] = deque(maxlen=RECENT_GAMES)
        self.best_lines = 0

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types."""
        return {"recent": [asdict(row) for row in self.recent], "best_lines": self.best_lines}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.recent.extend(from_fields(EpisodeRow, row) for row in state["recent"])
        self.best_lines = state["best_lines"]

    def moved(self, step: int, actions: Actions, infos: Infos) -> None:
        """Record the games that have ended."""
        if any(infos):  # a game that goes on has nothing to say
            for slot, info in enumerate(infos):
                if info:
                    self._record(step, slot, actions, info)

    def _record(self, step: int, slot: int, actions: Actions, info: Mapping[str, Any]) -> None:
        self._session.episode += 1
        row = EpisodeRow(
            step=step,
            episode=self._session.episode,
            lines=info["lines"],
            pieces=info["pieces"],
            reward=float(info["reward"]),
            seed=info["seed"],
            cut=bool(info["TimeLimit.truncated"]),
            at=now_ms(),
        )
        self._session.episodes.append(row)
        self.recent.append(row)
        if row.lines > self.best_lines:
            self.best_lines = row.lines
            self._keep_game(row, slot, int(actions[slot]))
        self._offer(row)

    def _offer(self, row: EpisodeRow) -> None:
        if self._best.metric == "eval_lines":
            return
        metadata = BestMetadata(
            metric=self._best.metric,
            value=row.lines if self._best.metric == "episode_lines" else row.reward,
            lines=row.lines,
            reward=row.reward,
            episode=row.episode,
            step=row.step,
            seed=self._seed,
            active_seconds=self._session.clock.active_seconds,
            settings=self._playing,
        )
        self._best.consider(Candidate(metadata, self._model.to_bytes))


class RecordMetrics(MoveListener):
    """Appends a row of metrics whenever `log_every` more steps are done.

    Args:
        session: the run's session.
        model: the learner.
        episodes: the games that have ended.
        counts: what the games count of their moves (see `game.counts`); set to zero with every row.
    """

    def __init__(
        self, session: RunSession, model: AfterstateDQN, episodes: RecordEpisodes, counts: NDArray[np.int64], *, log_every: int
    ) -> None:
        self._session, self._model, self._episodes, self._counts = session, model, episodes, counts
        self._log_every = log_every
        self._rows = 0
        self._last_step, self._last_active = 0, 0.0

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types."""
        return {
            "rows": self._rows,
            "last_step": self._last_step,
            "last_active": self._last_active,
            "counts": self._counts.tolist(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._rows, self._last_step, self._last_active = state["rows"], state["last_step"], state["last_active"]
        self._counts[:] = state["counts"]

    def moved(self, step: int, actions: Actions, infos: Infos) -> None:  # noqa: ARG002 - see MoveListener
        """Record a row, if it is due."""
        if step // self._log_every > self._rows:
            self._rows = step // self._log_every
            self._record(step)

    def _record(self, step: int) -> None:
        model = self._model
        recent = self._episodes.recent
        diagnostics = model.take_diagnostics()
        active = self._session.clock.active_seconds
        speed = (step - self._last_step) / max(active - self._last_active, 1e-9)
        self._last_step, self._last_active = step, active
        play = play_of(self._counts)
        self._counts[:] = 0
        row = MetricsRow(
            step=step,
            wall_seconds=round(self._session.clock.wall_seconds, 3),
            active_seconds=round(active, 3),
            episodes=self._session.episode,
            lines_mean=_mean([game.lines for game in recent]),
            reward_mean=_mean([game.reward for game in recent]),
            pieces_mean=_mean([game.pieces for game in recent]),
            best_lines=self._episodes.best_lines,
            loss=diagnostics.loss,
            mean_q=diagnostics.mean_q,
            epsilon=float(model.exploration_rate),
            learning_rate=float(model.policy.optimizer.param_groups[0]["lr"]),
            steps_per_second=round(speed, 1),
            updates=model._n_updates,  # noqa: SLF001 - stable-baselines3 has no public name for it
            holes_mean=play.mean_holes,
            height_mean=play.mean_height,
            clears=play.clears,
            at=now_ms(),
        )
        self._session.metrics.append(row)
        self._session.steps_per_second = row.steps_per_second


def _mean(values: list[int] | list[float]) -> float | None:
    return float(np.mean(values)) if values else None
