"""What the games of a batch must be before compiled code goes on with them.

Compiled code checks no bounds: a piece that there is not, or a board that holds a full row, makes it read and write beside its arrays.
So every field of a game that comes from a file is compared with what it can be, and what follows from board and piece (placements,
observations, the cells of the colours) is computed anew and must be the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....errors import SettingError
from . import kernels
from .bitboard import new_scratch, value_placements
from .compiling import BoolArray, IntArray
from .features import N_FEATURES
from .pieces import MAX_PLACEMENTS, WIDTH
from .rules import SEED_LIMIT, check_count, check_seed

FIELDS: Final = {
    kernels.PIECE: "the piece",
    kernels.RANDOM: "the generator",
    kernels.BAG: "the bag",
    kernels.LINES: "the lines",
    kernels.PLACED: "the pieces placed",
    kernels.SEED: "the seed",
    kernels.N_PLACEMENTS: "the number of placements",
    kernels.NUMBER: "the number of the game",
}
"""What a field of a game is called; those before are the columns of the board."""
ANY: Final = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a batch that decide what its games can be."""

    height: int
    ceiling: int
    use_bag: bool


def check_state(state: Mapping[str, Any], like: Mapping[str, Any], rules: Rules) -> None:
    """Refuse a batch's state unless a batch of these rules can be in it.

    Args:
        state: as ``TetrisBatch.state_dict`` returns it.
        like: such a state of the batch that it is for.
        rules: of that batch.

    Raises:
        SettingError: a part is missing, of another kind or out of its range; the text names it.
    """
    missing = like.keys() - state.keys()
    if missing:
        raise SettingError(f"a batch's state must hold {', '.join(sorted(missing))}; it does not.")
    for name, expected in like.items():
        if isinstance(expected, np.ndarray):
            _check_kind(name, state[name], expected)
    check_seed(state["seed"])
    check_count("games_played", state["games_played"])
    _check_fields(state["games"], rules)
    _check_colours(state["colours"], state["games"][0], rules.height)
    _check_what_follows(state, rules)


def _check_kind(name: str, value: Any, expected: NDArray[Any]) -> None:
    shape, kind = np.shape(value), getattr(value, "dtype", type(value).__name__)
    if shape != expected.shape:
        raise SettingError(f"a batch's state must fit its settings: {name} of shape {expected.shape} expected; got {shape}.")
    if kind != expected.dtype:
        raise SettingError(f"{name} must be numbers of the kind {expected.dtype}; got {kind}.")


def _check_fields(games: IntArray, rules: Rules) -> None:
    """Every field of every game (games, N_GAME_FIELDS) by itself, and that no row is full: a move would remove more than four."""
    low, high = _bounds(rules)
    wrong = np.argwhere((games < low) | (games > high))
    if len(wrong):
        slot, field = wrong[0]
        called = FIELDS.get(field, f"column {field} of the board")
        raise SettingError(f"games: {called} must be from {low[field]} to {high[field]}; got {games[slot, field]} in slot {slot}.")
    full = np.flatnonzero(np.bitwise_and.reduce(games[:, :WIDTH], axis=1))
    if len(full):
        raise SettingError(f"games: no row of a board can be full between two moves; one is in slot {full[0]}.")


def _bounds(rules: Rules) -> tuple[IntArray, IntArray]:
    """The least and the most that each field can be, (N_GAME_FIELDS,)."""
    high = np.full(kernels.N_GAME_FIELDS, (1 << rules.ceiling) - 1, np.int64)
    low = np.zeros_like(high)
    low[kernels.RANDOM], high[kernels.RANDOM] = ANY.min, ANY.max
    low[kernels.BAG], high[kernels.BAG] = (0, kernels.FULL_BAG) if rules.use_bag else (kernels.NO_BAG, kernels.NO_BAG)
    low[kernels.N_PLACEMENTS], high[kernels.N_PLACEMENTS] = 1, MAX_PLACEMENTS
    high[kernels.PIECE] = kernels.N_PIECES - 1
    high[[kernels.LINES, kernels.PLACED, kernels.SEED, kernels.NUMBER]] = SEED_LIMIT - 1
    return low, high


def _check_colours(colours: NDArray[np.uint8], game: IntArray, height: int) -> None:
    """The colours (height, 10), floor first, are of exactly the cells that are full."""
    full: BoolArray = (game[:WIDTH] >> np.arange(height)[:, None]) & 1 == 1
    if colours.max() > kernels.N_PIECES or not np.array_equal(colours > 0, full):
        raise SettingError(f"colours must be from 1 to {kernels.N_PIECES} in the full cells of the board in slot 0 and 0 in the others.")


def _check_what_follows(state: Mapping[str, Any], rules: Rules) -> None:
    """What a game sees and can do is what its board and its piece say."""
    scratch, codes = new_scratch(), np.zeros(MAX_PLACEMENTS, np.uint8)
    features = np.zeros((MAX_PLACEMENTS, N_FEATURES), np.int16)
    for slot, game in enumerate(np.ascontiguousarray(state["games"])):
        count = value_placements(game, game[kernels.PIECE], rules.height, rules.ceiling, codes, features, scratch)
        if game[kernels.N_PLACEMENTS] != count:
            raise SettingError(f"games: the piece has {count} placements; got {game[kernels.N_PLACEMENTS]} in slot {slot}.")
        seen = features[np.arange(MAX_PLACEMENTS) % count].ravel()
        for name, expected in (("placements", codes[:count]), ("observations", seen)):
            if not np.array_equal(state[name][slot, : len(expected)], expected):
                raise SettingError(f"{name} must be those of the piece and the board; they are not in slot {slot}.")
