"""One training run, from fresh events to its final state."""

import math
from collections.abc import Callable

import torch as th
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.utils import LinearSchedule

from trainer.config import RunConfig
from trainer.game.batch import TetrisBatch
from trainer.game.features import FEATURE_SCALES
from trainer.learning.best_model import BestModel
from trainer.learning.callbacks.evaluate import EvaluateGreedily
from trainer.learning.callbacks.obey_control import ObeyControl
from trainer.learning.callbacks.record_training import RecordEpisodes, RecordMetrics
from trainer.learning.callbacks.show_progress import ShowProgress
from trainer.learning.callbacks.snapshot_board import SnapshotBoard
from trainer.learning.callbacks.stop_at_target import StopAtTarget
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.dqn import AfterstateDQN
from trainer.learning.evaluation import CHOOSING_SEEDS, BackgroundEvaluator, Evaluation, EvaluationJob, GameRules, evaluate, seeds_of_set
from trainer.learning.network import AfterstatePolicy
from trainer.learning.session import RunSession
from trainer.learning.vec_env import TetrisVecEnv
from trainer.run_files.boards import BoardRow
from trainer.run_files.files import now_text
from trainer.run_files.models import MODEL_FILE, save_checkpoint

NEVER = 2**62  # games between two lines of stable-baselines3's own log, which nobody reads


def make_model(config: RunConfig) -> AfterstateDQN:
    """The learner of a run and its games, before the first step."""
    batch = TetrisBatch(
        config.n_games,
        height=config.board_height,
        randomizer=config.randomizer,
        max_pieces=config.max_pieces,
        ceilings=[min(config.practice_ceiling, config.board_height)] * config.n_games,
        seed=config.seed,
    )
    return AfterstateDQN(
        AfterstatePolicy,
        TetrisVecEnv(batch, game_over_reward=config.game_over_reward),
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
        highest_return=highest_return(config),
        weight_averaging=config.weight_averaging,
        policy_kwargs={"net_arch": list(config.hidden_layers), "optimizer_kwargs": {"fused": True}},  # Adam in one call for all weights
        seed=config.seed,
        device="cpu",
    )


def highest_return(config: RunConfig) -> float:
    """More rows than any player can clear, discounted: a piece brings 4 cells, a row takes 10, and the board may hold all its rows."""
    return config.board_height + (0.4 / (1 - config.gamma) if config.gamma < 1 else math.inf)


class TrainingRun:
    """Trains one run until all steps are done, the target is reached or a stop comes.

    Args:
        session: the run's logs, clock and status.
        config: its settings.
        events: what the control watcher sets.
        progress: whether to show a progress bar.
    """

    def __init__(self, session: RunSession, config: RunConfig, events: ControlEvents, *, progress: bool) -> None:
        self._session, self._config, self._events = session, config, events
        self._progress = progress
        self._best = BestModel(session, config.best_metric)
        self._obey = ObeyControl(events, session)
        self._evaluate = self._evaluation()
        self._target = StopAtTarget(self._best, config.target_lines) if config.target_lines is not None else None

    def train(self) -> None:
        """Train, then save what was learned and write the final state."""
        th.set_num_threads(1)  # the network is small: more threads only get in each other's way
        config, session = self._config, self._session
        model = make_model(config)
        callbacks = self._callbacks(model)
        session.restart_clock()
        session.event("started", f"Training began: {config.total_timesteps:,} steps, seed {config.seed}")
        session.update(state="running")
        try:
            model.learn(config.total_timesteps, callback=CallbackList(callbacks), log_interval=NEVER)
            self._finish(model)
        finally:
            self._evaluate.close()

    def _callbacks(self, model: AfterstateDQN) -> list[BaseCallback]:
        """In the order in which they run: control first, then bookkeeping."""
        config, session = self._config, self._session
        episodes = RecordEpisodes(session, self._best, seed=config.seed, playing=self._playing)
        environment = model.get_env()
        assert isinstance(environment, TetrisVecEnv)  # noqa: S101 - for the type checker
        callbacks: list[BaseCallback] = [
            self._obey,
            episodes,
            RecordMetrics(session, episodes, log_every=config.log_every),
            SnapshotBoard(self._events, session, board_snapshots(environment.batch)),
            self._evaluate,
        ]
        if self._target is not None:
            callbacks.append(self._target)
        if self._progress:
            callbacks.append(ShowProgress(self._best, config.total_timesteps))
        return callbacks

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
            obey=self._obey.obey,
            eval_every=config.eval_every,
            games=config.eval_games,
            max_pieces=config.eval_max_pieces,
            seed=config.seed,
            playing=self._playing,
            game_over_reward=config.game_over_reward,
        )

    def _finish(self, model: AfterstateDQN) -> None:
        session = self._session
        reached = self._target is not None and self._target.reached
        if not self._events.stop.is_set() and not reached:
            self._evaluate.finish()
        stopped = self._events.stop.is_set()
        session.update(state="stopping")
        self._save_checkpoint(model)
        if stopped:
            session.event("stopped", f"Stopped at step {session.step:,}; what was learned is saved")
        else:
            session.event("finished", f"Finished: {'the target is reached' if reached else 'all steps are done'}")
        session.update(state="stopped" if stopped else "finished")

    def _save_checkpoint(self, model: AfterstateDQN) -> None:
        session = self._session
        try:
            save_checkpoint(session.run, session.step, {MODEL_FILE: model.to_bytes()})
            session.event("checkpoint", f"The model as it is at step {session.step:,} is saved")
        except OSError as error:
            session.event("warning", f"The model could not be saved: {error.strerror}. The best model stays as it was.")


def board_snapshots(batch: TetrisBatch) -> Callable[[int], BoardRow]:
    """A function that gives the watched game as a row of `boards.jsonl`."""

    def take(step: int) -> BoardRow:
        board = batch.watched_board()
        return BoardRow(
            step=step,
            at=now_text(),
            game=board.number,
            seed=board.seed,
            lines=board.lines,
            pieces=board.pieces,
            piece=board.piece + 1,
            height=batch.height,
            cells="".join(map(str, board.colours.ravel().tolist())),
        )

    return take
