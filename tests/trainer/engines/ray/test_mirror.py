"""What is new on a node, and how it is written here: byte prefixes of logs, whole documents, folders that are renamed in."""

import os
from pathlib import Path

import pytest

from tests.trainer.engines.ray.nodes import STRANGER
from trainer.engines.ray.agent import Agent
from trainer.engines.ray.mirror import Mirror
from trainer.engines.ray.outbox import Outbox, listing_of
from trainer.engines.ray.wire import LOG_BYTES, News
from trainer.run_files.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint
from trainer.run_files.files import replace_folder
from trainer.run_files.jsonl import JsonlReader, cut_log
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status, write_status

RUN_ID = "20261127-120000-far"


class Pair:
    """A run on a node, and its mirror here."""

    def __init__(self, tmp_path: Path) -> None:
        self.agent = Agent(tmp_path / "node", lease_s=60, start=lambda *_: None)
        self.there, self.here = RunDirectory(self.agent.root / RUN_ID), RunDirectory(tmp_path / "runs" / RUN_ID)
        for run in (self.there, self.here):
            run.path.mkdir(parents=True)
        self.mirror = Mirror(self.here)
        self.now = 0.0
        self.outbox = Outbox(self.there, clock=lambda: self.now)

    def news(self, *, ended: bool = False) -> News:
        """What the node would say."""
        self.now += 1.0
        return self.outbox.news(self.mirror.ask(), ended=ended)

    def carry(self, *, ended: bool = False) -> bool:
        """Carry one answer over."""
        return self.mirror.apply(self.news(ended=ended), lambda *piece: self.agent.piece(RUN_ID, *piece))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """See `Pair`."""
    return Pair(tmp_path)


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def test_a_log_comes_by_whole_lines_and_is_a_prefix_at_every_moment(pair: Pair) -> None:
    whole = b"".join(b'{"step": %d}\n' % step for step in range(100))
    for at in range(0, len(whole), 7):
        append(pair.there.metrics, whole[at : at + 7])
        pair.carry()
        here = pair.here.metrics.read_bytes() if pair.here.metrics.exists() else b""
        assert whole.startswith(here)
        assert here == b"" or here.endswith(b"\n")
        assert len(here) > at - 14, "what was whole is here"
    assert pair.here.metrics.read_bytes() == whole
    assert pair.news()["logs"] == {}, "what is here does not come again"


