"""How long one refresh of the live page takes on the server, on a run with 100,000 rows of metrics and 100,000 games.

    python -m tests.benchmarks.page_refresh [--rows 100000] [--repeats 7] [--json PATH]

Cold is the first look of a freshly started app (everything is read); warm is every later one, with new rows in between.
"""

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.ui import run_data
from pages.ui.kpis import progress
from pages.ui.live_parts import parts_of
from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report, seconds
from tests.pages.fake_runs import fill, fill_long, live, metrics_row, new_run
from trainer.probing import probe
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks import find_about

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def refresh(data: run_data.RunData, run: RunDirectory) -> None:
    """All that one refresh computes, up to what is sent to the browser, without Streamlit's own work."""
    probed, rows = probe(run), data.refresh()
    progress(probed)
    parts = parts_of(find_about("tetris"))
    parts.kpis(rows, probed)
    for chart in parts.make_charts(rows, probed, log_y=False):
        chart.to_json()


def milliseconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    return seconds(action) * 1_000


def measure(rows: int, repeats: int) -> list[Figure]:
    """Every figure; a new row is written before each look but the cold ones."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONTROL_ROOM_RUNS_DIR"] = folder
        run = new_run(Path(folder), "Long")
        fill(run, rows=10)
        fill_long(run, rows)
        with live(run), metrics_writer(run) as metrics:
            cold = [milliseconds(lambda: refresh(run_data.RunData(run), run)) for _ in range(3)]
            data = run_data.RunData(run)
            refresh(data, run)
            warm = []
            for number in range(repeats):
                metrics.append(metrics_row(rows + number))
                warm.append(milliseconds(lambda: refresh(data, run)))
            app = AppTest.from_file(str(APP), default_timeout=120).run()
            page = []
            for number in range(repeats):
                metrics.append(metrics_row(rows + repeats + number))
                page.append(milliseconds(app.run))
    return [
        Figure("reading and computing, cold", "ms", cold),
        Figure("reading and computing, warm", "ms", warm),
        Figure("the whole page in Streamlit, sidebar and widgets included", "ms", page),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.add_argument("--rows", type=int, default=100_000, metavar="N", help="rows of metrics (default: %(default)s)")
    options = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # Streamlit warns that no browser is attached
    figures = measure(options.rows, options.repeats)
    report(f"The live page, {options.rows:,} rows of metrics and as many games", figures, options.json)


if __name__ == "__main__":
    main()
