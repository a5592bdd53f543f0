"""The pictures of the front page, taken from the real app while it trains for real.

    python -m tests.pictures [start | environments] [--seconds 75] [--to .github]

`start` (what is made if nothing is named) starts a training of Tetris as a person does, in a browser, and makes `start.gif`, thirty
seconds from Start to a strong player with the time of training written on each frame, and `live.png`, its last moment. It takes about
three minutes. `environments` trains three agents of Gymnasium one after another, four times as long each, and makes a picture of each.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Locator, Page

from pages.ui.tour.tour import REMEMBERED as TOUR
from tests.serving import App, new_window, running_app
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import read_status
from trainer.starting import start_trainer
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.presets import tuned

PICTURES = PROJECT_DIR / ".github"
WINDOW, SHOWN_WIDTH = (1280, 800), 800  # pixels of the browser, and of the moving picture
CAPTION_HEIGHT = 30
GIF_SECONDS, FIRST_SECONDS, END_SECONDS = 30.0, 3.0, 2.0
FIRST_SHOTS = 12
MOST_BYTES = 3_000_000
CHOICES = ((8, 64), (8, 40), (6, 32), (5, 24), (4, 16))
"""Frames a second and colours, from the best: the first that makes a small enough file is taken."""
SETTLED_MS = 8_000  # until charts and pictures of a page are drawn
PATIENCE_S = 240.0  # for a page and for a trainer to begin, on a busy machine
MOST_SLOWED = 4  # a machine that is so much slower than an idle one ends the training all the same
ENVIRONMENTS = {"cartpole": "CartPole-v1", "lunarlander": "LunarLander-v3", "halfcheetah": "HalfCheetah-v5"}
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))


@dataclass(frozen=True, slots=True)
class Shot:
    """What the browser showed.

    Attributes:
        pixels: the picture, as PNG.
        caption: what is written below it.
        at_s: when in the moving picture it begins to be seen.
        pointer: where a person points, in pixels of the browser; None: nowhere.
    """

    pixels: bytes
    caption: str
    at_s: float
    pointer: tuple[float, float] | None = None


@dataclass(slots=True)
class Film:
    """Shots one after the other."""

    page: Page
    shots: list[Shot] = field(default_factory=list)
    end_s: float = 0.0
    """How long it is so far."""

    def hold(self, caption: str, seconds: float, where: Locator | None = None) -> None:
        """Show the page as it is for some seconds.

        Args:
            caption: what is written below.
            seconds: in the moving picture.
            where: what a person points at.
        """
        box = None if where is None else where.bounding_box()
        pointer = None if box is None else (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.shots.append(Shot(self.page.screenshot(), caption, self.end_s, pointer))
        self.end_s += seconds


def seen_at(shots: Sequence[Shot], seconds: float) -> Shot:
    """The shot that is seen at a time of the moving picture."""
    return next(shot for shot in reversed(shots) if shot.at_s <= seconds or shot is shots[0])


def spread(shots: Sequence[Shot], begin_s: float, end_s: float) -> list[Shot]:
    """The same shots at other times: the first at one, the last just before another, the others as far apart as they were taken."""
    first, last = shots[0].at_s, shots[-1].at_s
    scale = (end_s - begin_s) / max(last - first, 1e-9)
    return [Shot(shot.pixels, shot.caption, begin_s + (shot.at_s - first) * scale, shot.pointer) for shot in shots]


def clock(seconds: float) -> str:
    """A length of time as a clock shows it: `1:07`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def drawn(shot: Shot) -> Image.Image:
    """A frame of the moving picture: the page, who points at it, and the caption below."""
    page = Image.open(io.BytesIO(shot.pixels)).convert("RGB")
    if shot.pointer is not None:
        x, y = shot.pointer
        corners = [(x + 1.5 * right, y + 1.5 * down) for right, down in POINTER]
        ImageDraw.Draw(page).polygon(corners, fill="black", outline="white")
    height = round(page.height * SHOWN_WIDTH / page.width)
    frame = Image.new("RGB", (SHOWN_WIDTH, height + CAPTION_HEIGHT), "#1f2937")
    frame.paste(page.resize((SHOWN_WIDTH, height), Image.Resampling.LANCZOS))
    font = ImageFont.load_default(16)
    ImageDraw.Draw(frame).text((12, height + CAPTION_HEIGHT / 2), shot.caption, fill="white", font=font, anchor="lm")
    return frame


