"""Plays Tetris with a saved network, NumPy and nothing else. A bundle holds this file as `play.py`.

`python play.py [--seed 7] [--max-pieces 2000]` plays one game with the weights in `weights.npz`
beside it. It imports nothing of Control Room: rules, features and random pieces stand here a second
time, plain instead of compiled, and a seed gives the very game that Control Room plays.

| in `weights.npz` | shape | holds |
|---|---|---|
| `feature_scales` | (11,) | what the raw features are divided by |
| `weight_0`, `bias_0`, `weight_1`, … | (out, in), (out,) | the layers, first to last; ReLU between |
| `board_height` | () | rows of the board |
| `randomizer` | () | how pieces are dealt: `uniform` or `bag` |

A board is an array (rows, 10), True where a cell is full, the floor first. Of each placement of a
piece the network sees eleven numbers; `features_of` says which.
"""

import argparse
import sys
from pathlib import Path
from typing import BinaryIO

try:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
except ImportError as error:
    sys.exit(f"play.py needs NumPy ({error}); install it: python -m pip install numpy")

WIDTH = 10
MAX_PLACEMENTS = 34  # of T, J and L on an empty board
SHAPES = ("####", "## ##", ".#. ###", ".## ##.", "##. .##", "#.. ###", "..# ###")  # I O T S Z J L
RANDOMIZERS = ("uniform", "bag")
SEED_LIMIT = 1 << 53
MIN_HEIGHT, MAX_HEIGHT = 4, 40  # rows
N_FEATURES = 11
UNPACKED_BYTES = 200_000_000  # of the weights: `MAX_MODEL_BYTES`, which this file, alone in a bundle, cannot import
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15

Board = NDArray[np.bool_]
Counts = NDArray[np.int64]


def _orientations(shape: str) -> list[Board]:
    """The distinct quarter turns of a shape, clockwise, beginning with the shape; floor first."""
    drawn = np.array([[cell == "#" for cell in row] for row in shape.split()])  # highest row first
    distinct: dict[tuple[bytes, int], Board] = {}
    for quarter_turns in range(4):
        turned = np.rot90(drawn, -quarter_turns)
        distinct.setdefault((turned.tobytes(), len(turned)), turned[::-1])
    return list(distinct.values())


ORIENTATIONS = [_orientations(shape) for shape in SHAPES]


class RandomPieces:
    """The numbers of a game's pieces, drawn as splitmix64 gives them (Steele, Lea, Flood, 2014).

    Args:
        seed: of the game.
        randomizer: `uniform`, each of all seven, or `bag`, out of bags of all seven.
    """

    def __init__(self, seed: int, randomizer: str) -> None:
        if not 0 <= seed < SEED_LIMIT:
            raise ValueError(f"the seed must be a whole number from 0 to 2**53 - 1; got {seed}")
        if randomizer not in RANDOMIZERS:
            raise ValueError(f"pieces must be dealt uniform or bag; got {randomizer!r}")
        self._state = self._mixed(seed + GOLDEN & MASK)
        self._use_bag = randomizer == "bag"
        self._bag: list[int] = []

    def draw(self) -> int:
        """The next piece, 0 to 6."""
        if not self._use_bag:
            return self._below(len(SHAPES))
        if not self._bag:
            self._bag = list(range(len(SHAPES)))
        return self._bag.pop(self._below(len(self._bag)))

    def _below(self, bound: int) -> int:
        self._state = self._state + GOLDEN & MASK
        return (self._mixed(self._state) >> 32) * bound >> 32

    @staticmethod
    def _mixed(state: int) -> int:
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & MASK
        return state ^ state >> 31


