"""What a background process says of its work, and that saying it never costs the work."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError, JobCancelledError, ModelNotFoundError
from trainer.run_files.jobs import JobRequest, Progress, Work, read_progress, read_request, write_request
from trainer.run_files.process_identity import ProcessIdentity

REQUEST = JobRequest("evaluate", "First try · best", ["20260102-030405-story"], asked_at="2026-11-23T15:04:05.123Z")
GOLDEN_REQUEST = """{
  "version": 4,
  "kind": "evaluate",
  "title": "First try · best",
  "models": [
    "20260102-030405-story"
  ],
  "asked_at": "2026-11-23T15:04:05.123Z"
}
""".encode()


def said(folder: Path) -> Progress:
    """What the process has said last."""
    progress = read_progress(folder)
    assert progress is not None
    return progress


def test_a_request_is_written_as_documented(tmp_path: Path) -> None:
    assert read_request(tmp_path) is None
    write_request(tmp_path, REQUEST)
    assert (tmp_path / "job.json").read_bytes() == GOLDEN_REQUEST
    assert read_request(tmp_path) == REQUEST


def test_a_damaged_request_or_progress_is_refused(tmp_path: Path) -> None:
    with Work(tmp_path):
        pass
    progress = (tmp_path / "progress.json").read_bytes()
    for name, content, read in (("job.json", GOLDEN_REQUEST, read_request), ("progress.json", progress, read_progress)):
        for cut in every_prefix(content.rstrip()):
            (tmp_path / name).write_bytes(cut)
            with pytest.raises(FormatError, match=rf"{name} of a job is damaged"):
                read(tmp_path)


def test_work_says_how_far_it_is_and_what_came_of_it(tmp_path: Path) -> None:
    assert read_progress(tmp_path) is None
    with Work(tmp_path) as work:
        first = said(tmp_path)
        work.begin("Playing", "a-run")
        second = said(tmp_path)
        work.step(3, 100)
        work.made("a-run.zip", "Made.")
    assert (first.state, first.doing) == ("working", "Starting")
    assert first.process == ProcessIdentity.own()
    assert (second.doing, second.model, second.done, second.total) == ("Playing", "a-run", 0, 0)
    last = said(tmp_path)
    assert (last.state, last.doing, last.result, last.done, last.total) == ("done", "Made.", "a-run.zip", 3, 100)


def test_how_far_is_written_now_and_then(tmp_path: Path) -> None:
    with Work(tmp_path) as work:
        work.begin("Playing")
        for number in range(1, 1_001):
            work.step(number, 1_000)
        assert said(tmp_path).done < 1_000
    assert said(tmp_path).done == 1_000


def test_a_failure_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError), Work(tmp_path):
        raise ModelNotFoundError("There is no model.")
    assert (said(tmp_path).state, said(tmp_path).doing) == ("failed", "There is no model.")
    with pytest.raises(ZeroDivisionError), Work(tmp_path):
        _ = 1 / 0
    assert said(tmp_path).doing == "ZeroDivisionError: division by zero"


def test_cancelled_work_ends_at_the_next_look(tmp_path: Path) -> None:
    work = Work(tmp_path)
    work.begin("Playing")
    work.cancelled.set()
    assert not work.continue_working()
    with pytest.raises(JobCancelledError), work:
        work.begin("Never")
    assert said(tmp_path).state == "cancelled"
    assert said(tmp_path).doing == "It was cancelled; what had been finished before stays."


def test_work_goes_on_when_the_disk_is_full(tmp_path: Path) -> None:
    with Work(tmp_path) as work:
        with full_disk(largest_file_bytes=10):
            work.begin("Going on")
        assert work.continue_working()
    assert said(tmp_path).state == "done"


@pytest.mark.parametrize("another_job", [False, True])
def test_work_whose_folder_is_deleted_gives_up_and_writes_nothing_into_another_jobs(tmp_path: Path, another_job: bool) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    write_request(folder, REQUEST)
    with Work(folder) as work:
        folder.rename(tmp_path / "deleted")
        if another_job:
            folder.mkdir()
            write_request(folder, replace(REQUEST, asked_at="2026-11-23T16:00:00.000Z"))
        work.begin("Going on")
        assert not work.continue_working()
    assert [path.name for path in tmp_path.glob("job/*")] == (["job.json"] if another_job else [])


def test_work_without_a_job_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Work(None) as work:
        work.begin("Playing")
        assert work.wants_a_bar
    assert list(tmp_path.iterdir()) == []
