"""Environments that misbehave in training: one sentence, the run is kept, nothing is lost."""

import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.learning.tiny import rows
from tests.trainer.tasks.gym.odd_environments import RELEASED
from tests.waiting import wait_until
from trainer import probing
from trainer.__main__ import main
from trainer.learning import session
from trainer.learning.any_learner import learner_task, play
from trainer.learning.info_numbers import MAX_NAMES
from trainer.learning.process import run_trainer
from trainer.probing import probe
from trainer.run_files.checkpoints import list_checkpoints
from trainer.run_files.episodes import episodes_table
from trainer.run_files.evaluations import evaluations_table
from trainer.run_files.metrics import metrics_table
from trainer.run_files.models import MODEL_FILE
from trainer.run_files.run_directory import list_runs
from trainer.signals import END_SIGNALS, restore_handlers
from trainer.starting import prepare_resume
from trainer.tasks import find_task
from trainer.tasks.gym.about import GymSettings

from .odd_runs import ODD, QUICK, odd_run, said, step_of, train, warnings_of


def options_for(config: GymSettings) -> list[str]:
    """The options of the command line that give these settings."""
    values = {one.flag: getattr(config, one.name) for one in config.described() if getattr(config, one.name) != one.default}
    return [f"{flag}={','.join(map(str, value)) if isinstance(value, tuple) else value}" for flag, value in values.items()]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("raises in reset", r"Odd-v0 raised ZeroDivisionError: of its own, in its reset \(odd_environments\.py, line \d+\)\."),
        ("exits in reset", r"Odd-v0 called sys\.exit\(3\), in its reset \(odd_environments\.py, line \d+\)\."),
        ("raises in step", r"Odd-v0 raised ZeroDivisionError: of its own, in its step \(odd_environments\.py, line \d+\)\."),
        ("observation alone at reset", r"Odd-v0 must return \(observation, info\) from its reset; got ndarray '\[0\. 0\.\]'\."),
        ("no info at reset", r"Odd-v0 must return info as a dictionary from its reset; got NoneType"),
        ("four values", r"must return \(observation, reward, terminated, truncated, info\) from its step; got 4 values\."),
        ("no reward", r"must return a reward that is a number from its step; got 'None'\."),
        ("two rewards", r"must return a reward that is a number from its step; got '\[1\. 1\.\]'\."),
        ("no flag", r"must return terminated as True or False from its step; got 'no'\."),
        ("no info", r"must return info as a dictionary from its step; got NoneType"),
        ("wrong shape", r"must return observations of shape \(2,\) as its observation_space says from its step; got shape \(3,\)\."),
        ("text", r"must return observations of shape \(2,\) as its observation_space says from its step; got 'left'\."),
        ("nothing", r"must return observations of shape \(2,\) .*; got 'None'\."),
        ("nan at reset", r"must return observations that are finite numbers; got nan \[0\] from its reset, in environment 1 of 1\."),
        ("nan reward", r"must return rewards that are finite numbers; got nan from its step, in environment 1 of 1\. Nothing was learned"),
    ],
)
def test_what_is_wrong_from_the_beginning_fails_the_run_with_one_sentence(tmp_path: Path, fault: str, sentence: str) -> None:
    run = odd_run(tmp_path, fault)
    status = train(run)
    assert status.state == "failed"
    assert re.search(rf"^Training failed: .*{sentence}", status.error or ""), status.error
    assert [row["kind"] for row in rows(run.events)][-1] == "failure"
    assert "Traceback" in rows(run.events)[-1]["traceback"]


@pytest.mark.parametrize(
    ("fault", "settings", "sentence"),
    [
        ("raises in step", {}, r"Odd-v0 raised ZeroDivisionError: of its own, in its step \(odd_environments\.py, line \d+\)\."),
        ("raises in step", {"algo": "dqn", "learning_starts": 20}, r"Odd-v0 raised ZeroDivisionError: of its own, in its step"),
        ("exits in step", {}, r"Odd-v0 called sys\.exit\(3\), in its step"),
        ("raises in reset", {}, r"Odd-v0 raised ZeroDivisionError: of its own, in its reset"),
        ("nan reward", {}, r"got nan from its step"),
        ("nan reward", {"algo": "ars", "n_delta": 2}, r"got nan from its step"),
        ("infinite reward", {"normalize": "observations and rewards"}, r"got inf from its step, in environment 1 of 1"),
        ("infinite reward", {"algo": "dqn", "learning_starts": 20}, r"got inf from its step"),
        ("nan observation", {"n_envs": 2}, r"must return observations that are finite numbers; got nan \[1\] from its step"),
        ("infinite observation", {"normalize": "observations and rewards"}, r"observations that are finite numbers; got inf \[0\]"),
        ("wrong shape", {}, r"Odd-v0 must return from its step what .* say; what it returned cannot be used \(ValueError: could not broad"),
        ("four values", {}, r"Odd-v0 must return from its step what the rules of Gymnasium"),
        ("no reward", {}, r"Odd-v0 must return from its step what the rules of Gymnasium"),
    ],
)
def test_what_goes_wrong_later_leaves_the_model_as_it_was(tmp_path: Path, fault: str, settings: dict[str, Any], sentence: str) -> None:
    run = odd_run(tmp_path, fault, after=100, **settings)
    status = train(run)
    assert status.state == "failed"
    assert re.search(rf"^Training failed: .*{sentence}", status.error or ""), status.error
    assert rows(run.episodes)
    (slot,) = run.models.iterdir()
    assert f"The model as it was is saved as “{slot.name}”." in (status.error or "")
    assert (slot / MODEL_FILE).stat().st_size > 1_000


