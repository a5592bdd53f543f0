"""Standard streams that never end what a process is for.

Text for people is worth less than training, so `prepare_streams` is called before anything else is:

| what is wrong with standard output or standard error | what happens |
|---|---|
| closed, or none at all (`>&-`, pythonw) | the null device takes its place and its descriptor: a log opened later never gets it |
| a text holds what a terminal would obey (escape sequences, direction marks) | it is written as an escape: `errors.visible` |
| its encoding lacks a character (ASCII, latin-1, cp1252) | the character is written as an escape; bytes of a path stay |
| nobody reads any more (`| head -1`), its terminal is gone | the text is dropped |
| the device is full (`> /dev/full`) | the text is dropped; `lost_output` tells a command that has nothing but text to give |
| it is full and nobody reads (a stopped terminal) | a command waits, as every program does; a trainer drops the text: `never_wait` |
| an environment prints at every step of a trainer | after `MAX_CHARACTERS` its text is dropped: a log must not fill the disk |
| its compiled code does, past Python's streams | the null device takes that once the log has grown by `FLOOD_BYTES`: `drop_flood` |
"""

import codecs
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from .errors import reason, visible

PATIENCE_S = 0.2  # a trainer's, with a reader that is a little slow; after one miss it has none
PIECE_BYTES = getattr(select, "PIPE_BUF", 512)  # a pipe that says it is ready takes so many without blocking; see pipe(7)
NOBODY_READS = (errno.EPIPE, errno.ESHUTDOWN)
LAYOUT = "\n\r\t"  # a progress bar goes back to the start of its line
SURROGATES = "".join(map(chr, range(0xDC80, 0xDD00)))  # bytes of a path that are no UTF-8, as Python holds them
NAMES = ("stdin", "stdout", "stderr")  # of the descriptors 0, 1 and 2

MAX_CHARACTERS = 8_000_000  # of each stream of a trainer
FLOOD_BYTES = 4 * MAX_CHARACTERS  # of its log, whoever writes
TOO_MUCH = "\nMore than this is not kept: the environment prints too much. Events and failures still are.\n"

_important: list[bool] = []
_lenient: dict[str, "_LenientRaw"] = {}


class _LenientRaw(io.RawIOBase):
    """What lies under a stream; it claims to have written what cannot be written."""

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__()
        self._raw = raw
        self._misses = False
        self._limit: int | None = None
        self.waits = True
        self.lost: OSError | None = None

    def write(self, data: Any) -> int:
        """Write some of the bytes, or drop all of them."""
        try:
            if not self.waits and not self._is_ready():
                return len(data)
            written = self._raw.write(data if self.waits else data[:PIECE_BYTES])
        except OSError as error:
            self.lost = error
            return len(data)
        return len(data) if written is None else written  # None: a pipe that must not block is full

    def _is_ready(self) -> bool:
        if os.name == "nt":  # its select only knows sockets
            return True
        ready = bool(select.select([], [self.fileno()], [], 0 if self._misses else PATIENCE_S)[1])
        self._misses = not ready
        return ready

    def begin_to_count(self) -> None:
        """From now on the file may grow by `FLOOD_BYTES`."""
        self._limit = os.fstat(self.fileno()).st_size + FLOOD_BYTES

    def drop_flood(self) -> bool:
        """Where the file has grown by more, keep it for Python and give compiled code the null device; returns whether that happened."""
        with suppress(OSError):
            if self._limit is not None and os.fstat(self.fileno()).st_size > self._limit:
                self._limit, descriptor = None, self.fileno()
                self._raw = io.FileIO(os.dup(descriptor), "w")
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, descriptor)
                os.close(null)
                return True
        return False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()


class _Text(io.TextIOWrapper):
    """The text of a stream, whatever the run that it speaks of may hold."""

    left: int | None = None
    """Characters that may be written yet; None: as many as there are."""

    def write(self, text: str) -> int:
        """Write a text; nothing in it moves the cursor, but for what ends a line."""
        if self.left is not None and not _important:
            if self.left <= 0:
                return len(text)
            self.left -= len(text)
            if self.left <= 0:
                text += TOO_MUCH
        super().write(visible(text, keep=LAYOUT + SURROGATES))
        return len(text)


def prepare_streams() -> None:
    """Make the standard streams of this process harmless; see the module."""
    os.environ.setdefault("NO_COLOR", "1")  # newer Pythons colour help and tracebacks, with escape sequences
    codecs.register_error(__name__, _escape)
    for descriptor, name in enumerate(NAMES):
        _open_if_closed(descriptor)
        if getattr(sys, name) is None:
            mode = "r" if descriptor == 0 else "w"
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for the process's life
    for name in NAMES[1:]:
        _lenient[name], stream = _made_lenient(getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def never_wait(characters: int = MAX_CHARACTERS) -> None:
    """From now on text that cannot be written at once is dropped, and what is too much: what this process does is worth more.

    Args:
        characters: that each stream takes.
    """
    for raw in _lenient.values():
        raw.waits = False
        with suppress(OSError):
            raw.begin_to_count()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, _Text):
            stream.left = characters


def drop_flood() -> None:
    """End what compiled code writes if it is too much; to be called now and then."""
    dropped = [raw.drop_flood() for raw in _lenient.values()]
    if any(dropped):
        with important(), suppress(OSError, ValueError):
            sys.stdout.write(TOO_MUCH)
            sys.stdout.flush()


@contextmanager
def important() -> Iterator[None]:
    """What is written inside is never dropped for being too much: it is the trainer's own."""
    _important.append(True)
    try:
        yield
    finally:
        _important.pop()


def lost_output() -> str | None:
    """Why text on standard output was lost, for a command that has nothing else to give; None if all is well or nobody reads."""
    sys.stdout.flush()
    raw = _lenient.get("stdout")
    if raw is None or raw.lost is None or not raw.waits or raw.lost.errno in NOBODY_READS:
        return None
    return reason(raw.lost)


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != descriptor:
            os.dup2(null, descriptor)
            os.close(null)
        os.set_inheritable(descriptor, True)


def _made_lenient(stream: TextIO) -> tuple[_LenientRaw, TextIO]:
    encoding, line_buffering = stream.encoding, cast("io.TextIOWrapper", stream).line_buffering
    buffer = cast("io.TextIOWrapper", stream).detach()
    raw = buffer.detach() if isinstance(buffer, io.BufferedWriter) else buffer  # python -u has no buffer
    lenient = _LenientRaw(cast("io.RawIOBase", raw))
    writer = io.BufferedWriter(lenient)
    return lenient, _Text(writer, encoding=encoding, errors=__name__, line_buffering=line_buffering)


def _escape(error: UnicodeError) -> tuple[bytes, int]:
    """An error handler for `codecs`: bytes that came as surrogates go out as they came, other characters as escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bad = error.object[error.start : error.end]
    return b"".join(_bytes_of(character) for character in bad), error.end


def _bytes_of(character: str) -> bytes:
    try:
        return character.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return character.encode("ascii", "backslashreplace")
