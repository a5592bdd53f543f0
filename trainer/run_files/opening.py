"""The one place where files of a run directory are opened, made, renamed and deleted.

Everything in a run directory may come from a stranger, so three rules hold for every file of it:

- A name never leads elsewhere: neither the file nor a folder above it may be a symbolic link. The
  folder of runs itself may lie behind links; `real` resolves it once, when a person names it.
- Only regular files are opened. A FIFO would block, a device could do anything.
- Nothing is read without a limit (see `trainer.run_files.limits`).

What is written goes through an open descriptor of its folder, which is reached without following
links; so nobody can put a link there between the check and the write. What is read is checked by
name, which is quicker: at worst a reader in a race shows a file of its own user to that user.

A refusal is a `SpecialFileError`, an `OSError` whose `strerror` says what is wrong. Whoever may only look changes nothing: all that
writes asks `permission` first, and raises its `NotPermittedError`.
"""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ..errors import SpecialFileError
from .limits import MAX_COPIED_BYTES, MAX_ENTRIES, MAX_MODEL_BYTES
from .permission import require_permission

Stamp = tuple[int, int, int]
"""Tells one content of a file from another: nanoseconds of its last change, bytes, inode."""

NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
SAFELY = NO_LINKS | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
FOLDER = NO_LINKS | getattr(os, "O_DIRECTORY", 0)
WALK = FOLDER | getattr(os, "O_PATH", os.O_RDONLY)  # O_PATH: passing through needs no right to list
HAS_DIR_FD = os.open in os.supports_dir_fd  # not on Windows
FILE_MODE = 0o644  # less what the user's umask takes away
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
}

_looked: ContextVar[str | None] = ContextVar("looked", default=None)  # the folder of `looking_once`, with a separator


def real(path: Path) -> Path:
    """A path that a person named, without links in it; below it none is followed any more."""
    return Path(os.path.realpath(path))


def stamp(path: str | Path) -> Stamp | None:
    """Tells a file's content from an earlier one; None if there is no such file. Follows no link."""
    try:
        found = os.lstat(path)  # one system call: asked of several files of every run
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def exists(path: str | Path) -> bool:
    """Whether the name is taken, by whatever it is."""
    return stamp(path) is not None


def count_names(path: Path) -> int:
    """How many names a file has: more than one if a folder was copied with hard links; 0 if it is not there."""
    try:
        return os.lstat(path).st_nlink
    except OSError:
        return 0


def is_file(path: Path) -> bool:
    """Whether there is a file; False if nothing has that name.

    Raises:
        SpecialFileError: something else has that name, or a link leads to it.
    """
    return _is_there(path, stat.S_IFREG)


def is_folder(path: Path) -> bool:
    """Whether there is a folder; as `is_file`."""
    return _is_there(path, stat.S_IFDIR)


def is_real_folder(path: Path) -> bool:
    """Whether there is a folder of that name and no link leads to it; whatever else it is, no."""
    try:
        return is_folder(path)
    except OSError:
        return False


def require_folder(path: Path) -> None:
    """Refuse a path unless it is a folder: making a file in it would else make a deleted one anew. Raises OSError."""
    _require(path, stat.S_IFDIR)


@contextlib.contextmanager
def looking_once(folder: Path) -> Iterator[None]:
    """Look now whether links lead to a folder, and not again at each read in it; if they do, each read says so."""
    with contextlib.suppress(OSError):
        _require(folder, stat.S_IFDIR)
        _looked.set(f"{folder}{os.sep}")
    try:
        yield
    finally:
        _looked.set(None)


def open_to_read(path: str | Path) -> int:
    """Open a file for reading; returns its descriptor.

    Raises:
        FileNotFoundError: there is none.
        SpecialFileError: it is no regular file, or a link leads to it.
        OSError: it cannot be read.
    """
    _require(path, stat.S_IFREG)
    file = _open(path, os.O_RDONLY | SAFELY)
    _require_open_file(file, path)
    return file


def read_bytes(path: Path, limit: int, *, offset: int = 0) -> bytes:
    """A part of a file: at most one byte more than the limit, which tells that there is more.

    Args:
        path: the file.
        limit: bytes.
        offset: where to begin; negative: so many bytes before the end.

    Raises:
        OSError: as `open_to_read`.
    """
    file = open_to_read(path)
    try:
        size = os.fstat(file).st_size
        if offset:
            os.lseek(file, max(0, size + offset if offset < 0 else offset), os.SEEK_SET)
        pieces, left = list[bytes](), limit + 1
        while left and (piece := os.read(file, asked := min(left, size + 1))):
            pieces.append(piece)
            left -= len(piece)
            if len(piece) < asked:  # of a regular file that is its end
                break
    finally:
        os.close(file)
    return b"".join(pieces)


