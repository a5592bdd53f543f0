"""Evaluation in a thread of its own: it obeys pause and stop, and what goes wrong there is raised where it is taken."""

import threading
import time
from collections.abc import Callable

import pytest

from tests.waiting import wait_until
from trainer.learning.evaluation import BackgroundEvaluator
from trainer.learning.task import EvaluationJob

LOOKS_EVERY_S = 0.01


def _job() -> EvaluationJob:
    return EvaluationJob(step=1, episode=2, wall_seconds=0, active_seconds=0, model=b"", policy=None)


def _endless(_policy: None, continue_training: Callable[[], bool]) -> None:
    while continue_training():
        time.sleep(LOOKS_EVERY_S)


def test_stop_ends_an_evaluation_at_once() -> None:
    resume, stop = threading.Event(), threading.Event()
    resume.set()
    evaluator = BackgroundEvaluator(_endless, resume=resume, stop=stop)
    evaluator.submit(_job())
    assert not evaluator.wait(0.1)
    stop.set()

    wait_until(lambda: not evaluator.busy, 2, "the evaluation to end")
    assert evaluator.take() is None


def test_pause_holds_an_evaluation_and_closing_ends_it() -> None:
    resume, stop, looks = threading.Event(), threading.Event(), list[bool]()

    def play(policy: None, continue_training: Callable[[], bool]) -> None:
        def counted() -> bool:
            looks.append(True)
            return continue_training()

        _endless(policy, counted)

    evaluator = BackgroundEvaluator(play, resume=resume, stop=stop)
    evaluator.submit(_job())
    wait_until(lambda: looks, 10, "the first look")
    assert not evaluator.wait(0.2)
    assert len(looks) == 1  # it waits in its first look

    resume.set()
    wait_until(lambda: len(looks) > 2, 10, "it to go on")
    evaluator.close()
    assert not evaluator.busy


@pytest.mark.parametrize("fails", [False, True])
def test_it_says_that_it_has_ended_whatever_came_of_it(fails: bool) -> None:
    resume, stop, ended = threading.Event(), threading.Event(), list[bool]()
    resume.set()
    evaluator = BackgroundEvaluator(lambda *_: 1 // (not fails), resume=resume, stop=stop, ended=lambda: ended.append(True))
    evaluator.submit(_job())
    evaluator.wait(10)
    assert ended == [True]


def test_what_goes_wrong_in_the_thread_is_raised_where_the_result_is_taken() -> None:
    def broken(_policy: None, _continue_training: Callable[[], bool]) -> None:
        raise ZeroDivisionError

    resume = threading.Event()
    resume.set()
    evaluator = BackgroundEvaluator(broken, resume=resume, stop=threading.Event())
    evaluator.submit(_job())
    evaluator.wait(10)

    with pytest.raises(ZeroDivisionError):
        evaluator.take()
