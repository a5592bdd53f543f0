"""Episodes of evaluations and best training episodes, on their way to `replays/`."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np

from ...errors import FormatError, shown
from ...learning.any_learner.play import Played
from ...learning.any_learner.record_actions import RECORDED, Actions, RecordActions
from ...learning.recorder import Recorder
from ...learning.session import RunSession
from ...run_files.episodes import EpisodeRow
from ...run_files.limits import MAX_RECORDED_MOVES
from .about import GymSettings
from .files.replays import RecordedEpisode, make_recording, replays_writer

SHARE_OF_AN_EVALUATION = 0.25  # of the space for all: of longer episodes only the beginning is kept
BEST = "best_reward"  # in a checkpoint


def record_actions(env: gymnasium.Env[Any, Any], config: GymSettings) -> gymnasium.Env[Any, Any]:
    """An environment as `gymnasium.make` gives it, and what is done in it recorded if that is asked for."""
    max_bytes = int(config.replay_megabytes * 1_000_000 * SHARE_OF_AN_EVALUATION)
    kept = min(max_bytes, MAX_RECORDED_MOVES) // config.eval_episodes
    return RecordActions(env, kept) if kept else env


class RecordEpisodes:
    """Records the episodes of every evaluation, and every training episode of a new highest reward.

    Args:
        session: the run's session.
        config: its settings.
        space: the actions of its environments.
    """

    def __init__(self, session: RunSession, config: GymSettings, space: gymnasium.Space[Any]) -> None:
        self._dtype, self._shape = np.dtype(space.dtype), space.shape or ()
        writer = replays_writer(session.run, config.replay_megabytes * 1_000_000)
        self._recorder = Recorder(session, writer)
        self._best: float | None = None

    def evaluation(self, step: int, played: Played) -> None:
        """Record the episodes of an evaluation."""
        ends = zip(played.recorded, played.rewards, played.lengths, played.truncated, strict=True)
        self._append(step, [_episode(*one) for one in ends])

    def training_episode(self, row: EpisodeRow, info: Mapping[str, Any]) -> None:
        """Record a training episode if it is a new best one."""
        if self._best is None or row.reward > self._best:
            self._best = row.reward
            self._append(row.step, [_episode(info.get(RECORDED), row.reward, row.length, row.truncated)], row.episode)

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types; what is recorded up to here is not recorded again."""
        self._recorder.write()
        return {BEST: self._best}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            FormatError: it is no such state.
        """
        best = state.get(BEST)
        if best is not None and not isinstance(best, int | float):
            raise FormatError(f"{BEST} must be a number or null; got {shown(best)}")
        self._best = best

    def _append(self, step: int, episodes: Sequence[RecordedEpisode | None], episode: int | None = None) -> None:
        whole = [one for one in episodes if one is not None]
        if whole and len(whole) == len(episodes):
            self._recorder.append(make_recording(step, self._dtype, self._shape, whole), episode)


def _episode(acts: Actions | None, reward: float, length: int, truncated: bool) -> RecordedEpisode | None:
    """The episode; None if nothing is recorded, or it began with options that are no JSON."""
    if acts is None:
        return None
    try:
        return RecordedEpisode(acts.seed, acts.generator, acts.options, reward, length, truncated, acts.content)
    except (TypeError, ValueError):
        return None