@pytest.mark.long
def test_a_failed_run_goes_on_from_its_last_checkpoint_once_the_environment_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped: dict[str, Any] = {"normalize": "observations and rewards", "frame_stack": 2}  # the inner one is another object after a resume
    run = odd_run(tmp_path, "raises in step", after=150, step_s=0.01, **wrapped)
    assert train(run).state == "failed"
    checkpoint = list_checkpoints(run)[0]

    monkeypatch.setattr("tests.trainer.tasks.gym.odd_environments.MENDED", [True])
    assert train(run, control_seq=prepare_resume(run, by="cli")).state == "finished"
    assert f"Training goes on from the checkpoint of step {int(checkpoint.name.removeprefix('step-')):,}" in said(run)
    assert [row["episode"] for row in rows(run.episodes)] == list(range(1, 31))


def test_the_traceback_is_in_the_trainers_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(odd_run(tmp_path, "raises in step", after=20))
    printed = capsys.readouterr().out
    assert 'odd_environments.py", line ' in printed
    assert "ZeroDivisionError: of its own" in printed
    assert printed.splitlines()[-1].endswith("”."), "what a person reads comes last"


def test_an_environment_that_fails_in_an_evaluation_fails_the_run_with_the_same_sentence(tmp_path: Path) -> None:
    run = odd_run(tmp_path, "raises in step", after=15, n_envs=10, total_timesteps=100)  # each of ten makes ten steps, that one twenty
    status = train(run)
    assert (status.state, status.num_timesteps) == ("failed", 100)
    assert "Odd-v0 raised ZeroDivisionError: of its own, in its step (odd_environments.py, line " in (status.error or "")


@pytest.mark.parametrize("fault", ["raises in render", "raises in close"])
def test_what_is_not_needed_to_learn_may_fail(tmp_path: Path, fault: str) -> None:
    run = odd_run(tmp_path, fault, visual=True)
    assert train(run).state == "finished"
    assert not [sentence for sentence in said(run) if "Not exact" in sentence]
    complaints = warnings_of(run)
    if fault == "raises in render":
        (sentence,) = complaints
        start = "There is no picture of the environment: Odd-v0 raised ZeroDivisionError: of its own, in its render (odd_environments.py, "
        assert sentence.startswith(start)
        assert sentence.endswith(". Training goes on")
    else:
        assert complaints == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("other dtype", None),
        ("out of bounds", "Odd-v0 returns observations beyond the bounds of its observation_space."),
    ],
)
def test_what_may_be_meant_is_said_once_and_trained(tmp_path: Path, fault: str, sentence: str | None) -> None:
    run = odd_run(tmp_path, fault)
    assert train(run).state == "finished"
    assert warnings_of(run) == [sentence] * bool(sentence)


@pytest.mark.long
def test_what_an_environment_says_in_info_spoils_no_row(tmp_path: Path) -> None:
    run = odd_run(tmp_path, "odd infos")
    assert train(run).state == "finished"
    episodes = rows(run.episodes)
    assert [(row["episode"], row["length"], row["reward"]) for row in episodes] == [(number, 10, 10.0) for number in range(1, 31)]
    core = {"step", "episode", "reward", "length", "truncated", "at"}
    for name, value in {"step": 5, "reward": -1, "length": 3, "truncated": 4, "at": 1, "named": 2}.items():
        assert all(row[f"info/{name}"] == value for row in episodes), "what the environment calls like a field of ours is kept too"
    assert rows(run.evaluations)[-1]["mean_info/reward"] == -1
    names = set[str]().union(*episodes) - core
    assert len(names) <= MAX_NAMES
    assert {"yes", "<b>bold</b>", "number 0", "number 1"} <= names
    assert not {"nothing", "endless", "huge", "large", "two\nlines", "", "nested", "text", "array", "complex", "n" * 500, "5"} & names
    assert len([name for name in set[str]().union(*rows(run.metrics)) if name.startswith("info/")]) <= MAX_NAMES
    assert rows(run.evaluations)[-1]["rewards"] == [10.0, 10.0]
    for table in (episodes_table(run), metrics_table(run), evaluations_table(run)):
        table.refresh()
        assert (len(table) > 0, table.bad_lines, table.problem) == (True, 0, None)
    assert warnings_of(run) == ["The environment says more than 64 numbers in info: those of the first 64 names are recorded."]


