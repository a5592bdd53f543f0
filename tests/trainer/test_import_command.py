"""The command that imports: bundles and logs are told by content, and everything is said in one sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import call
from tests.trainer.importing.conftest import TRACKIO, ZOO
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.config_file import read_config
from trainer.run_files.jobs import JobRequest, read_progress, write_request
from trainer.run_files.run_directory import list_runs

RUN = ZOO / "ppo" / "CartPole-v1_1"
HEAD = '#{"t_start": 1700000000.0, "env_id": "CartPole-v1"}\nr,l,t\n'


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder for runs."""
    return tmp_path / "runs"


def test_runs_are_printed_and_a_second_import_says_that_they_are_there(runs: Path) -> None:
    first = call("import", ZOO, TRACKIO, "--runs-dir", runs)
    second = call("import", RUN, "--runs-dir", runs)

    made = list_runs(runs)
    assert sorted(first.stdout.splitlines()) == sorted(str(run.path) for run in made)
    assert (len(made), first.returncode, first.stderr) == (3, 0, "")
    assert "imported     from Trackio: ppo-seed-1" in call("status", next(one for one in made if "seed-1" in one.run_id).path).stdout
    zoo = next(run for run in made if read_config(run).name == "CartPole-v1_1")
    assert (second.stdout, second.returncode) == (f"{zoo.path}\n", 0)
    assert second.stderr == f"note: It was imported before, as {zoo.run_id}; nothing was added.\n"


def test_it_may_be_named_and_its_environment_and_steps_said(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("_step,_runtime,frames,loss\n1,1.0,400,0.5\n")
    done = call(
        "import", tmp_path / "history.csv", "--runs-dir", runs, "--name", "Mine", "--env", "X-v1", "--algo", "PPO", "--step", "frames"
    )
    (run,) = list_runs(runs)
    assert done.returncode == 0
    assert (read_config(run).name, read_config(run).settings) == ("Mine", {"env": "X-v1", "algo": "ppo"})
    assert b'"step":400' in run.metrics.read_bytes()


def test_what_cannot_be_imported_is_said_and_the_rest_is_there(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("text")
    done = call("import", tmp_path / "notes.txt", RUN, "--runs-dir", runs)
    assert (done.returncode, len(list_runs(runs))) == (1, 1)
    assert done.stderr.startswith("error: notes.txt must be a log of monitor.csv, ")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["gone.csv"], 1, "error: There is no file or folder 'gone.csv' to import; check the path.\n"),
        ([str(RUN), "--trust"], 2, "error: --trust is for bundles; logs hold nothing that must be trusted. Leave it out.\n"),
        (["bundle.zip", str(RUN)], 2, "error: A bundle is imported alone, and nobody writes to it; got 2 paths. Import each by itself.\n"),
        (["/dev/zero"], 1, "error: zero cannot be imported (it is a device).\n"),
    ],
)
def test_wrong_use_is_one_sentence(words: list[str], code: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bundle.zip").write_bytes(b"PK\3\4 of some kind")
    done = call("import", *words, "--runs-dir", tmp_path / "runs")
    assert (done.returncode, done.stderr) == (code, sentence)


def test_a_job_says_how_it_ended(runs: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    job.mkdir()
    write_request(job, JobRequest("import", "logs", []))
    assert call("import", ZOO, TRACKIO, "--runs-dir", runs, "--job", job).returncode == 0
    done = read_progress(job)
    assert done is not None
    assert (done.state, done.doing, done.done, done.total) == ("done", "3 runs imported.", 3, 3)
    assert done.result in {run.run_id for run in list_runs(runs)}


def test_a_folder_is_followed_until_somebody_says_that_it_is_enough(runs: Path, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "monitor.csv"
    log.parent.mkdir()
    log.write_text(HEAD + "1,5,1\n")
    command = [sys.executable, "-m", "trainer", "import", "--watch", str(log.parent), "--runs-dir", str(runs)]
    process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: [probe(run).state for run in list_runs(runs)] == ["following"], 60, "the run")
        (run,) = list_runs(runs)
        with log.open("a") as stream:
            stream.write("2,5,2\n")
        process.terminate()  # as Ctrl-C does, which a background job of a shell passes over
        printed, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, printed, said) == (0, f"{run.path}\n".encode(), b"note: Following; Ctrl-C ends it.\n")
    assert probe(run).state == "imported"
    assert run.episodes.read_bytes().count(b"\n") == 2, "what came since the last look is there"


def test_a_job_can_be_cancelled_between_two_runs(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ZOO, tmp_path / "zoo")
    shutil.copy(TRACKIO, tmp_path / "zoo" / "cartpole.db")
    monkeypatch.setattr("trainer.import_command.Work.step", lambda work, *_: work.cancelled.set())
    done = call("import", tmp_path / "zoo", "--runs-dir", runs)
    assert (done.returncode, done.stderr) == (1, "error: It was cancelled; what had been finished before stays.\n")
    assert len(list_runs(runs)) == 1
