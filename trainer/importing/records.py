"""The records of a TensorBoard event file (TFRecord): where each begins, and whether it is what was written.

A record is its length (8 bytes, little endian), a checksum of these, the content and a checksum of that:
CRC-32C, rotated by 15 bits, plus a constant. A file holds millions of short ones, so that everything but
the walk from one length to the next is done for all records at once.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..run_files.limits import MAX_BAD_BYTES

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Checksums = NDArray[np.uint32]

LENGTH_BYTES, HEADER_BYTES, FOOTER_BYTES = 8, 12, 4
MASK_DELTA = 0xA282EAD8
SHORT_BYTES = 1024
"""Longer contents hold pictures, graphs and histograms: they are checked one by one, if at all."""
MAX_GAPS, LOOKED_AT_ONCE = 20, 1024 * 1024
"""Places in one file after which the next record is looked for, and how many of them are looked at together."""
FEW = 16
"""So few contents of one length are not worth the arrays."""


def _table() -> Checksums:
    rows = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        rows = np.where(rows & 1, (rows >> 1) ^ np.uint32(0x82F63B78), rows >> 1).astype(np.uint32)
    return rows


TABLE = _table()
_TABLE = [int(one) for one in TABLE]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file.

    Attributes:
        content: of the file (bytes,).
        starts: where the content of each begins (records,).
        lengths: its bytes (records,).
        damaged: how many could not be read: their content is not what was written, or the file ends in the middle.
    """

    content: Bytes
    starts: Integers
    lengths: Integers
    damaged: int


def is_record(head: bytes) -> bool:
    """Whether a file begins with a whole record header."""
    return len(head) >= HEADER_BYTES and _masked(_crc(head[:LENGTH_BYTES])) == int.from_bytes(head[LENGTH_BYTES:HEADER_BYTES], "little")


def find_records(file: bytes) -> Records:
    """Every record whose checksums hold. Where a length is damaged, the next record is looked for by its checksum."""
    content, place, gaps = np.frombuffer(file, np.uint8), 0, 0
    starts, lengths = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    while True:
        places, sizes, end = _walk(file, place)
        sound = _crc_of(content, places - HEADER_BYTES, LENGTH_BYTES) == _stored(content, places - FOOTER_BYTES)
        found = len(places) if sound.all() else int(np.argmin(sound))
        starts.append(places[:found])
        lengths.append(sizes[:found])
        end = end if found == len(places) else int(places[found]) - HEADER_BYTES
        if end >= len(file):
            break
        gaps += 1
        place = _next_header(file, content, end + 1) if gaps < MAX_GAPS else -1
        if place < 0:
            break
    at, size = np.concatenate(starts), np.concatenate(lengths)
    whole = _whole(file, content, at, size)
    return Records(content, at[whole], size[whole], gaps + int(np.count_nonzero(~whole)))


def _walk(file: bytes, place: int) -> tuple[Integers, Integers, int]:
    """Where contents begin from a place on and how long they are, by the lengths alone; and where the last whole record ends."""
    length_at, size = struct.Struct("<Q").unpack_from, len(file)
    starts, lengths = list[int](), list[int]()
    while place + HEADER_BYTES + FOOTER_BYTES <= size:
        (length,) = length_at(file, place)
        end = place + HEADER_BYTES + FOOTER_BYTES + length
        if end > size:
            break
        starts.append(place + HEADER_BYTES)
        lengths.append(length)
        place = end
    return np.array(starts, np.int64), np.array(lengths, np.int64), place


def _next_header(file: bytes, content: Bytes, place: int) -> int:
    """Where the next header is whose checksum holds; −1 if there is none near."""
    last = min(len(file) - HEADER_BYTES - FOOTER_BYTES, place + MAX_BAD_BYTES)
    for first in range(place, last + 1, LOOKED_AT_ONCE):
        places = np.arange(first, min(first + LOOKED_AT_ONCE, last + 1))
        for one in places[_crc_of(content, places, LENGTH_BYTES) == _stored(content, places + LENGTH_BYTES)].tolist():
            if one + HEADER_BYTES + FOOTER_BYTES + int.from_bytes(file[one : one + LENGTH_BYTES], "little") <= len(file):
                return int(one)
    return -1


def _whole(file: bytes, content: Bytes, starts: Integers, lengths: Integers) -> NDArray[np.bool_]:
    """Whether the content of each record has its checksum (records,)."""
    whole = np.ones(len(starts), np.bool_)
    for length, chosen in by_length(lengths):
        if length > SHORT_BYTES or len(chosen) < FEW:
            for one in chosen.tolist():
                start = int(starts[one])
                stored = int.from_bytes(file[start + length : start + length + FOOTER_BYTES], "little")
                whole[one] = length > SHORT_BYTES or _masked(_crc(file[start : start + length])) == stored
            continue
        at = starts[chosen]
        whole[chosen] = _crc_of(content, at, length) == _stored(content, at + length)
    return whole


def by_length(lengths: Integers) -> list[tuple[int, Integers]]:
    """Each length that occurs, with the numbers of the records that have it."""
    order = np.argsort(lengths, kind="stable")
    values, first = np.unique(lengths[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, first[1:]), strict=True)) if len(order) else []


def _crc_of(content: Bytes, starts: Integers, length: int) -> Checksums:
    """The masked CRC-32C of as many bytes from each place (places,)."""
    crc = np.full(len(starts), 0xFFFFFFFF, np.uint32)
    for place in range(length):
        crc = TABLE[(crc ^ content[starts + place]) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    crc = ~crc
    masked: Checksums = ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(MASK_DELTA)
    return masked


def _stored(content: Bytes, places: Integers) -> Checksums:
    """The four bytes from each place as a number (places,)."""
    stored: Checksums = np.zeros(len(places), np.uint32)
    for one in range(FOOTER_BYTES):
        stored |= content[places + one].astype(np.uint32) << np.uint32(8 * one)
    return stored


def _crc(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + MASK_DELTA) & 0xFFFFFFFF