class Placements:
    """All that a piece can do on a board: turn by turn, and from the left wall to the right one.

    A piece drops straight down; where it would stick out above the board it cannot be placed.

    Attributes:
        turns, columns: (placements,) which of the piece's orientations it is, and its leftmost column.
        pieces: (placements, rows, 10) the cells that the piece fills.
        boards: (placements, rows, 10) the boards after each, full rows removed.
        lines: (placements,) how many rows that were.
        features: (placements, 11) what the network sees of each.
    """

    def __init__(self, board: Board, piece: int) -> None:
        self.turns, self.columns, cells, landing = self._dropped(board, piece)
        self.pieces: Board = np.array(cells, dtype=np.bool_).reshape(-1, *board.shape)
        filled: Board = np.asarray(board | self.pieces)
        full: Board = np.asarray(filled.all(axis=2))  # (placements, rows)
        kept_first = np.argsort(full, axis=1, kind="stable")[:, :, None]
        self.boards: Board = np.take_along_axis(filled & ~full[:, :, None], kept_first, axis=1)
        self.lines: Counts = full.sum(axis=1)
        eroded = self.lines * (self.pieces & full[:, :, None]).sum(axis=(1, 2))
        self.features = features_of(self.boards, np.array(landing, dtype=np.int64), eroded)

    @staticmethod
    def _dropped(board: Board, piece: int) -> tuple[list[int], list[int], list[Board], list[int]]:
        """Orientation, column, the cells of the piece where it lands, (rows, 10), and its twofold landing height."""
        rows = len(board)
        tops = rows - board[::-1].argmax(axis=0)
        tops[~board.any(axis=0)] = 0
        turns, columns, cells, landing = [], [], [], []
        for turn, shape in enumerate(ORIENTATIONS[piece]):
            height, width = shape.shape
            bottoms = shape.argmax(axis=0)
            for column in range(WIDTH + 1 - width):
                row = max(0, int((tops[column : column + width] - bottoms).max()))
                if row + height <= rows:
                    placed = np.zeros_like(board)
                    placed[row : row + height, column : column + width] = shape
                    turns.append(turn)
                    columns.append(column)
                    cells.append(placed)
                    landing.append(2 * row + height - 1)
        return turns, columns, cells, landing


def features_of(boards: Board, landing: Counts, eroded: Counts) -> Counts:
    """The eleven features of boards after a move; walls and floor are full, what is above is empty.

    Args:
        boards: (boards, rows, 10).
        landing: (boards,) twice the height at which the middle of the piece came to rest.
        eroded: (boards,) rows removed × cells of the piece in them.

    Returns:
        (boards, 11) landing and eroded; changes between full and empty along rows, along columns;
        holes; for each cell of a well, the empty cells from it downward; full cells that rest on
        a hole; rows with holes; how many of −2 to 2 occur as the difference of neighbouring
        heights; the greatest height; all heights together.
    """
    covered = np.logical_or.accumulate(boards[:, ::-1], axis=1)[:, ::-1]  # at or below a full cell
    heights = covered.sum(axis=1)  # (boards, 10)
    holes = covered & ~boards
    walled = np.pad(boards, ((0, 0), (0, 0), (1, 1)), constant_values=True)
    floored = np.pad(boards, ((0, 0), (1, 0), (0, 0)), constant_values=True)
    along_columns = (floored[:, 1:] != floored[:, :-1]).sum(axis=(1, 2)) + boards[:, -1].sum(axis=1)
    slopes = np.diff(heights, axis=1)
    wells, depth = _wells_and_depth(boards, walled)
    return np.stack(
        [
            landing,
            eroded,
            (walled[:, :, 1:] != walled[:, :, :-1]).sum(axis=(1, 2)),
            along_columns,
            holes.sum(axis=(1, 2)),
            wells,
            depth,
            holes.any(axis=2).sum(axis=1),
            sum((slopes == slope).any(axis=1).astype(np.int64) for slope in range(-2, 3)),
            heights.max(axis=1),
            heights.sum(axis=1),
        ],
        axis=1,
    )


def _wells_and_depth(boards: Board, walled: Board) -> tuple[Counts, Counts]:
    """Two features that look down columns, row by row from the floor up; (boards,) each."""
    between = walled[:, :, :-2] & walled[:, :, 2:]
    empty_below = np.zeros((len(boards), WIDTH), dtype=np.int64)
    on_a_hole = np.zeros((len(boards), WIDTH), dtype=np.bool_)
    wells, depth = (np.zeros(len(boards), dtype=np.int64) for _ in range(2))
    for row in range(boards.shape[1]):
        on_a_hole = boards[:, row] & (on_a_hole | (empty_below > 0))
        empty_below = (empty_below + 1) * ~boards[:, row]
        wells += (empty_below * between[:, row]).sum(axis=1)
        depth += on_a_hole.sum(axis=1)
    return wells, depth


