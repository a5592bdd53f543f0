"""The faults: beside the runs, where background work, watched games and the queue have their files, a name is none of ours."""

import contextlib
import shutil
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest

from pages.ui.models.work import _bundle_bytes
from pages.ui.tetris.watch.start_demo import start_demo
from tests.faults.special import KINDS, assert_nothing_else_changes, copies, huge_copies, make_victim
from tests.pages.fake_runs import new_run
from tests.trainer.simulated import SimulatedEngine
from tests.waiting import wait_until
from trainer import children
from trainer.errors import ControlRoomError
from trainer.jobs import all_jobs, cancel_job, last_words, look, put_away, start_job
from trainer.queue_process import QueueProcess
from trainer.queueing import cancel_queued, enqueue, move_queued, process_lock, process_log, waiting
from trainer.run_files import pictures
from trainer.run_files.files import replace_document
from trainer.run_files.jobs import JobKind, JobRequest, Progress, Work, write_request
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.queue import QueueEntry, add_to_queue
from trainer.run_files.run_directory import list_runs
from trainer.run_files.tails import log_tail
from trainer.run_files.trash import list_trash, move_to_trash, restore
from trainer.tasks.tetris.commands.demos import run_demo
from trainer.tasks.tetris.files.demos import (
    Demo,
    DemoControl,
    DemoStatus,
    Moment,
    make_demo,
    moments_reader,
    moments_writer,
    open_demo,
)

JOB_KINDS: tuple[JobKind, ...] = ("evaluate", "bundle", "import")
WATCH_ID = "0123456789ab"
MUCH = 100_000_000  # bytes of memory


@pytest.fixture(autouse=True)
def _short_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started ends at once: these tests are about what is opened before and beside it. Segments are short."""
    monkeypatch.setattr(children, "trainer_command", lambda _: [sys.executable, "-S", "-c", "print('a word')"])
    monkeypatch.setattr(pictures, "SEGMENT_BYTES", 10)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with a job of every kind, a watched game, a queue and a deleted run."""
    runs_dir = tmp_path_factory.mktemp("pattern") / "runs"
    new_run(runs_dir, "One")
    move_to_trash(new_run(runs_dir, "Gone"))
    me = ProcessIdentity.own()
    for kind in JOB_KINDS:
        folder = runs_dir / ".jobs" / kind
        folder.mkdir(parents=True)
        folder.with_name(f"{kind}.lock").touch()
        write_request(folder, JobRequest(kind, "Nobody", []))
        replace_document(folder / "progress.json", asdict(Progress("working", "Playing", 3, 100, me)))
        (folder / "log.txt").write_text("a word\n")
        (folder / "bundle.zip").write_bytes(b"a bundle")
    demo = make_demo(runs_dir, DemoControl(run="stopped"))
    demo.tell(DemoStatus("playing", ["bcts"]))
    for name in ("trainer.log", "run.lock", "pictures.jsonl", "pictures.1.jsonl"):
        (demo.files.path / name).touch()
    demo.files.path.rename(demo.files.path.with_name(WATCH_ID))
    add_to_queue(runs_dir, [QueueEntry(run.run_id) for run in list_runs(runs_dir)])
    for path in (process_lock(runs_dir, ""), process_log(runs_dir, "")):
        path.touch()
    return runs_dir


def _names(runs_dir: Path) -> list[str]:
    """Every name beside the runs, and in the folders there."""
    known = {str(path.relative_to(runs_dir)) for folder in (".jobs", ".watch") for path in (runs_dir / folder).rglob("*")}
    return sorted(known | {path.name for path in runs_dir.iterdir() if path.name.startswith(".") or not path.is_dir()})


def _job_acts(runs_dir: Path) -> Iterator[Callable[[], object]]:
    """What is done with background work, by the app and by its processes."""
    yield lambda: all_jobs(runs_dir)
    for kind in JOB_KINDS:
        job = look(runs_dir, kind)
        if job is not None:
            yield partial(last_words, job)
            yield partial(cancel_job, job)
            yield partial(_bundle_bytes, job)
        yield partial(_work, runs_dir / ".jobs" / kind)
        yield partial(start_job, runs_dir, JobRequest(kind, "Nobody", []), [kind, "nobody"], files={"bundle.zip": b"another bundle"})
        yield partial(_put_away, runs_dir, kind)