def write_gif(shots: Sequence[Shot], seconds: float, path: Path) -> None:
    """Write the moving picture as well as there is room for.

    Raises:
        ValueError: it is too large, whatever is left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        for rate, colours in CHOICES:
            count, last = round(seconds * rate), None
            for number in range(count):
                shot = seen_at(shots, number / rate)
                name = Path(folder, f"{number:05}.png")
                if shot is last:
                    name.write_bytes(Path(folder, f"{number - 1:05}.png").read_bytes())
                else:
                    drawn(shot).save(name, compress_level=1)
                last = shot
            made = Path(folder, "made.gif")
            palette = f"[a]palettegen=max_colors={colours}:stats_mode=full[p];[b][p]paletteuse=dither=none:diff_mode=rectangle"
            words = ["-y", "-loglevel", "error", "-framerate", str(rate), "-i", f"{folder}/%05d.png", "-frames:v", str(count)]
            command = [imageio_ffmpeg.get_ffmpeg_exe(), *words, "-filter_complex", f"split[a][b];{palette}", str(made)]
            subprocess.run(command, check=True, timeout=120)
            size = made.stat().st_size
            print(f"{rate} frames a second, {colours} colours: {size / 1e6:.1f} MB")
            if size <= MOST_BYTES:
                path.write_bytes(made.read_bytes())
                return
    raise ValueError(f"{path.name} must have at most {MOST_BYTES:,} bytes; take fewer seconds")


def trained_s(run: RunDirectory) -> float:
    """For how many seconds a run has been trained; 0 until it makes steps."""
    status = read_status(run)
    return status.active_seconds or 0.0 if status is not None and status.num_timesteps else 0.0


def film_training(film: Film, run: RunDirectory, seconds: float) -> None:
    """Take the page again and again while a run is trained, then show that in the time that is left of the moving picture."""
    began = time.monotonic()
    taken: list[Shot] = []
    left_s = GIF_SECONDS - END_SECONDS - film.end_s
    while (trained := trained_s(run)) < seconds and time.monotonic() - began < MOST_SLOWED * seconds and probe(run).active:
        caption = f"{clock(trained)} of training, shown {seconds / left_s:.1f} times as fast"
        taken.append(Shot(film.page.screenshot(), caption, trained))
        film.page.wait_for_timeout(1_000 * seconds / (left_s * CHOICES[0][0]) / 2)
    film.shots += spread(taken, film.end_s, GIF_SECONDS - END_SECONDS)
    film.end_s = GIF_SECONDS - END_SECONDS
    film.hold(f"After {clock(trained_s(run))} of training", END_SECONDS)


def press_start(film: Film, app: App, runs_dir: Path) -> RunDirectory:
    """Start a training as a newcomer does, and return its run once it learns."""
    page = film.page
    page.add_init_script(f"localStorage.setItem('{TOUR}', 'seen')")  # its hints would cover what they are about
    page.goto(app.url)
    train = page.locator(".st-key-train_0").get_by_role("button")
    train.wait_for()
    page.locator("canvas").first.wait_for()
    for _ in range(FIRST_SHOTS):
        page.wait_for_timeout(1_000 * FIRST_SECONDS / FIRST_SHOTS)
        film.hold("The first page: a player of the literature plays", FIRST_SECONDS / FIRST_SHOTS)
    film.hold("One click trains an agent of your own", 1.5, train)
    train.click()
    wait_until(lambda: list_runs(runs_dir), PATIENCE_S, "the run directory")
    (run,) = list_runs(runs_dir)
    wait_until(lambda: trained_s(run) > 0, PATIENCE_S, "the trainer to learn")
    page.locator(".st-key-charts").wait_for()
    return run


@contextmanager
def stopped_afterwards(runs_dir: Path) -> Iterator[None]:
    """Whatever is still trained in a folder at the end is stopped."""
    try:
        yield
    finally:
        for run in list_runs(runs_dir):
            if probe(run).active:
                update_control(run, by="cli", run="stopped")
                wait_until(lambda run=run: not probe(run).active, PATIENCE_S, "a trainer to stop")  # type: ignore[misc]


def take_start(folder: Path, seconds: float, to: Path) -> None:
    """Make `start.gif` and `live.png`."""
    runs_dir = folder / "runs"
    runs_dir.mkdir()
    compiled = "import trainer.tasks.tetris.game.course, trainer.tasks.tetris.game.players"  # as `make app` does, once
    subprocess.run([sys.executable, "-c", compiled], cwd=PROJECT_DIR, check=True, timeout=2 * PATIENCE_S)
    with stopped_afterwards(runs_dir), running_app(runs_dir, folder / "app.log") as app, new_window(*WINDOW) as page:
        page.set_default_timeout(PATIENCE_S * 1_000)
        film = Film(page)
        run = press_start(film, app, runs_dir)
        film_training(film, run, seconds)
        page.screenshot(path=to / "live.png")
        update_control(run, by="cli", run="stopped")
    write_gif(film.shots, film.end_s, to / "start.gif")


def take_environments(folder: Path, seconds: float, to: Path) -> None:
    """Make a picture of each environment, with an agent that has been trained for four times as long as Tetris."""
    runs_dir = folder / "environments"
    with stopped_afterwards(runs_dir), running_app(runs_dir, folder / "environments.log") as app, new_window(*WINDOW) as page:
        page.set_default_timeout(PATIENCE_S * 1_000)
        for name, env in ENVIRONMENTS.items():
            settings = GymSettings(**{"total_timesteps": 10_000_000, **tuned(env, "ppo"), "env": env, "algo": "ppo"})
            run = create_run(settings, name=env, runs_dir=runs_dir, visual=True)
            start_trainer(run)
            wait_until(lambda run=run: trained_s(run) >= 4 * seconds, MOST_SLOWED * 4 * seconds + PATIENCE_S, env)  # type: ignore[misc]
            page.add_init_script(f"localStorage.setItem('{TOUR}', 'seen')")
            page.goto(f"{app.url}/?run={run.run_id}")
            page.locator(".st-key-charts").wait_for()
            page.wait_for_timeout(SETTLED_MS)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.save(to / f"{name}.webp", quality=82, method=6)
            update_control(run, by="cli", run="stopped")
            print(f"{name}.webp: {env} after {trained_s(run):.0f} s")


def main(arguments: Sequence[str] | None = None) -> None:
    """Take what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="?", choices=("start", "environments"), default="start")
    parser.add_argument("--seconds", type=float, default=75.0, help="of training that are shown (default: 75)")
    parser.add_argument("--to", type=Path, default=PICTURES, help="the folder for the pictures (default: .github)")
    chosen = parser.parse_args(arguments)
    take = take_start if chosen.pictures == "start" else take_environments
    with tempfile.TemporaryDirectory() as folder:
        take(Path(folder), chosen.seconds, chosen.to)


if __name__ == "__main__":
    main(sys.argv[1:])
