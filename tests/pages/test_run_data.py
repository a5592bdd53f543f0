"""Reading a run: only what is new, once for all tabs."""

import threading
from pathlib import Path

from pages.ui.run_data import SOON_READ, RunData, new_frames, read_ahead, rows_version, run_data
from tests.pages.fake_runs import board_row, fill, metrics_row, new_run
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.pictures import images_reader
from trainer.tasks.tetris.files.boards import boards_reader


def test_a_refresh_sees_what_was_appended(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    data = RunData(run)
    assert rows_version(data.refresh().metrics) == (0, 0)
    fill(run, rows=20)
    rows = data.refresh()
    assert rows_version(rows.metrics) == (0, 20)
    assert len(rows.episodes["lines"]) == 20
    assert len(rows.evaluations["ci95_low"]) == 2
    assert [event.kind for event in rows.events] == ["started", "new_best"]
    with metrics_writer(run) as metrics:
        metrics.append(metrics_row(21))
    assert len(data.refresh().metrics["step"]) == 21
    assert len(rows.metrics["step"]) == 20, "rows that were handed out do not change"


def test_damaged_rows_are_counted_and_the_others_kept(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run, rows=3)
    with run.metrics.open("ab") as file:
        file.write(b'{"step": oops}\n[]\n{"step": 400, "loss"')
    rows = RunData(run).refresh()
    assert rows.bad_lines == 2
    assert list(rows.metrics["step"]) == [100.0, 200.0, 300.0]


def test_a_log_of_many_runs_is_looked_at_once_and_then_followed(runs_dir: Path) -> None:
    runs = [new_run(runs_dir, f"run {number}") for number in range(SOON_READ + 1)]
    for rows, run in enumerate(runs):
        fill(run, rows=rows)
    with runs[0].metrics.open("ab") as file:
        file.write(b"nonsense\n")
    assert not any(run_data(run).has_read("metrics") for run in runs)
    assert run_data(runs[0]).bad_lines("metrics") == 0, "of a log that was not looked at"
    read_ahead(runs, "metrics")
    assert all(run_data(run).has_read("metrics") for run in runs)
    assert not any(run_data(run).has_read("episodes") for run in runs)
    assert run_data(runs[0]).bad_lines("metrics") == 1
    with metrics_writer(runs[3]) as metrics:
        metrics.append(metrics_row(4))
    read_ahead(runs, "metrics")
    assert [len(run_data(run).log("metrics")["step"]) for run in runs[:5]] == [0, 1, 2, 4, 4]


def test_several_tabs_read_one_run_at_once(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    data = RunData(run)
    torn: list[str] = []

    def look() -> None:
        for _ in range(50):
            rows = data.refresh()
            if len({len(column) for column in rows.metrics.values()}) > 1:
                torn.append("columns of different lengths")

    tabs = [threading.Thread(target=look) for _ in range(4)]
    for tab in tabs:
        tab.start()
    fill(run, rows=300)
    for tab in tabs:
        tab.join()
    assert not torn
    assert len(data.refresh().metrics["step"]) == 300


def test_what_was_worked_out_is_kept_until_the_rows_change(runs_dir: Path) -> None:
    data = RunData(new_run(runs_dir))
    calls: list[int] = []

    def compute() -> int:
        calls.append(1)
        return len(calls)

    assert [data.derived("a", 1, compute), data.derived("a", 1, compute), data.derived("a", 2, compute)] == [1, 1, 2]


def test_every_tab_gets_every_snapshot_once(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    boards = RunData(run).pictures(boards_reader)
    first = new_frames(boards, None, limit=30)
    assert [frame.step for frame in first.frames] == [100], "a tab that opens shows the newest board at once"
    assert [frame.step for frame in new_frames(boards, 25, limit=30).frames] == [50, 75, 100]
    assert new_frames(boards, 100, limit=30).frames == ()
    assert new_frames(boards, 100, limit=30).last == boards[-1]


def test_snapshots_that_cannot_be_played_in_time_are_skipped_and_counted() -> None:
    boards = tuple(board_row(step) for step in range(0, 1_000, 10))
    new = new_frames(boards, 500, limit=30)
    assert len(new.frames) == 30
    assert new.frames[-1].step == 990
    assert new.skipped == 19


def test_a_run_without_snapshots_has_none() -> None:
    assert new_frames((), None, limit=30).last is None


def test_a_run_whose_task_is_told_anew_is_read_anew(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    data = RunData(run)
    assert data.pictures(boards_reader)
    assert data.pictures(images_reader) == (), "boards are no images"
    assert data.pictures(boards_reader)
