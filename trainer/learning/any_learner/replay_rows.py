"""The rows of a replay buffer, as a checkpoint keeps them: those that are filled, or the newest that a limit has room for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.buffers import ReplayBuffer

Path = tuple[str, ...]
"""Of an array: the name of an attribute, and a key where that is a dictionary."""


@dataclass(frozen=True, slots=True)
class SavedRows:
    """What a buffer holds."""

    rows: dict[Path, NDArray[Any]]
    """The first rows of each array; the others are as in a new buffer, or are written before they are read."""
    others: dict[str, Any]
    """Its other attributes, `pos` and `full` among them."""


def size_of(buffer: ReplayBuffer) -> int:
    """Bytes of a buffer, filled or not."""
    return sum(array.nbytes for _, array in _arrays(buffer))


def save_rows(buffer: ReplayBuffer, max_bytes: float) -> SavedRows:
    """What a buffer holds, as far as there is room; at least one row, without which nothing can be learned."""
    arrays, size = dict(_arrays(buffer)), buffer.buffer_size
    names = {path[0] for path in arrays}
    others = {name: value for name, value in vars(buffer).items() if name not in names}
    whole = size_of(buffer)
    if whole > max_bytes:
        held = min(size if buffer.full else buffer.pos, max(1, int(max_bytes / whole * size)), size - 1)
        chosen = (buffer.pos - held + np.arange(held + 1)) % size  # one more: a small buffer has the next observation there
        others |= {"pos": held, "full": False}
        return SavedRows({path: array[chosen] for path, array in arrays.items()}, others)
    filled = size if buffer.full else min(buffer.pos + 1, size)
    return SavedRows({path: array[:filled] for path, array in arrays.items()}, others)


def put_rows_back(buffer: ReplayBuffer, saved: SavedRows) -> None:
    """Fill a buffer that was made from the same settings."""
    for path, array in _arrays(buffer):
        rows = saved.rows[path]
        array[: len(rows)] = rows
    vars(buffer).update(saved.others)


def _arrays(buffer: ReplayBuffer) -> Iterator[tuple[Path, NDArray[Any]]]:
    for name, value in vars(buffer).items():
        for path, one in {(name, key): one for key, one in value.items()}.items() if isinstance(value, dict) else {(name,): value}.items():
            if isinstance(one, np.ndarray) and one.shape[:1] == (buffer.buffer_size,):
                yield path, one
