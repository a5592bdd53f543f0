"""The one way functions of the game are compiled: to machine code, cached on disk, without Python's global lock.

numba renews a cached function when *its own* file changes, but not when a file it calls into does. So the cache lives in a folder
named after the content of all the game's files: after an update nothing stale can ever be loaded. ``NUMBA_CACHE_DIR`` overrides it,
and where the folder cannot be written numba falls back to the user's cache folder.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
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

Function = TypeVar("Function", bound=Callable[..., Any])


def _cache_folder() -> str:
    """The cache folder of exactly these sources."""
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))).hexdigest()
    return str(here / "__pycache__" / f"compiled-{digest[:16]}")


if not getattr(numba.config, "CACHE_DIR", ""):
    setattr(numba.config, "CACHE_DIR", _cache_folder())  # noqa: B010 - numba makes its settings at run time, unseen by type checkers


def compiled(*signatures: str, fastmath: set[str] | None = None) -> Callable[[Function], Function]:
    """Compile a function of arrays and numbers.

    With signatures it is compiled (or loaded from the cache) at import, so that no request ever waits for the compiler. Functions
    that only compiled functions call are given none: they become part of their callers.
    """

    def decorate(function: Function) -> Function:
        options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": fastmath or False}
        options["forceinline"] = not signatures
        return cast("Function", numba.njit(list(signatures) or None, **options)(function))

    return decorate


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
