"""TensorBoard's event files: the same scalars as TensorBoard's own reader finds, by step."""

import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import SummaryWriter

from tests.trainer.importing.conftest import Truth
from trainer.importing.event_files import Found, is_event_file, read_event_files
from trainer.importing.event_files import _scalars_in as scalars_in

NAME = "events.out.tfevents.1.host"


def write(path: Path, events: list[Event]) -> Path:
    """An event file of some events."""
    with path.open("wb") as stream:
        writer = RecordWriter(stream)
        for event in [Event(wall_time=1.0, file_version="brain.Event:2"), *events]:
            writer.write(event.SerializeToString())
    return path


def scalar(step: int, tag: str, value: float, time: float = 100.0) -> Event:
    """An event of one scalar."""
    return Event(wall_time=time, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


def test_every_scalar_of_stable_baselines3_is_there_merged_by_step(trained: Truth) -> None:
    paths = sorted(trained.folder.glob("events.out.tfevents*"))
    logs = read_event_files(paths, whole=True)

    expected = dict[int, dict[str, float]]()
    for step, named in trained.rows:
        expected.setdefault(step, {}).update(
            {name: float(np.float32(value)) for name, value in named.items() if name not in trained.hidden}
        )
    assert {row.step: row.named for row in logs.metrics} == {step: named for step, named in expected.items() if named}
    assert is_event_file(paths[0].read_bytes()[:200])


def test_it_reads_what_tensorboard_reads(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in (*range(300), 2**20, 2**40):
            for tag in ("a", "b/long_name", "c"):
                if generator.random() < 0.7:
                    writer.add_scalar(tag, generator.normal(), step)
        writer.add_scalar("new", 0.25, 7, new_style=True)
        writer.add_text("text", "is no scalar", 1)
        writer.add_histogram("histogram", generator.normal(size=100), 2)
    (path,) = tmp_path.iterdir()
    peer = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0, "tensors": 0}).Reload()

    logs = read_event_files([path], whole=True)

    read = {(row.step, tag, value) for row in logs.metrics for tag, value in row.named.items()}
    theirs = {(one.step, tag, one.value) for tag in peer.Tags()["scalars"] for one in peer.Scalars(tag)}
    assert len(theirs) > 500
    assert read == theirs | {(7, "new", 0.25)}
    assert not +logs.lost


def test_later_values_of_a_step_stand_and_rows_are_in_order(tmp_path: Path) -> None:
    first = write(tmp_path / "1", [scalar(step, "loss", float(step), 100 + step) for step in range(40)])
    second = write(tmp_path / "2", [scalar(step, "loss", -float(step), 200 + step) for step in range(30, 60)])

    logs = read_event_files([first, second], whole=True)

    assert [(row.step, row.named["loss"]) for row in logs.metrics] == [(step, step if step < 30 else -step) for step in range(60)]
    assert logs.metrics[10].wall_seconds == 10.0
    assert logs.began_ms == 100_000


def test_the_last_step_waits_while_somebody_still_writes_it(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, [scalar(1, "a", 1.0), scalar(2, "a", 2.0)])
    assert [row.step for row in read_event_files([path], whole=False).metrics] == [1]
    assert [row.step for row in read_event_files([path], whole=True).metrics] == [1, 2]


def test_several_values_of_an_event_and_tensors_are_read(tmp_path: Path) -> None:
    values = [Summary.Value(tag="a", simple_value=1.5), Summary.Value(tag="b", simple_value=2.5)]
    tensors = [
        Summary.Value(tag="content", tensor=TensorProto(dtype=1, tensor_content=struct.pack("<f", 3.5))),
        Summary.Value(tag="number", tensor=TensorProto(dtype=1, float_val=[4.5])),
        Summary.Value(tag="double", tensor=TensorProto(dtype=2, double_val=[5.5])),
        Summary.Value(tag="text", tensor=TensorProto(dtype=7, string_val=[b"x"])),
    ]
    event = Event(wall_time=1.0, step=3, summary=Summary(value=values + tensors))
    logs = read_event_files([write(tmp_path / NAME, [event] * 20)], whole=True)
    assert [(row.step, row.named) for row in logs.metrics] == [(3, {"a": 1.5, "b": 2.5, "content": 3.5, "number": 4.5, "double": 5.5})]


def test_what_is_no_event_costs_its_row_and_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, [scalar(step, "loss", 1.0) for step in range(40)])
    with path.open("ab") as stream:
        writer = RecordWriter(stream)
        for content in (b"\xff" * 30, scalar(5, "loss", 1.0).SerializeToString()[:-2], b"\x10" + b"\xff" * 11):
            writer.write(content)
        stream.write(b"torn")

    logs = read_event_files([path], whole=True)

    assert len(logs.metrics) == 40
    assert +logs.lost == Counter({NAME: 4})


def test_scalars_that_are_tensors_are_read_at_once_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(1, 401):
            for tag in ("first", "other", "third"):
                writer.add_scalar(tag, step / 2, step, new_style=step % 2 == 0)
        for step in range(1, 41):
            writer.add_text("words", "of some length", step)
    (path,) = tmp_path.iterdir()
    one_by_one = list[bytes]()

    def noting(event: bytes) -> list[Found]:
        one_by_one.append(event)
        return scalars_in(event)

    monkeypatch.setattr("trainer.importing.event_files._scalars_in", noting)

    logs = read_event_files([path], whole=True)

    expected = [(step, dict.fromkeys(("first", "other", "third"), step / 2)) for step in range(1, 401)]
    assert [(row.step, row.named) for row in logs.metrics] == expected
    assert sum(b"first" in event for event in one_by_one) < 200, "examples of 400"
    assert not +logs.lost


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.0, 1e-45])
def test_every_kind_of_number_is_kept(value: float, tmp_path: Path) -> None:
    path = write(tmp_path / NAME, [scalar(step, "loss", value) for step in range(40)])
    read = [row.named["loss"] for row in read_event_files([path], whole=True).metrics]
    assert struct.pack("<40f", *read) == struct.pack("<f", value) * 40