def read_whole(path: Path, limit: int = MAX_MODEL_BYTES) -> bytes:
    """The content of a file that is no larger than the limit.

    Raises:
        SpecialFileError: it is larger.
        OSError: as `open_to_read`.
    """
    found = stamp(path)
    content = read_bytes(path, limit) if found is None or found[1] <= limit else b""
    if len(content) > limit or (found is not None and found[1] > limit):
        raise SpecialFileError(f"it must be smaller than {limit:,} bytes", path)
    return content


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = False, mode: int = FILE_MODE) -> Iterator[BinaryIO]:
    """Write a file aside; at the end it gets its name at once. After an error the old file stays.

    Args:
        path: the file; its folder must exist.
        durable: wait until the content has reached the disk, so that it survives a power cut.
        mode: who may read it, less what the umask takes away.

    Raises:
        SpecialFileError: a link leads to its folder.
        OSError: the disk is full or the folder is gone.
    """
    with _folder_of(path) as (folder, name):
        aside = _aside(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFELY
        file = os.open(aside, flags, mode, dir_fd=folder)
        try:
            with open(file, "wb") as stream:  # noqa: PTH123 - a descriptor has no path
                yield stream
                stream.flush()
                if durable:
                    os.fsync(file)
            os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(aside, dir_fd=folder)
            if isinstance(error, IsADirectoryError):
                _refuse(stat.S_IFDIR, stat.S_IFREG, path)
            raise


def replace_bytes(path: Path, content: bytes, *, durable: bool = False, mode: int = FILE_MODE) -> None:
    """Replace a file at once; see `replacing`."""
    with replacing(path, durable=durable, mode=mode) as file:
        file.write(content)


def open_to_append(path: Path) -> int:
    """Open a log for reading and appending, make it if there is none; returns its descriptor.

    A log with a second name elsewhere (a hard link, as `cp -al` makes them) is copied first: what is
    appended to this run must not change another one.

    Raises:
        SpecialFileError: it is no regular file, a link leads to it, or it is too large to be copied.
        OSError: the disk is full, or the folder is gone or read-only.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    file = _open_to_write(path, flags)
    found = os.fstat(file)
    if found.st_nlink > 1:
        try:
            if found.st_size > MAX_COPIED_BYTES:
                raise SpecialFileError("it has a second name; copy the run without links", path)
            with replacing(path) as own:
                while piece := os.read(file, 1024 * 1024):
                    own.write(piece)
        finally:
            os.close(file)
        file = _open_to_write(path, flags)
    return file


def make_folder(path: Path, *, new: bool = False) -> None:
    """Make a folder in one that exists.

    Args:
        path: the folder.
        new: whether it is an error that there is one.

    Raises:
        FileExistsError: there is one, and it must be new.
        SpecialFileError: something else has that name, or a link leads to it.
        OSError: the disk is full, or the folder above is gone or read-only.
    """
    with _folder_of(path) as (folder, name):
        try:
            os.mkdir(name, dir_fd=folder)
        except FileExistsError:
            if new or not is_folder(path):
                raise


def make_named_folder(path: Path) -> None:
    """Make the folder that a person named, links and all, with those above it, unless it is there. Raises OSError."""
    require_permission()
    path.mkdir(parents=True, exist_ok=True)


def move(source: Path, target: Path) -> None:
    """Rename a file or folder; a file of the new name is replaced. Raises OSError."""
    with _folder_of(source) as (here, old), _folder_of(target) as (there, new):
        os.replace(old, new, src_dir_fd=here, dst_dir_fd=there)


def touch(path: Path, changed_ns: int | None = None) -> None:
    """Set the time of a file's last change: now, if none is given. Raises OSError if it is no regular file."""
    file = _open_to_write(path, os.O_WRONLY)
    try:
        it = file if os.utime in os.supports_fd else path
        os.utime(it) if changed_ns is None else os.utime(it, ns=(changed_ns, changed_ns))
    finally:
        os.close(file)


def remove_file(path: Path) -> None:
    """Delete a file, or the link itself, if it is there. Raises OSError."""
    with contextlib.suppress(FileNotFoundError), _folder_of(path) as (folder, name):
        os.unlink(name, dir_fd=folder)


def remove_folder(path: Path) -> None:
    """Delete a folder with all that is in it; a link of that name goes, not what it leads to.

    What cannot be deleted stays.
    """
    with contextlib.suppress(OSError), _folder_of(path) as (folder, name):
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode):
            os.unlink(name, dir_fd=folder)
        elif HAS_DIR_FD:
            shutil.rmtree(name, dir_fd=folder, ignore_errors=True)  # follows no link either
        else:
            shutil.rmtree(name, ignore_errors=True)


