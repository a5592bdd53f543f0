"""The app's side of background work, with real processes: what is said of them, and that only they are ever ended."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until
from tests.workers import identity_of, pretend_worker
from trainer import children, jobs
from trainer.errors import JobIsActiveError, RunDirectoryError
from trainer.jobs import Job, all_jobs, cancel_job, last_words, look, put_away, start_job
from trainer.run_files.files import now_text, replace_document
from trainer.run_files.jobs import BUNDLE_FILE, JobRequest, Progress, Work, write_request
from trainer.run_files.process_identity import ProcessIdentity

PATIENCE_S = 60.0  # for what takes a second on a machine that has nothing else to do
REQUEST = JobRequest("evaluate", "Nobody", [])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an evaluation that was asked for; no process is at work."""
    folder = tmp_path / ".jobs" / "evaluate"
    folder.mkdir(parents=True)
    write_request(folder, replace(REQUEST, asked_at=now_text()))
    return folder


@pytest.fixture
def worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is at work on the evaluation; it ends with its standard input."""
    with pretend_worker("evaluate", "nobody", "--job", folder) as process:
        yield process


@pytest.fixture(autouse=True)
def _no_children() -> Iterator[None]:
    """What the app remembers of its processes; forgotten afterwards."""
    yield
    children._children.clear()


def job_of(runs_dir: Path) -> Job:
    """The evaluation; there must be one."""
    job = look(runs_dir, "evaluate")
    assert job is not None
    return job


def ended(runs_dir: Path) -> Job:
    """The evaluation, when its process has ended."""
    wait_until(lambda: not job_of(runs_dir).active, PATIENCE_S, "the job to end")
    return job_of(runs_dir)


def say(folder: Path, process: ProcessIdentity) -> None:
    """Write the progress of a process that is at work."""
    replace_document(folder / "progress.json", asdict(Progress("working", "Playing", 3, 100, process)))


def test_the_end_of_a_real_process_is_told_and_put_away(tmp_path: Path) -> None:
    assert all_jobs(tmp_path) == []
    start_job(tmp_path, REQUEST, ["evaluate", "nobody", "--save"])
    job = ended(tmp_path)
    assert job.state == "failed"
    assert job.progress is not None
    assert job.progress.doing.startswith("There is no run 'nobody'")
    wait_until(lambda: last_words(job).startswith("error: There is no run 'nobody'"), PATIENCE_S, "its last words")
    put_away(job)
    assert all_jobs(tmp_path) == []


def test_a_process_that_cannot_even_begin_is_lost_and_its_last_words_are_there(tmp_path: Path) -> None:
    start_job(tmp_path, REQUEST, ["evaluate", "nobody", "--no-such-option"])
    job = ended(tmp_path)
    assert (job.state, job.progress) == ("lost", None)
    assert "--no-such-option" in last_words(job)


def test_one_job_of_a_kind_at_a_time(folder: Path, tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    say(folder, identity_of(worker))
    with pytest.raises(JobIsActiveError, match="One at a time: Nobody is still being worked on"):
        start_job(tmp_path, REQUEST, ["evaluate", "nobody", "--save"])
    assert job_of(tmp_path).state == "working"


def test_a_job_that_has_ended_gives_way_to_the_next(folder: Path, tmp_path: Path) -> None:
    with Work(folder):
        pass
    (folder / "old").touch()
    start_job(tmp_path, replace(REQUEST, title="Next"), ["evaluate", "nobody", "--save"])
    assert not (folder / "old").exists()
    assert ended(tmp_path).request.title == "Next"


def test_only_the_process_that_works_on_the_job_is_cancelled(folder: Path, tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    identity = identity_of(worker)
    say(folder, replace(identity, started_at=identity.started_at - 100, start_ticks=1))
    assert job_of(tmp_path).state == "lost"
    cancel_job(job_of(tmp_path))
    assert worker.poll() is None

    for arguments in (["evaluate", "--job", tmp_path / "other"], ["start", folder], ["queue", "run", "--runs-dir", tmp_path]):
        with pretend_worker(*arguments) as stranger:
            say(folder, identity_of(stranger))
            assert job_of(tmp_path).state == "lost", "what a file claims is not believed"
            cancel_job(job_of(tmp_path))
            assert stranger.poll() is None

    say(folder, identity)
    assert job_of(tmp_path).state == "working"
    cancel_job(job_of(tmp_path))
    assert worker.wait(10) != 0
    assert job_of(tmp_path).state == "lost"


def test_a_process_that_has_not_yet_spoken_is_cancelled(tmp_path: Path) -> None:
    start_job(tmp_path, REQUEST, ["evaluate", "nobody", "--save"])
    job = replace(job_of(tmp_path), progress=None)
    (child,) = children._children.values()
    cancel_job(job)
    ending = child.ending(PATIENCE_S)
    assert ending is not None
    assert ending.exit_code != 0


def test_a_job_whose_process_was_never_heard_of_is_waited_for_and_then_lost(folder: Path, tmp_path: Path) -> None:
    assert job_of(tmp_path).state == "starting"
    write_request(folder, replace(REQUEST, asked_at="2026-01-01T00:00:00.000Z"))
    assert job_of(tmp_path).state == "lost"


def test_a_damaged_job_is_lost_and_can_be_put_away(folder: Path, tmp_path: Path) -> None:
    (folder / "job.json").write_bytes(b"{")
    (folder / "progress.json").write_bytes(b'{"version": 9}')
    job = job_of(tmp_path)
    assert job.request.title == "a job whose file is damaged"
    put_away(job)
    assert look(tmp_path, "evaluate") is None


def test_what_is_to_be_imported_lies_in_the_folder_of_the_job(tmp_path: Path) -> None:
    start_job(tmp_path, JobRequest("import", "upload", []), ["import"], files={BUNDLE_FILE: b"PK not a bundle"})
    wait_until(lambda: (job := look(tmp_path, "import")) is not None and not job.active, PATIENCE_S, "the import to end")
    job = look(tmp_path, "import")
    assert job is not None
    assert job.bundle.read_bytes() == b"PK not a bundle"
    assert job.progress is not None
    assert job.progress.doing.startswith("A bundle must be a whole .zip file")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(RunDirectoryError, match="Background work needs a writable"):
        start_job(tmp_path / "runs", REQUEST, ["evaluate", "nobody", "--save"])


def test_background_work_gives_way_to_training(tmp_path: Path) -> None:
    start_job(tmp_path, REQUEST, ["evaluate", "nobody", "--save"])
    (child,) = children._children.values()
    assert psutil.Process(child.pid).nice() == jobs.NICE
    ended(tmp_path)


def test_a_folder_that_is_deleted_while_its_process_works_is_no_job_any_more(folder: Path, tmp_path: Path) -> None:
    say(folder, ProcessIdentity.own())
    shutil.rmtree(folder)
    assert all_jobs(tmp_path) == []
