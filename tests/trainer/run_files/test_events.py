"""`events.jsonl`: what happened and why."""

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.run_files import events
from trainer.run_files.events import EventRow, EventsWriter, events_reader
from trainer.run_files.jsonl import JsonlReader
from trainer.run_files.run_directory import RunDirectory

AT = "2026-11-23T15:04:05.123Z"
GOLDEN = (
    b'{"at":"2026-11-23T15:04:05.123Z","step":0,"kind":"started","message":"Started"}\n'
    b'{"at":"2026-11-23T15:04:05.123Z","step":80,"kind":"command","message":"Paused","seq":2,"latency_ms":21.5}\n'
    b'{"at":"2026-11-23T15:04:05.123Z","step":90,"kind":"failure","message":"It broke","traceback":"a\\nb"}\n'
)
EVENTS = [
    EventRow(AT, 0, "started", "Started"),
    EventRow(AT, 80, "command", "Paused", seq=2, latency_ms=21.5),
    EventRow(AT, 90, "failure", "It broke", traceback="a\nb"),
]


def test_events_are_written_as_documented_and_read_again(run: RunDirectory) -> None:
    reader = events_reader(run)
    assert reader.refresh() == []
    writer = EventsWriter(run)
    for event in EVENTS:
        writer.append(event)
    writer.log.close()
    assert run.events.read_bytes() == GOLDEN
    assert reader.refresh() == EVENTS
    assert reader.refresh() == EVENTS


def test_events_cut_anywhere_are_the_first_ones(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN):
        run.events.write_bytes(content)
        reader = events_reader(run)
        reader.refresh()
        assert reader.rows == EVENTS[: content.count(b"\n")]
        assert reader.bad_lines == 0


def test_an_event_that_is_none_is_counted_and_the_others_are_kept(run: RunDirectory) -> None:
    bad = [b"{}", b'{"at":5,"step":1,"kind":"started","message":"x"}', GOLDEN.split(b"\n")[0].replace(b"started", b"danced"), b"x", b"[]"]
    run.events.write_bytes(GOLDEN + b"\n".join(bad) + b"\n" + GOLDEN)
    reader = events_reader(run)
    reader.refresh()
    assert reader.rows == EVENTS * 2
    assert reader.bad_lines == 5


def test_replaced_events_are_read_anew(run: RunDirectory) -> None:
    run.events.write_bytes(GOLDEN * 2)
    reader = events_reader(run)
    reader.refresh()
    run.events.with_name("aside").write_bytes(GOLDEN)
    run.events.with_name("aside").replace(run.events)
    reader.refresh()
    assert reader.rows == EVENTS


def _lines(count: int, first: int = 0) -> bytes:
    return b"".join(
        b'{"at":"%s","step":%d,"kind":"command","message":"Paused"}\n' % (AT.encode(), number) for number in range(first, count)
    )


def test_of_ever_so_many_events_only_the_newest_are_kept_and_the_start_of_a_long_log_is_not_read(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEPT_EVENTS", 50)
    monkeypatch.setattr(events, "TAIL_BYTES", 20_000)
    run.events.write_bytes(b"x" * 1_000_000 + b"\n" + _lines(10_000))
    reader = events_reader(run)
    assert [event.step for event in reader.refresh()] == list(range(9_950, 10_000))
    assert reader.bad_lines == 0, "the first row of the tail is a whole one"
    with run.events.open("ab") as log:
        log.write(_lines(10_120, 10_000))
    assert [event.step for event in reader.refresh()] == list(range(10_070, 10_120))


@pytest.mark.parametrize("tail_bytes", range(60, 150))
def test_the_tail_of_a_log_begins_with_a_whole_row_wherever_it_is_cut(run: RunDirectory, tail_bytes: int) -> None:
    run.events.write_bytes(_lines(10))
    length = len(_lines(1))
    reader = JsonlReader(run.events, tail_bytes)
    assert [row["step"] for row in reader.read_new()] == list(range(10 - tail_bytes // length, 10))
    assert reader.bad_lines == 0
    assert reader.read_new() == []
