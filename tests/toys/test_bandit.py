"""The seam: a task in a folder of its own, which nothing else knows of, is trained, steered, resumed, shown and compared as Tetris is."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.sync_api import Page, expect

from tests.serving import emptied, running_app
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.checkpoints import MANIFEST_FILE
from trainer.run_files.control import update_control
from trainer.run_files.models import read_best
from trainer.run_files.pictures import images_reader
from trainer.run_files.run_directory import RunDirectory, list_runs

TOYS = Path(__file__).parent
STEPS = 3_000
START_TIMEOUT_S = 90.0
OTHER_EACH_TIME = re.compile(r"_seconds$|^at$|^time/")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The toys' folder is on the path, as if they were installed."""
    folder = tmp_path_factory.mktemp("bandits")
    return {"PYTHONPATH": str(TOYS), "CONTROL_ROOM_RUNS_DIR": str(folder / "runs"), "XDG_STATE_HOME": str(folder)}


def trainer(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """A command."""
    command = [sys.executable, "-m", "trainer", *arguments]
    return subprocess.Popen(
        command, cwd=PROJECT_DIR, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def begin(environment: dict[str, str], name: str, *, seed: int = 1) -> "tuple[subprocess.Popen[str], RunDirectory]":
    """Start training; returns its process and its run once there is one."""
    runs_dir = Path(environment["CONTROL_ROOM_RUNS_DIR"])
    options = {"total-timesteps": STEPS, "log-every": 200, "eval-every": 500, "checkpoint-every-s": 1, "seed": seed, "name": name}
    process = trainer(environment, "train", "--task", "bandit", *(f"--{key}={value}" for key, value in options.items()))
    wait_until(lambda: any(run.run_id.endswith(name) for run in list_runs(runs_dir)), START_TIMEOUT_S, "the run directory")
    return process, next(run for run in list_runs(runs_dir) if run.run_id.endswith(name))


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for a command that must go well; returns what it printed."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, output + errors
    return output


@pytest.fixture(scope="module")
def undisturbed(environment: dict[str, str]) -> RunDirectory:
    """A run that nobody touched."""
    process, run = begin(environment, "undisturbed")
    finish(process)
    return run


def learned(run: RunDirectory) -> str:
    """The hash of the networks and optimisers in the last checkpoint."""
    (last,) = sorted(run.checkpoints.glob("step-*"), key=lambda path: int(path.name.removeprefix("step-")))[-1:]
    with zipfile.ZipFile(last / "model.zip") as model:
        return hashlib.sha256(b"".join(model.read(name) for name in sorted(model.namelist()) if name.endswith(".pth"))).hexdigest()


def rows(path: Path) -> list[dict[str, Any]]:
    """What a log holds that settings and seed decide."""
    found = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return [{name: value for name, value in row.items() if not OTHER_EACH_TIME.search(name)} for row in found]


def assert_the_same(run: RunDirectory, undisturbed: RunDirectory) -> None:
    """Two runs have learned the same and say the same."""
    assert learned(run) == learned(undisturbed)
    for log in ("metrics", "episodes", "evaluations"):
        assert rows(getattr(run, log)) == rows(getattr(undisturbed, log))


@pytest.mark.long
def test_it_learns_and_its_own_metric_is_recorded(undisturbed: RunDirectory) -> None:
    first, last = rows(undisturbed.metrics)[0], rows(undisturbed.metrics)[-1]
    assert last["rollout/best_arm_share"] > first["rollout/best_arm_share"] > 0
    assert 3 >= last["info/arm"] > first["info/arm"] > 0, "the mean of what the environments say at each step"
    assert last["train/entropy_loss"] > first["train/entropy_loss"]
    evaluations, best = rows(undisturbed.evaluations), read_best(undisturbed)
    assert [row["step"] for row in evaluations] == sorted({row["step"] for row in evaluations})
    assert best is not None
    assert (best.task, best.settings) == ("bandit", {"arms": 4})
    assert best.value == max(row["mean_reward"] for row in evaluations)


@pytest.mark.long
def test_a_pause_and_pictures_change_nothing(environment: dict[str, str], undisturbed: RunDirectory) -> None:
    process, run = begin(environment, "steered")
    wait_until(lambda: (status := probe(run).status) is not None and status.num_timesteps > 300, START_TIMEOUT_S, "300 steps")
    update_control(run, by="cli", run="paused")
    wait_until(lambda: probe(run).state == "paused", 20, "the pause")
    status = probe(run).status
    assert status is not None
    assert 300 < status.num_timesteps < STEPS
    update_control(run, by="cli", run="running", visual=True)
    finish(process)
    assert_the_same(run, undisturbed)
    pictures = images_reader(run).refresh()
    assert pictures
    assert all(one.step <= STEPS + 64 for one in pictures)


@pytest.mark.long
def test_a_run_that_was_killed_goes_on_exactly_and_only_where_it_was_saved(
    environment: dict[str, str], undisturbed: RunDirectory, tmp_path: Path
) -> None:
    process, run = begin(environment, "killed")
    wait_until(lambda: any(run.checkpoints.glob(f"step-*/{MANIFEST_FILE}")), START_TIMEOUT_S, "a checkpoint")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    elsewhere = trainer(environment | {"XDG_STATE_HOME": str(tmp_path)}, "resume", run.run_id)
    output, errors = elsewhere.communicate(timeout=120)
    assert elsewhere.returncode != 0
    assert "must be signed by this user on this machine" in output + errors

    assert "goes on from the checkpoint" in finish(trainer(environment, "resume", run.run_id))
    assert_the_same(run, undisturbed)


def test_nothing_else_knows_of_it() -> None:
    sources = (path for folder in ("trainer", "pages") for path in (PROJECT_DIR / folder).rglob("*.*") if path.suffix in (".py", ".js"))
    assert [path for path in sources if "bandit" in path.read_text(encoding="utf-8").lower()] == []


@pytest.mark.long
def test_what_it_cannot_do_with_a_model_is_one_sentence(environment: dict[str, str], undisturbed: RunDirectory) -> None:
    refused = {"evaluate": "evaluated", "bundle": "bundled", "watch": "watched"}
    for command, participle in refused.items():
        process = trainer(environment, command, undisturbed.run_id)
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, output, errors) == (2, "", f"error: Runs of bandit cannot be {participle}.\n")
    kept = trainer(environment, "evaluate", undisturbed.run_id, "--save")
    assert kept.communicate(timeout=120)[1] == "error: Runs of bandit cannot be evaluated.\n"
    assert finish(trainer(environment, "evaluate", "--missing", "--json")) == "[]\n"


@pytest.fixture
def shown(window: Page, environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[Page, str]]:
    """A page in a browser, and the address of the app."""
    runs_dir, log = Path(environment["CONTROL_ROOM_RUNS_DIR"]), tmp_path / "app.log"
    with running_app(runs_dir, log, environment=environment) as app, emptied(window) as page:
        yield page, app.url
        assert "Traceback" not in log.read_text()


@pytest.mark.long
def test_it_is_shown_live_and_compared(shown: tuple[Page, str], environment: dict[str, str], undisturbed: RunDirectory) -> None:
    page, url = shown
    process, run = begin(environment, "shown", seed=3)
    update_control(run, by="cli", visual=True)
    page.goto(f"{url}/?run={run.run_id}")
    expect(page.get_by_text(re.compile(r"seed 3 · Bandit"))).to_be_visible()
    expect(page.get_by_text("Training · reward")).to_be_visible()
    picture = page.locator(".image img")
    wait_until(lambda: picture.count() and picture.evaluate("image => image.naturalWidth") == 96, 60, "the picture of four arms")
    finish(process)

    page.goto(f"{url}/Analytics?runs={run.run_id},{undisturbed.run_id}&metric=best-arm")
    expect(page.get_by_text("share of pulls").first).to_be_visible()
    expect(page.get_by_text("Behaviour")).to_have_count(0)
    compared = orjson.loads(
        finish(trainer(environment, "compare", undisturbed.run_id, "--against", run.run_id, "--metric", "best-arm", "--json"))
    )
    assert compared["label"] == "Best arm"
    assert compared["a"]["runs"][0]["score"] == rows(undisturbed.metrics)[-1]["rollout/best_arm_share"]

    page.goto(f"{url}/Models?run={run.run_id}")
    expect(page.get_by_role("heading", name="Bandit (Arms 4)")).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Mean reward")).to_be_visible()
    expect(page.get_by_role("button", name="Download model.zip")).to_be_visible()
    for missing in ("Evaluate", "Make bundle"):
        expect(page.get_by_role("button", name=missing, exact=True)).to_have_count(0)  # the table has a column Evaluated
    expect(page.get_by_role("link", name="Watch it play")).to_have_count(0)
