"""`replays/`: what is recorded is listed, stays within its bound, and goes where a checkpoint is older."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import full_disk
from trainer.errors import FormatError
from trainer.run_files.replays import ReplaysWriter, cut_replays, list_recordings
from trainer.run_files.run_directory import RunDirectory


@dataclass
class Recording:
    """Some task's."""

    step: int
    score: float

    def to_json(self) -> bytes:
        """Three kilobytes."""
        return f"{self.step} {self.score}".ljust(3_000).encode()


def recording(step: int, score: float = 10) -> Recording:
    """One of a step."""
    return Recording(step, score)


def read_recording(path: Path) -> Recording:
    """Read one."""
    try:
        step, score = path.read_text().split()
    except ValueError:
        raise FormatError(f"{path.name} is damaged.") from None
    return Recording(int(step), float(score))


def replays_writer(run: RunDirectory, max_bytes: int) -> ReplaysWriter:
    """Writes them."""
    return ReplaysWriter(run, max_bytes, read_recording)


def test_evaluations_and_best_training_episodes_are_listed_oldest_first(run: RunDirectory) -> None:
    assert list_recordings(run) == []
    writer = replays_writer(run, 1_000_000)
    for step, episode in ((20_000, None), (9_000, 12), (9_000, 9), (100_000, None)):
        writer.write(recording(step), episode)
    (run.replays / "notes.txt").write_text("mine")
    assert [(file.step, file.episode) for file in list_recordings(run)] == [(9_000, 9), (9_000, 12), (20_000, None), (100_000, None)]
    assert list_recordings(run)[2].path.name == "step-20000-evaluation.json"


def test_the_oldest_go_first_and_the_best_the_newest_and_the_best_training_episode_stay(run: RunDirectory) -> None:
    size = len(recording(1_000).to_json())
    writer = replays_writer(run, 4 * size + 100)
    writer.write(recording(1_000), episode=1)
    for step in range(2_000, 12_000, 1_000):
        writer.write(recording(step, score=50 if step == 3_000 else 10))
    assert [(file.step, file.episode) for file in list_recordings(run)] == [(1_000, 1), (3_000, None), (10_000, None), (11_000, None)]

    again = replays_writer(run, 10)  # another process, which has to look at what there is
    again.write(recording(12_000))
    assert [file.step for file in list_recordings(run)] == [1_000, 3_000, 12_000]


def test_a_damaged_recording_is_not_taken_for_the_best(run: RunDirectory) -> None:
    for step in (1_000, 2_000):
        replays_writer(run, 1_000_000).write(recording(step))
    list_recordings(run)[0].path.write_bytes(b"{")
    replays_writer(run, 10).write(recording(3_000, score=1))
    assert [file.step for file in list_recordings(run)] == [2_000, 3_000]


def test_what_was_recorded_after_a_checkpoint_is_cut_off(run: RunDirectory) -> None:
    writer = replays_writer(run, 1_000_000)
    for step in (1_000, 2_000, 3_000):
        writer.write(recording(step))
    cut_replays(run, 2_000)
    assert [file.step for file in list_recordings(run)] == [1_000, 2_000]
    cut_replays(run, -1)
    assert list_recordings(run) == []


def test_on_a_full_disk_nothing_is_torn_and_a_deleted_run_is_not_brought_back(run: RunDirectory) -> None:
    writer = replays_writer(run, 1_000_000)
    writer.write(recording(1_000))
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        writer.write(recording(2_000))
    assert [path.name for path in run.replays.iterdir()] == ["step-1000-evaluation.json"]
    gone = RunDirectory(run.path.with_name("20260102-030405-gone"))
    with pytest.raises(FileNotFoundError):
        replays_writer(gone, 1_000).write(recording(1_000))
    assert not gone.path.exists()
