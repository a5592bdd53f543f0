"""What an archive would unpack to, checked before anything of it is unpacked.

A model, a checkpoint and a bundle hold archives in archives. A few kB of zeros can claim to be
gigabytes of numbers, so that the sizes are compared before memory is asked for.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from ..errors import FormatError, reason, shown
from .limits import MAX_ARCHIVE_FILES, MAX_MODEL_BYTES

UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError, NotImplementedError)
"""What `zipfile` raises for bytes that are no whole archive; a password is a RuntimeError."""
NPY_VERSIONS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_members(content: bytes, limit: int = MAX_MODEL_BYTES, *, ending: str = "") -> Iterator[tuple[str, bytes]]:
    """The files in the bytes of a .zip, one after the other.

    Args:
        content: of the archive.
        limit: bytes of all its files together, unpacked.
        ending: only files whose names end like this.

    Raises:
        FormatError: it is no whole archive, or unpacks to more.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if size > limit or len(entries) > MAX_ARCHIVE_FILES:
                raise FormatError(f"it must unpack to less than {limit:,} bytes; it would take {size:,} in {len(entries):,} files")
            for entry in entries:
                if entry.filename.endswith(ending):
                    yield entry.filename, read_member(archive, entry)
    except UNREADABLE as error:
        raise FormatError(f"it must be a whole .zip file ({reason(error)})") from None


def read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file of an archive, unpacked no further than the size that the archive says.

    Raises:
        zipfile.BadZipFile: it is packed in another way than ours are, or is not what the archive says.
    """
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others know no limit
        raise zipfile.BadZipFile(f"{shown(entry.filename)} is packed in an unknown way")
    with archive.open(entry) as file:
        content = file.read(entry.file_size)  # without a number it would unpack all that there is
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile(f"{shown(entry.filename)} is cut off")
    return content


def require_plain_arrays(content: bytes, limit: int = MAX_MODEL_BYTES) -> None:
    """Refuse the bytes of an `.npz` unless each array in it has exactly the numbers that its shape says.

    Raises:
        FormatError: it is no whole archive, too large, holds objects, or an array lies about its shape.
    """
    for name, member in read_members(content, limit):
        try:
            stream = io.BytesIO(member)
            shape, _, kind = NPY_VERSIONS[np.lib.format.read_magic(stream)](stream)
        except (KeyError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
            raise FormatError(f"{shown(name)} in it must be a plain array ({reason(error)})") from None
        if kind.hasobject:
            raise FormatError(f"{shown(name)} in it must be a plain array; it holds objects")
        if math.prod(shape) * kind.itemsize != len(member) - stream.tell():
            raise FormatError(f"{shown(name)} in it must hold as many numbers as its shape {str(shape)[:60]} says")
