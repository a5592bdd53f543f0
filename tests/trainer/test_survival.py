"""Training and every command outlive what surrounds them: terminals, encodings, folders of other names."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import cli
from tests.trainer.learning.tiny import tiny_config
from tests.trainer.test_main import MEASURED, SMALL
from tests.waiting import wait_until
from trainer.creating import create_run, default_runs_dir
from trainer.probing import probe
from trainer.processes import PROJECT_DIR, trainer_command
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.starting import start_trainer

ASCII = {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m trainer …` in a shell, which redirects it."""
    words = ["bash", "-c", command.replace("TRAINER", '"$0" -m trainer'), sys.executable]
    return subprocess.run(words, cwd=PROJECT_DIR, env=os.environ | environment, capture_output=True, timeout=300, check=False)


@pytest.mark.long
@pytest.mark.parametrize(
    ("redirected", "environment"),
    [("TRAIN", ASCII), ("TRAIN <&- >&- 2>&-", {}), ("TRAIN > /dev/full 2>&1", {}), ("TRAIN | head -1; exit ${PIPESTATUS[0]}", {})],
    ids=["ascii", "closed", "full", "head"],
)
def test_no_standard_stream_ends_training(tmp_path: Path, redirected: str, environment: dict[str, str]) -> None:
    train = f"TRAINER train --runs-dir {tmp_path} {SMALL} {MEASURED} --total-timesteps 500"

    result = shell(redirected.replace("TRAIN", train, 1), **environment)

    (run,) = list_runs(tmp_path)
    assert result.returncode == 0, result.stderr
    assert probe(run).state == "finished"
    assert all(isinstance(json.loads(line), dict) for line in run.metrics.read_bytes().splitlines())
    if ">" not in redirected:
        assert result.stdout.splitlines()[0] == os.fsencode(run.path)


@pytest.mark.long
def test_an_event_in_an_encoding_that_lacks_its_quotes_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    run = create_run(tiny_config(total_timesteps=1_000_000_000), runs_dir=tmp_path)
    start_trainer(run)
    wait_until(lambda: probe(run).state == "running", 120, "training to begin")

    assert cli("control", run.path, "--save-as", "better").returncode == 0
    wait_until(lambda: "is saved as “better”" in run.events.read_text(encoding="utf-8"), 60, "the model to be saved")
    assert cli("control", run.path, "stop").returncode == 0
    assert probe(run).state == "stopped"


@pytest.mark.long
@pytest.mark.usefixtures("a_terminal")
def test_closing_the_terminal_saves_what_was_learned(tmp_path: Path) -> None:
    run = create_run(tiny_config(total_timesteps=1_000_000_000, checkpoint_every_s=10_000), runs_dir=tmp_path)
    pid = start_trainer(run)
    wait_until(lambda: (status := probe(run).status) is not None and status.num_timesteps > 200, 120, "some steps")

    os.kill(pid, signal.SIGHUP)

    wait_until(lambda: probe(run).state == "stopped", 60, "the trainer to stop")
    assert list(run.checkpoints.glob("step-*/model.zip"))


@pytest.mark.long
@pytest.mark.parametrize("command", ["--help", "train --help", "list", "list --json", "status RUN", "status RUN --json"])
def test_every_command_speaks_in_any_encoding_and_to_nobody(imported: RunDirectory, command: str) -> None:
    words = command.replace("RUN", imported.run_id)
    words += "" if "--help" in words else f" --runs-dir {imported.path.parent}"

    said = shell(f"TRAINER {words}", **ASCII)

    assert (said.returncode, said.stderr) == (0, b"")
    assert said.stdout.decode("ascii")
    assert shell(f"TRAINER {words} | true; exit ${{PIPESTATUS[0]}}").returncode == 0
    assert shell(f"TRAINER {words} >&-").returncode == 0


def test_a_list_that_cannot_be_written_is_an_error(imported: RunDirectory) -> None:
    said = shell(f"TRAINER list --runs-dir {imported.path.parent} > /dev/full")

    assert said.returncode == 1
    assert said.stderr == b"error: standard output cannot be written (No space left on device).\n"


@pytest.fixture
def imported(tmp_path: Path) -> RunDirectory:
    """A run with a name in no alphabet that old encodings know; nobody has started it."""
    return create_run(tiny_config(), name="γ “你好” – ×", runs_dir=tmp_path)


def test_a_folder_whose_name_is_no_utf_8_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"runs-\xff")
    run = create_run(tiny_config(), name="one", runs_dir=folder)

    said = cli("list", "--json", "--runs-dir", folder)
    assert said.returncode == 0, said.stderr
    assert [one["path"] for one in json.loads(said.stdout)] == [str(run.path)]
    assert shell("TRAINER list", CONTROL_ROOM_RUNS_DIR=str(folder)).returncode == 0
    assert shell(f"TRAINER list --runs-dir '{tmp_path}'/nothing-$'\\xff'").stdout.startswith(b"no runs in ")


def test_a_name_that_is_no_utf_8_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    said = shell(f"TRAINER train --runs-dir {tmp_path} --name $'\\xff'")

    assert said.returncode == 2
    assert b"must be text in UTF-8" in said.stderr
    assert list_runs(tmp_path) == []


def test_the_home_folder_is_meant_where_no_shell_has_seen_the_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", "~/my runs")

    run = create_run(tiny_config(), name="one")

    assert default_runs_dir() == tmp_path / "my runs"
    assert run.path.parent == tmp_path / "my runs"
    assert "one" in cli("list", "--runs-dir=~/my runs").stdout
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", "~nobody-of-this-name/runs")
    refused = cli("list")
    assert refused.returncode == 1
    assert "needs a home folder" in refused.stderr


STRANGER = """
import pwd, runpy, sys
def nobody(*_): raise KeyError("no entry")
pwd.getpwuid = pwd.getpwnam = nobody
sys.argv = ["trainer", *sys.argv[1:]]
runpy.run_module("trainer", run_name="__main__")
"""


@pytest.mark.long
def test_a_user_without_an_entry_and_without_a_home_folder_trains(tmp_path: Path) -> None:
    options = f"train --runs-dir {tmp_path / 'runs'} {SMALL} {MEASURED} --total-timesteps 500".split()
    plain = {name: value for name, value in os.environ.items() if name not in ("HOME", "USER", "LOGNAME", "XDG_CACHE_HOME")}

    done = subprocess.run(
        [sys.executable, "-c", STRANGER, *options], cwd=PROJECT_DIR, env=plain, capture_output=True, text=True, timeout=300, check=False
    )

    assert done.returncode == 0, done.stderr
    assert probe(list_runs(tmp_path / "runs")[0]).state == "finished"


@pytest.mark.long
def test_a_child_runs_its_own_code_whatever_has_its_name_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "pages").mkdir(parents=True)
    for name in ("trainer.py", "utils.py", "pages/__init__.py"):
        (theirs / name).write_text("raise SystemExit('the code of somebody else')\n")
    monkeypatch.setenv("PYTHONPATH", str(theirs))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    run = create_run(tiny_config(total_timesteps=200), name="own", runs_dir=tmp_path / "runs")
    start_trainer(run)
    wait_until(lambda: probe(run).state == "finished", 120, "the run to be finished")


def test_a_child_is_not_led_astray_by_the_folder_it_is_started_in(tmp_path: Path) -> None:
    for name in ("types.py", "trainer.py", "numbers.py", "signal.py"):
        (tmp_path / name).write_text("raise SystemExit('the code of somebody else')\n")
    words = trainer_command(["list", "--runs-dir", str(tmp_path / "runs")])
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no runs in ")