def _work(folder: Path) -> None:
    with Work(folder) as work:
        work.begin("Playing")
        work.step(1, 2)
        work.made("bundle.zip", "made")


def _put_away(runs_dir: Path, kind: JobKind) -> None:
    if job := look(runs_dir, kind):
        put_away(job)


def _watch_acts(runs_dir: Path) -> Iterator[Callable[[], object]]:
    """What is done with a watched game, by the app and by the player."""
    yield lambda: start_demo(["bcts"], DemoControl(run="stopped"), runs_dir)
    demo = open_demo(runs_dir, WATCH_ID)
    if demo is None:
        return
    yield demo.look
    yield demo.status
    yield lambda: _steer(demo)
    yield lambda: demo.is_played
    yield lambda: moments_reader(demo).refresh()
    yield lambda: log_tail(demo.files.log)
    yield lambda: demo.tell(DemoStatus("playing", ["bcts"]))
    yield lambda: _show(demo)
    yield lambda: _play(demo, runs_dir)


def _steer(demo: Demo) -> None:
    with contextlib.suppress(FileNotFoundError):  # as the page does
        demo.ask(replace(demo.wanted(), run="stopped"))
    demo.ask(DemoControl(run="stopped"))


def _show(demo: Demo) -> None:
    moments = moments_writer(demo)
    for number in (1, 2, 3):
        moments.append_all([Moment(number, 1, [])])
    moments.close()


def _play(demo: Demo, runs_dir: Path) -> None:
    with ThreadPoolExecutor(1) as thread:  # where it does not take this process's signals
        thread.submit(run_demo, demo, ["bcts"], runs_dir).result(60)


def _queue_acts(runs_dir: Path) -> Iterator[Callable[[], object]]:
    """What is done with runs that wait and with deleted ones."""
    stop = threading.Event()
    stop.set()
    process, runs = QueueProcess(runs_dir, "", SimulatedEngine(cores=0), say=print), list_runs(runs_dir)[:1]
    yield lambda: waiting(runs_dir)
    yield process.look
    yield lambda: process.until_done(stop)
    yield lambda: enqueue(runs, by="app")
    for run in runs:
        yield partial(move_queued, run, "first")
        yield partial(cancel_queued, run)
    yield lambda: [restore(run) for run in list_trash(runs_dir)]
    yield lambda: [move_to_trash(run) for run in list_runs(runs_dir)[:1]]


def _acts(runs_dir: Path) -> Iterator[Callable[[], object]]:
    yield from _job_acts(runs_dir)
    yield from _watch_acts(runs_dir)
    yield from _queue_acts(runs_dir)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_name_beside_the_runs_is_nothing_else_is_changed(pattern: Path, tmp_path: Path, kind: str) -> None:
    home = make_victim(tmp_path)
    assert_nothing_else_changes(copies(pattern, _names(pattern), tmp_path, kind), _acts, home)


@pytest.mark.long
def test_a_file_of_eight_gigabytes_beside_the_runs_costs_no_memory(pattern: Path, tmp_path: Path) -> None:
    for name, runs_dir in huge_copies(pattern, _names(pattern), tmp_path):
        tracemalloc.start()
        for act in _acts(runs_dir):
            try:
                with contextlib.suppress(ControlRoomError):
                    act()
            except Exception as error:
                raise AssertionError(name) from error
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MUCH, name


def test_these_acts_do_what_they_are_for(pattern: Path, tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    shutil.copytree(pattern, runs_dir)
    for act in _acts(runs_dir):
        act()
    assert not list((runs_dir / ".jobs").glob("*/job.json")), "every job was put away"
    assert not (runs_dir / ".watch" / WATCH_ID).exists(), "the game has ended"
    wait_until(lambda: process_log(runs_dir, "").read_text().startswith("a word\n"), 60, "what a child writes")
