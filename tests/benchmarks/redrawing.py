"""How long a refresh of the analytics page takes as a person sees it: in a real Chromium, from the browser's request until all is drawn."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.benchmarks.measuring import Figure
from tests.benchmarks.synthetic import metrics_lines, synthetic_run
from tests.pages.fake_runs import live, set_status
from tests.serving import new_window, running_app
from trainer.run_files.run_directory import RunDirectory

ROWS_EVERY_S = 0.1
FIRST_DRAWN_MS, DRAWN_AGAIN_MS = 60_000, 60_000
VIEW = "/Analytics?runs=all&metric=lines&group=each&smooth=20"
SEE_REQUESTS = """
  window.asked = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) { window.asked = performance.now(); return send.call(this, data); };
"""
SEE_DRAWN = """() => {
  window.took = new Map();
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    plot.on("plotly_afterplot", () => window.took.set(window.asked, performance.now() - window.asked));
  }
}"""
DRAWN = "curves => document.querySelector('.js-plotly-plot')?.querySelectorAll('.scatterlayer .trace').length >= curves"
TIMES_SEEN = "refreshes => window.took.size > refreshes"


def browser_figure(runs: int, rows: int, refreshes: int) -> Figure:
    """A refresh with new rows, so many runs in one chart."""
    with tempfile.TemporaryDirectory() as folder:
        runs_dir = Path(folder) / "runs"
        made = [synthetic_run(runs_dir, f"run {number}", rows, evaluations=20, seed=number) for number in range(runs)]
        with _growing(made[0], rows), running_app(runs_dir, Path(folder) / "app.log") as app, new_window() as page:
            page.add_init_script(SEE_REQUESTS)
            page.goto(app.url + VIEW)
            took = _refreshes(page, runs, refreshes)
    return Figure(f"a refresh in the browser until it is drawn, {runs} curves of {rows:,} rows", "ms", took)


def _refreshes(page: Page, curves: int, refreshes: int) -> list[float]:
    page.wait_for_function(DRAWN, arg=curves, timeout=FIRST_DRAWN_MS)
    page.evaluate(SEE_DRAWN)
    page.wait_for_function(TIMES_SEEN, arg=refreshes, timeout=DRAWN_AGAIN_MS)
    times: list[float] = page.evaluate("() => [...window.took.values()]")
    return times[1:]


@contextmanager
def _growing(run: RunDirectory, rows: int) -> Iterator[None]:
    """A run to which rows are appended all the time."""
    ended = threading.Event()

    def append() -> None:
        number = rows + 1
        with run.metrics.open("ab", buffering=0) as log:
            while not ended.wait(ROWS_EVERY_S):
                log.write(b"".join(metrics_lines(1, number, first=number)))
                set_status(run)
                number += 1

    with live(run, state="running"):
        thread = threading.Thread(target=append)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
