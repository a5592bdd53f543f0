"""The games in the documents of `replays/` (see `trainer.run_files.replays`), to be played again.

`best/replay.json` is of the same format and holds the best game of the evaluation that chose the model.

| field | meaning |
|---|---|
| `version` | 3, of this format |
| `engine` | of the game's rules: others make another game of the same seed and moves |
| `step` | environment steps when the network was taken, or when the training game ended |
| `board_height`, `ceiling` | rows of the board, and how many of them may be used |
| `randomizer` | `uniform` or `bag` |
| `games` | of each: `seed`, `lines`, `pieces`, `truncated` (with placements left), `kept` (how many of its first moves are kept) |
| `moves` | of all games, one after the other: one byte a piece, the number of the chosen placement; compressed, in base64 |
| `layers` | of each layer `outputs`, `inputs`, `weights` and `biases` (little-endian float32 in base64) of the network that played; null of a training game |

Of a game that would take more than its share of the limit only the first moves are kept (`kept` < `pieces`). A training game of more
moves than the replay buffer holds for each of the games is not recorded.

A move is one of 34, so `moves` takes at most 0.9 bytes a piece, whatever is played; beside it a game takes about 120 bytes, and the
network once 5.4 bytes a weight.
"""  # noqa: E501 - a table's row is one line

import base64
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import FormatError
from ....run_files.fields import from_fields
from ....run_files.files import document_bytes
from ....run_files.limits import MAX_RECORDED_MOVES
from ....run_files.replays import ReplaysWriter, packed, read_recorded, unpacked
from ....run_files.run_directory import RunDirectory

Layers = tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]


@dataclass(frozen=True, slots=True)
class RecordedGame:
    """One game: played again from its seed and its moves."""

    seed: int
    lines: int
    pieces: int
    truncated: bool
    moves: bytes
    """One byte a piece: the number of the chosen placement. Of a game too long to be kept whole, the first ones."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The games of one evaluation, or one training game."""

    engine: int
    step: int
    board_height: int
    ceiling: int
    randomizer: str
    games: tuple[RecordedGame, ...]
    layers: Layers | None = field(default=None, compare=False)
    """Weights (out, in) and biases (out,) of the network that played them."""

    @property
    def score(self) -> float:
        """Lines a game."""
        return sum(game.lines for game in self.games) / len(self.games)

    def only(self, game: int) -> "Recording":
        """The same with one game alone."""
        return replace(self, games=(self.games[game],))

    def to_json(self) -> bytes:
        """The content of a document."""
        head = _Head(self.engine, self.step, self.board_height, self.ceiling, self.randomizer)
        games = [_GameFields(game.seed, game.lines, game.pieces, game.truncated, len(game.moves)) for game in self.games]
        moves = packed(b"".join(game.moves for game in self.games))
        layers = None if self.layers is None else [_layer_fields(*layer) for layer in self.layers]
        return document_bytes({**asdict(head), "games": games, "moves": moves, "layers": layers})


@dataclass(frozen=True, slots=True)
class _Head:
    """What a document says about all its games."""

    engine: int
    step: int
    board_height: int
    ceiling: int
    randomizer: str


@dataclass(frozen=True, slots=True)
class _GameFields:
    """A game as it stands in a document."""

    seed: int
    lines: int
    pieces: int
    truncated: bool
    kept: int


@dataclass(frozen=True, slots=True)
class _LayerFields:
    """A layer as it stands in a document."""

    outputs: int
    inputs: int
    weights: str
    biases: str


def _layer_fields(weight: NDArray[np.float32], bias: NDArray[np.float32]) -> _LayerFields:
    encoded = [base64.b64encode(values.astype("<f4").tobytes()).decode() for values in (weight, bias)]
    return _LayerFields(*weight.shape, *encoded)


def read_recording(path: Path) -> Recording:
    """Read a document.

    Raises:
        FileNotFoundError: there is none.
        FormatError: it is damaged or of an unknown version.
    """
    return read_recorded(path, _recording)


def _recording(document: dict[str, Any]) -> Recording:
    games = [from_fields(_GameFields, dict(game)) for game in document["games"]]
    if not games or any(min(game.kept, game.pieces - game.kept, game.lines, game.seed) < 0 for game in games):
        raise FormatError("its games must be one or more, with whole numbers from 0 on, and no more moves than pieces")
    moves = unpacked(document["moves"], sum(game.kept for game in games), MAX_RECORDED_MOVES)
    parts = []
    start = 0
    for game in games:
        parts.append(RecordedGame(game.seed, game.lines, game.pieces, game.truncated, moves[start : start + game.kept]))
        start += game.kept
    layers = None if document["layers"] is None else tuple(_layer(dict(layer)) for layer in document["layers"])
    return Recording(**asdict(from_fields(_Head, document)), games=tuple(parts), layers=layers)


def _layer(values: dict[str, Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    layer = from_fields(_LayerFields, values)
    weights, biases = (np.frombuffer(base64.b64decode(text, validate=True), "<f4") for text in (layer.weights, layer.biases))
    if len(biases) != layer.outputs:
        raise FormatError(f"a layer of {layer.outputs} outputs must have as many biases; got {len(biases)}")
    return weights.reshape(layer.outputs, layer.inputs).astype(np.float32), biases.astype(np.float32)


def replays_writer(run: RunDirectory, max_bytes: int) -> ReplaysWriter:
    """Writes recordings; `max_bytes` of all documents together."""
    return ReplaysWriter(run, max_bytes, read_recording)
