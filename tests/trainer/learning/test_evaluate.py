"""Evaluation beside training, seen from the training thread."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.learning.tiny import TETRIS, new_run, rows, tiny_config, train
from trainer.learning.best_model import BestModel
from trainer.learning.callbacks.evaluate import Evaluate
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.evaluation import BackgroundEvaluator
from trainer.learning.session import RunSession
from trainer.learning.task import EvaluationJob
from trainer.run_files.status import Evaluating

LONG_AGO_S = 1_000.0


class LongEvaluation:
    """An evaluation that goes on until the training thread has looked at pause and stop a few times."""

    def __init__(self, session: RunSession) -> None:
        self._session, self._looks, self._over = session, 0, threading.Event()
        self.seen: list[float] = []
        resume = threading.Event()
        resume.set()
        self.callback = Evaluate(
            session,
            TETRIS.make_task(session, tiny_config()),
            BackgroundEvaluator(self._play, resume=resume, stop=threading.Event()),
            BestModel(session, "eval_lines", "lines"),
            obey=self._obey,
            eval_every=400,
        )

    def _play(self, *_: Any) -> None:
        self._over.wait(60)

    def _obey(self) -> bool:
        self._looks += 1
        self._session.update()
        self.seen.append(self._session.status.seconds_since_step)
        if self._looks == 3:
            self._over.set()
        return True


def test_the_wait_for_the_last_evaluation_is_said_and_is_no_stall(tmp_path: Path) -> None:
    config = tiny_config()
    run = new_run(tmp_path, config)
    with RunSession(run, total_timesteps=config.total_timesteps) as session:
        long = LongEvaluation(session)
        session.stepped(config.total_timesteps)
        session._stepped_at = time.monotonic() - LONG_AGO_S
        long.callback.finish()

    assert len(long.seen) == 3
    assert max(long.seen) < LONG_AGO_S / 2
    assert [row["message"] for row in rows(run.events)] == ["All steps are done; the last network is being evaluated"]


def test_the_status_tells_how_many_episodes_have_ended_until_the_evaluation_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.tasks.tetris.learner.evaluation.SLICE_MOVES", 5)
    config = tiny_config()
    with RunSession(new_run(tmp_path, config), total_timesteps=config.total_timesteps) as session:
        task, resume, told = TETRIS.make_task(session, config), threading.Event(), list[Evaluating | None]()
        resume.set()

        def play(policy: Any, _: Callable[[], bool]) -> Any:
            return task.evaluate(policy, look)

        def look() -> bool:
            session.update()
            told.append(session.status.evaluating)
            return len(told) < 3  # then it is given up

        evaluator = BackgroundEvaluator(play, resume=resume, stop=threading.Event(), ended=session.evaluates_no_more)
        evaluator.submit(EvaluationJob(0, 0, 0, 0, b"", task.copy_policy(task.model_bytes())))
        assert evaluator.wait(60)
        session.update()
        assert session.status.evaluating is None
    assert {one.episodes for one in told if one} == {3}
    assert [one.done for one in told if one] == sorted(one.done for one in told if one)
    assert told


@pytest.mark.parametrize(("target", "steps"), [(-1e9, 400), (1e9, 1_200)])
def test_a_run_ends_when_an_evaluation_reaches_the_target_reward(tmp_path: Path, target: float, steps: int) -> None:
    config = tiny_config(target_reward=target)
    run = new_run(tmp_path, config)
    session = train(run, config, ControlEvents())
    said = [row["message"] for row in rows(run.events)]
    reached = [sentence for sentence in said if "reached the target" in sentence]
    assert session.status.state == "finished"
    assert session.status.num_timesteps >= steps
    if target > 0:
        assert reached == []
        assert said[-1] == "Finished: all steps are done"
        return
    first = rows(run.evaluations)[0]
    (sentence,) = reached
    assert sentence.startswith(f"The evaluation at step {first['step']:,} reached the target: mean reward ")
    assert sentence.endswith(", wanted -1,000,000,000")
    assert said[-1] == "Finished: the target is reached"
    assert session.status.num_timesteps < config.total_timesteps
