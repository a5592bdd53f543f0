"""Example runs, trained by real trainers one after another."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from tests.workers import identity_of, pretend_worker
from trainer.errors import RunIsActiveError
from trainer.examples import Example, all_examples, examples_left, is_under_way, start_examples, stop_examples, train_all
from trainer.probing import probe
from trainer.run_files.config_file import read_config
from trainer.run_files.examples import ExampleRuns, read_examples
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.tasks.tetris.about import TetrisSettings

TINY: dict[str, Any] = {
    "total_timesteps": 1_500,
    "board_height": 10,
    "n_envs": 4,
    "net_arch": (8,),
    "eval_max_pieces": 50,
    "eval_episodes": 2,
}


def tiny(count: int, **more: Any) -> list[Example]:
    """The smallest runs there are."""
    return [Example(f"tiny {seed}", TetrisSettings(**{**TINY, "seed": seed, **more})) for seed in range(1, count + 1)]


def test_the_examples_are_two_settings_with_three_seeds_each() -> None:
    settings = {repr(replace(job.config, seed=1)) for job in all_examples()}
    assert (len(all_examples()), len(settings), {job.config.seed for job in all_examples()}) == (6, 2, {1, 2, 3})
    assert len({job.name for job in all_examples()}) == 6


def test_runs_are_trained_one_after_another_and_none_twice(tmp_path: Path) -> None:
    active = list[int]()

    class Watched(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            active.append(sum(probe(run).active for run in list_runs(tmp_path)))
            return super().wait(timeout)

    made = train_all(tiny(2), tmp_path, at_once=1, stop=Watched())
    assert (made.state, made.waiting, len(made.runs)) == ("finished", (), 2)
    assert read_examples(tmp_path) == made
    assert max(active) == 1
    runs = [RunDirectory(tmp_path / run_id) for run_id in made.runs]
    assert [read_config(run).name for run in runs] == ["tiny 1", "tiny 2"]
    assert {probe(run).state for run in runs} == {"finished"}
    assert [job.name for job in examples_left(tmp_path, tiny(3))] == ["tiny 3"], "what is done is not done again"


def test_a_stop_ends_the_run_under_way_and_makes_no_more(tmp_path: Path) -> None:
    stop = threading.Event()
    made = list[Any]()
    thread = threading.Thread(target=lambda: made.append(train_all(tiny(3, total_timesteps=10_000_000), tmp_path, at_once=1, stop=stop)))
    thread.start()
    wait_until(lambda: any(probe(run).state == "running" for run in list_runs(tmp_path)), 60, "the first run to train")
    with pytest.raises(RunIsActiveError, match="One process at a time"):
        train_all(tiny(1), tmp_path, at_once=1, stop=threading.Event())
    stop.set()
    thread.join()
    assert (made[0].state, made[0].waiting, len(made[0].runs)) == ("stopped", ("tiny 2", "tiny 3"), 1)
    (run,) = list_runs(tmp_path)
    wait_until(lambda: probe(run).state == "stopped", 30, "its trainer to stop")


def test_the_examples_go_on_without_the_app_and_can_be_stopped(tmp_path: Path) -> None:
    start_examples(tmp_path)

    def made() -> Any:
        return read_examples(tmp_path)

    wait_until(lambda: made() is not None and made().runs, 60, "the first example to be made")
    assert is_under_way(tmp_path, made())
    stop_examples(tmp_path, made())
    wait_until(lambda: made().state == "stopped", 30, "the process to end")
    wait_until(lambda: not any(probe(run).active for run in list_runs(tmp_path)), 60, "the trainers to end")
    assert len(list_runs(tmp_path)) + len(made().waiting) == len(all_examples())


def test_an_examples_file_that_names_another_process_stops_nothing(tmp_path: Path) -> None:
    for arguments in (
        ["start", str(tmp_path)],
        ["examples", "--runs-dir", str(tmp_path / "other")],
        ["evaluate", "--runs-dir", str(tmp_path)],
    ):
        with pretend_worker(*arguments) as stranger:
            made = ExampleRuns(identity_of(stranger), "training", (), ())
            assert not is_under_way(tmp_path, made)
            stop_examples(tmp_path, made)
            assert stranger.poll() is None
    with pretend_worker("examples", "--runs-dir", tmp_path) as process:
        made = ExampleRuns(identity_of(process), "training", (), ())
        assert is_under_way(tmp_path, made)
        assert not is_under_way(tmp_path, replace(made, state="finished"))
        stop_examples(tmp_path, made)
        process.wait(timeout=10)
    assert not is_under_way(tmp_path, made)
