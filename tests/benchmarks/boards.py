"""How smoothly boards move in a real browser: frames drawn a second, and the longest time that one of them stands still.

    python -m tests.benchmarks.boards [--seconds 5] [--repeats 3] [--json PATH]

The live page is refreshed once a second while a trainer writes 30 snapshots a second; the replay page plays 30 and 60 pieces a second;
the watch page shows two players at 30 pieces a second.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Page

from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from tests.pages.fake_runs import board_row, fill, live, new_run, set_status
from tests.pages.recorded import HEIGHT, with_recordings
from tests.serving import App, new_window, running_app
from trainer.run_files.pictures import RollingLog
from trainer.run_files.run_directory import RunDirectory

SNAPSHOTS_PER_SECOND = 30
WARM_UP_MS = 3_000
COUNT = """async (canvas, milliseconds) => {
  const times = [];
  const observer = new MutationObserver(() => times.push(performance.now()));
  observer.observe(canvas, { attributes: true, attributeFilter: ["data-drawn"] });
  await new Promise((done) => setTimeout(done, milliseconds));
  observer.disconnect();
  return times;
}"""


@contextmanager
def written(run: RunDirectory) -> Iterator[None]:
    """A trainer that writes snapshots."""
    ended = threading.Event()

    def write() -> None:
        boards, step = RollingLog(run.pictures), 1_000
        while not ended.wait(1 / SNAPSHOTS_PER_SECOND):
            step += 25
            boards.append_all([board_row(step, piece=1 + step // 25 % 7)])
            if step % 500 == 0:
                set_status(run)

    with live(run):
        thread = threading.Thread(target=write)
        thread.start()
        yield
        ended.set()
        thread.join()


def smoothness(page: Page, seconds: float) -> tuple[float, float]:
    """Frames drawn a second, and the longest time between two in milliseconds."""
    page.wait_for_timeout(WARM_UP_MS)
    times: list[float] = page.locator("canvas").first.evaluate(COUNT, seconds * 1_000)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return len(times) / seconds, max(gaps, default=seconds * 1_000)


def open_live(page: Page, app: App, run: RunDirectory) -> None:
    """The live page."""
    page.goto(f"{app.url}/?run={run.run_id}")
    page.locator("canvas").first.wait_for(timeout=60_000)


def open_replay(page: Page, app: App, run: RunDirectory, speed: int) -> None:
    """The replay page, playing."""
    page.goto(f"{app.url}/Replay?run={run.run_id}&evaluation=1000&game=1")
    page.locator(".timeline:not(.waiting)[data-position='0']").wait_for(timeout=60_000)
    page.locator(".speed").select_option(str(speed))
    page.locator(".timeline").focus()
    page.keyboard.press(" ")


def open_watch(page: Page, app: App, run: RunDirectory) -> None:
    """The watch page with two players."""
    page.goto(f"{app.url}/Watch?run={run.run_id}")
    page.get_by_label("Against, on the same pieces").click(timeout=60_000)
    page.get_by_role("option", name="DT-20").click()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Watch").click()
    page.locator(".board").nth(1).wait_for(timeout=60_000)
    slider = page.get_by_role("slider").last
    slider.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")  # from 10 to 30 pieces a second


def measure(seconds: float, repeats: int) -> list[Figure]:
    """Every figure."""
    measured: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        run = with_recordings(new_run(Path(folder), "Boards", board_height=HEIGHT), 1_000, max_pieces=5_000)
        fill(run)
        pages: dict[str, Callable[[Page, App, RunDirectory], None]] = {
            "live page, 30 snapshots/s, one refresh a second": open_live,
            "replay page, 30 pieces/s": partial(open_replay, speed=30),
            "replay page, 60 pieces/s": partial(open_replay, speed=60),
            "watch page, two boards, 30 pieces/s": open_watch,
        }
        with written(run), running_app(Path(folder), Path(folder) / "app.log") as app:
            for _ in range(repeats):
                for name, show in pages.items():
                    with new_window() as page:
                        show(page, app, run)
                        measured.setdefault(name, []).append(smoothness(page, seconds))
    rates = [Figure(name, "frames/s", [rate for rate, _ in values]) for name, values in measured.items()]
    return rates + [Figure(f"{name}: longest stand", "ms", [gap for _, gap in values]) for name, values in measured.items()]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.set_defaults(repeats=3)
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of each measurement (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measure(options.seconds, options.repeats)
    report("Boards in a browser", figures, options.json)


if __name__ == "__main__":
    main()