def names_in(path: Path) -> list[str]:
    """The names in a folder, at most `MAX_ENTRIES`, sorted; none if there is no such folder.

    Raises:
        SpecialFileError: it is no folder, or a link leads to it.
        OSError: it cannot be listed.
    """
    try:
        _require(path, stat.S_IFDIR)
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in islice(entries, MAX_ENTRIES))
    except FileNotFoundError:
        return []


@contextlib.contextmanager
def _folder_of(path: Path) -> Iterator[tuple[int | None, str]]:
    """A descriptor of a path's folder, reached without following a link, and the name in it: all that changes a file asks for it.

    Where the system knows no such descriptors (Windows) it is None, and the name is the whole path.
    """
    require_permission()
    if not HAS_DIR_FD:
        _require(path.parent, stat.S_IFDIR)
        yield None, str(path)
        return
    folder = _open(path.anchor or ".", WALK)
    try:
        passed = Path(path.anchor)
        for part in path.parts[bool(path.anchor) : -1]:
            passed /= part
            inner = _open(part, WALK, folder, passed)
            os.close(folder)
            folder = inner
        yield folder, path.name
    finally:
        os.close(folder)


def _open_to_write(path: Path, flags: int) -> int:
    with _folder_of(path) as (folder, name):
        with contextlib.suppress(FileNotFoundError):
            _require_kind(os.stat(name, dir_fd=folder, follow_symlinks=False), stat.S_IFREG, path)
        file = _open(name, flags | SAFELY, folder, path)
    _require_open_file(file, path)
    if os.name != "nt":
        os.set_blocking(file, True)  # a child that inherits it expects that
    return file


def _open(name: str | Path, flags: int, folder: int | None = None, path: str | Path | None = None) -> int:
    """`os.open`; what is refused because it is a link is explained."""
    try:
        return os.open(name, flags, FILE_MODE, dir_fd=folder)
    except (FileNotFoundError, PermissionError):
        raise
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            kind = stat.S_IFDIR if flags & FOLDER == FOLDER else stat.S_IFREG
            _require_kind(found, kind, path or name)
        raise


def _require_open_file(file: int, path: str | Path) -> None:
    """Refuse what was opened if it is no regular file."""
    try:
        _require_kind(os.fstat(file), stat.S_IFREG, path)
    except OSError:
        os.close(file)
        raise


def _is_there(path: Path, kind: int) -> bool:
    try:
        _require(path, kind)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _require(path: str | Path, kind: int) -> None:
    """Refuse a path unless it is of a kind and no link leads to it."""
    text = os.fspath(path)
    looked = _looked.get()
    end = text.find(os.sep, len(looked) if looked and text.startswith(looked) else 1)
    while end != -1:
        mode = os.lstat(text[:end]).st_mode
        if stat.S_ISLNK(mode):
            _refuse(mode, stat.S_IFDIR, text[:end])
        end = text.find(os.sep, end + 1)
    _require_kind(os.lstat(text), kind, text)


def _require_kind(found: os.stat_result, kind: int, path: str | Path) -> None:
    if stat.S_IFMT(found.st_mode) != kind:
        _refuse(found.st_mode, kind, path)


def _refuse(mode: int, expected: int, path: str | Path) -> None:
    what = Path(path).name if expected == stat.S_IFDIR else "it"  # a folder on the way, or the file
    raise SpecialFileError(f"{what} is {KINDS.get(stat.S_IFMT(mode), 'something else')}", path)


def _aside(name: str) -> str:
    """A name beside another one that nobody can guess and no run uses."""
    folder, base = os.path.split(name)
    return os.path.join(folder, f".{base[:80]}.{secrets.token_hex(8)}.tmp")  # noqa: PTH118 - a name
