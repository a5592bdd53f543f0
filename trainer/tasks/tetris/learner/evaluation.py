"""Greedy games on fixed seeds: how good a network is. The games are played by compiled code, so that training is not held up."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....learning.mean_interval import mean_interval
from ..files.replays import RecordedGame
from ..game.counts import Play
from ..game.greedy import GreedyGames
from ..game.kernels import follow_up_seed

CHOOSING_SEEDS = 101
"""Seed set A: games that choose the best model."""
REPORTING_SEEDS = 202
"""Seed set B, disjoint from A: games that report how good a model is."""
SLICE_MOVES = 10_000  # moves between two looks at pause and stop: about 50 ms, for each may keep training waiting for Python's lock
LOWEST_LINES = 0  # of a game

Layers = Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class GameRules:
    """What decides how a greedy game goes, besides the network and the seed."""

    board_height: int
    randomizer: str
    max_pieces: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of greedy games, in the order of their seeds."""

    lines: NDArray[np.int64]
    pieces: NDArray[np.int64]
    capped: NDArray[np.bool_]
    """Cut at `max_pieces`."""
    seconds: float
    games: tuple[RecordedGame, ...]
    play: Play
    """How the games were played, all together."""
    ci95: tuple[float, float] | None
    """95 % interval of the mean of the lines; None of a single game."""

    @property
    def mean_lines(self) -> float:
        """Lines a game."""
        return float(self.lines.mean())


def seeds_of_set(seed_set: int, games: int) -> list[int]:
    """The first seeds of a set; different sets share none."""
    return [follow_up_seed(seed_set, 0, number) for number in range(games)]


def evaluate(
    layers: Layers, scales: NDArray[np.float32], seeds: Sequence[int], rules: GameRules, may_go_on: Callable[[], bool]
) -> Evaluation | None:
    """Play one greedy game a seed.

    Args:
        layers: weights and biases of the value network.
        scales: (11,) what the features are divided by.
        seeds: of the games.
        rules: board, pieces and cut.
        may_go_on: asked every few milliseconds; it may block (a pause); False gives up.

    Returns:
        The results, or None if it was given up.
    """
    started = time.perf_counter()
    games = GreedyGames(
        layers, scales, seeds, height=rules.board_height, randomizer=rules.randomizer, max_pieces=rules.max_pieces, record_actions=True
    )
    while not games.play_slice(SLICE_MOVES):
        if not may_go_on():
            return None
    lines, pieces, capped = games.lines, games.pieces, games.capped
    played = tuple(
        RecordedGame(int(seed), int(lines[game]), int(pieces[game]), bool(capped[game]), games.actions(game).tobytes())
        for game, seed in enumerate(seeds)
    )
    return Evaluation(lines, pieces, capped, time.perf_counter() - started, played, games.play, mean_interval(lines, LOWEST_LINES))


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """A network to evaluate, as it was at one step, and the model file that goes with it."""

    step: int
    episode: int
    wall_seconds: float
    active_seconds: float
    model: bytes
    layers: Layers
    max_pieces: int


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """An evaluation and the network it is of."""

    job: EvaluationJob
    evaluation: Evaluation


class BackgroundEvaluator:
    """Evaluates one network at a time in a thread: the games run as compiled code beside training, on another core.

    Args:
        evaluate_job: plays the games of a job; gets a function that tells whether to go on.
        resume: cleared while paused: the games wait too.
        stop: set to give up.
    """

    def __init__(
        self,
        evaluate_job: Callable[[EvaluationJob, Callable[[], bool]], Evaluation | None],
        *,
        resume: threading.Event,
        stop: threading.Event,
    ) -> None:
        self._evaluate_job = evaluate_job
        self._resume, self._stop = resume, stop
        self._thread: threading.Thread | None = None
        self._finished: FinishedJob | None = None
        self._failure: BaseException | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job is being played."""
        return self._thread is not None and self._thread.is_alive()

    def submit(self, job: EvaluationJob) -> None:
        """Start a job; the one before must have been taken."""
        self._thread = threading.Thread(target=self._work, args=(job,), name="evaluator", daemon=True)
        self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the job; returns whether none is being played any more."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.busy

    def take(self) -> FinishedJob | None:
        """The finished job, once.

        Raises:
            BaseException: whatever went wrong in the thread.
        """
        if (self._finished is None and self._failure is None) or self.busy:  # asked at every move: the cheaper question first
            return None
        if self._failure is not None:
            raise self._failure
        finished, self._finished = self._finished, None
        return finished

    def close(self) -> None:
        """Give up what is being played, and wait until it is."""
        self._closed = True
        if self._thread is not None:
            self._thread.join()

    def _may_go_on(self) -> bool:
        self._resume.wait()
        return not (self._closed or self._stop.is_set())

    def _work(self, job: EvaluationJob) -> None:
        try:
            evaluation = self._evaluate_job(job, self._may_go_on)
        except BaseException as failure:  # noqa: BLE001 - raised again in the training thread
            self._failure = failure
            return
        if evaluation is not None:
            self._finished = FinishedJob(job, evaluation)
