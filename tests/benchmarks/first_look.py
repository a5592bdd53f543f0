"""How soon something moves for a newcomer: `python -m tests.benchmarks.first_look`.

In a real Chromium that has seen nothing yet, at an app that was just started and has no runs, from the navigation on: until a board is
drawn, and until it is drawn anew with the next move, on the first page and on the Watch page. Then the Watch page again, at an app that
has answered before, and what a person waits for who presses Watch there: until a process of its own plays.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from tests.serving import new_window, running_app
from tests.waiting import wait_until
from trainer.tasks.tetris.files.demos import FOLDER, Demo, DemoControl

PATIENCE_MS = 120_000
SEE_DRAWN = """
  window.drawings = 0;
  const { clearRect, strokeRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    window.drawings += 1;
    return clearRect.apply(this, box);
  };
  CanvasRenderingContext2D.prototype.strokeRect = function (...box) { // around where the piece at hand comes to rest
    if (!window.board) [window.board, window.of] = [performance.now(), window.drawings];
    else if (window.drawings > window.of) window.moved ??= performance.now();
    return strokeRect.apply(this, box);
  };
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    options: argparse.Namespace = parser.parse_args(arguments)
    report("A first look at an app without runs", list(first_look_figures(options.repeats)), options.json)


def first_look_figures(repeats: int) -> Iterator[Figure]:
    """Milliseconds, once for each of `repeats` apps."""
    first, watch, again, pressed = list[tuple[float, float]](), list[tuple[float, float]](), list[tuple[float, float]](), list[float]()
    for _ in range(repeats):
        with _newcomer() as (page, url, _):
            first.append(_look(page, url))
        with _newcomer() as (page, url, runs_dir):
            watch.append(_look(page, f"{url}/Watch"))
            again.append(_look(page, f"{url}/Watch"))
            pressed.append(_press_watch(page, runs_dir))
    for where, looks in (("The first page", first), ("Watch", watch), ("Watch, at an app that was asked before", again)):
        yield Figure(f"{where}: from navigation until a board is drawn", "ms", [board for board, _ in looks])
        yield Figure(f"{where}: from navigation until it moves", "ms", [moved for _, moved in looks])
    yield Figure("Watch: from the click until a process of its own plays", "ms", pressed)


@contextmanager
def _newcomer() -> Iterator[tuple[Page, str, Path]]:
    """A window at an app that was just started, the app's address, and its folder of runs, which there is none of."""
    with tempfile.TemporaryDirectory() as folder, new_window(tour=True) as page:
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(SEE_DRAWN)
        runs_dir = Path(folder) / "runs"
        with running_app(runs_dir, Path(folder) / "app.log") as app:
            yield page, app.url, runs_dir
            for demo in (runs_dir / FOLDER).glob("*"):
                Demo(demo).ask(DemoControl(run="stopped"))
                wait_until(lambda demo=demo: not demo.exists(), 60, "the players to end")  # type: ignore[misc]


def _look(page: Page, address: str) -> tuple[float, float]:
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.moved")
    board, moved = page.evaluate("[window.board, window.moved]")
    return board, moved


def _press_watch(page: Page, runs_dir: Path) -> float:
    page.evaluate("""document.addEventListener("click", () => { window.clicked = performance.now(); }, true)""")
    page.get_by_role("button", name="Watch", exact=True).click()
    page.get_by_role("button", name="Pause game").wait_for()
    page.get_by_text("game 1 · seed").wait_for()
    assert any((runs_dir / FOLDER).iterdir())
    took: float = page.evaluate("performance.now() - window.clicked")
    return took


if __name__ == "__main__":
    main()
