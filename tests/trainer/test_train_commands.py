"""`train`, `resume` and `start`: the options are the settings of the task."""

from pathlib import Path

import pytest

from tests.commands import call
from trainer import queueing
from trainer.__main__ import main
from trainer.probing import probe
from trainer.run_files.config_file import read_config
from trainer.run_files.queue import QUEUE_FILE, read_queue
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.seeds import ALLOWED
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.tetris.about import ABOUT, TetrisSettings
from trainer.train_commands import settings_of


def test_the_options_are_the_settings_of_the_task() -> None:
    assert settings_of([]) == TetrisSettings()
    assert settings_of(["--task", "tetris", "--preset", "10x10", "--seed", "7"]) == TetrisSettings(**{**ABOUT.presets["10x10"], "seed": 7})


@pytest.mark.parametrize("words", [["--task", "chess"], ["--task=chess"]])
def test_a_task_that_is_not_installed_is_refused_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["train", "--runs-dir", str(tmp_path / "runs"), *words]) == 2
    assert capsys.readouterr().err == ("error: 'chess' is not a task here; there are tetris, gym. Install the package that has it.\n")
    assert not (tmp_path / "runs").exists()


def test_a_choice_that_is_named_alone_has_a_value_of_its_own() -> None:
    named = settings_of(["--env", "Pendulum-v1", "--normalize", "--use-sde", "--seed", "2"])
    assert isinstance(named, GymSettings)
    assert (named.normalize, named.use_sde, named.seed) == ("observations and rewards", "on", 2)
    said = settings_of(["--env", "Pendulum-v1", "--normalize", "rewards"])
    assert isinstance(said, GymSettings)
    assert said.normalize == "rewards"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What processes were asked for; none is started."""
    words: list[list[str]] = []
    monkeypatch.setattr(queueing, "start_child", lambda arguments, _log, **_about: words.append(list(arguments)))
    return words


def test_several_seeds_are_runs_that_wait(tmp_path: Path, started: list[list[str]]) -> None:
    answer = call("train", "--seed", "3,1-2", "--name", "Wide", "--net-arch", "64", "--runs-dir", tmp_path)
    assert answer.returncode == 0
    runs = [RunDirectory(Path(line)) for line in answer.stdout.splitlines()]
    assert [entry.run for entry in read_queue(tmp_path)] == [run.run_id for run in runs]
    assert [read_config(run).name for run in runs] == ["Wide, seed 3", "Wide, seed 1", "Wide, seed 2"]
    assert [(read_config(run).seed, read_config(run).settings["seed"]) for run in runs] == [(3, 3), (1, 1), (2, 2)]
    assert [run.run_id[15:] for run in runs] == ["-wide-s3", "-wide-s1", "-wide-s2"]
    assert {probe(run).state for run in runs} == {"queued"}
    assert started == [["queue", "run", "--runs-dir", str(tmp_path)]]


@pytest.mark.usefixtures("started")
def test_one_run_waits_if_it_is_told_to(tmp_path: Path) -> None:
    (line,) = call("train", "--queue", "--seed", "7", "--runs-dir", tmp_path).stdout.splitlines()
    assert [(entry.run, entry.on) for entry in read_queue(tmp_path)] == [(Path(line).name, "")]


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seed", "5-1"], "error: argument --seed: seed must be a range that grows, 1-5; got '5-1'."),
        (
            ["--seed", "1-"],
            f"error: argument --seed: seed must be {ALLOWED}; got '1-'.",
        ),
        (["--seed", "1-10000"], f"error: argument --seed: seed must be {ALLOWED}; '1-10000' is more than 100."),
        (["--seed", "1,1"], "error: argument --seed: seed must name each seed once; '1,1' names 1 more than once."),
        (["--seed", "1-2", "--on", "abacus"], "error: --on must be ray or ray:HOST:PORT; got 'abacus'."),
        (["--seed", "1-2", "--board-every", "0"], "error: board_every must be a whole number from 1 to 1000; got '0'."),
        (["--seed", "1-2", "--net-arch", "64", "--fork", "gone"], "error: There is no run 'gone'"),
    ],
)
def test_what_cannot_be_queued_makes_no_run(tmp_path: Path, words: list[str], sentence: str) -> None:
    answer = call("train", *words, "--runs-dir", tmp_path / "runs")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(sentence)
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("started")
def test_a_damaged_queue_makes_no_run_either(tmp_path: Path) -> None:
    (tmp_path / QUEUE_FILE).write_bytes(b"[]")
    answer = call("train", "--seed", "1-3", "--runs-dir", tmp_path)
    assert (answer.returncode, answer.stdout, list_runs(tmp_path)) == (1, "", [])
    assert answer.stderr.startswith("error: queue.json must hold a JSON object; got list; which runs wait is not known")
