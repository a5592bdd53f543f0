"""TensorBoard event files: their scalars, merged by step.

A record (see `records`) holds one `Event` of protobuf: field 1 `wall_time` (double), field 2 `step`
(varint), field 5 `summary`, whose field 1 is repeated: a `Value` with field 1 `tag` and field 2
`simple_value` (float). TensorFlow 2 writes a `tensor` (field 8) instead: its field 1 says its type, and
field 4 (`tensor_content`) or 5 (`float_val`) holds the number.

A writer logs one scalar an event, so that all events of one tag are alike but for time, step and value:
they are read as arrays, and one of them as protobuf. Whatever is not alike is read one by one.
"""

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..run_files.fields import MAX_COUNT
from .logs import MAX_ROWS, Logs, Row, whole_file
from .records import FEW, SHORT_BYTES, Bytes, Integers, by_length, find_records, is_record

PROGRAM = "TensorBoard"
VERSION = b"brain.Event:"
"""What the first event of every file says."""
WALL_TIME, STEP, SUMMARY, VALUE, TAG, SIMPLE_VALUE, TENSOR = 1, 2, 5, 1, 1, 2, 8
FLOAT, DOUBLE = 1, 2  # types of a tensor
TIME_KEY, STEP_KEY = 0x09, 0x10  # of `wall_time` and `step`
STEP_BEGINS, FLOAT_BYTES = 10, 4  # after the wall time and the key of the step
MAX_LAYOUTS = 8  # that are looked for among events of one length
LONGEST_STEP, SHORTEST = 8, 22  # bytes of a step, and of an event: with a step of one byte and a tag of one letter

FACTORS = np.random.default_rng(1).integers(1, 2**63, SHORT_BYTES, np.uint64) | np.uint64(1)
"""What the bytes of an event are mixed with, so that one number tells it from others."""
UNREADABLE = (ValueError, IndexError, struct.error)
"""What is raised for bytes that are no event; a tag that is no UTF-8 is a ValueError."""
FILE_SHIFT = 40  # of the number of the file, in a place

Floats = NDArray[np.float64]
Found = tuple[int, float, str, float]
"""Step, wall time, tag and value of a scalar."""


@dataclass(slots=True)
class _Scalars:
    """Scalars so far, as lists of arrays (scalars,).

    Attributes:
        places: tell which was written first.
        names: tag → its number.
    """

    places: list[Integers]
    steps: list[Integers]
    times: list[Floats]
    tags: list[Integers]
    values: list[Floats]
    names: dict[str, int]

    def add(self, places: Integers, steps: Integers, times: Floats, tags: Integers, values: Floats) -> None:
        self.places.append(places)
        self.steps.append(steps)
        self.times.append(times)
        self.tags.append(tags)
        self.values.append(values)

    def add_each(self, places: Sequence[int], found: Sequence[Found]) -> None:
        steps, times, tags, values = zip(*found, strict=True) if found else ((), (), (), ())
        numbers = [self.names.setdefault(tag, len(self.names)) for tag in tags]
        whole = (np.array(one, np.int64) for one in (places, steps, numbers))
        places_, steps_, numbers_ = whole
        self.add(places_, steps_, np.array(times, np.float64), numbers_, np.array(values, np.float64))


def is_event_file(head: bytes) -> bool:
    """Whether a file begins like one."""
    return is_record(head) and VERSION in head[:64]


def read_event_files(paths: Sequence[Path], *, whole: bool) -> Logs:
    """The scalars of the event files of one folder.

    Args:
        paths: in the order in which they were written: a later one's value of a step stands.
        whole: whether nobody writes them any more; else the last step is left for the next time, since more of it may come.

    Raises:
        FormatError: a file cannot be read.
    """
    logs, scalars = Logs(), _Scalars([], [], [], [], [], {})
    for number, path in enumerate(paths):
        _File(whole_file(path), path.name, number << FILE_SHIFT, scalars).read(logs.lost)
    if sum(map(len, scalars.steps)):
        logs.began_ms = int(min(float(times.min()) for times in scalars.times if len(times)) * 1_000)
        logs.metrics = list(_rows(scalars))
    if not whole:
        logs.metrics = logs.metrics[:-1]
    return logs


