"""One training run, from fresh events to its final state."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import numpy as np
import torch as th
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.utils import LinearSchedule

from ....config import RunConfig
from ....errors import ModelNameError, reason
from ....learning.best_model import BestModel
from ....learning.callbacks.keep_checkpoints import KeepCheckpoints
from ....learning.callbacks.obey_control import ObeyControl
from ....learning.callbacks.show_progress import ShowProgress
from ....learning.callbacks.together import MoveListener, Together
from ....learning.control_watcher import LOOK_INTERVAL_S, ControlEvents
from ....learning.session import RunSession
from ....run_files.checkpoints import Checkpoint
from ....run_files.episodes import EpisodeRow
from ....run_files.files import time_text
from ....run_files.models import BestMetadata
from ....run_files.slots import save_named
from ..files.boards import BoardRow
from ..game.batch import TetrisBatch, WatchedBoard
from ..game.features import FEATURE_SCALES
from .callbacks.evaluate import EvaluateGreedily
from .callbacks.record_training import RecordEpisodes, RecordMetrics
from .callbacks.snapshot_board import SnapshotBoard, TakeSnapshot
from .dqn import AfterstateDQN
from .evaluation import CHOOSING_SEEDS, BackgroundEvaluator, Evaluation, EvaluationJob, GameRules, evaluate, seeds_of_set
from .move_history import MoveHistory
from .network import AfterstatePolicy
from .record_games import RecordGames
from .resuming import EVALUATING_FILE, games_of, learner_files, restore_learner, restore_weights
from .saved_state import read_state
from .vec_env import TetrisVecEnv

DIGITS = bytes.maketrans(bytes(range(8)), b"01234567")
NEVER = 2**62  # games between two lines of stable-baselines3's own log, which nobody reads


def make_model(config: RunConfig) -> AfterstateDQN:
    """The learner of a run and its games, before the first step."""
    batch = TetrisBatch(
        config.n_games,
        height=config.board_height,
        randomizer=config.randomizer,
        max_pieces=config.max_pieces,
        ceiling=min(config.practice_ceiling, config.board_height),
        seed=config.seed,
    )
    model = AfterstateDQN(
        AfterstatePolicy,
        TetrisVecEnv(batch),
        learning_rate=LinearSchedule(config.learning_rate, config.learning_rate_final, 1.0),
        buffer_size=config.buffer_size,
        learning_starts=config.learning_starts,
        batch_size=config.batch_size,
        tau=config.tau,
        gamma=config.gamma,
        train_freq=(1, "step"),
        gradient_steps=config.gradient_steps,
        target_update_interval=config.target_update_interval,
        exploration_fraction=config.exploration_fraction,
        exploration_initial_eps=config.exploration_initial_eps,
        exploration_final_eps=config.exploration_final_eps,
        weight_averaging=config.weight_averaging,
        policy_kwargs={"net_arch": list(config.hidden_layers), "optimizer_kwargs": {"fused": True}},  # Adam in one call for all weights
        seed=config.seed,
        device="cpu",
    )
    model.set_logger(Logger(folder=None, output_formats=[]))  # its own makes a folder in the temporary directory for every run
    return model


class TrainingRun:
    """Trains one run until all steps are done, the target is reached or a stop comes.

    Args:
        session: the run's logs, clock and status.
        config: its settings.
        events: what the control watcher sets.
        look: makes the watcher look, if that is due.
        checkpoint: where to go on from; None begins at the first step.
        origin: the `model.zip` whose weights it begins with; None begins with chance.
        progress: whether to show a progress bar.
    """

    def __init__(
        self,
        session: RunSession,
        config: RunConfig,
        events: ControlEvents,
        *,
        look: Callable[[], None],
        checkpoint: Checkpoint | None = None,
        origin: bytes | None = None,
        progress: bool = False,
    ) -> None:
        self._session, self._config, self._events = session, config, events
        self._progress = progress
        self._model = model = make_model(config)
        self._best = BestModel(session, config.best_metric)
        self._obey = ObeyControl(events, session, look, self._save_as)
        self._recorder = RecordGames(session, config)
        self._evaluate = self._evaluation()
        self._target = config.target_lines
        self._look_at = self._due_step = 0.0  # by the steady clock, and in environment steps
        self._episodes = RecordEpisodes(session, model, self._best, self._keep_game, seed=config.seed, playing=self._playing)
        self._metrics = RecordMetrics(session, model, self._episodes, games_of(model).batch.counts, log_every=config.log_every)
        assert model.replay_buffer is not None  # noqa: S101 - for the type checker; made with the model
        self._history = MoveHistory(model.replay_buffer.actions)
        self._checkpoints = KeepCheckpoints(
            session, games_of(model).batch, self._history, config.checkpoint_every_s, self._checkpoint_files
        )
        if checkpoint is not None:
            self._go_on_from(checkpoint)
        elif origin is not None:
            restore_weights(model, origin)

    def train(self) -> None:
        """Train, then save what was learned and write the final state."""
        th.set_num_threads(1)  # the network is small: more threads only get in each other's way
        config, session, model = self._config, self._session, self._model
        done = model.num_timesteps
        session.restart_clock()
        if done:
            session.event("started", f"Training goes on from the checkpoint of step {done:,}")
        else:
            session.event("started", f"Training began: {config.total_timesteps:,} steps, seed {config.seed}")
        session.update(state="running")
        model.may_go_on = self._between_moves
        self._events.unattended.clear()  # from now on this thread looks
        try:
            model.learn(
                config.total_timesteps - done, callback=Together(self._listeners()), log_interval=NEVER, reset_num_timesteps=not done
            )
            self._finish()
        finally:
            self._evaluate.close()

    def _between_moves(self) -> bool:
        """See to what is due, at the one point from which a run can go on exactly; after most moves that is nothing."""
        step = self._model.num_timesteps
        now = self._session.stepped(step)
        if now < self._look_at and step < self._due_step and not self._events.changed.is_set():
            return True
        self._look_at = now + LOOK_INTERVAL_S
        goes_on = self._see_to_what_is_due()
        self._due_step = min(self._evaluate.next_step, self._obey.due_step, self._checkpoints.due_step)
        return goes_on

    def _see_to_what_is_due(self) -> bool:
        """Control first, then evaluation and checkpoints."""
        if self._events.control.pause_at_best_after is not None:
            self._best.write()  # so that the pause begins at the step of the new best
        if not self._obey.obey() or self._target_reached or not self._evaluate.between_moves(self._model):
            return False
        self._checkpoints.between_moves()
        return True

    @property
    def _target_reached(self) -> bool:
        return self._target is not None and self._best.offered is not None and self._best.offered >= self._target

    def _listeners(self) -> list[MoveListener]:
        """What hears of every move, in this order."""
        listeners: list[MoveListener] = [
            self._episodes,
            self._metrics,
            SnapshotBoard(self._events, self._session, board_snapshots(games_of(self._model).batch)),
        ]
        if self._progress:
            listeners.append(ShowProgress(self._best, self._model.num_timesteps, self._config.total_timesteps))
        return listeners

    @property
    def _playing(self) -> dict[str, object]:
        return {"board_height": self._config.board_height, "randomizer": self._config.randomizer}

    def _evaluation(self) -> EvaluateGreedily:
        config = self._config
        seeds = seeds_of_set(CHOOSING_SEEDS, config.eval_games)

        def play(job: EvaluationJob, may_go_on: Callable[[], bool]) -> Evaluation | None:
            rules = GameRules(config.board_height, config.randomizer, job.max_pieces)
            return evaluate(job.layers, FEATURE_SCALES, seeds, rules, may_go_on)

        return EvaluateGreedily(
            self._session,
            BackgroundEvaluator(play, resume=self._events.resume, stop=self._events.stop),
            self._best,
            self._recorder,
            obey=self._obey.obey,
            eval_every=config.eval_every,
            games=config.eval_games,
            max_pieces=config.eval_max_pieces,
            seed=config.seed,
            playing=self._playing,
        )

    def _keep_game(self, row: EpisodeRow, slot: int, last_action: int) -> None:
        self._history.read(row.step // self._config.n_games - 1)
        moves = self._history.moves_of(slot, row.pieces - 1)  # the last one is not in the buffer yet
        if moves is not None:
            self._recorder.training_game(row, moves + bytes([last_action]))

    def _checkpoint_files(self) -> dict[str, bytes]:
        self._recorder.write()  # what is recorded up to here is not recorded again
        self._best.write()
        state = {
            "session": self._session.state(),
            "best_value": self._best.saved,
            "episodes": self._episodes.state(),
            "metrics": self._metrics.state(),
            "evaluations": self._evaluate.state(),
        }
        evaluating = self._evaluate.evaluating
        return learner_files(self._model, self._history, state) | ({EVALUATING_FILE: evaluating} if evaluating else {})

    def _save_as(self, slot: str) -> bool:
        """Save the model as it is; returns whether it could. An event says what came of it."""
        session = self._session
        recent = [game.lines for game in self._episodes.recent]
        mean = float(np.mean(recent)) if recent else 0.0
        metadata = BestMetadata(
            metric="recent_lines",
            value=mean,
            lines=mean,
            reward=float(np.mean([game.reward for game in self._episodes.recent])) if recent else 0.0,
            episode=session.episode,
            step=session.step,
            seed=self._config.seed,
            active_seconds=session.clock.active_seconds,
            games=len(recent),
            settings=self._playing,
        )
        try:
            save_named(session.run, slot, self._model.to_bytes(), metadata)
        except OSError as error:
            session.event("warning", f"The model could not be saved as “{slot}”: {reason(error)}.")
        except ModelNameError as error:
            session.event("warning", f"The model was not saved. {error}")
        else:
            session.event("checkpoint", f"The model as it is at step {session.step:,} is saved as “{slot}”")
            return True
        return False

    def _go_on_from(self, checkpoint: Checkpoint) -> None:
        restore_learner(self._model, self._history, checkpoint)
        state = read_state(checkpoint)
        self._session.load_state(checkpoint.step, state["session"])
        self._best.go_on_from(state["best_value"])
        self._episodes.load_state(state["episodes"])
        self._metrics.load_state(state["metrics"])
        self._evaluate.load_state(state["evaluations"], checkpoint.contents.get(EVALUATING_FILE))

    def _finish(self) -> None:
        session, stop = self._session, self._events.stop
        session.stepped(self._model.num_timesteps)
        if not stop.is_set() and not self._target_reached:
            self._evaluate.finish(self._model)
        self._best.write()
        stopped = stop.is_set()
        session.update(state="stopping")
        saved = self._checkpoints.save()
        if stopped:
            how = "it can go on from here" if saved else "it can go on from the checkpoint before, which makes the steps since then again"
            session.event("stopped", f"Stopped at step {session.step:,}; {how}")
        else:
            session.event("finished", f"Finished: {'the target is reached' if self._target_reached else 'all steps are done'}")
        session.update(state="stopped" if stopped else "finished")


def board_snapshots(batch: TetrisBatch) -> TakeSnapshot:
    """A function that takes the watched game as it is, for a row of `boards.jsonl` that is made later, by the thread that writes it."""

    def take(step: int) -> Callable[[], BoardRow]:
        return partial(_board_row, batch.watched_board(), batch.height, step, datetime.now(UTC))

    return take


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
