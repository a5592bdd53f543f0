"""Example runs, which wait in the queue like any other."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import call
from tests.trainer.simulated import SimulatedEngine
from trainer import queueing
from trainer.examples import all_examples, example_runs, examples_left, queue_examples, stop_examples
from trainer.probing import probe
from trainer.queue_process import QueueProcess
from trainer.run_files.config_file import read_config, write_config
from trainer.run_files.control import read_control
from trainer.run_files.queue import QUEUE_FILE, read_queue
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.trash import list_trash


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)


def _states(runs_dir: Path) -> list[str]:
    return [probe(run).state for run in example_runs(runs_dir)]


def test_the_examples_are_two_settings_with_three_seeds_each() -> None:
    settings = {repr(replace(job.config, seed=1)) for job in all_examples()}
    assert (len(all_examples()), len(settings), {job.config.seed for job in all_examples()}) == (6, 2, {1, 2, 3})
    assert len({job.name for job in all_examples()}) == 6


def test_they_wait_are_trained_in_their_order_and_none_is_made_twice(tmp_path: Path) -> None:
    said = call("examples", "--runs-dir", tmp_path)
    runs = [RunDirectory(Path(line)) for line in said.stdout.splitlines()]
    assert [read_config(run).name for run in runs] == [one.name for one in all_examples()]
    assert [entry.run for entry in read_queue(tmp_path)] == [run.run_id for run in runs]
    assert set(example_runs(tmp_path)) == set(runs)
    assert examples_left(tmp_path) == [], "all of them wait"
    engine = SimulatedEngine(cores=2)
    process = QueueProcess(tmp_path, "", engine, say=print)
    process.look()
    engine.end(runs[0])
    process.look()
    assert engine.started == [run.run_id for run in runs[:3]]
    engine.end(runs[1], "failed")
    assert [one.name for one in examples_left(tmp_path)] == [all_examples()[1].name]


def test_a_stop_ends_those_under_way_and_cancels_those_that_wait(tmp_path: Path) -> None:
    runs = queue_examples(tmp_path, all_examples(), by="app")
    engine = SimulatedEngine(cores=2)
    process = QueueProcess(tmp_path, "", engine, say=print)
    process.look()
    engine.end(runs[0])
    process.look()
    stop_examples(tmp_path)
    assert read_queue(tmp_path) == ()
    assert [read_control(run).run for run in runs[:3]] == ["running", "stopped", "stopped"]
    assert len(list_trash(tmp_path)) == 3
    engine.end_all()
    assert len(examples_left(tmp_path)) == 3


def test_other_runs_are_none_of_them(tmp_path: Path) -> None:
    run = queue_examples(tmp_path, all_examples()[:1], by="app")[0]
    write_config(run, replace(read_config(run), name="My own"))
    assert example_runs(tmp_path) == []
    run.config.write_bytes(b"{")
    assert example_runs(tmp_path) == []


def test_a_damaged_queue_makes_none(tmp_path: Path) -> None:
    (tmp_path / QUEUE_FILE).write_bytes(b"{")
    said = call("examples", "--runs-dir", tmp_path)
    assert (said.returncode, said.stdout, list_runs(tmp_path)) == (1, "", [])
    assert said.stderr.startswith("error: queue.json must hold JSON")