def test_warnings_are_said_once_and_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = odd_run(tmp_path, "warns", env=ODD.replace("Odd-v0", "Odd"))
    assert train(run).state == "finished"
    assert sorted(warnings_of(run)) == [
        "Low on 0",
        "Low on 1",
        "Using the latest versioned environment `Odd-v0` instead of the unversioned environment `Odd`",
    ]
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("env", ["Unlike-v0", "Made-v0"])
def test_an_environment_may_say_nothing_of_itself(tmp_path: Path, env: str) -> None:
    run = odd_run(tmp_path, "none", env=ODD.replace("Odd-v0", env), visual=True)
    assert train(run).state == "finished"
    assert rows(run.pictures), "the observation is its picture"


def test_an_environment_that_changes_the_directory_changes_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = GymSettings(**QUICK, env_kwargs='{"fault": "moves"}')
    assert main(["train", "--runs-dir", "runs", *options_for(config)]) == 0
    monkeypatch.chdir(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]
    (run,) = list_runs(tmp_path / "runs")
    assert probe(run).state == "finished"


@pytest.mark.long
def test_an_environment_that_takes_signals_does_not_keep_them(tmp_path: Path) -> None:
    before = {number: signal.getsignal(number) for number in END_SIGNALS}
    run = odd_run(tmp_path, "takes signals", total_timesteps=1_000_000, step_s=0.001, after=100)

    def end() -> None:
        wait_until(lambda: step_of(run) > 150 and signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN, 30, "the trainer's own handler")
        os.kill(os.getpid(), signal.SIGTERM)

    ending = threading.Thread(target=end)
    ending.start()
    try:
        assert run_trainer(run, find_task, control_seq=0)
    finally:
        ending.join()
        restore_handlers(before)
    assert probe(run).state == "stopped"
    assert warnings_of(run) == ["The environment changed what the process does at SIGTERM; it ends training in good order again."]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Half a second without a step is a stall; what hangs goes on at the end."""
    monkeypatch.setattr(session, "STALLED_AFTER_S", 0.5)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(probing, "STALLED_AFTER_S", 0.5)
    yield
    RELEASED.set()


@pytest.mark.long
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("fault", "after", "method"), [("hangs in step", 500, "step"), ("hangs in step", 20, "step"), ("hangs in reset", 0, "reset")]
)
def test_an_environment_that_hangs_is_named_and_the_run_called_stalled(tmp_path: Path, fault: str, after: int, method: str) -> None:
    RELEASED.clear()
    run = odd_run(tmp_path, fault, after=after, eval_every=1_000, total_timesteps=600)
    training = threading.Thread(target=run_trainer, args=(run, find_task), kwargs={"control_seq": 0})
    training.start()
    wait_until(lambda: probe(run).state == "stalled" and probe(run).error, 20, "the stall")
    error = probe(run).error
    assert error is not None
    assert re.match(rf"Odd-v0 does not come back from its {method} \(odd_environments\.py, line \d+\)\. Stop ends the trainer", error)
    RELEASED.set()
    training.join(30)
    assert probe(run).state == "finished"
    assert probe(run).error is None
    assert warnings_of(run) == [error]


@pytest.mark.long
@pytest.mark.usefixtures("impatient")
def test_one_that_hangs_in_a_process_of_its_own_is_told_from_a_trainer_that_hangs(tmp_path: Path) -> None:
    run = odd_run(tmp_path, "hangs in step", after=450, eval_every=10_000, total_timesteps=1_000, vec_env="subproc")
    training = threading.Thread(target=run_trainer, args=(run, find_task), kwargs={"control_seq": 0})
    training.start()
    wait_until(lambda: "from its step" in (probe(run).error or ""), 30, "the stall")
    assert re.match("An environment, in a process of its own, does not come back from its step; the end of trainer", probe(run).error or "")
    for worker in multiprocessing.active_children():
        if "ForkServer" in type(worker).__name__:
            worker.kill()
    training.join(30)
    assert probe(run).state == "failed"
    assert "The process of an environment was killed by SIGKILL (the end of trainer.log may say why)." in (probe(run).error or "")


def test_an_environment_whose_episodes_do_not_end_is_evaluated_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (play, learner_task):
        monkeypatch.setattr(module, "MAX_STEPS", 40)
    run = odd_run(tmp_path, "endless")
    assert train(run).state == "finished"
    (*_, last) = rows(run.evaluations)
    assert (last["rewards"], last["lengths"], last["truncated_episodes"]) == ([40.0, 40.0], [40, 40], 2)
    assert said(run).count("Evaluation episodes that do not end are truncated after 40 steps") == 1


def test_an_environment_that_draws_from_the_generators_that_all_share_is_resumed_exactly(tmp_path: Path) -> None:
    run = odd_run(tmp_path, "draws")
    assert train(run).state == "finished"
    assert warnings_of(run) == []
