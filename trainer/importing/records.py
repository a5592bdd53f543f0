"""The records of a TensorBoard event file (TFRecord): where each begins, and whether it is what was written.

A record is its length (8 bytes, little endian), a checksum of these, the content and a checksum of that:
CRC-32C, rotated by 15 bits, plus a constant. A file holds millions of short ones, so that everything but
the walk from one length to the next is done for all records at once.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Checksums = NDArray[np.uint32]

LENGTH_BYTES, HEADER_BYTES, FOOTER_BYTES = 8, 12, 4
MASK_DELTA = 0xA282EAD8
SHORT_BYTES = 1024
"""Longer contents hold pictures, graphs and histograms: they are checked one by one, if at all."""
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
    """The records of a file, up to the first that cannot be found.

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
    """Every record whose checksums hold. Where a length is damaged, nobody knows where the next record begins: the rest counts as one."""
    content = np.frombuffer(file, np.uint8)
    starts, lengths, end = _walk(file)
    sound = _crc_of(content, starts - HEADER_BYTES, LENGTH_BYTES) == _stored(content, starts - FOOTER_BYTES)
    found = len(starts) if sound.all() else int(np.argmin(sound))
    torn = int(found < len(starts) or end < len(file))
    starts, lengths = starts[:found], lengths[:found]
    whole = _whole(file, content, starts, lengths)
    return Records(content, starts[whole], lengths[whole], torn + int(np.count_nonzero(~whole)))


def _walk(file: bytes) -> tuple[Integers, Integers, int]:
    """Where contents begin and how long they are, by the lengths alone; and where the last whole record ends."""
    length_at, size, place = struct.Struct("<Q").unpack_from, len(file), 0
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
