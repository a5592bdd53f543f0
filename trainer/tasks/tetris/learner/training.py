"""`TetrisTraining`: one training of Tetris, as `trainer.learning` drives it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from ....learning.best_model import Candidate
from ....learning.mean_interval import mean_interval
from ....learning.session import RunSession
from ....learning.task import EvaluationJob
from ....run_files.checkpoints import Checkpoint
from ....run_files.episodes import EpisodeRow
from ....run_files.evaluations import EvaluationRow
from ....run_files.files import now_ms, time_text
from ....run_files.models import BestMetadata
from ..about import TetrisSettings
from ..files.boards import BoardRow
from ..game.batch import TetrisBatch, WatchedBoard
from ..game.counts import play_of
from ..game.features import FEATURE_SCALES
from .evaluation import CHOOSING_SEEDS, LOWEST_REWARD, Evaluation, GameRules, Layers, evaluate, seeds_of_set
from .model import make_model
from .move_history import MoveHistory
from .network import network_layers
from .record_games import RecordGames
from .resuming import games_of, restore_learner, restore_weights, save_learner
from .saved_model import layers_of

DIGITS = bytes.maketrans(bytes(range(8)), b"01234567")
RECENT_LINES = "recent_lines"  # the metric of a network that was saved as it was, and not chosen
STEPS_PER_PIECE = 0.05  # the compiled player is at least 20 times as fast as training: so it never falls behind
TRUNCATED_SHARE = 0.25  # when more games than this are truncated, the mean says more about the limit than about the network


@dataclass(frozen=True, slots=True)
class TetrisPolicy:
    """A network to evaluate, and after how many pieces its games are truncated."""

    layers: Layers
    max_pieces: int


class TetrisTraining:
    """The learner, its games, their past and their recordings; see `trainer.learning.task.Task`.

    When evaluation games outgrow their limit it is doubled, or the mean would saturate; every row says
    which limit it was played with.

    Args:
        session: the run's session.
        config: its settings.
    """

    def __init__(self, session: RunSession, config: TetrisSettings) -> None:
        self._session, self._config = session, config
        self.model = make_model(config)
        self.best_metric: str = config.best_metric
        self.best_unit = "reward" if config.best_metric == "episode_reward" else "lines"
        self._batch: TetrisBatch = games_of(self.model).batch
        assert self.model.replay_buffer is not None  # noqa: S101 - for the type checker; made with the model
        self._history = MoveHistory(self.model.replay_buffer.actions)
        self._recorder = RecordGames(session, config)
        self._seeds = seeds_of_set(CHOOSING_SEEDS, config.eval_episodes)
        self._max_pieces = config.eval_max_pieces
        self._expected_pieces = config.eval_episodes * config.eval_max_pieces
        self._best_lines = 0

    evaluates_beside = True
    records_infos = False  # the rows of its games say it

    @property
    def due_step(self) -> float:
        """When the state of the games is to be kept next."""
        return self._history.next_state_row * self._config.n_envs

    @property
    def eval_every(self) -> int:
        """As the settings say."""
        return self._config.eval_every

    @property
    def evaluation_steps(self) -> int:
        """Training steps that take as long as the next evaluation."""
        return int(self._expected_pieces * STEPS_PER_PIECE)

    @property
    def target(self) -> float | None:
        """The one of the settings."""
        return self._config.target

    @property
    def callbacks(self) -> Sequence[BaseCallback]:
        """None."""
        return ()

    def metrics(self, recent: Sequence[EpisodeRow]) -> Mapping[str, float | None]:
        """What the games and the learner did since the last row."""
        diagnostics, play = self.model.take_diagnostics(), play_of(self._batch.counts)
        self._batch.counts[:] = 0
        return {
            "rollout/mean_lines": _mean(lines_of(row) for row in recent),
            "rollout/best_lines": self._best_lines,
            "rollout/mean_holes": play.mean_holes,
            "rollout/mean_height": play.mean_height,
            **numbered("rollout/clears", play.clears),
            "rollout/exploration_rate": float(self.model.exploration_rate),
            "train/loss": diagnostics.loss,
            "train/mean_q": diagnostics.mean_q,
            "train/learning_rate": float(self.model.policy.optimizer.param_groups[0]["lr"]),
        }

    def end_episode(self, slot: int, info: Mapping[str, Any], row: dict[str, Any]) -> EpisodeRow:
        """The row of a finished game; a new best one is recorded."""
        ended = EpisodeRow(
            **row,
            reward=float(info["reward"]),
            length=info["pieces"],
            truncated=bool(info["TimeLimit.truncated"]),
            named={"lines": info["lines"], "seed": info["seed"]},
        )
        if info["lines"] > self._best_lines:
            self._best_lines = info["lines"]
            self._keep_game(ended, slot)
        return ended

    def take_picture(self, step: int, *, slowed: bool) -> Callable[[], BoardRow]:  # noqa: ARG002 - see Task
        """The watched game as it is."""
        return partial(_board_row, self._batch.watched_board(), self._batch.height, step, datetime.now(UTC))

    def copy_policy(self, model: bytes) -> TetrisPolicy:  # noqa: ARG002 - see Task
        """The network that plays: the average of the weights."""
        return TetrisPolicy(network_layers(self.model.policy.q_net_average), self._max_pieces)

    def read_policy(self, model: bytes) -> TetrisPolicy:
        """The same, of a `model.zip`: the limit has not been raised since.

        Raises:
            FormatError: it is no model of Tetris.
        """
        return TetrisPolicy(layers_of(model, "evaluating.zip of the checkpoint"), self._max_pieces)

    def evaluate(self, policy: TetrisPolicy, continue_training: Callable[[], bool]) -> Evaluation | None:
        """Greedy games on fixed seeds, as compiled code."""
        rules = GameRules(self._config.board_height, self._config.randomizer, policy.max_pieces)
        return evaluate(policy.layers, FEATURE_SCALES, self._seeds, rules, continue_training, count=self._count)

    def _count(self, done: int) -> None:
        self._session.evaluates(done, len(self._seeds))

    def end_evaluation(self, job: EvaluationJob, result: Evaluation) -> tuple[EvaluationRow, Candidate]:
        """Record the games, and raise their limit if they outgrow it."""
        policy: TetrisPolicy = job.policy
        recording = self._recorder.evaluation(job.step, result.games, policy.layers)
        self._expected_pieces = int(result.pieces.sum())
        metadata = BestMetadata(
            task=self._config.task,
            metric="eval_lines",
            value=result.mean_lines,
            reward=float(result.rewards.mean()),
            step=job.step,
            episode=job.episode,
            seed=self._config.seed,
            active_seconds=job.active_seconds,
            episodes=len(result.lines),
            ci95=result.ci95,
            settings=self._config.problem,
            named={"lines": result.mean_lines},
        )
        best_game = recording.only(int(result.lines.argmax()))
        self._raise_limit(result)
        return _evaluation_row(job, policy, result), Candidate(metadata, lambda: job.model, {"replay.json": best_game.to_json()})

    def judge_episode(self, row: EpisodeRow) -> Candidate | None:
        """The network after a training game as a candidate, if `best_metric` says that those decide."""
        if self.best_metric == "eval_lines":
            return None
        metadata = self._described([row], self.best_metric)
        return Candidate(replace(metadata, step=row.step), self.model_bytes)

    def describe_model(self, episodes: Sequence[EpisodeRow]) -> BestMetadata:
        """The metadata of the network as it is now, judged by training games."""
        return self._described(episodes, RECENT_LINES)

    def _described(self, episodes: Sequence[EpisodeRow], metric: str) -> BestMetadata:
        session = self._session
        lines, reward = _mean(map(lines_of, episodes)) or 0.0, _mean(row.reward for row in episodes) or 0.0
        return BestMetadata(
            task=self._config.task,
            metric=metric,
            value=reward if metric == "episode_reward" else lines,
            reward=reward,
            step=session.step,
            episode=session.episode,
            seed=self._config.seed,
            active_seconds=session.clock.active_seconds,
            episodes=len(episodes),
            settings=self._config.problem,
            named={"lines": lines},
        )

    def model_bytes(self) -> bytes:
        """The content of a `model.zip` of the model as it is now."""
        return self.model.to_bytes()

    def keep_past(self) -> None:
        """Keep the moves since the last time, and the state of the games if that is due."""
        self._history.read(self._session.step // self._config.n_envs)
        if self._history.next_row >= self._history.next_state_row:
            self._history.keep_state(self._batch.state_dict())

    def to_checkpoint(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """The learner and its games, and a `TetrisState` as JSON types; what is recorded up to here is not recorded again."""
        self._recorder.write()
        files, state = save_learner(self.model, self._history)
        return files, state | {
            "best_lines": self._best_lines,
            "max_pieces": self._max_pieces,
            "expected_pieces": self._expected_pieces,
            "counts": self._batch.counts.tolist(),
        }

    def restore(self, checkpoint: Checkpoint, state: Mapping[str, Any]) -> None:
        """Play the past again and load the weights.

        Raises:
            FormatError: the checkpoint does not fit the settings.
        """
        saved = restore_learner(self.model, self._history, checkpoint, state)
        self._best_lines, self._max_pieces = saved.best_lines, saved.max_pieces
        self._expected_pieces = saved.expected_pieces
        self._batch.counts[:] = saved.counts

    def start_rollouts(self) -> None:
        """Nothing: `learn` begins nothing anew that `restore` has put back."""

    def start_from(self, model: bytes) -> None:
        """Begin with the weights of another model.

        Raises:
            FormatError: they do not fit.
        """
        restore_weights(self.model, model)

    def _keep_game(self, row: EpisodeRow, slot: int) -> None:
        games = games_of(self.model)
        self._history.read(row.step // self._config.n_envs - 1)
        moves = self._history.moves_of(slot, row.length - 1)  # the last one is not in the buffer yet
        if moves is not None:
            self._recorder.training_game(row, moves + bytes([int(games.actions[slot])]))

    def _raise_limit(self, result: Evaluation) -> None:
        if result.truncated.mean() <= TRUNCATED_SHARE:
            return
        self._max_pieces *= 2
        self._expected_pieces *= 2
        truncated = int(result.truncated.sum())
        said = f"{truncated} of {len(result.lines)} evaluation games were truncated: from now on they may last {self._max_pieces:,} pieces"
        self._session.event("evaluation", said)


def _evaluation_row(job: EvaluationJob, policy: TetrisPolicy, result: Evaluation) -> EvaluationRow:
    play, (low, high) = result.play, result.ci95 or (None, None)
    return EvaluationRow(
        step=job.step,
        wall_seconds=job.wall_seconds,
        active_seconds=job.active_seconds,
        episodes=len(result.lines),
        mean_reward=float(result.rewards.mean()),
        ci95=mean_interval(result.rewards, LOWEST_REWARD),
        rewards=result.rewards.tolist(),
        lengths=result.pieces.tolist(),
        at=now_ms(),
        named={
            "mean_lines": result.mean_lines,
            "lines_ci95_low": low,
            "lines_ci95_high": high,
            "median_lines": float(np.median(result.lines)),
            "max_lines": int(result.lines.max()),
            "lines": result.lines.tolist(),
            "max_pieces": policy.max_pieces,
            "truncated_episodes": int(result.truncated.sum()),
            "evaluation_seconds": round(result.seconds, 3),
            "mean_holes": play.mean_holes,
            "mean_height": play.mean_height,
            **numbered("clears", play.clears),
            **numbered("columns", play.columns),
            **numbered("pieces", play.pieces),
        },
    )


def _board_row(board: WatchedBoard, height: int, step: int, when: datetime) -> BoardRow:
    return BoardRow(
        step=step,
        at=time_text(when),
        game=board.number,
        seed=board.seed,
        lines=board.lines,
        pieces=board.pieces,
        piece=board.piece + 1,
        height=height,
        cells=board.cells.translate(DIGITS).decode(),
    )


def lines_of(row: EpisodeRow) -> float:
    """The lines of a training game."""
    return row.named.get("lines") or 0


def numbered(name: str, values: Sequence[float]) -> dict[str, float]:
    """Numbers under a name each: `clears_1`, `clears_2` and so on."""
    return {f"{name}_{number}": value for number, value in enumerate(values, start=1)}


def _mean(values: Iterable[float]) -> float | None:
    kept = list(values)
    return float(np.mean(kept)) if kept else None
