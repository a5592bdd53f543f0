"""The command line, as real processes: what a person types, reads and gets as exit code."""

import contextlib
import os
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.commands import call, cli
from tests.pages.fake_runs import ended, new_run
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.config_file import read_config
from trainer.run_files.control import update_control
from trainer.run_files.models import read_best
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.starting import start_trainer
from trainer.tasks.tetris.about import ABOUT, TetrisSettings

SMALL = "--total-timesteps 1500 --board-height 10 --n-envs 4 --net-arch 8 --batch-size 16 --buffer-size 1000 --learning-starts 100"
MEASURED = "--log-every 500 --eval-every 500 --eval-episodes 4 --eval-max-pieces 100 --max-pieces 100"


def smallest_train(folder: Path) -> list[str]:
    """The command of the smallest real training."""
    return ["train", "--runs-dir", str(folder), *SMALL.split(), *MEASURED.split()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run that was trained by the command."""
    command = smallest_train(tmp_path_factory.mktemp("runs"))
    result = call(*command, "--name", "A first run", "--seed", "4", "--visual")
    assert result.returncode == 0, result.stderr
    return RunDirectory(Path(result.stdout.splitlines()[0]))


def is_running_as(pid: int, run: RunDirectory) -> bool:
    """Whether the process trains the run."""
    found = probe(run)
    return found.state == "running" and found.status is not None and found.status.process.pid == pid


def stop(run: RunDirectory) -> None:
    """End a run the way a person does."""
    assert call("control", run.path, "stop").returncode == 0


@pytest.mark.long
def test_the_first_line_of_train_is_the_run_directory_and_a_pipe_gets_no_bar(tmp_path: Path) -> None:
    result = cli(*smallest_train(tmp_path))

    (run,) = list_runs(tmp_path)
    assert result.returncode == 0
    assert result.stdout.splitlines()[0] == str(run.path)
    assert result.stderr == ""
    assert "Finished: all steps are done" in run.log.read_text()
    assert run.config.is_file()


@pytest.mark.long
def test_in_a_terminal_there_is_a_progress_bar(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    command = [sys.executable, "-m", "trainer", *smallest_train(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        assert b"steps/s" in written_to(ours)
    assert process.returncode == 0


def written_to(terminal: int) -> bytes:
    """Everything that is written to a terminal until the writer closes it."""
    written = b""
    with open(terminal, "rb", buffering=0) as output, contextlib.suppress(OSError):  # Linux ends a terminal with an error
        while piece := output.read(1_000):
            written += piece
    return written


def test_the_options_come_on_top_of_a_preset(tmp_path: Path) -> None:
    quick = ("--total-timesteps", "200", "--eval-max-pieces", "20", "--eval-episodes", "2")
    assert call("train", "--runs-dir", tmp_path, "--preset", "10x10", *quick).returncode == 0

    (run,) = list_runs(tmp_path)
    options = {"total_timesteps": 200, "eval_max_pieces": 20, "eval_episodes": 2}
    assert read_config(run).settings == TetrisSettings(**{**ABOUT.presets["10x10"], **options}).to_json()


@pytest.mark.long
def test_a_stopped_run_is_resumed_and_ends_with_all_its_steps(tmp_path: Path) -> None:
    run = create_run(TetrisSettings(total_timesteps=1_500, eval_max_pieces=20, eval_episodes=2, log_every=500), runs_dir=tmp_path)
    update_control(run, by="cli", run="stopped")
    assert call("start", run.path).returncode == 0
    assert probe(run).state == "stopped"

    result = cli("resume", run.path, PYTHONPROFILEIMPORTTIME="1")

    assert result.returncode == 0, result.stderr
    imported = {line.split("|")[-1].strip() for line in result.stderr.splitlines()}
    assert "torch.optim" in imported
    assert not imported & {"torch._dynamo", "sympy"}, "torch's compiler, which takes a second to import"
    assert not imported & {"torch._decomp", "tensorboard", "scipy.special", "scipy.linalg"}, "half a second more"
    status = probe(run).status
    assert status is not None
    assert (status.state, status.num_timesteps) == ("finished", 1_504)
    refused = call("resume", run.path)
    assert refused.returncode == 2
    assert "is finished: there is nothing to go on with" in refused.stderr


@pytest.mark.long
def test_a_fork_takes_the_parents_settings_and_the_options_on_top(finished: RunDirectory, tmp_path: Path) -> None:
    result = call("train", "--runs-dir", tmp_path, "--fork", finished.path, "--seed", "9", "--total-timesteps", "500")

    assert result.returncode == 0, result.stderr
    (run,) = list_runs(tmp_path)
    config, parent = read_config(run), read_config(finished)
    assert config.parent is not None
    assert config.parent.run == finished.run_id
    no_random_start = {"exploration_initial_eps": parent.settings["exploration_final_eps"]}
    assert config.settings == parent.settings | no_random_start | {"seed": 9, "total_timesteps": 500}


@pytest.mark.long
def test_evaluate_plays_the_best_model_on_games_that_did_not_choose_it(finished: RunDirectory) -> None:
    arguments = ("evaluate", finished.path, "--games", "12", "--max-pieces", "200", "--json")
    first, again = (orjson.loads(call(*arguments).stdout) for _ in range(2))
    other = orjson.loads(call(*arguments, "--seed", "2").stdout)
    by_folder = orjson.loads(call("evaluate", finished.best, "--games", "12", "--max-pieces", "200", "--json").stdout)

    assert {"episodes", "mean_reward", "ci95", "median_reward", "truncated_episodes", "steps_per_second"} <= set(first)
    assert first["episodes"] == 12
    assert first["ci95"][0] <= first["mean_reward"] <= first["ci95"][1]
    lines = first["named"]
    assert lines["lines_ci95_low"] <= lines["mean_lines"] <= lines["lines_ci95_high"]
    outcome = ("named", "mean_reward", "median_reward", "max_reward", "mean_length", "truncated_episodes")
    assert [first[name] for name in outcome] == [again[name] for name in outcome] == [by_folder[name] for name in outcome]
    assert first["mean_length"] != other["mean_length"]


def test_a_reference_player_is_reported_like_a_model_on_the_same_games(finished: RunDirectory) -> None:
    common = ("--games", "12", "--max-pieces", "200", "--json")
    by_model = orjson.loads(call("evaluate", finished.path, *common).stdout)
    first, again = (orjson.loads(call("evaluate", "--player", "bcts", "--height", "10", *common).stdout) for _ in range(2))
    chance = orjson.loads(call("evaluate", "--player", "random", *common).stdout)

    timing = {"seconds", "steps_per_second"}
    assert list(first) == list(by_model)
    assert {name: first[name] for name in first.keys() - timing} == {name: again[name] for name in again.keys() - timing}
    assert (first["player"], first["settings"]["board_height"], first["truncated_episodes"]) == ("bcts", 10, 12)
    assert (first["mean_length"], first["mean_reward"], chance["settings"]["board_height"]) == (200, 200, 20)
    assert chance["named"]["mean_lines"] < 1 < first["named"]["mean_lines"]
    assert (by_model["player"], first["step"]) == (None, None)


def test_the_board_of_a_model_is_its_own(finished: RunDirectory) -> None:
    for options in ((), ("--save",)):
        refused = call("evaluate", finished.path, "--height", "12", *options)
        assert (refused.returncode, "--height belongs to --player: a model plays on the board" in refused.stderr) == (2, True)


@pytest.mark.long
def test_a_reference_player_needs_no_learner() -> None:
    script = (
        "import sys; from trainer.__main__ import main; main(['evaluate', '--player', 'dt10', '--games', '2', '--max-pieces', '50']);"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_DIR, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert "2 episodes were truncated" in done.stdout


@pytest.mark.long
def test_wide_networks_are_valued_by_one_thread() -> None:
    wide = "[(np.ones((900, N_FEATURES), np.float32), np.ones(900, np.float32)), (np.ones((1, 900), np.float32), np.ones(1, np.float32))]"
    game = "from trainer.tasks.tetris.game.features import *; from trainer.tasks.tetris.game.greedy import *"
    imports = f"from trainer import __main__; import numpy as np, psutil; {game}"
    play = f"{imports}; GreedyGames({wide}, FEATURE_SCALES, [1]).play_slice(10); print(psutil.Process().num_threads())"
    assert subprocess.run([sys.executable, "-c", play], capture_output=True, text=True, check=True).stdout == "1\n"


def test_evaluate_in_words(finished: RunDirectory) -> None:
    text = call("evaluate", finished.path, "--games", "5", "--max-pieces", "50").stdout

    assert "lines per game (95 % interval" in text


def test_a_model_that_was_tampered_with_is_not_loaded(finished: RunDirectory, tmp_path: Path) -> None:
    for name in ("model.zip", "metadata.json"):
        (tmp_path / name).write_bytes((finished.best / name).read_bytes())
    (tmp_path / "model.zip").write_bytes((tmp_path / "model.zip").read_bytes() + b"!")

    result = call("evaluate", tmp_path)

    assert result.returncode == 1
    assert "SHA-256 differs" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.long
def test_a_second_trainer_on_the_same_run_is_refused_and_sigterm_saves_what_the_first_has_learned(endless: RunDirectory) -> None:
    second = call("start", endless.path)

    assert second.returncode == 3
    assert second.stderr.startswith("error: One trainer a run:")

    status = probe(endless).status
    assert status is not None
    os.kill(status.process.pid, signal.SIGTERM)
    wait_until(lambda: probe(endless).state == "stopped", 20, "the trainer to stop")

    assert list(endless.checkpoints.glob("step-*/model.zip"))


@pytest.mark.long
@pytest.mark.usefixtures("a_terminal")
def test_ctrl_c_stops_a_foreground_run_in_good_order(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trainer", "train", "--runs-dir", str(tmp_path), "--board-height", "10", "--n-envs", "4"]
    process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: any(probe(run).state == "running" for run in list_runs(tmp_path)), 60, "training to begin")
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert probe(list_runs(tmp_path)[0]).state == "stopped"


@pytest.mark.long
def test_a_run_is_started_again_whatever_its_trainer_was_told_and_killed_its_files_are_readable(endless: RunDirectory) -> None:
    stop(endless)
    pid = start_trainer(endless)
    wait_until(lambda: is_running_as(pid, endless), 60, "a new trainer")

    wait_until(lambda: read_best(endless) is not None, 60, "a best model")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: probe(endless).state == "crashed", 10, "the death to be noticed")

    assert orjson.loads(call("evaluate", endless.path, "--games", "2", "--max-pieces", "50", "--json").stdout)["episodes"] == 2
    refused = call("control", endless.path, "pause")
    assert refused.returncode == 1
    assert "is not training (crashed)" in refused.stderr


@pytest.mark.parametrize(
    "setting", [setting for setting in TetrisSettings.described() if setting.kind in (int, float)], ids=lambda setting: setting.name
)
def test_every_setting_out_of_range_is_named_with_its_range(setting: Any) -> None:
    result = call("train", f"{setting.flag}={setting.maximum + 1:.0f}")

    assert result.returncode == 2
    assert f"{setting.name} must be {setting.allowed}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["export", "x", "--to", "parquet", "--bom"], 2, "--bom is for CSV files; got --to parquet."),
        ([], 2, "required"),
        (["fly"], 2, "invalid choice"),
        (["train", "--gama", "1"], 2, "--gama"),
        (["train", "--speed", "0.5"], 2, "--speed: must be from 1 to 1,000,000 environment steps per second, or full; got '0.5'"),
        (["train", "--speed", "fast"], 2, "--speed: must be from 1 to 1,000,000 environment steps per second, or full; got 'fast'"),
        (["train", "--speed", "nan"], 2, "--speed: must be from 1 to 1,000,000 environment steps per second, or full; got 'nan'"),
        (["train", "--board-every", "0"], 2, "board_every must be a whole number from 1 to 1000; got '0'."),
        (["status", "nobody"], 2, "There is no run 'nobody'"),
        (["status", "../.."], 2, "There is no run '../..'"),
        (["control", "nobody", "pause"], 2, "There is no run 'nobody'"),
        (["control", "nobody"], 2, "control needs something to do"),
        (["evaluate", "nobody"], 2, "There is no run 'nobody'"),
        (["evaluate"], 2, "one of the arguments RUN_OR_MODEL_DIR --player --missing is required"),
        (["evaluate", "nobody", "--player", "bcts"], 2, "--player: not allowed with argument RUN_OR_MODEL_DIR"),
        (["evaluate", "--player", "me"], 2, "player must be one of random, dellacherie, bcts, dt10, dt20; got 'me'."),
        (["evaluate", "--player", "bcts", "--height", "3"], 2, "height must be a whole number from 4 to 40; got 3."),
        (["evaluate", "--player", "bcts", "--games", "0"], 2, "games must be a whole number from 1 to 100,000; got 0."),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], code: int, sentence: str) -> None:
    where = ["--runs-dir", str(tmp_path)] if arguments and arguments != ["fly"] else []
    result = call(*arguments, *where)

    assert result.returncode == code
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert list_runs(tmp_path) == []


def test_evaluate_refuses_impossible_numbers(finished: RunDirectory) -> None:
    result = call("evaluate", finished.path, "--games", "0")

    assert result.returncode == 2
    assert "games must be a whole number from 1 to 100,000; got 0." in result.stderr


def test_a_runs_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    result = call("train", "--runs-dir", tmp_path / "file" / "runs")

    assert result.returncode == 1
    assert "A run directory must be writable" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.long
def test_runs_are_exported_for_other_tools(finished: RunDirectory, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = cli("export", finished.run_id, "--runs-dir", finished.path.parent, "--to", "csv", "--out", out)
    assert (done.returncode, done.stdout.strip()) == (0, str(out / finished.run_id)), done.stderr
    assert (out / finished.run_id / "metrics.csv").read_text(encoding="utf-8").startswith('"step","wall_seconds"')

    missing = call("export", "no-such-run", "--to", "csv", "--runs-dir", tmp_path)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert missing.stderr.startswith("error: There is no run 'no-such-run'")
    assert call("export", finished.run_id, "--to", "excel").returncode == 2


@pytest.mark.long
def test_no_text_of_a_run_gives_a_terminal_orders_or_makes_a_line(tmp_path: Path) -> None:
    name = "evil\x1b[2J\u202e\x9b0m\r\n20260101-000000-fake  running"
    run = ended(new_run(tmp_path, "x"), "failed", error=f"It failed: {name}", degraded=name)
    run.config.write_bytes(run.config.read_bytes().replace(b'"x"', orjson.dumps(name), 1))
    for command in (["list"], ["status", run.run_id], ["list", "--json"], ["status", run.run_id, "--json"], ["resume", f"{name}"]):
        done = cli(*command, "--runs-dir", tmp_path)
        said = done.stdout + done.stderr
        assert "evil" in said
        assert said.replace("\n", "").isprintable(), said
        assert len([line for line in said.splitlines() if line.startswith("20260101-000000-fake")]) == 0
    assert len(cli("list", "--runs-dir", tmp_path).stdout.splitlines()) == 2, "the run, and what is wrong with it"
