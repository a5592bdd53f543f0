"""`runs/.sweeps/<study_id>/`: what a sweep searches, how far it is, what it has found."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.studies import (
    Confirmed,
    Progress,
    Study,
    Trial,
    Vary,
    make_study,
    read_progress,
    read_study,
    read_trials,
    read_wanted,
    write_progress,
    write_trial,
    write_wanted,
)
from trainer.run_files.study_directory import StudyDirectory

AT = "2026-11-23T15:04:05.123Z"
STUDY = Study(
    name="Größe <b>",
    task="gym",
    settings={"env": "CartPole-v1", "net_arch": [64, 64], "seed": 1},
    vary=[Vary("learning_rate", "log", 1e-4, 1e-2), Vary("net_arch", "choices", values=[[64], [64, 64]])],
    method="tpe",
    trials=20,
    seeds=[1, 2],
    metric="evaluation",
    confirm_seeds=[3, 4],
    created_at=AT,
)
GOLDEN_STUDY = """{
  "version": 4,
  "name": "Größe <b>",
  "task": "gym",
  "settings": {
    "env": "CartPole-v1",
    "net_arch": [
      64,
      64
    ],
    "seed": 1
  },
  "vary": [
    {
      "setting": "learning_rate",
      "scale": "log",
      "low": 0.0001,
      "high": 0.01,
      "values": []
    },
    {
      "setting": "net_arch",
      "scale": "choices",
      "low": null,
      "high": null,
      "values": [
        [
          64
        ],
        [
          64,
          64
        ]
      ]
    }
  ],
  "method": "tpe",
  "trials": 20,
  "seeds": [
    1,
    2
  ],
  "metric": "evaluation",
  "decide": "iqm",
  "pruner": "",
  "workers": 1,
  "on": "",
  "confirm_top": 3,
  "confirm_seeds": [
    3,
    4
  ],
  "sampler_seed": 1,
  "created_at": "2026-11-23T15:04:05.123Z"
}
""".encode()
TRIAL = Trial(
    number=3, params={"learning_rate": 0.001}, state="complete", runs={"1": "20260102-030405-a-t003-s1"}, values={"1": 480.5},
    score=480.5, retries={"1": 1},
)  # fmt: skip
GOLDEN_TRIAL = b"""{
  "version": 4,
  "number": 3,
  "phase": "search",
  "params": {
    "learning_rate": 0.001
  },
  "state": "complete",
  "runs": {
    "1": "20260102-030405-a-t003-s1"
  },
  "values": {
    "1": 480.5
  },
  "score": 480.5,
  "low": null,
  "high": null,
  "error": "",
  "of": null,
  "step": null,
  "retries": {
    "1": 1
  }
}
"""
PROGRESS = Progress(
    ProcessIdentity(4711, 1732370000.5, "here", "b", 12), "running", importance={"gamma": 0.25}, best=3, written_at=AT,
    confirmed=[Confirmed(3, 20, 480.5, 470.0, 491.0, 455.0, 440.0, None, 25.5)],
)  # fmt: skip
GOLDEN_PROGRESS = b"""{
  "version": 4,
  "process": {
    "pid": 4711,
    "started_at": 1732370000.5,
    "host": "here",
    "boot_id": "b",
    "start_ticks": 12
  },
  "state": "running",
  "error": "",
  "problem": "",
  "importance": {
    "gamma": 0.25
  },
  "best": 3,
  "confirmed": [
    {
      "trial": 3,
      "again": 20,
      "search_score": 480.5,
      "search_low": 470.0,
      "search_high": 491.0,
      "score": 455.0,
      "low": 440.0,
      "high": null,
      "optimism": 25.5
    }
  ],
  "written_at": "2026-11-23T15:04:05.123Z"
}
"""


@pytest.fixture
def study(tmp_path: Path) -> StudyDirectory:
    """A study that was made."""
    return make_study(tmp_path / "runs", STUDY)


def test_study_json_is_as_documented(study: StudyDirectory) -> None:
    assert study.study.read_bytes() == GOLDEN_STUDY
    assert read_study(study) == STUDY


def test_a_trial_and_the_progress_are_as_documented(study: StudyDirectory) -> None:
    assert (read_progress(study), read_trials(study)) == (None, [])
    write_trial(study, TRIAL)
    write_progress(study, PROGRESS)
    assert (study.trials / "0003.json").read_bytes() == GOLDEN_TRIAL
    assert study.progress.read_bytes() == GOLDEN_PROGRESS
    assert (read_progress(study), read_trials(study)) == (PROGRESS, [TRIAL])


def test_what_is_cut_anywhere_is_refused_and_takes_no_other_trial_away(study: StudyDirectory) -> None:
    write_trial(study, replace(TRIAL, number=4))
    for content in every_prefix(GOLDEN_TRIAL.rstrip()):
        (study.trials / "0003.json").write_bytes(content)
        damaged: list[str] = []
        assert [one.number for one in read_trials(study, damaged)] == [4]
        assert len(damaged) == 1
        assert "0003.json" in damaged[0]
    for content in every_prefix(GOLDEN_PROGRESS.rstrip()):
        study.progress.write_bytes(content)
        with pytest.raises(FormatError, match=r"progress\.json"):
            read_progress(study)


@pytest.mark.parametrize(
    ("right", "bad"),
    [
        (b'"scale": "log"', b'"scale": "cubic"'),
        (b'"trials": 20', b'"trials": 10001'),
        (b'"seeds": [', b'"seeds": ["x",'),
        (b'"low": 0.0001', b'"low": 1e301'),
        (b'"vary": [', b'"vary": [5, '),
        (b'"metric": "evaluation"', b'"metric": null'),
    ],
)
def test_a_study_that_cannot_be_is_refused(study: StudyDirectory, right: bytes, bad: bytes) -> None:
    assert GOLDEN_STUDY.count(right) == 1
    study.study.write_bytes(GOLDEN_STUDY.replace(right, bad))
    with pytest.raises(FormatError, match=r"study\.json of the sweep .* is damaged"):
        read_study(study)


def test_what_is_wanted_is_running_until_somebody_says_stop(study: StudyDirectory) -> None:
    assert read_wanted(study) == "running"
    write_wanted(study, "stopped", by="app")
    assert read_wanted(study) == "stopped"
    study.control.write_bytes(b"{")
    assert read_wanted(study) == "running"