def _rows(scalars: _Scalars) -> Iterator[Row]:
    parts = (scalars.places, scalars.steps, scalars.times, scalars.tags, scalars.values)
    places, steps, times, tags, values = (np.concatenate(part) for part in parts)
    order = np.lexsort((places, steps))
    names = list(scalars.names)
    columns = (steps[order].tolist(), (times[order] - times.min()).tolist(), tags[order].tolist(), values[order].tolist())
    now, seconds, named, made = -1, 0.0, dict[str, float](), 0
    for step, time, tag, value in zip(*columns, strict=True):
        if step != now:
            if named:
                yield Row(now, seconds, named)
                made += 1
            if made >= MAX_ROWS:
                return
            now, seconds, named = step, time, {}
        named[names[tag]] = value
        if time > seconds:  # noqa: PLR1730 - of a million, `max` takes twice as long
            seconds = time
    if named:
        yield Row(now, seconds, named)


@dataclass(frozen=True, slots=True)
class _File:
    """One file that is being read.

    Attributes:
        place: is added to where a record begins, so that one file comes after the other.
    """

    file: bytes
    name: str
    place: int
    scalars: _Scalars

    def read(self, lost: Counter[str]) -> None:
        """Add its scalars to the others."""
        records = find_records(self.file)
        lost[self.name] += records.damaged
        for length, chosen in by_length(records.lengths):
            starts = records.starts[chosen]
            if len(chosen) >= FEW and length <= SHORT_BYTES:
                starts = self._read_alike(records.content, starts, length)
            places, found = list[int](), list[Found]()
            for start in starts.tolist():
                try:
                    here = _scalars_in(self.file[start : start + length])
                except UNREADABLE:
                    lost[self.name] += 1
                else:
                    found += here
                    places += [self.place + start] * len(here)
            self.scalars.add_each(places, found)

    def _read_alike(self, content: Bytes, starts: Integers, length: int) -> Integers:
        """Read the events of one length that hold one scalar each; returns where the others begin."""
        if length < SHORTEST:
            return starts
        likely = (content[starts] == TIME_KEY) & (content[starts + STEP_BEGINS - 1] == STEP_KEY)
        left, starts = [starts[~likely]], starts[likely]
        for step_bytes in range(1, min(LONGEST_STEP, length - SHORTEST + 1) + 1):
            ends = content[starts + STEP_BEGINS + step_bytes - 1] < 128  # as the last byte of a varint is
            left.append(self._read_layouts(content, starts[ends], length, step_bytes))
            starts = starts[~ends]
        return np.concatenate([*left, starts])

    def _read_layouts(self, content: Bytes, starts: Integers, length: int, step_bytes: int) -> Integers:
        """The same of those whose step takes as many bytes: an example tells where its number is, and all that are like it are read."""
        left = list[Integers]()
        for _ in range(MAX_LAYOUTS):
            if len(starts) < FEW:
                break
            number_at = _place_of_number(self.file[int(starts[0]) : int(starts[0]) + length])
            if number_at < 0:
                left.append(starts[:1])
                starts = starts[1:]
            else:
                starts = self._read_columns(content, starts, (length, step_bytes, number_at))
        return np.concatenate([*left, starts])

    def _read_columns(self, content: Bytes, starts: Integers, layout: tuple[int, int, int]) -> Integers:
        """The same of one layout: the length of an event, the bytes of its step, and where in it its number is."""
        length, step_bytes, number_at = layout
        middle = [at for at in range(STEP_BEGINS + step_bytes, length) if not number_at <= at < number_at + FLOAT_BYTES]
        mixed = np.zeros(len(starts), np.uint64)
        for at, factor in zip(middle, FACTORS[: len(middle)], strict=True):
            mixed += content[starts + at] * factor
        _, examples, kinds = np.unique(mixed, return_index=True, return_inverse=True)
        tags = np.array([self._tag(self.file[one : one + length], number_at) for one in starts[examples].tolist()], np.int64)
        alike = tags[kinds] >= 0
        for at in middle:  # two contents may mix to one number
            alike &= content[starts + at] == content[starts[examples] + at][kinds]
        chosen = starts[alike]
        steps = np.zeros(len(chosen), np.int64)
        for at in range(step_bytes):
            steps |= (content[chosen + STEP_BEGINS + at].astype(np.int64) & 127) << (7 * at)
        times = _numbers(content, chosen + 1, np.dtype("<f8"))
        values = _numbers(content, chosen + number_at, np.dtype("<f4"))
        sound = (steps <= MAX_COUNT) & np.isfinite(times)
        self.scalars.add(chosen[sound] + self.place, steps[sound], times[sound], tags[kinds[alike]][sound], values[sound])
        return np.concatenate([starts[~alike], chosen[~sound]])

    def _tag(self, event: bytes, number_at: int) -> int:
        """The number of the tag of an event; −1 if it does not hold one scalar there."""
        tag = _tag_of(event, number_at)
        return -1 if tag is None else self.scalars.names.setdefault(tag, len(self.scalars.names))


