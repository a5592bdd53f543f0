"""The records of an event file: found at once, and only those that are what was written."""

import io

import pytest
from tensorboard.summary.writer.record_writer import RecordWriter

from trainer.importing.records import FEW, MAX_GAPS, SHORT_BYTES, find_records, is_record


def file_of(contents: list[bytes]) -> bytes:
    """A file as TensorBoard writes it."""
    stream = io.BytesIO()
    writer = RecordWriter(stream)
    for content in contents:
        writer.write(content)
    return stream.getvalue()


CONTENTS = [bytes([number % 256]) * (5 + number % 2) for number in range(4 * FEW)] + [b"", b"x" * (SHORT_BYTES + 1), b"one of its length"]


def found(file: bytes) -> list[bytes]:
    """The contents of all records that are found."""
    records = find_records(file)
    return [file[start : start + length] for start, length in zip(records.starts, records.lengths, strict=True)]


def test_every_record_is_found() -> None:
    file = file_of(CONTENTS)
    assert found(file) == CONTENTS
    assert find_records(file).damaged == 0
    assert is_record(file[:100])


@pytest.mark.parametrize("damaged", [0, 7, len(CONTENTS) - 1])
def test_a_damaged_content_costs_its_record(damaged: int) -> None:
    file = bytearray(file_of(CONTENTS))
    file[len(file_of(CONTENTS[:damaged])) + 12] ^= 1

    assert found(bytes(file)) == CONTENTS[:damaged] + CONTENTS[damaged + 1 :]
    assert find_records(bytes(file)).damaged == 1


@pytest.mark.parametrize("damaged", [0, 9, len(CONTENTS) - 2])
def test_after_a_damaged_length_the_next_record_is_found(damaged: int) -> None:
    file = bytearray(file_of(CONTENTS))
    file[len(file_of(CONTENTS[:damaged]))] ^= 1

    assert found(bytes(file)) == CONTENTS[:damaged] + CONTENTS[damaged + 1 :]
    assert find_records(bytes(file)).damaged == 1


def test_a_file_that_is_damaged_everywhere_is_given_up() -> None:
    one = file_of(CONTENTS[:2])
    assert len(found((one + b"\0" * 40) * (2 * MAX_GAPS))) == 2 * MAX_GAPS
    assert find_records((one + b"\0" * 40) * (2 * MAX_GAPS)).damaged == MAX_GAPS


@pytest.mark.parametrize("left", [1, 3, 11, 15, 30])
def test_a_torn_end_costs_its_record(left: int) -> None:
    file = file_of(CONTENTS[:5])
    assert found(file + file_of([b"torn by the end of the file"])[:left]) == CONTENTS[:5]
    assert find_records(file + file_of([b"torn by the end of the file"])[:left]).damaged == 1


def test_other_bytes_are_no_record() -> None:
    assert not is_record(b"#{} a text\n")
    assert not is_record(b"\0" * 7)
    assert find_records(b"").damaged == 0
