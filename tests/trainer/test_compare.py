"""`python -m trainer compare`: what it prints, what it refuses, and the numbers in which a comparison once misled."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from pages.ui.analytics.groups import SAME, groups_of
from pages.ui.analytics.run_rows import rows_of
from pages.ui.analytics.versus import sentences_of
from tests.commands import call, cli
from tests.pages.fake_runs import evaluation_row, fill, metrics_row, new_run
from tests.pages.other_tasks import ARCHERY, install_archery, other_run
from trainer.__main__ import main
from trainer.run_files.config_file import Parent, read_config, write_config
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.metrics import COMPARED


def run_with(folder: Path, values: Mapping[int, float], **settings: Any) -> str:
    """A run with these evaluations, by its step; returns its directory."""
    run = new_run(folder, **settings)
    with evaluations_writer(run) as log:
        for step, mean in values.items():
            log.append(evaluation_row(step, mean))
    return str(run.path)


def compared(capsys: pytest.CaptureFixture[str], a: list[str], b: list[str], *options: str) -> dict[str, Any]:
    """What it prints as JSON."""
    assert main(["compare", *a, "--against", *b, "--json", *options]) == 0
    found: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], a: list[str], b: list[str], *options: str) -> str:
    """The sentence with which it refuses."""
    assert main(["compare", *a, "--against", *b, *options]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_it_says_what_the_page_says(tmp_path: Path) -> None:
    a = [run_with(tmp_path, {1_000: 20.0 + seed, 2_000: 90.0 + seed}, seed=seed, gamma=0.9) for seed in range(5)]
    b = [run_with(tmp_path, {1_000: 10.0 + seed, 2_000: 60.0 + seed}, seed=seed) for seed in range(5)]
    done = cli("compare", *a, "--against", *b)
    assert (done.returncode, done.stderr) == (0, "")
    groups = groups_of(rows_of([RunDirectory(Path(path)) for path in (*a, *b)]), SAME, with_marked=False).groups
    for sentence in sentences_of([replace(group, label=label) for group, label in zip(groups, "AB", strict=True)]):
        assert sentence in done.stdout
    assert "A  5 independent runs: " in done.stdout
    assert "   gamma: A 0.9; B 0.99" in done.stdout
    assert "clears 30 lines more than that of B (95 % interval +" in done.stdout
    assert "50  A  2,000 steps, 1.6 s; reached by 5 of 5 runs" in done.stdout
    assert "note:" not in done.stdout


def test_the_json_holds_every_number_and_null_for_what_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = run_with(tmp_path, {1_000: 5.0, 3_000: 7.0}, gamma=0.9), run_with(tmp_path, {1_000: 1.0, 2_000: 2.0})
    found = compared(capsys, [a], [b])
    assert list(found) == [
        "version", "task", "metric", "label", "unit", "better", "score", "at_step", "common_step", "a", "b", "differing_settings",
        "difference", "probability_of_improvement", "sample_efficiency", "sentences", "warnings",
    ]  # fmt: skip
    assert (found["at_step"], found["a"]["n"], found["b"]["n"]) == (2_000, 1, 1)
    assert found["difference"] == {"value": 3.0, "low": None, "high": None}
    assert found["probability_of_improvement"] == {"value": 1.0, "low": None, "high": None}
    assert found["differing_settings"] == {"gamma": {"a": [0.9], "b": [0.99]}}
    (run,) = found["a"]["runs"]
    assert run == {"run": Path(a).name, "seed": 1, "stratum": 0, "score": 5.0, "last_step": 3_000.0, "copies": []}
    at_5 = found["sample_efficiency"][-1]
    assert (at_5["target"], at_5["a"]["reached"], at_5["b"]["reached"], at_5["b"]["ended_early"]) == (5, 1, 0, 1)
    assert at_5["b"]["steps"] == {"value": None, "low": None, "high": None}


def test_the_last_common_step_does_not_read_the_future(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = [run_with(tmp_path, {20_000: 10.0 + n, 40_000: 10.0 + n, 100_000: 610.0}, seed=n, gamma=0.9) for n in range(0, 25, 5)]
    b = [run_with(tmp_path, {20_000: 110.0 + n, 60_000: 110.0 + n}, seed=n) for n in range(0, 25, 5)]
    found = compared(capsys, a, b)
    assert (found["at_step"], found["probability_of_improvement"]["value"], found["difference"]["value"]) == (60_000, 0.0, -100.0)
    later = compared(capsys, a, b, "--at-step", "100000")
    assert later["probability_of_improvement"]["value"] == 1.0
    assert "Not every run has got to step 100,000: the last that all have reached is 60,000." in later["warnings"]
    best = compared(capsys, a, b, "--score", "best", "--at-step", "20000")
    assert best["difference"]["value"] == -100.0
    assert [row["target"] for row in found["sample_efficiency"]][-1] == 500
    (_, *_, last) = best["sample_efficiency"]
    assert (last["target"], last["a"]["reached"], last["b"]["reached"]) == (100, 0, 5), "at step 20,000 nobody knows of the 610"
    assert last["a"]["ended_early"] == 0


def test_copies_of_a_seed_are_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = [run_with(tmp_path, {1_000: 10.0, 2_000: 11.0}, gamma=0.9) for _ in range(4)]
    a.append(run_with(tmp_path, {1_000: 10.0, 2_000: 11.0, 3_000: 12.0}, gamma=0.9, log_every=7))
    b = [run_with(tmp_path, {1_000: 1.0 + seed, 3_000: 1.0 + seed}, seed=seed) for seed in range(5)]
    found = compared(capsys, a, b)
    assert (found["a"]["n"], found["difference"]["low"]) == (1, None)
    (run,) = found["a"]["runs"]
    assert (run["run"], sorted(run["copies"])) == (Path(a[-1]).name, sorted(Path(path).name for path in a[:-1]))
    assert "A: 5 copies of seed 1 count once: the run that got farthest stands for them." in found["warnings"]
    assert any(sentence.startswith("A has 1 independent run;") for sentence in found["warnings"])
    itself = compared(capsys, b, b)
    assert any(sentence.startswith("5 runs of B are copies of runs of A") for sentence in itself["warnings"])


def test_two_learning_rates_are_strata(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sides = []
    for gamma, shift in ((0.9, 3.0), (0.99, 0.0)):
        side = [
            run_with(tmp_path, {1_000: level + seed + shift}, seed=seed, gamma=gamma, learning_rate=rate)
            for rate, level in ((1e-3, 0.0), (1e-2, 1_000.0))
            for seed in range(1, 6)
        ]
        sides.append(side)
    found = compared(capsys, sides[0], sides[1])
    assert found["difference"] == pytest.approx({"value": 3.0, "low": 5 / 3, "high": 4.5}, abs=0.2)
    assert found["probability_of_improvement"]["value"] == pytest.approx(0.92)
    assert [run["stratum"] for run in found["b"]["runs"]] == [0] * 5 + [1] * 5


def test_different_problems_and_runs_without_a_value_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, low, empty = run_with(tmp_path, {1: 5.0}), run_with(tmp_path, {1: 5.0}, board_height=10), run_with(tmp_path, {}, gamma=0.5)
    said = refused(capsys, [a], [low])
    assert "Figures of different problems are never compared: A trains on Tetris (10 × 20, uniform pieces); B trains on" in said
    assert refused(capsys, [a], [empty]) == "error: B has no value of “Evaluation mean” yet; there is nothing to compare.\n"


def test_forks_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = run_with(tmp_path, {1: 5.0}), RunDirectory(Path(run_with(tmp_path, {1: 6.0}, seed=2)))
    write_config(b, replace(read_config(b), parent=Parent(Path(a).name, "best", 1)))
    found = compared(capsys, [a], [str(b.path)])
    assert "1 run of B began with the weights of another run: forks of one parent are not independent." in found["warnings"]


@pytest.mark.parametrize("metric", COMPARED)
def test_every_metric_that_is_offered_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str], metric: str) -> None:
    runs = [new_run(tmp_path, seed=seed) for seed in (1, 2)]
    for run in runs:
        fill(run)
    paths = [str(run.path) for run in runs]
    if metric in ("holes", "height", "training-holes", "training-height"):
        assert "no value of" in refused(capsys, paths[:1], paths[1:], "--metric", metric), "old rows do not tell"
        return
    found = compared(capsys, paths[:1], paths[1:], "--metric", metric)
    assert (found["metric"], found["difference"]["value"]) == (metric, 0.0)
    assert main(["compare", paths[0], "--against", paths[1], "--metric", metric]) == 0


def test_wrong_use_is_answered_by_what_is_right(tmp_path: Path) -> None:
    run = run_with(tmp_path, {1: 5.0})
    unknown = call("compare", run, "--against", run, "--metric", "nope")
    assert unknown.returncode == 2
    assert unknown.stderr == f"error: --metric of runs that train Tetris must be one of {', '.join(COMPARED)}; got 'nope'.\n"
    assert unknown.stderr.count("\n") == 1
    gone = call("compare", "gone", "--against", run)
    assert (gone.returncode, gone.stderr.count("\n")) == (2, 1)
    assert call("compare", run).returncode == 2
    helped = " ".join(call("compare", "--help").stdout.split())
    assert "evaluation: evaluation mean (lines per game, greedy, higher is better)" in helped


def test_runs_that_mix_another_setting_unequally_are_compared_with_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rates = {1e-3: 0.0, 1e-2: 1_000.0}

    def side(gamma: float, numbers: Mapping[float, int]) -> list[str]:
        runs = [(seed, rate) for rate, number in numbers.items() for seed in range(number)]
        return [run_with(tmp_path, {1: rates[rate] + seed}, seed=seed, gamma=gamma, learning_rate=rate) for seed, rate in runs]

    a, b = side(0.9, {1e-3: 5, 1e-2: 2}), side(0.99, {1e-3: 2, 1e-2: 5})
    said = "A and B mix “Learning rate” unequally: a part of what is shown may come from that"
    assert compared(capsys, a, b)["warnings"] == [f"{said}."]
    assert compared(capsys, a, a[:5])["warnings"][-1] == f"{said}, and runs that differ in it are paired too."
    groups = groups_of(rows_of([RunDirectory(Path(path)) for path in (*a, *b)]), "gamma", with_marked=False).groups
    assert sentences_of(groups)[-1].endswith("mix “Learning rate” unequally: a part of what is shown may come from that.")


def test_of_a_loss_less_is_better_and_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for seed, loss in ((1, 0.25), (2, 0.5)):
        run = new_run(tmp_path, seed=seed)
        with metrics_writer(run) as log:
            log.append(metrics_row(3, loss=loss))
        paths.append(str(run.path))
    found = compared(capsys, paths[:1], paths[1:], "--metric", "loss")
    assert (found["better"], found["difference"]["value"], found["probability_of_improvement"]["value"]) == ("lower", -0.25, 1.0)
    assert main(["compare", paths[0], "--against", paths[1], "--metric", "loss"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Loss (cross-entropy, lower is better), last value up to step 300")
    assert "A comes out lower (better) in “Loss” than B in 100 % of seed pairs" in printed


def paths_of(folder: Path, task: str, levels: Mapping[int, float], **settings: Any) -> list[str]:
    """Runs of another task, each with the seed and the reward that is given; returns their directories."""
    return [str(other_run(folder, task, [level / 2, level], seed=seed, **settings).path) for seed, level in levels.items()]


def test_runs_of_a_task_that_is_not_installed_are_compared_by_what_every_task_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = (paths_of(tmp_path, "bandit", {seed: level + seed / 100 for seed in (1, 2)}, rate=level) for level in (0.8, 0.4))
    found = compared(capsys, a, b)
    assert [found[name] for name in ("task", "metric", "label", "unit", "better")] == [
        "bandit", "evaluation", "Mean reward", "reward per episode", "higher",
    ]  # fmt: skip
    assert found["difference"]["value"] == pytest.approx(0.4)
    assert found["differing_settings"] == {"rate": {"a": [0.8], "b": [0.4]}}
    assert [row["target"] for row in found["sample_efficiency"]] == [0.02, 0.05, 0.1, 0.2, 0.5]
    assert found["sentences"][0].startswith("A comes out higher in “Mean reward” than B in 100 % of seed pairs")
    assert compared(capsys, a, b, "--metric", "reward")["label"] == "Reward per episode"
    assert main(["compare", *a, "--against", *b]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Mean reward (reward per episode), last value up to step 2,000")
    assert "         0.5  A  2,000 steps" in printed
    assert "lines" not in printed


def test_a_metric_of_another_task_is_refused_by_naming_those_of_this_one(tmp_path: Path) -> None:
    bandit, tetris = paths_of(tmp_path, "bandit", {1: 0.5})[0], run_with(tmp_path, {1: 5.0})
    done = call("compare", bandit, "--against", bandit, "--metric", "holes")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --metric of runs that train bandit must be one of evaluation, best, reward, loss, speed; got 'holes'.\n"
    of_two_tasks = call("compare", bandit, "--against", tetris, "--metric", "holes")
    assert of_two_tasks.returncode == 1
    assert of_two_tasks.stderr == (
        "error: Figures of different problems are never compared: A trains on bandit; B trains on Tetris (10 × 20, uniform pieces)."
        " Choose runs of one problem.\n"
    )


def test_an_installed_task_is_compared_by_its_own_metrics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install_archery(monkeypatch)
    a, b = (paths_of(tmp_path, "archery", {1: misses}, named="misses", bow=misses) for misses in (4.0, 10.0))
    found = compared(capsys, a, b)
    assert (found["metric"], found["better"], found["sample_efficiency"]) == (ARCHERY.default_metric, "lower", [])
    assert found["sentences"][1].startswith("A has 6 misses fewer than B")
    rings = compared(capsys, a, b, "--metric", "rings")
    assert rings["sentences"][1].startswith("A scores 6 rings fewer than B")
    near, far = (paths_of(tmp_path, "archery", {1: 4.0}, named="misses", distance=metres) for metres in (18, 70))
    assert "A trains on Archery (Distance 18); B trains on Archery (Distance 70)" in refused(capsys, near, far)
