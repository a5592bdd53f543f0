"""The episodes in the documents of `replays/` (see `trainer.run_files.replays`): what was done in them, to be simulated again.

| field | meaning |
|---|---|
| `version` | 3, of this format |
| `step` | environment steps when the policy was taken, or when the training episode ended |
| `dtype`, `shape` | of one action: `int64` and `[]`, `float32` and `[2]` |
| `episodes` | of each: how it began and how it ended, see below |
| `actions` | of all episodes, one after the other: arrays, little-endian, row by row; compressed, in base64 |

| field of an episode | meaning |
|---|---|
| `seed` | that `reset` got; null: the environment's generator went on |
| `generator` | then its state before `reset`: four numbers of PCG64 (state, increment, has_uint32, uinteger), hexadecimal; null: it had none |
| `options` | that `reset` got, as JSON; null: none |
| `reward`, `length`, `truncated` | as `Monitor` says them |
| `kept` | how many of its actions are kept; fewer than `length`: it was too long, and only its beginning can be seen |

The environment is that of the run's settings. Its wrappers of preprocessing, of stacked frames and of running averages do not matter:
actions are those that reached the environment itself. Numbers are all there is: nothing in a document is ever unpickled or called.
"""  # noqa: E501 - a table's row is one line

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import FormatError, shown
from ....run_files.fields import from_fields
from ....run_files.files import document_bytes
from ....run_files.limits import MAX_RECORDED_MOVES
from ....run_files.replays import ReplaysWriter, packed, read_recorded, unpacked
from ....run_files.run_directory import RunDirectory

DTYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64")
MAX_DIMENSIONS, MAX_ACTION_NUMBERS = 4, 100_000
GENERATOR_BITS = (128, 128, 1, 32)
MAX_OPTION_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class RecordedEpisode:
    """One episode."""

    seed: int | None
    generator: tuple[int, int, int, int] | None
    options: dict[str, Any] | None
    reward: float
    length: int
    truncated: bool
    actions: bytes

    def __post_init__(self) -> None:
        if self.options is not None:
            json.dumps(self.options, allow_nan=False)  # what is no JSON cannot be kept


@dataclass(frozen=True, slots=True)
class Recording:
    """The episodes of one evaluation, or one training episode."""

    step: int
    dtype: str
    shape: tuple[int, ...]
    episodes: tuple[RecordedEpisode, ...]

    @property
    def score(self) -> float:
        """Mean reward of an episode."""
        return statistics.fmean(one.reward for one in self.episodes)

    @property
    def action_bytes(self) -> int:
        """Of one action."""
        return np.dtype(self.dtype).itemsize * math.prod(self.shape)

    def actions(self, number: int) -> NDArray[Any]:
        """(steps, *shape) the actions of an episode that are kept."""
        kept = self.episodes[number].actions
        return np.frombuffer(kept, _little(self.dtype)).reshape(-1, *self.shape)

    def to_json(self) -> bytes:
        """The content of a document."""
        episodes = [_fields_of(one, len(one.actions) // self.action_bytes) for one in self.episodes]
        content = packed(b"".join(one.actions for one in self.episodes))
        return document_bytes({"step": self.step, "dtype": self.dtype, "shape": self.shape, "episodes": episodes, "actions": content})


@dataclass(frozen=True, slots=True)
class _Head:
    """What a document says about all its episodes."""

    step: int
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _EpisodeFields:
    """An episode as it stands in a document."""

    seed: int | None
    generator: list[str] | None
    options: dict[str, Any] | None
    reward: float
    length: int
    truncated: bool
    kept: int


def make_recording(step: int, dtype: np.dtype[Any], shape: Sequence[int], episodes: Sequence[RecordedEpisode]) -> Recording:
    """A recording of actions as this machine has them in memory; of one that is not kept whole, only whole actions."""
    made = Recording(step, dtype.name, tuple(shape), ())
    whole = [one.actions[: len(one.actions) // made.action_bytes * made.action_bytes] for one in episodes]
    little = [np.frombuffer(actions, dtype).astype(_little(dtype.name)).tobytes() for actions in whole]
    return replace(made, episodes=tuple(replace(one, actions=own) for one, own in zip(episodes, little, strict=True)))


def read_recording(path: Path) -> Recording:
    """Read a document.

    Raises:
        FileNotFoundError: there is none.
        FormatError: it is damaged or of an unknown version.
    """
    return read_recorded(path, _recording)


def replays_writer(run: RunDirectory, max_bytes: int) -> ReplaysWriter:
    """Writes recordings; `max_bytes` of all documents together."""
    return ReplaysWriter(run, max_bytes, read_recording)


def _little(dtype: str) -> np.dtype[Any]:
    return np.dtype(dtype).newbyteorder("<")


def _fields_of(episode: RecordedEpisode, kept: int) -> dict[str, Any]:
    generator = None if episode.generator is None else [f"{number:x}" for number in episode.generator]
    values = (episode.seed, generator, episode.options, episode.reward, episode.length, episode.truncated, kept)
    return asdict(_EpisodeFields(*values))


def _recording(document: dict[str, Any]) -> Recording:
    head = from_fields(_Head, document)
    sizes = head.shape
    if head.dtype not in DTYPES or len(sizes) > MAX_DIMENSIONS or not all(0 < one <= MAX_ACTION_NUMBERS for one in sizes):
        raise FormatError(f"an action must be a short array of numbers; got {shown(head.dtype)} of the shape {shown([*sizes])}")
    if math.prod(sizes) > MAX_ACTION_NUMBERS:
        raise FormatError(f"an action must be of at most {MAX_ACTION_NUMBERS:,} numbers; got {math.prod(sizes):,}")
    episodes = [from_fields(_EpisodeFields, dict(one)) for one in document["episodes"]]
    if not episodes or any(min(one.kept, one.length - one.kept, one.seed or 0) < 0 for one in episodes):
        raise FormatError("its episodes must be one or more, with no more actions than steps")
    made = Recording(head.step, head.dtype, sizes, ())
    content = unpacked(document["actions"], sum(one.kept for one in episodes) * made.action_bytes, MAX_RECORDED_MOVES)
    parts, start = [], 0
    for one in episodes:
        end = start + one.kept * made.action_bytes
        parts.append(_episode(one, content[start:end]))
        start = end
    return replace(made, episodes=tuple(parts))


def _episode(values: _EpisodeFields, actions: bytes) -> RecordedEpisode:
    if len(json.dumps(values.options)) > MAX_OPTION_CHARACTERS:
        raise FormatError(f"options must take at most {MAX_OPTION_CHARACTERS:,} characters")
    generator = None if values.generator is None else _generator(values.generator)
    return RecordedEpisode(values.seed, generator, values.options, values.reward, values.length, values.truncated, actions)


def _generator(texts: list[str]) -> tuple[int, int, int, int]:
    if len(texts) != len(GENERATOR_BITS) or any(len(text) * 4 > max(bits, 4) for text, bits in zip(texts, GENERATOR_BITS, strict=True)):
        raise FormatError(f"a generator must be four hexadecimal numbers; got {shown(texts)}")
    numbers, increment, has_more, more = (int(text, 16) for text in texts)
    if min(numbers, increment, has_more, more) < 0 or has_more > 1:
        raise FormatError(f"a generator must be four hexadecimal numbers; got {shown(texts)}")
    return numbers, increment, has_more, more
