"""The main job with nothing replaced: a real browser, the real app, a real trainer process."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from stable_baselines3 import DQN

from pages.ui.commands import DOUBLE_CLICK_S
from tests.serving import App, SharedApp, emptied, running_app
from tests.waiting import wait_until
from trainer.probing import probe, trainer_process
from trainer.run_files.control import update_control
from trainer.run_files.models import read_best
from trainer.run_files.reports import has_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import Status
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.files.boards import boards_reader
from trainer.tasks.tetris.game.batch import TetrisBatch

TRAINER_TIMEOUT_S = 60.0  # imports and the first steps, on a busy machine

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    """An empty runs folder; whatever trains in it at the end is stopped."""
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for run in list_runs(folder):
        if probe(run).active:
            update_control(run, by="cli", run="stopped")
            wait_until(lambda run=run: not probe(run).active, 30, "a trainer to stop")  # type: ignore[misc]


@pytest.fixture
def app(runs_dir: Path, shared: SharedApp) -> Iterator[App]:
    """The app on the empty runs folder; it must meet no error."""
    yield shared.show(runs_dir)
    assert "Traceback" not in shared.said()


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A browser page of a laptop's size."""
    with emptied(window) as page:
        yield page


def start_run(page: Page, app: App, runs_dir: Path, **settings: str) -> RunDirectory:
    """Press Start, fill in the form, send it, and wait until the trainer trains."""
    page.goto(app.url)
    page.get_by_role("button", name="Start new run").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill(settings.pop("Name", "From the browser"))
    for label, value in settings.items():
        form.get_by_label(label, exact=True).fill(value)
    form.get_by_role("button", name="Start training").dblclick()
    return trained_run(runs_dir)


def trained_run(runs_dir: Path) -> RunDirectory:
    """The run that was started, once its trainer trains."""
    wait_until(lambda: list_runs(runs_dir), 20, "the run directory")
    run = list_runs(runs_dir)[0]
    wait_until(lambda: probe(run).state == "running", TRAINER_TIMEOUT_S, "the trainer to run")
    return run


def steps(run: RunDirectory) -> int:
    """Environment steps so far."""
    status = probe(run).status
    return status.num_timesteps if status else 0


def now(run: RunDirectory) -> Status:
    """What the trainer last wrote."""
    status = probe(run).status
    assert status is not None
    return status


def heading(page: Page) -> Locator:
    """What the live page has above its figures; the sidebar has a Pause, too."""
    return page.locator(".st-key-run_heading")


def badge(page: Page, word: str) -> None:
    """Wait until the sidebar shows the state."""
    expect(page.get_by_test_id("stSidebar").get_by_text(re.compile(rf"^\w*\s?{word}$")).first).to_be_visible()


def test_a_person_starts_watches_steers_and_takes_the_best_model_home(page: Page, app: App, runs_dir: Path, tmp_path: Path) -> None:
    run = start_run(page, app, runs_dir, Name="My <b>first</b> run", Seed="3")
    assert len(list_runs(runs_dir)) == 1  # the double click started one
    watch(page, run)
    pause(page, run)
    change_visual_mode_and_speed(page, run)
    resume(page, run)
    wait_until(lambda: read_best(run) is not None, 120, "a best model")
    stop(page, run)
    take_the_model_home(page, run, tmp_path / "model.zip")
    play_a_game(tmp_path / "model.zip")
    page.get_by_role("link", name="Analytics", exact=True).click()
    table = page.get_by_test_id("stDataFrame").get_by_text("My <b>first</b> run")
    expect(table.first).to_be_attached()  # the table is a picture with hidden cells


def watch(page: Page, run: RunDirectory) -> None:
    """It moves: the progress and the board change by themselves."""
    badge(page, "Running")
    expect(page.get_by_role("heading", name="My <b>first</b> run")).to_be_visible()
    expect(page).to_have_url(re.compile(f"run={run.run_id}"))
    progress = page.get_by_text(re.compile(f"of {TetrisSettings().total_timesteps:,} steps"))
    seen = progress.inner_text()
    wait_until(lambda: progress.inner_text() != seen, 20, "the progress to move")
    wait_until(lambda: run.metrics.exists() and run.metrics.stat().st_size > 0, 20, "the first metrics")
    wait_until(lambda: boards_reader(run).refresh(), 20, "board snapshots")
    expect(page.locator("canvas").first).to_be_visible()


def pause(page: Page, run: RunDirectory) -> None:
    """Steps stop, the heartbeat goes on, and the page says when and how fast."""
    heading(page).get_by_role("button", name="Pause").click()
    badge(page, "Paused")
    expect(page.get_by_text(re.compile(r"Paused at step [\d,]+ after"))).to_be_visible()
    standing, heartbeat = steps(run), probe(run).status
    wait_until(lambda: probe(run).status != heartbeat, 5, "a heartbeat")
    assert steps(run) == standing


def change_visual_mode_and_speed(page: Page, run: RunDirectory) -> None:
    """While paused, with the mouse and with the keyboard."""
    toggle = page.locator(".st-key-view_controls").get_by_text("Show board")
    expect(page.get_by_role("switch", name="Show board")).to_be_checked()
    toggle.click()
    wait_until(lambda: not now(run).visual, 10, "the board to be hidden")
    expect(page.get_by_text("Headless")).to_be_visible()
    toggle.click()
    wait_until(lambda: now(run).visual, 10, "the board to be shown")
    slider = page.get_by_role("slider", name="Training speed")
    slider.focus()
    slider.press("Home")
    wait_until(lambda: now(run).speed == 10, 10, "the slowest speed")


