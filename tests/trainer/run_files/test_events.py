"""`events.jsonl`: what happened and why."""

from tests.trainer.run_files.faults import every_prefix
from trainer.run_files.events import EventRow, EventsReader, EventsWriter
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
    reader = EventsReader(run)
    assert reader.refresh() == 0
    writer = EventsWriter(run)
    for event in EVENTS:
        writer.append(event)
    writer.log.close()
    assert run.events.read_bytes() == GOLDEN
    assert reader.refresh() == 3
    assert reader.refresh() == 0
    assert reader.rows == EVENTS


def test_events_cut_anywhere_are_the_first_ones(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN):
        run.events.write_bytes(content)
        reader = EventsReader(run)
        reader.refresh()
        assert reader.rows == EVENTS[: content.count(b"\n")]
        assert reader.bad_lines == 0


def test_an_event_that_is_none_is_counted_and_the_others_are_kept(run: RunDirectory) -> None:
    bad = [b"{}", b'{"at":5,"step":1,"kind":"started","message":"x"}', GOLDEN.split(b"\n")[0].replace(b"started", b"danced"), b"x", b"[]"]
    run.events.write_bytes(GOLDEN + b"\n".join(bad) + b"\n" + GOLDEN)
    reader = EventsReader(run)
    reader.refresh()
    assert reader.rows == EVENTS * 2
    assert reader.bad_lines == 5


def test_replaced_events_are_read_anew(run: RunDirectory) -> None:
    run.events.write_bytes(GOLDEN * 2)
    reader = EventsReader(run)
    reader.refresh()
    run.events.with_name("aside").write_bytes(GOLDEN)
    run.events.with_name("aside").replace(run.events)
    reader.refresh()
    assert reader.rows == EVENTS
