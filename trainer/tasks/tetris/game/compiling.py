"""The one way functions of the game are compiled: to machine code, cached on disk where that is possible, without the GIL.

numba renews a cached function when *its own* file changes, but not when a file it calls into does. So the cache lies in a folder
named after the content of all the game's files and the versions of what compiles them: nothing stale is ever loaded, wherever the
folder lies. It is made in the first of these places that can be written:

| place | |
|---|---|
| `$NUMBA_CACHE_DIR` | if it is set |
| `__pycache__` beside this file | the usual one |
| `$XDG_CACHE_HOME`, `~/.cache`, on Windows `%LOCALAPPDATA%` | for a checkout that is read-only |

A cache is code that will run: a folder that somebody else owns or may write is not used. Where there is no place, or the cache is
damaged or its disk full, functions are compiled in memory, at each start of a process; only time is lost.
"""

import hashlib
import importlib
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar, cast

import llvmlite
import numba
import numpy as np
import scipy
from numba.extending import intrinsic
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
"""Boards, games and counts."""
FeatureArray = NDArray[np.int16]
"""Raw features."""
ByteArray = NDArray[np.uint8]
"""Colours and placement codes."""
BoolArray = NDArray[np.bool_]
"""One flag a game."""

log = logging.getLogger("control_room")
Function = TypeVar("Function", bound=Callable[..., Any])


FOLDER_MODE = 0o700


def _folder_name() -> str:
    """Names exactly these sources, and what makes machine code of them."""
    digest = hashlib.sha256(repr((numba.__version__, llvmlite.__version__, np.__version__, sys.version)).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"control-room-{digest.hexdigest()[:20]}"


def _places() -> Iterator[Path]:
    """Where the cache may be, best first."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(os.path.expanduser(chosen))  # noqa: PTH111 - which raises nothing where there is no home
    yield Path(__file__).parent / "__pycache__"
    if users := os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"):
        yield Path(users)
    with suppress(RuntimeError):  # nobody knows a home folder
        if Path.home().is_dir():
            yield Path.home() / ".cache"


def _cache_folder() -> str | None:
    """The cache folder of this process, made if need be; None if there is no place for one."""
    for place in _places():
        folder = place / _folder_name()
        with suppress(OSError):
            folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            if _is_ours_alone(folder):
                with tempfile.TemporaryFile(dir=folder):
                    return str(folder)
    log.warning("No folder for compiled code can be written: the game is compiled anew at each start, which takes a minute.")
    return None


def _is_ours_alone(folder: Path) -> bool:
    """Whether nobody else can put code there: numba unpickles what it finds."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


_folder = _cache_folder()
if _folder is not None:
    setattr(numba.config, "CACHE_DIR", _folder)  # noqa: B010 - numba makes its settings at run time, unseen by type checkers


def _load_blas() -> None:
    """Load the one module of scipy.linalg that numba's matrix products call: all of them take 0.2 seconds, which numba would wait for."""
    blas, package = "scipy.linalg.cython_blas", "scipy.linalg"
    if package in sys.modules or blas in sys.modules:
        return
    bare = sys.modules[package] = ModuleType(package)
    bare.__path__ = [str(Path(scipy.__file__).parent / "linalg")]
    try:
        importlib.import_module(blas)
    finally:
        del sys.modules[package]


_load_blas()


def compiled(*signatures: str, fastmath: set[str] | None = None) -> Callable[[Function], Function]:
    """Compile a function of arrays and numbers.

    With signatures it is compiled (or loaded from the cache) at import, so that no request ever waits for the compiler. Functions
    that only compiled functions call are given none: they become part of their callers.
    """

    def decorate(function: Function) -> Function:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fastmath or False}
        options["forceinline"] = not signatures
        if signatures and _folder is not None:
            try:
                return cast("Function", numba.njit(list(signatures), cache=True, **options)(function))
            except Exception:  # noqa: BLE001 - a damaged file raises anything, a full disk OSError; the code itself is tried again
                _forget(function)
        return cast("Function", numba.njit(list(signatures) or None, **options)(function))

    return decorate


def _forget(function: Callable[..., Any]) -> None:
    """Delete what is cached of a function, so that the next process writes it anew."""
    for path in Path(str(_folder)).rglob(f"*.{function.__name__}-*.nb?"):
        with suppress(OSError):
            path.unlink()


def _popcount(_context: Any, _bits: Any) -> tuple[Any, Callable[..., Any]]:
    """The number of set bits, as one machine instruction."""
    return numba.types.int64(numba.types.int64), lambda _context, builder, _signature, arguments: builder.ctpop(arguments[0])


def _bit_length(_context: Any, _bits: Any) -> tuple[Any, Callable[..., Any]]:
    """The place of the highest set bit, counted from 1; 0 for 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        bits = arguments[0]
        zeros = builder.ctlz(bits, bits.type.__class__(1)(0))
        return builder.sub(bits.type(64), zeros)

    return numba.types.int64(numba.types.int64), generate


popcount: Final = cast("Callable[[int], int]", intrinsic(_popcount))
"""The number of set bits; only callable from compiled functions."""
bit_length: Final = cast("Callable[[int], int]", intrinsic(_bit_length))
"""``int.bit_length`` for non-negative numbers; only callable from compiled functions."""
