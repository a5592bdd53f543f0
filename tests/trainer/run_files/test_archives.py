"""Archives in archives: what they would unpack to is known before anything is unpacked."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tests.trainer.run_files.faults import DEEP_LIST
from trainer.errors import FormatError
from trainer.run_files.archives import read_members, require_plain_arrays
from trainer.run_files.files import parse_document
from trainer.run_files.limits import MAX_ARCHIVE_FILES

GIGABYTE = 1_000_000_000


def zipped(*files: tuple[str, bytes]) -> bytes:
    """An archive of some files, packed as small as can be."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def npy(shape: object, numbers: bytes = b"", kind: str = "<f4") -> bytes:
    """An array's file that says what it likes."""
    written = io.BytesIO()
    np.lib.format.write_array_header_1_0(written, {"descr": kind, "fortran_order": False, "shape": shape})
    return written.getvalue() + numbers


def peak_bytes() -> int:
    """Of the memory that was asked for since `tracemalloc.start`."""
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_plain_arrays_are_let_through() -> None:
    packed = io.BytesIO()
    np.savez(packed, a=np.zeros((3, 4), np.float32), b=np.arange(5), c="uniform", d=np.asfortranarray(np.ones((2, 3))), e=np.zeros((0, 4)))
    require_plain_arrays(packed.getvalue())


@cache
def bomb() -> bytes:
    """Two arrays of zeros, larger than any model."""
    return zipped(("weight_0.npy", npy((40_000_000,), bytes(160_000_000))), ("weight_1.npy", npy((40_000_000,), bytes(160_000_000))))


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (bomb, "it must unpack to less than 200,000,000 bytes; it would take 320,000,"),
        (lambda: zipped(("a.npy", npy((GIGABYTE,)))), r"'a\.npy' in it must hold as many numbers as its shape \(1000000000,\) says"),
        (lambda: zipped(("a.npy", npy((2**62, 2**62)))), "as many numbers as its shape"),
        (lambda: zipped(("a.npy", npy((-4,), b"0123"))), "as many numbers as its shape"),
        (lambda: zipped(("a.npy", npy((2,), bytes(4)))), "as many numbers as its shape"),
        (lambda: zipped(("a.npy", npy((1,), bytes(8), "|O"))), "it holds objects"),
        (lambda: zipped(("a.npy", b"\x93NUMPY\x01\x00\xff\xff{" + DEEP_LIST)), "must be a plain array"),
        (lambda: zipped(("a.npy", b"no array")), "must be a plain array"),
        (lambda: zipped(*((f"{number}.npy", b"") for number in range(MAX_ARCHIVE_FILES + 1))), "in 1,001 files"),
        (lambda: b"no archive", r"it must be a whole \.zip file"),
        (lambda: bomb()[:-30], r"it must be a whole \.zip file"),
    ],
)
def test_an_archive_that_lies_or_swells_is_refused_before_memory_is_asked_for(make: Callable[[], bytes], complaint: str) -> None:
    content = make()
    tracemalloc.start()
    with pytest.raises(FormatError, match=complaint):
        require_plain_arrays(content)
    assert peak_bytes() < 10_000_000


def test_a_file_that_unpacks_to_more_than_it_says_is_cut_off() -> None:
    content = zipped(("a", bytes(50_000_000)))
    size, said = (50_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(FormatError, match="whole"):
        list(read_members(content.replace(size, said), 1_000))
    assert peak_bytes() < 10_000_000


def test_a_packing_that_knows_no_limit_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", bytes(1_000))
    with pytest.raises(FormatError, match="'a' is packed in an unknown way"):
        list(read_members(packed.getvalue()))


def test_only_the_files_that_are_asked_for_are_unpacked() -> None:
    content = zipped(("a.pth", b"a"), ("data", b"pickled code"), ("b.pth", b"b"))
    assert dict(read_members(content, ending=".pth")) == {"a.pth": b"a", "b.pth": b"b"}


def test_json_that_would_take_thirty_times_its_bytes_is_refused_unparsed() -> None:
    content = b'{"version": 4, "x": [' + b"{}," * 600_000 + b"{}]}"
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"x\.json must hold at most 500,000 values"):
        parse_document(content, "x.json", 10_000_000)
    assert peak_bytes() < 1_000_000