def resume(page: Page, run: RunDirectory) -> None:
    """It goes on, in slow motion, then at full speed."""
    standing = steps(run)
    heading(page).get_by_role("button", name="Resume").click()
    badge(page, "Running")
    wait_until(lambda: steps(run) > standing, 10, "steps after the pause")
    slider = page.get_by_role("slider", name="Training speed")
    slider.focus()
    slider.press("End")
    wait_until(lambda: now(run).speed is None, 10, "full speed")


def stop(page: Page, run: RunDirectory) -> None:
    """It asks first; what was learned is saved."""
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop training").click()
    badge(page, "Stopped")
    assert probe(run).state == "stopped"
    assert list(run.checkpoints.glob("step-*/model.zip"))


def take_the_model_home(page: Page, run: RunDirectory, target: Path) -> None:
    """Download the best model."""
    page.get_by_role("link", name="Models", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download model.zip").click()
    download.value.save_as(target)
    assert target.read_bytes() == (run.best / "model.zip").read_bytes()


def play_a_game(model_zip: Path) -> None:
    """With stable-baselines3's own loader."""
    model = DQN.load(model_zip, device="cpu")
    batch = TetrisBatch(1, seed=1, max_pieces=500)
    while batch.games_played == 0:
        batch.step(model.predict(batch.observations, deterministic=True)[0])


@pytest.mark.long
def test_training_outlives_the_app_and_a_new_app_finds_it_again(page: Page, app: App, runs_dir: Path, tmp_path: Path) -> None:
    with running_app(runs_dir, tmp_path / "first.log") as first:
        run = start_run(page, first, runs_dir)
    # the first app was killed, not closed
    before = steps(run)
    wait_until(lambda: steps(run) > before, 20, "training to go on without an app")

    page.goto(app.url)
    badge(page, "Running")
    heading(page).get_by_role("button", name="Pause").click()
    badge(page, "Paused")
    wait_until(lambda: probe(run).state == "paused", 10, "the pause")
    status = probe(run).status
    assert trainer_process(run, status) is not None
    what_another_program_changes_shows(page, run)


def best_of(run: RunDirectory) -> str:
    """Which model is the best so far."""
    best = read_best(run)
    assert best is not None
    return best.sha256


def what_another_program_changes_shows(page: Page, run: RunDirectory) -> None:
    """Within a refresh; and a run that is gone is said."""
    update_control(run, by="cli", run="running")
    badge(page, "Running")
    update_control(run, by="cli", run="paused", speed=50)
    badge(page, "Paused")
    expect(page.get_by_test_id("stSidebar").get_by_text("50 pieces/s").first).to_be_visible()
    update_control(run, by="cli", run="stopped")
    badge(page, "Stopped")

    run.path.rename(run.path.with_name("elsewhere"))
    page.reload()
    expect(page.get_by_text(re.compile("There is no run|was deleted")).first).to_be_visible()


@pytest.mark.long
def test_a_person_trains_a_lander_and_sees_what_it_has_learned(page: Page, app: App, runs_dir: Path, tmp_path: Path) -> None:
    run = start_lander(page, app, runs_dir)
    picture = page.locator(".image img")
    seen = picture.get_attribute("src")
    wait_until(lambda: picture.get_attribute("src") != seen, 60, "the picture to move")
    pause(page, run)
    standing = steps(run)
    page.wait_for_timeout(1_000 * DOUBLE_CLICK_S)  # a press before that counts as the second of a double click
    heading(page).get_by_role("button", name="Resume").click()
    badge(page, "Running")
    wait_until(lambda: steps(run) > standing and read_best(run) is not None, 120, "a best model")
    stop(page, run)
    standing = steps(run)
    heading(page).get_by_role("button", name="Resume").click()
    badge(page, "Running")
    wait_until(lambda: steps(run) > standing, TRAINER_TIMEOUT_S, "training to go on from the checkpoint")
    stop(page, run)

    page.get_by_role("link", name="Replay", exact=True).click()
    expect(page.get_by_text(re.compile("simulated again and equal"))).to_be_visible()
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_text("not evaluated yet", exact=True)).to_be_visible()
    page.get_by_role("button", name="Evaluate", exact=True).click()
    wait_until(lambda: has_report(run, best_of(run)), 120, "the evaluation")
    expect(page.get_by_text("not evaluated yet", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Make bundle").click()
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Download bundle").click(timeout=120_000)
    download.value.save_as(tmp_path / "lander.zip")
    assert {"model.zip", "play.py", "metadata.json"} <= set(zipfile.ZipFile(tmp_path / "lander.zip").namelist())


def start_lander(page: Page, app: App, runs_dir: Path) -> RunDirectory:
    """Choose the environment by a part of its name, and short evaluations; the algorithm is the first that is offered."""
    page.goto(app.url)
    page.get_by_role("button", name="Start new run").click()
    form = page.get_by_role("dialog")
    form.get_by_text("Any environment", exact=True).click()
    expect(form.get_by_text("Actions: Discrete")).to_be_visible()
    form.get_by_label("Environment", exact=True).focus()
    page.keyboard.type("lunar")
    page.keyboard.press("Enter")
    expect(form.get_by_text("PPO learns LunarLander-v3 with the tuned settings")).to_be_visible()
    form.get_by_text("Advanced settings").click()
    for label, value in {"Evaluate every (steps)": "2000", "Evaluation episodes": "2", "Steps a rollout": "64"}.items():
        field = form.get_by_label(label, exact=True)
        expect(field).to_have_count(1)  # for a moment, the one of the form before is there too
        field.fill(value)
    form.get_by_role("button", name="Start training").click()
    return trained_run(runs_dir)