def test_a_long_log_comes_in_pieces_and_a_line_without_end_at_the_end(pair: Pair) -> None:
    content = b"x" * 99 + b"\n"
    append(pair.there.log, content * (3 * LOG_BYTES // 100) + b"Killed")
    assert not pair.carry()
    while not pair.carry(ended=True):
        assert pair.here.log.stat().st_size <= pair.there.log.stat().st_size
    assert pair.here.log.read_bytes() == pair.there.log.read_bytes()


def test_a_log_that_was_cut_on_its_node_is_cut_here(pair: Pair) -> None:
    append(pair.there.metrics, b"1\n2\n3\n")
    pair.carry()
    reader = JsonlReader(pair.here.metrics)
    reader.read_new()
    cut_log(pair.there.metrics, 4)
    append(pair.there.metrics, b"another 3\n")
    pair.carry()
    assert pair.here.metrics.read_bytes() == b"1\n2\nanother 3\n"
    reader.read_lines()
    assert reader.generation == 1, "a reader starts over"


def test_a_mirror_that_is_begun_anew_goes_on_in_the_middle_of_a_line(pair: Pair) -> None:
    append(pair.there.metrics, b'{"step": 1}\n{"step": 2}\n')
    pair.carry()
    os.truncate(pair.here.metrics, 15)  # its process was killed in the middle of a write
    pair.mirror = Mirror(pair.here)
    assert pair.news()["logs"] == {"metrics.jsonl": (15, b'tep": 2}\n')}
    pair.carry()
    assert pair.here.metrics.read_bytes() == pair.there.metrics.read_bytes()


def test_pictures_that_are_begun_anew_leave_the_old_ones_beside_them(pair: Pair) -> None:
    append(pair.there.pictures, b"old\n")
    pair.carry()
    pair.there.pictures.rename(pair.there.path / "pictures.1.jsonl")
    append(pair.there.pictures, b"new picture\n")
    pair.carry()
    assert pair.here.pictures.read_bytes() == b"new picture\n"
    assert (pair.here.path / "pictures.1.jsonl").read_bytes() == b"old\n"


def test_a_checkpoint_never_comes_before_the_rows_that_it_counts_on(pair: Pair) -> None:
    append(pair.there.metrics, (b"x" * 99 + b"\n") * (2 * LOG_BYTES // 100))
    size = pair.there.metrics.stat().st_size
    save_checkpoint(pair.there, Checkpoint(7, {"weights": b"w" * 5_000_000}, {"metrics.jsonl": size}))
    assert not pair.carry()
    assert not pair.here.checkpoints.exists()
    while not pair.carry():
        pass
    checkpoint, _ = latest_checkpoint(pair.here)
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.log_bytes["metrics.jsonl"]) == (7, pair.here.metrics.stat().st_size)
    assert listing_of(pair.here.path) == listing_of(pair.there.path), "with the times that tell that nothing has changed"


def test_what_is_thinned_out_there_is_thinned_out_here_and_what_was_here_before_stays(pair: Pair) -> None:
    save_checkpoint(pair.here, Checkpoint(1, {}, {}))
    pair.carry()
    assert latest_checkpoint(pair.here)[0] is not None, "the node has not got that far"
    for step in (10, 20, 30):
        save_checkpoint(pair.there, Checkpoint(step, {"weights": b"%d" % step}, {}))
        pair.carry()
    assert sorted(path.name for path in pair.here.checkpoints.iterdir()) == ["step-20", "step-30"]


def test_a_folder_that_changes_while_it_comes_is_left_as_it_was(pair: Pair) -> None:
    replace_folder(pair.there.best, {"model.zip": b"one", "metadata.json": b"1"})
    assert pair.carry()
    replace_folder(pair.there.best, {"model.zip": b"two", "metadata.json": b"2"})
    news = pair.news()
    replace_folder(pair.there.best, {"model.zip": b"three", "metadata.json": b"3"})
    assert not pair.mirror.apply(news, lambda *piece: pair.agent.piece(RUN_ID, *piece))
    assert (pair.here.best / "model.zip").read_bytes() == b"one"
    assert pair.carry()
    assert (pair.here.best / "model.zip").read_bytes() == b"three"
    assert sorted(path.name for path in pair.here.path.iterdir()) == ["best"], "nothing is left beside it"


def test_what_is_the_heads_own_stays_the_heads(pair: Pair) -> None:
    for name in ("labels.json", "metrics.columns", "config.json", "other.json"):
        (pair.here.path / name).write_bytes(b"here")
        (pair.there.path / name).write_bytes(b"there")
    (pair.there.path / "reports").mkdir()
    (pair.there.path / "reports" / "x.json").write_bytes(b"there")
    assert pair.carry()
    assert sorted(path.read_bytes() for path in pair.here.path.iterdir()) == [b"here"] * 4


def test_a_model_that_was_saved_under_a_name_comes_once(pair: Pair) -> None:
    for path in (pair.there.models, pair.there.models / "good"):
        path.mkdir()
    (pair.there.models / "good" / "model.zip").write_bytes(b"good")
    assert pair.carry()
    (pair.here.models / "good" / "note.txt").write_bytes(b"mine")
    append(pair.there.metrics, b"1\n")
    replace_folder(pair.there.best, {"model.zip": b"one"})
    assert pair.carry()
    assert (pair.here.models / "good" / "note.txt").read_bytes() == b"mine"
    (pair.here.models / "good").rename(pair.here.models / "better")
    replace_folder(pair.there.best, {"model.zip": b"two"})
    assert pair.carry()
    assert [path.name for path in pair.here.models.iterdir()] == ["better"]


def test_a_node_writes_nothing_outside_the_run(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"safe")
    news = pair.news()
    paths = ("../outside", "best/../../outside", "/etc/x", "..")
    news["listing"], news["listing_id"] = dict.fromkeys(paths, (3, 1)), 5
    news["logs"] = {"../outside": (0, b"evil\n"), "a/b.jsonl": (0, b"evil\n")}
    pair.mirror.apply(news, lambda *_: b"bad")
    assert (tmp_path / "outside").read_bytes() == b"safe"
    assert list(pair.here.path.iterdir()) == []


def test_the_last_status_comes_after_everything_else(pair: Pair) -> None:
    write_status(pair.there, Status("running", STRANGER, 10))
    pair.carry()
    before = read_status(pair.here)
    assert before is not None
    assert (before.state, before.process) == ("running", STRANGER)
    write_status(pair.there, Status("finished", STRANGER, 10))
    pair.carry(ended=True)
    assert read_status(pair.here) == before
    pair.mirror.end()
    after = read_status(pair.here)
    assert after is not None
    assert after.state == "finished"


def test_a_full_disk_here_is_said_and_nothing_is_lost(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    append(pair.there.metrics, b"1\n")
    pair.carry()
    append(pair.there.metrics, b"2\n")
    write_status(pair.there, Status("running", STRANGER, 10))

    def full(file: int, content: bytes) -> int:
        if len(content) == 1:
            raise OSError(28, "No space left on device")
        return whole(file, bytes(content[:1]))  # a part of it still has room

    whole = os.write
    monkeypatch.setattr(os, "write", full)
    assert not pair.carry()
    monkeypatch.undo()
    assert pair.here.metrics.read_bytes() == b"1\n", "no row is torn"
    status = read_status(pair.here)
    assert status is not None
    assert status.degraded == "metrics.jsonl cannot be written (No space left on device); its rows wait where they were made."
    write_status(pair.there, Status("running", STRANGER, 10, num_timesteps=5))
    assert pair.carry()
    status = read_status(pair.here)
    assert status is not None
    assert status.degraded is None
    assert pair.here.metrics.read_bytes() == b"1\n2\n"
