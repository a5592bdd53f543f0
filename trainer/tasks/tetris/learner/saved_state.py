"""A checkpoint's `games.npz` and the learner's part of `state.json`, checked: a stranger's numbers must not reach compiled code.

`games.npz` holds

| array | of | holds |
|---|---|---|
| `now_games`, `now_placements`, `now_colours`, `now_observations` | see `TetrisBatch.state_dict` | the games now |
| `then_…` | the same | the games before the first of the moves |
| `moves` | (moves, games) uint8 | the actions since then |
| `numpy_key` | (624,) uint32 | NumPy's global generator, a Mersenne twister |
| `torch` | (5056,) uint8 | torch's generator |

What the arrays of games must be, `game.saved_games` says.
"""

import io
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ....errors import FormatError
from ....run_files.archives import require_plain_arrays
from ....run_files.checkpoints import Checkpoint
from ....run_files.fields import MAX_COUNT, require_between
from ....run_files.limits import MAX_CHECKPOINT_BYTES
from ..game.counts import N_COUNTS
from ..game.pieces import MAX_PLACEMENTS

GAMES_FILE = "games.npz"
BATCH_ARRAYS = {"games": "i8", "placements": "u1", "colours": "u1", "observations": "i2"}
BATCH_NUMBERS = ("seed", "games_played")
TWISTER_WORDS = 624  # of the state of a Mersenne twister
KINDS = {f"{when}_{name}": np.dtype(kind) for when in ("now", "then") for name, kind in BATCH_ARRAYS.items()} | {
    "moves": np.dtype("u1"), "numpy_key": np.dtype("u4"), "torch": np.dtype("u1"),
}  # fmt: skip
"""The kind of the numbers of every array."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What stable-baselines3 counts, under its own names."""

    num_timesteps: int
    exploration_rate: float
    _n_updates: int
    _n_calls: int
    _episode_num: int
    _current_progress_remaining: float

    def __post_init__(self) -> None:
        for name in ("_n_updates", "_n_calls", "_episode_num"):
            require_between(name, getattr(self, name), 0, MAX_COUNT)
        require_between("exploration_rate", self.exploration_rate, 0, 1)
        require_between("_current_progress_remaining", self._current_progress_remaining, -MAX_COUNT, 1)


@dataclass(frozen=True, slots=True)
class GamesNumbers:
    """The numbers of a batch's state; its arrays are in `games.npz`."""

    seed: int
    games_played: int


@dataclass(frozen=True, slots=True)
class GeneratorWords:
    """The two numbers of a PCG64."""

    state: int
    inc: int

    def __post_init__(self) -> None:
        require_between("state", self.state, 0, 2**128 - 1)
        require_between("inc", self.inc, 0, 2**128 - 1)


@dataclass(frozen=True, slots=True)
class GeneratorState:
    """A generator of NumPy's, as it describes itself."""

    bit_generator: Literal["PCG64"]
    state: GeneratorWords
    has_uint32: int
    uinteger: int

    def __post_init__(self) -> None:
        require_between("has_uint32", self.has_uint32, 0, 1)
        require_between("uinteger", self.uinteger, 0, 2**32 - 1)


@dataclass(frozen=True, slots=True)
class TetrisState:
    """What `state.json` holds of the learner and its games."""

    counters: Counters
    diagnostics: dict[str, list[float]]
    now: GamesNumbers
    then: GamesNumbers
    first_row: int
    """Moves that all games had made together before the first one in `moves`."""
    exploring: GeneratorState
    """Which placements are explored."""
    sampling_position: int
    """How many words of its state NumPy's global generator has used."""
    best_lines: int
    """Of a training game so far."""
    max_pieces: int
    """After so many pieces evaluation games are truncated."""
    expected_pieces: int
    """Of all games of the next evaluation together."""
    counts: list[int]
    """What was counted since the last row of metrics."""

    def __post_init__(self) -> None:
        require_between("best_lines", self.best_lines, 0, MAX_COUNT)
        require_between("max_pieces", self.max_pieces, 1, MAX_COUNT)
        require_between("the length of counts", len(self.counts), N_COUNTS, N_COUNTS)
        for count in self.counts:
            require_between("counts", count, 0, MAX_COUNT)
        require_between("first_row", self.first_row, 0, MAX_COUNT)
        require_between("sampling_position", self.sampling_position, 0, TWISTER_WORDS)


def read_arrays(checkpoint: Checkpoint, games: int) -> dict[str, NDArray[Any]]:
    """The arrays of `games.npz` by their names; those of games are still to be checked by the batch that takes them.

    Args:
        checkpoint: of a run.
        games: how many it plays at once.

    Raises:
        FormatError: it holds other arrays than a trainer writes.
    """
    content = checkpoint.contents[GAMES_FILE]
    require_plain_arrays(content, MAX_CHECKPOINT_BYTES)
    with np.load(io.BytesIO(content), allow_pickle=False) as packed:
        arrays: dict[str, NDArray[Any]] = {name: packed[name] for name in KINDS}
    wrong = [name for name, kind in KINDS.items() if arrays[name].dtype != kind]
    if wrong:
        raise FormatError(f"{wrong[0]} must be numbers of the kind {KINDS[wrong[0]]}; got {arrays[wrong[0]].dtype}")
    moves = arrays["moves"]
    if moves.ndim != 2 or moves.shape[1] != games or moves.max(initial=0) >= MAX_PLACEMENTS:
        raise FormatError(
            f"moves must be numbers from 0 to {MAX_PLACEMENTS - 1}, of {games} games; got {moves.shape} up to {moves.max(initial=0)}"
        )
    if arrays["numpy_key"].shape != (TWISTER_WORDS,) or arrays["torch"].ndim != 1:
        shapes = f"{arrays['numpy_key'].shape} and {arrays['torch'].shape}"
        raise FormatError(f"numpy_key must be {TWISTER_WORDS} words, and torch bytes; got the shapes {shapes}")  # torch counts its own
    return arrays
