"""The faults: a metrics file of a gigabyte, and a page that refreshes for two hours.

`make test` does both small; `make faults` does them in full. Each is measured in a process of its own, so that nothing else is in its
memory.
"""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.pages.fake_runs import ended, fill, new_run
from trainer.processes import PROJECT_DIR
from trainer.run_files.run_directory import RunDirectory

pytestmark = pytest.mark.long

LOG_MB = int(os.environ.get("CONTROL_ROOM_LOG_MB", "30"))
REFRESHES = int(os.environ.get("CONTROL_ROOM_REFRESHES", "300"))  # one a second
ROW = (
    b'{"step":1%011d,"wall_seconds":1234567.123,"active_seconds":1234567.123,"at":1795446245123,"updates":123456789,'
    b'"rollout/mean_lines":123456.78,"rollout/ep_rew_mean":1234.5678,"rollout/ep_len_mean":123456.78,"rollout/best_lines":1234567,'
    b'"train/loss":0.123456,"train/mean_q":0.123456,"rollout/exploration_rate":0.05,"train/learning_rate":0.001,"time/fps":12345.6,'
    b'"time/episodes":123456789}\n'
)
MEASURED = """
import sys
from pathlib import Path
import orjson, psutil
from pages.ui.run_data import RunData
from tests.faults.test_big_and_long import ROW
from trainer.run_files.run_directory import RunDirectory

me, run, new_rows = psutil.Process(), RunDirectory(Path(sys.argv[1])), 100
data, looks = RunData(run), []
before = me.memory_info().rss
rows = len(data.refresh().metrics["step"])
for number in range(20):
    with run.metrics.open("ab") as log:
        log.write(b"".join(ROW % (rows + number * new_rows + one) for one in range(new_rows)))
    read = me.io_counters().read_chars
    seen = len(data.refresh().metrics["step"])
    looks.append((me.io_counters().read_chars - read, seen, me.memory_info().rss))
print(orjson.dumps({"rows": rows, "before": before, "looks": looks}).decode())
"""
LIVES_LONG = """
import gc, sys
from pathlib import Path
import orjson, psutil
from streamlit.testing.v1 import AppTest
from pages.ui.run_data import run_data
from tests.pages.conftest import APP, everything_said
from tests.pages.fake_runs import board_row, evaluation_row, live, metrics_row, set_status
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.files import now_text
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.pictures import RollingLog
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.boards import boards_reader

me, run, refreshes, memory = psutil.Process(), RunDirectory(Path(sys.argv[1])), int(sys.argv[2]), []
with live(run):
    metrics, boards, events, evaluations = metrics_writer(run), RollingLog(run.pictures), EventsWriter(run), evaluations_writer(run)
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    for number in range(30, 30 + refreshes):
        metrics.append(metrics_row(number))
        for frame in range(10):
            boards.append_all([board_row(number * 100 + frame * 10)])
        if number % 10 == 0:
            evaluations.append(evaluation_row(number * 100, 60.0))
            events.append(EventRow(now_text(), number * 100, "checkpoint", "Checkpoint"))
        set_status(run, num_timesteps=number * 100)
        run_data(run).refresh()
        run_data(run).pictures(boards_reader)
        if number % 20 == 0:
            assert "Running" in everything_said(page.run())
            gc.collect()  # what a page leaves behind in circles is no leak
        memory.append(me.memory_info().rss)
print(orjson.dumps(memory).decode())
"""


def _measured(program: str, *arguments: object, runs_dir: Path) -> object:
    environment = os.environ | {"CONTROL_ROOM_RUNS_DIR": str(runs_dir)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout.splitlines()[-1])


def _write_rows(run: RunDirectory, megabytes: int) -> int:
    """A log of so many megabytes; returns its rows."""
    rows = megabytes * 1_000_000 // len(ROW % 0)
    with run.metrics.open("wb") as log:
        for start in range(0, rows, 10_000):
            log.write(b"".join(ROW % number for number in range(start, min(start + 10_000, rows))))
    return rows


def test_of_a_huge_log_a_refresh_reads_only_what_is_new_and_the_memory_stays_flat(runs_dir: Path) -> None:
    run = ended(new_run(runs_dir), "finished")
    rows = _write_rows(run, LOG_MB)
    measured = _measured(MEASURED, run.path, runs_dir=runs_dir)
    assert isinstance(measured, dict)
    looks = measured["looks"]
    assert measured["rows"] == rows
    assert [seen for _, seen, _ in looks] == [rows + 100 * number for number in range(1, 21)]
    assert max(read for read, _, _ in looks) < 100 * len(ROW % 0) + 50_000, "the new rows, and what measuring itself reads"
    columns = rows * 15 * 8  # numbers of 8 bytes
    assert looks[-1][2] - measured["before"] < 3 * columns + 250_000_000, "the rows as numbers, and one piece of text at a time"
    assert looks[-1][2] - looks[0][2] < 20_000_000 + columns // 10


def test_two_hours_of_refreshes_reach_a_plateau_of_memory(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    memory = _measured(LIVES_LONG, run.path, REFRESHES, runs_dir=runs_dir)
    assert isinstance(memory, list)
    assert len(memory) == REFRESHES
    assert memory[-1] - max(memory[: REFRESHES // 2]) < 25_000_000, "the second half needs nothing but room for its own rows"
    assert sum(path.stat().st_size for path in run.path.glob("pictures*.jsonl")) < 4_500_000