class NumpyPlayer:
    """A value network and the board it plays on.

    Args:
        weights: a file as described above.

    Raises:
        ValueError: it holds something else.
    """

    def __init__(self, weights: Path | BinaryIO) -> None:
        with np.load(weights, allow_pickle=False) as arrays:
            if sum(entry.file_size for entry in arrays.zip.infolist()) > UNPACKED_BYTES:
                raise ValueError(f"they must unpack to less than {UNPACKED_BYTES:,} bytes")
            self.scales: NDArray[np.float32] = arrays["feature_scales"]
            layers = range(sum(name.startswith("weight_") for name in arrays))
            self.layers = [(arrays[f"weight_{one}"], arrays[f"bias_{one}"]) for one in layers]
            self.board_height = int(arrays["board_height"])
            self.randomizer = str(arrays["randomizer"])

    def check(self) -> None:
        """Refuse a board that there is not, and layers that do not follow each other.

        Raises:
            ValueError: it cannot play; the text says why.
        """
        if not MIN_HEIGHT <= self.board_height <= MAX_HEIGHT or self.randomizer not in RANDOMIZERS:
            raise ValueError(f"the board must have {MIN_HEIGHT} to {MAX_HEIGHT} rows, and pieces be dealt uniform or bag")
        inputs = N_FEATURES
        for weight, bias in self.layers:
            if weight.shape != (bias.size, inputs) or bias.shape != (bias.size,):
                raise ValueError(f"a layer must take {inputs} values; got {weight.shape} and {bias.shape}")
            inputs = bias.size
        if inputs != 1 or not self.layers or self.scales.shape != (N_FEATURES,):
            raise ValueError("the layers must come to one value, and each feature have a scale")
        arrays = [self.scales, *(array for layer in self.layers for array in layer)]
        if any(array.dtype.kind != "f" for array in arrays):
            raise ValueError("weights and scales must be floating-point numbers")

    def values(self, features: ArrayLike) -> NDArray[np.float32]:
        """The log-odds of the values (..., 34) of placements; the highest is played.

        Args:
            features: (..., 34, 11) raw, of the boards after each placement.
        """
        values = np.asarray(features, dtype=np.float32) / self.scales
        for weight, bias in self.layers[:-1]:
            values = np.maximum(values @ weight.T + bias, 0)
        weight, bias = self.layers[-1]
        log_odds: NDArray[np.float32] = values @ weight.T + bias
        return log_odds[..., 0]

    def play(self, seed: int, max_pieces: int) -> tuple[int, int]:
        """Play one game; returns its lines and pieces.

        Args:
            seed: of the game.
            max_pieces: it is truncated after so many; 0: never.

        Raises:
            ValueError: the seed or the randomizer is none.
        """
        dealt = RandomPieces(seed, self.randomizer)
        board = np.zeros((self.board_height, WIDTH), dtype=np.bool_)
        lines = pieces = 0
        while not 0 < max_pieces <= pieces:
            placements = Placements(board, dealt.draw())
            count = len(placements.boards)
            if count == 0:
                break
            actions = np.arange(MAX_PLACEMENTS) % count  # as many as Control Room's network sees
            best = int(self.values(placements.features[actions][None])[0].argmax()) % count
            board, lines = placements.boards[best], lines + int(placements.lines[best])
            pieces += 1
        return lines, pieces


def _player(weights: Path) -> NumpyPlayer:
    """The player of a file, or the end of the program with one sentence."""
    try:
        player = NumpyPlayer(weights)
        player.check()
        player.play(seed=0, max_pieces=1)
    except FileNotFoundError:
        sys.exit(f"{weights} is missing: play.py needs weights.npz of its bundle beside it.")
    except Exception as error:  # noqa: BLE001 - NumPy's reader raises many kinds
        sys.exit(f"{weights} must hold the weights of a bundle; these do not fit ({error!r}).")
    return player


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Play one game of Tetris with weights.npz beside this file; needs only NumPy.")
    parser.add_argument("--seed", type=int, default=7, help="of the game (default: %(default)s)")
    parser.add_argument(
        "--max-pieces",
        type=int,
        default=2_000,
        metavar="N",
        help="end it after N pieces; 0: never (default: %(default)s)",
    )
    options = parser.parse_args()
    if not 0 <= options.seed < SEED_LIMIT:
        parser.error(f"--seed must be a whole number from 0 to 2**53 - 1; got {options.seed}")
    if options.max_pieces < 0:
        parser.error(f"--max-pieces must be at least 0; got {options.max_pieces}")
    player = _player(Path(__file__).with_name("weights.npz"))
    lines, pieces = player.play(options.seed, options.max_pieces)
    print(f"{lines:,} lines, {pieces:,} pieces")


if __name__ == "__main__":
    main()