def _place_of_number(event: bytes) -> int:
    """Where the number of an event is that holds one float and nothing else; −1 of any other event."""
    places = range(len(event) - FLOAT_BYTES, STEP_BEGINS, -1)  # at the end, as a rule
    return next((place for place in places if _tag_of(event, place) is not None), -1)


def _tag_of(event: bytes, number_at: int) -> str | None:
    """The tag of an event whose only number is the float at a place; None if other bytes there do not make other numbers."""
    tags = set[str]()
    for number in (1.0, 2.5):
        try:
            found = _scalars_in(event[:number_at] + struct.pack("<f", number) + event[number_at + FLOAT_BYTES :])
        except UNREADABLE:
            return None
        if len(found) != 1 or found[0][3] != number:
            return None
        tags.add(found[0][2])
    return tags.pop() if len(tags) == 1 else None


def _numbers(content: Bytes, places: Integers, kind: np.dtype[np.float64] | np.dtype[np.float32]) -> NDArray[np.float64]:
    table = np.empty((len(places), kind.itemsize), np.uint8)
    for one in range(kind.itemsize):
        table[:, one] = content[places + one]
    return table.view(kind).ravel().astype(np.float64)


def _scalars_in(event: bytes) -> list[Found]:
    """The scalars of one event, read as protobuf.

    Raises:
        ValueError: it is none.
    """
    step, time, summary = 0, 0.0, b""
    for field, value in _fields(event):
        if field == WALL_TIME and isinstance(value, bytes):
            (time,) = struct.unpack("<d", value)
        elif field == STEP and isinstance(value, int):
            step = value
        elif field == SUMMARY and isinstance(value, bytes):
            summary = value
    if not 0 <= step <= MAX_COUNT or not np.isfinite(time):
        raise ValueError("out of range")
    values = (_value(value) for field, value in _fields(summary) if field == VALUE and isinstance(value, bytes))
    return [(step, time, tag, number) for tag, number in values if number is not None]


def _value(message: bytes) -> tuple[str, float | None]:
    """The tag of a value and its number; None if it is no scalar."""
    tag, number = "", None
    for field, value in _fields(message):
        if not isinstance(value, bytes):
            continue
        if field == TAG:
            tag = value.decode()
        elif field == SIMPLE_VALUE:
            (number,) = struct.unpack("<f", value)
        elif field == TENSOR:
            number = _scalar_of(value)
    return tag, number


def _scalar_of(tensor: bytes) -> float | None:
    """The number of a tensor that holds one float; None of any other."""
    kind, content = 0, b""
    for field, value in _fields(tensor):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 2 and value:
            return None  # it has a shape
        elif field in (4, 5, 6) and isinstance(value, bytes):
            content += value
    form = {FLOAT: "<f", DOUBLE: "<d"}.get(kind)
    if form is None or len(content) != struct.calcsize(form):
        return None
    number: float = struct.unpack(form, content)[0]
    return number


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: numbers of varints, bytes of all others.

    Raises:
        ValueError: it is no message.
    """
    place, end = 0, len(message)
    while place < end:
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            if kind != 2:
                raise ValueError("unknown kind of field")
            size, place = _varint(message, place)
        if place + size > end:
            raise ValueError("cut off")
        yield key >> 3, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = message[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
    raise ValueError("too long a number")
