"""What a person reads in a terminal about runs."""

from pathlib import Path

import orjson
import pytest

from tests.commands import call, cli
from tests.pages.fake_runs import ended, new_run
from trainer.creating import create_run
from trainer.run_files.labels import update_labels
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import Best
from trainer.tasks.tetris.about import TetrisSettings


@pytest.fixture
def finished(tmp_path: Path) -> RunDirectory:
    """A run that has done its 1,500 steps."""
    run = new_run(tmp_path / "runs", "A first run", total=1_500, seed=4)
    return ended(run, "finished", num_timesteps=1_500, total_timesteps=1_500)


def test_status_says_how_a_run_is(finished: RunDirectory) -> None:
    text = cli("status", finished.path).stdout
    document = orjson.loads(call("status", finished.run_id, "--runs-dir", finished.path.parent, "--json").stdout)

    assert "finished" in text
    assert "A first run" in text
    assert "1,500 of 1,500" in text
    assert document["state"] == "finished"
    assert document["status"]["num_timesteps"] == 1500
    assert document["config"]["settings"]["seed"] == 4
    assert document["pending"] is False


def test_list_shows_every_run_newest_first(finished: RunDirectory, tmp_path: Path) -> None:
    text = cli("list", "--runs-dir", finished.path.parent).stdout
    (document,) = orjson.loads(call("list", "--runs-dir", finished.path.parent, "--json").stdout)
    empty = cli("list", "--runs-dir", tmp_path)

    assert finished.run_id in text
    assert document["run"] == finished.run_id
    assert empty.returncode == 0
    assert "start one with: python -m trainer train" in empty.stdout


def test_list_stops_after_the_newest_if_it_is_told_to(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        new_run(tmp_path, name)
    newest = [run.run_id for run in list_runs(tmp_path)[:2]]
    assert [line.split()[0] for line in call("list", "--newest", "2", "--runs-dir", tmp_path).stdout.splitlines()] == newest
    assert [one["run"] for one in orjson.loads(call("list", "--newest", "2", "--json", "--runs-dir", tmp_path).stdout)] == newest
    assert call("list", "--newest", "0", "--runs-dir", tmp_path).returncode == 2


def test_list_tells_a_result_to_its_last_digit(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    ended(run, "finished", best=Best("eval_lines", 1_234_567.25, 3_000))
    assert "1,234,567.25" in call("list", "--runs-dir", tmp_path).stdout


def test_status_says_what_a_resume_is_not_exact_in(tmp_path: Path) -> None:
    run = ended(new_run(tmp_path, "x"), "stopped", not_exact="the replay buffer is too large")
    assert "not exact    the replay buffer is too large" in call("status", run.path).stdout


def test_list_and_status_call_a_run_what_was_written_on_it_in_the_app(tmp_path: Path) -> None:
    run = create_run(TetrisSettings(), name="as it was made", runs_dir=tmp_path)
    update_labels(run, name="as it is called now")
    for command in (("list", "--runs-dir", tmp_path), ("status", run.path)):
        text = cli(*command).stdout
        assert "as it is called now" in text
        assert "as it was made" not in text
