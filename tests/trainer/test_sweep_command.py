"""`python -m trainer sweep`: what it takes, what it prints, and what it says of wrong use."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trainer.__main__ import main
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.studies import Confirmed, Progress, Trial, Vary, read_study, read_wanted, write_progress, write_trial
from trainer.run_files.study_directory import StudyDirectory, list_studies
from trainer.sweeping import starting

Capture = pytest.CaptureFixture[str]
Words = list[list[str]]
START = ("--env", "CartPole-v1", "--algo", "ppo", "--vary", "learning_rate=log:1e-4:1e-2", "--vary", "gamma=0.9,0.99")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Words:
    """What processes were asked for; none is started."""
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", str(tmp_path))
    words: Words = []
    monkeypatch.setattr(starting, "start_child", lambda arguments, _log, **_about: words.append(list(arguments)))
    return words


def start(runs_dir: Path, capture: Capture, *more: str) -> StudyDirectory:
    """Start a sweep; returns the study that was made."""
    assert main(["sweep", "start", *START, *more, "--json"]) == 0
    (study,) = list_studies(runs_dir)
    assert json.loads(capture.readouterr().out) == {"study": study.study_id}
    return study


def test_a_sweep_is_started_as_it_is_typed(tmp_path: Path, started: Words, capsys: Capture) -> None:
    more = ("--trials", "20", "--seeds", "1-3", "--total-timesteps", "20000", "--workers", "2", "--name", "First", "--prune", "median")
    made = start(tmp_path, capsys, *more)
    assert started == [["sweep", "run", str(made.path)]]
    study = read_study(made)
    assert study.vary == [Vary("learning_rate", "log", 1e-4, 1e-2), Vary("gamma", "choices", values=[0.9, 0.99])]
    assert (study.task, study.trials, study.seeds, study.workers, study.name) == ("gym", 20, [1, 2, 3], 2, "First")
    assert (study.method, study.decide, study.pruner, study.metric) == ("tpe", "iqm", "median", "evaluation")
    assert (study.confirm_top, study.confirm_seeds) == (3, [4, 5, 6, 7, 8])
    assert (study.settings["total_timesteps"], study.settings["n_steps"]) == (20_000, 32), "on top of the published settings"


def test_what_varies_tells_the_task_too(tmp_path: Path, started: Words, capsys: Capture) -> None:
    assert main(["sweep", "start", "--vary", "clip_range=0.1,0.2", "--method", "grid", "--seeds", "4,7"]) == 0
    (study,) = map(read_study, list_studies(tmp_path))
    assert (study.task, study.trials, study.seeds) == ("gym", 2, [4, 7])
    assert "2 trials, 4 runs" in capsys.readouterr().out
    assert len(started) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--trials", "0"), "trials must be a whole number from 1 to 10,000; got '0'."),
        (("--workers", "0"), "workers must be a whole number from 1 to 10,000; got '0'."),
        (("--vary", "n_steps=log:64:8"), "n_steps must vary from a smaller to a larger value; got 64 to 8."),
        (("--vary", "tallness=1,2"), "Gymnasium has no setting 'tallness'. It has "),
        (("--vary", "gamma=0.5,0.6"), "gamma can vary in one way only; it was named twice."),
        (("--seeds", "3-1"), "argument --seeds: seed must be a range that grows, 1-3; got '3-1'."),
        (("--metric", "luck"), "metric must be one of evaluation, best,"),
        (("--confirm", "30"), "confirm must be a whole number from 0 to 20; got '30'."),
        (("--on", "cloud"), "--on must be "),
        (("--learning-rate", "2000"), "argument --learning-rate: learning_rate must be a number from 1e-09 to 10, or nothing; got '2000'."),
        (("--env", "Nowhere-v0"), "Nowhere-v0 must be an environment that is registered here"),
    ],
)
def test_wrong_use_is_one_sentence_and_makes_nothing(
    tmp_path: Path, started: Words, capsys: Capture, options: tuple[str, ...], said: str
) -> None:
    try:
        code = main(["sweep", "start", *START, *options])
    except SystemExit as exit_of_argparse:
        code = int(str(exit_of_argparse.code))
    assert code == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {said}")
    assert captured.err.count("\n") == 1
    assert (list_studies(tmp_path), started) == ([], [])


def test_without_something_that_varies_there_is_no_sweep(started: Words, capsys: Capture) -> None:
    assert main(["sweep", "start", "--env", "CartPole-v1"]) == 2
    assert capsys.readouterr().err == "error: A sweep needs something that varies: add --vary SETTING=VALUES, as gamma=0.9,0.99.\n"
    assert started == []


def shown(study: StudyDirectory, capture: Capture) -> dict[str, Any]:
    """What `status --json` prints."""
    assert main(["sweep", "status", study.study_id, "--json"]) == 0
    printed: dict[str, Any] = json.loads(capture.readouterr().out)
    return printed


@pytest.mark.usefixtures("started")
def test_how_a_sweep_is(tmp_path: Path, capsys: Capture) -> None:
    study = start(tmp_path, capsys, "--trials", "3")
    assert (shown(study, capsys)["state"], shown(study, capsys)["pid"], shown(study, capsys)["trials"]) == ("starting", None, [])
    complete = Trial(
        0, params={"learning_rate": 0.001, "gamma": 0.9}, state="complete", runs={"1": "a-t000-s1"}, values={"1": 480.0}, score=480.0,
        low=400.0, high=490.0,
    )  # fmt: skip
    write_trial(study, complete)
    write_trial(study, replace(complete, number=1, state="pruned", error="Worse than the median."))
    write_trial(study, Trial(2, params=complete.params, state="failed", error="a-t002-s1 was deleted."))
    again = replace(complete, number=3, phase="confirm", of=0, runs={"4": "a-c000-s4"}, score=450.0)
    write_trial(study, again)
    found = Confirmed(0, 3, 480.0, 400.0, 490.0, 450.0, 440.0, 460.0, 30.0)
    write_progress(study, Progress(ProcessIdentity.own(), "finished", importance={"gamma": 0.75}, best=0, confirmed=[found]))

    printed = shown(study, capsys)
    assert [(one["number"], one["state"], one["runs"]) for one in printed["trials"]] == [
        (0, "complete", ["a-t000-s1"]), (1, "pruned", ["a-t000-s1"]), (2, "failed", []),
    ]  # fmt: skip
    assert (printed["state"], printed["planned"], printed["best"]["number"]) == ("finished", 3, 0)
    assert printed["confirmed"] == [
        {
            "trial": 0,
            "params": complete.params,
            "search": {"score": 480.0, "low": 400.0, "high": 490.0},
            "unseen": {"score": 450.0, "low": 440.0, "high": 460.0},
            "optimism": 30.0,
            "runs": ["a-c000-s4"],
        }
    ]
    assert main(["sweep", "status", study.study_id]) == 0
    told = capsys.readouterr().out
    assert f"{study.study_id} is finished: 3 of 3 trials\n" in told
    assert "        2  failed                                       learning_rate 0.001, gamma 0.9 a-t002-s1 was deleted.\n" in told
    assert "trial 0: 480 (400 to 490) in the search, 450 (440 to 460) on unseen seeds; the search was 30 too optimistic\n" in told
    assert "best: trial 0 by evaluation; what matters: gamma 75%\n" in told


@pytest.mark.usefixtures("started")
def test_which_sweeps_there_are(tmp_path: Path, capsys: Capture) -> None:
    assert main(["sweep", "status"]) == 0
    assert capsys.readouterr().out.startswith(f"no sweeps in {tmp_path}; start one with: ")
    study = start(tmp_path, capsys, "--name", "Mine")
    assert main(["sweep", "status"]) == 0
    assert capsys.readouterr().out.split() == [study.study_id, "starting", "Mine"]
    assert main(["sweep", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"study": study.study_id, "name": "Mine", "state": "starting"}]


def test_stopping_and_resuming(tmp_path: Path, started: Words, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    study = start(tmp_path, capsys)
    progress = Progress(replace(ProcessIdentity.own(), pid=2**22 + 1))
    write_progress(study, progress)
    assert main(["sweep", "resume", study.study_id]) == 0
    assert f"{study.study_id} goes on" in capsys.readouterr().out
    assert (read_wanted(study), len(started)) == ("running", 2)
    stopped = replace(progress, state="stopped")
    monkeypatch.setattr(starting, "start_child", lambda *_, **__: write_progress(study, stopped))
    assert main(["sweep", "stop", study.study_id]) == 0
    assert capsys.readouterr().out == f"{study.study_id} is stopped\n"
    assert read_wanted(study) == "stopped"
    assert main(["sweep", "stop", study.study_id]) == 2
    assert capsys.readouterr().err == f"error: {study.study_id} is stopped: there is nothing to stop.\n"
    for words in (["status", "--json"], ["stop"], ["resume"], ["run"]):
        assert main(["sweep", words[0], "20260102-030405-nothing", *words[1:]]) == 2
        assert capsys.readouterr().err.startswith("error: There is no sweep '20260102-030405-nothing'")
