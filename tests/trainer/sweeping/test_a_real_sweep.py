"""A small sweep from the command line to its end: real processes, a real environment, and a kill on the way."""

import json
import os
import signal
from pathlib import Path

import orjson
import pytest

from tests.waiting import wait_until
from trainer.__main__ import main
from trainer.probing import probe
from trainer.run_files.config_file import StudyTrial, read_config
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.studies import read_trials
from trainer.run_files.study_directory import open_study
from trainer.sweeping.starting import probe_sweep

PATIENCE_S = 120.0

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def test_a_small_sweep_of_cartpole_is_killed_resumed_and_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--env", "CartPole-v1", "--algo", "ppo", "--total-timesteps", "512", "--eval-every", "256", "--eval-episodes", "2"]
    search = ["--vary", "gamma=0.9,0.99", "--method", "grid", "--seeds", "1", "--confirm", "1", "--confirm-seeds", "2", "--workers", "2"]
    assert main(["sweep", "start", *words, *search, "--name", "Small", "--runs-dir", str(tmp_path), "--json"]) == 0
    study = open_study(tmp_path, json.loads(capsys.readouterr().out)["study"])
    wait_until(lambda: probe_sweep(study).state == "running" and len(read_trials(study)) == 2, PATIENCE_S, "both trials to begin")
    os.kill(probe_sweep(study).pid or 0, signal.SIGKILL)
    wait_until(lambda: probe_sweep(study).state == "interrupted", PATIENCE_S, "the kill")
    assert main(["sweep", "resume", study.study_id, "--runs-dir", str(tmp_path)]) == 0
    wait_until(lambda: not probe_sweep(study).active, PATIENCE_S, "the sweep to end")

    capsys.readouterr()
    assert main(["sweep", "status", study.study_id, "--runs-dir", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["pid"], told["problems"]) == ("finished", None, [])
    assert [(one["state"], one["params"]) for one in told["trials"]] == [("complete", {"gamma": gamma}) for gamma in (0.9, 0.99)]
    assert [one["of"] for one in told["confirmations"]] == [told["best"]["number"]] == [told["confirmed"][0]["trial"]]
    for one, seed in ((told["trials"][0], 1), (told["trials"][1], 1), (told["confirmations"][0], 2)):
        (run,) = [RunDirectory(tmp_path / run) for run in one["runs"]]
        config, last = read_config(run), orjson.loads(run.evaluations.read_bytes().splitlines()[-1])
        assert probe(run).state == "finished"
        assert (config.seed, config.settings["gamma"], config.settings["seed"]) == (seed, one["params"]["gamma"], seed)
        assert config.study == StudyTrial(study.study_id, one["number"])
        assert one["values"] == {str(seed): last["mean_reward"]}
        assert one["score"] == last["mean_reward"]
