"""Evaluation beside training: hands networks to the evaluator and takes its results."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from .....learning.best_model import BestModel, Candidate
from .....learning.session import RunSession
from .....run_files.evaluations import EvaluationRow
from .....run_files.fields import from_fields
from .....run_files.files import now_ms
from .....run_files.models import BestMetadata
from ..dqn import AfterstateDQN
from ..evaluation import BackgroundEvaluator, EvaluationJob, FinishedJob
from ..network import network_layers
from ..record_games import RecordGames
from ..saved_model import layers_of
from ..saved_state import JobNumbers

STEPS_PER_PIECE = 0.05  # the compiled player is at least 20 times as fast as training: so it never falls behind
CAPPED_SHARE = 0.25  # when more games than this are cut, the mean says more about the cut than about the network
JOB_NUMBERS = tuple(one.name for one in fields(JobNumbers))
WAIT_SLICE_S = 0.02  # between two looks at pause and stop while waiting for the evaluator


class EvaluateGreedily:
    """Evaluates the network every `eval_every` steps, on another core, and offers it to the best model.

    When games outgrow their cut it is doubled, or the mean would saturate; every row says which cut it was played with. The
    distance between evaluations grows with the pieces of the one before, so that training seldom waits for them. None of this
    looks at the clock: the same seed is evaluated at the same steps on any machine.

    Args:
        recorder: where the games go, to be watched again.
        obey: looks at pause and stop; returns whether training goes on.
        playing: what is needed to play the model, for its metadata.
    """

    def __init__(
        self,
        session: RunSession,
        evaluator: BackgroundEvaluator,
        best: BestModel,
        recorder: RecordGames,
        *,
        obey: Callable[[], bool],
        eval_every: int,
        games: int,
        max_pieces: int,
        seed: int,
        playing: dict[str, object],
    ) -> None:
        self._session, self._evaluator, self._best, self._recorder = session, evaluator, best, recorder
        self._obey = obey
        self._eval_every, self._max_pieces = eval_every, max_pieces
        self._seed, self._playing = seed, playing
        self.next_step = eval_every
        """When the next evaluation is due."""
        self._expected_pieces = games * max_pieces
        self._last_step = -1
        self._job: EvaluationJob | None = None

    def between_moves(self, model: AfterstateDQN) -> bool:
        """Take a result, and evaluate the network if that is due. Returns whether training goes on."""
        self._take_result()
        if model.num_timesteps < self.next_step:
            return True
        if not self._wait_for_evaluator():
            return False
        self._evaluate(model)
        return True

    def finish(self, model: AfterstateDQN) -> None:
        """Evaluate the network as it is now and wait for the result, unless that has been done or a stop comes."""
        if self._evaluator.busy or self._last_step < model.num_timesteps:
            self._session.event("evaluation", "All steps are done; the last network is being evaluated")
        if self._wait_for_evaluator() and self._last_step < model.num_timesteps:
            self._evaluate(model)
            self._wait_for_evaluator()

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types; the network that is being evaluated is in `evaluating`."""
        job = self._job
        return {
            "next_step": self.next_step,
            "last_step": self._last_step,
            "max_pieces": self._max_pieces,
            "expected_pieces": self._expected_pieces,
            "job": job and {name: getattr(job, name) for name in JOB_NUMBERS},
        }

    @property
    def evaluating(self) -> bytes | None:
        """The model whose result has not been taken yet."""
        return self._job.model if self._job else None

    def load_state(self, state: Mapping[str, Any], evaluating: bytes | None) -> None:
        """Go on from what `state` returned: a network that was being evaluated is evaluated again."""
        self.next_step, self._last_step, self._max_pieces = state["next_step"], state["last_step"], state["max_pieces"]
        self._expected_pieces = state["expected_pieces"]
        if evaluating is not None:
            job, layers = from_fields(JobNumbers, state["job"] or {}), layers_of(evaluating, "evaluating.zip of the checkpoint")
            self._submit(EvaluationJob(**asdict(job), model=evaluating, layers=layers))

    def close(self) -> None:
        """Give up an evaluation that is still going on."""
        self._evaluator.close()

    def _wait_for_evaluator(self) -> bool:
        while not self._evaluator.wait(WAIT_SLICE_S):
            self._session.waits()
            if not self._obey():
                return False
        self._take_result()
        return True

    def _evaluate(self, model: AfterstateDQN) -> None:
        self._last_step = model.num_timesteps
        self.next_step = model.num_timesteps + max(self._eval_every, int(self._expected_pieces * STEPS_PER_PIECE))
        clock = self._session.clock
        self._submit(
            EvaluationJob(
                step=model.num_timesteps,
                episode=self._session.episode,
                wall_seconds=round(clock.wall_seconds, 3),
                active_seconds=round(clock.active_seconds, 3),
                model=model.to_bytes(),
                layers=network_layers(model.policy.q_net_average),
                max_pieces=self._max_pieces,
            )
        )

    def _submit(self, job: EvaluationJob) -> None:
        self._job = job
        self._evaluator.submit(job)

    def _take_result(self) -> None:
        finished = self._evaluator.take()
        if finished is not None:
            self._job = None
            self._record(finished)
            self._expected_pieces = int(finished.evaluation.pieces.sum())
            self._raise_the_cut(finished)

    def _raise_the_cut(self, finished: FinishedJob) -> None:
        if finished.evaluation.capped.mean() <= CAPPED_SHARE:
            return
        self._max_pieces *= 2
        self._expected_pieces *= 2
        cut = int(finished.evaluation.capped.sum())
        said = f"{cut} of {len(finished.evaluation.lines)} evaluation games were cut: from now on they may last {self._max_pieces:,} pieces"
        self._session.event("evaluation", said)

    def _record(self, finished: FinishedJob) -> None:
        job, result = finished.job, finished.evaluation
        self._session.evaluations.append(
            EvaluationRow(
                step=job.step,
                wall_seconds=job.wall_seconds,
                active_seconds=job.active_seconds,
                games=len(result.lines),
                mean_lines=result.mean_lines,
                ci95=result.ci95,
                median_lines=float(np.median(result.lines)),
                max_lines=int(result.lines.max()),
                mean_pieces=float(result.pieces.mean()),
                max_pieces=job.max_pieces,
                capped_games=int(result.capped.sum()),
                lines=result.lines.tolist(),
                evaluation_seconds=round(result.seconds, 3),
                mean_holes=result.play.mean_holes,
                mean_height=result.play.mean_height,
                clears=result.play.clears,
                columns=result.play.columns,
                pieces=result.play.pieces,
                at=now_ms(),
            )
        )
        metadata = BestMetadata(
            metric="eval_lines",
            value=result.mean_lines,
            lines=result.mean_lines,
            reward=float((result.pieces - ~result.capped).mean()),
            episode=job.episode,
            step=job.step,
            seed=self._seed,
            active_seconds=job.active_seconds,
            ci95=result.ci95,
            games=len(result.lines),
            settings=self._playing,
        )
        recording = self._recorder.evaluation(job.step, result.games, job.layers)
        self._best.consider(Candidate(metadata, lambda: job.model, recording.only(int(result.lines.argmax()))))
