"""One game of Tetris as a Gymnasium environment, registered as ``ControlRoom/Tetris-v0`` when this module is imported."""

from typing import Any, Final

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ....errors import SettingError
from . import kernels
from .bitboard import new_scratch
from .compiling import ByteArray, FeatureArray, IntArray
from .features import N_FEATURES, feature_bounds
from .pieces import COLOURS, MAX_PLACEMENTS, ORIENTATIONS, PIECES, WIDTH
from .rules import SEED_LIMIT, check_ceiling, check_count, check_height, check_randomizer, check_seed

ENV_ID: Final = "ControlRoom/Tetris-v0"
"""What ``gymnasium.make`` knows the environment by."""

_CELL: Final = 16  # pixels a cell, its grid line included
_EMPTY: Final = (32, 34, 40)
_LINE: Final = (18, 19, 23)
_PALETTE: Final[ByteArray] = np.array([_EMPTY, *(tuple(bytes.fromhex(COLOURS[piece][1:])) for piece in PIECES)], dtype=np.uint8)


class TetrisEnv(gymnasium.Env[FeatureArray, np.int64]):
    """Tetris by the rules of the research literature.

    ## Description
    A board 10 columns wide. Each step one piece is placed: orientation and column are chosen, the piece drops straight down, full
    rows are removed, the next piece is drawn. No preview, no gravity, no sliding under overhangs. The rules are those of Thiery and
    Scherrer, "Building controllers for Tetris", ICGA Journal 32 (2009).

    ## Action space
    `Discrete(34)`. Action `a` is placement `a % n`, where `n` is the number of placements available to the piece at hand, so every
    action is legal. Placements are listed orientation by orientation (as drawn in `game.pieces`, then turned clockwise), in
    each from the left wall to the right one. A placement is available when the piece does not stick out above the board.

    | piece | placements on a low board |
    |---|---|
    | O | 9 |
    | I, S, Z | 17 |
    | T, J, L | 34 |

    ## Observation space
    `Box(int16, (374,))`: for each of the 34 actions, the eleven features of the board after it, action after action. With `H` rows:

    | index | feature | smallest | largest | unit |
    |---|---|---|---|---|
    | 11a + 0 | landing height, doubled | 0 | 2H - 2 | half rows |
    | 11a + 1 | eroded cells | 0 | 16 | cells |
    | 11a + 2 | row transitions | 0 | 10H | changes |
    | 11a + 3 | column transitions | 0 | 10(H + 1) | changes |
    | 11a + 4 | holes | 0 | 10(H - 1) | cells |
    | 11a + 5 | wells, cumulative | 0 | 5H(H + 1)/2 | cells |
    | 11a + 6 | hole depth | 0 | 10(H - 1) | cells |
    | 11a + 7 | rows with holes | 0 | H - 1 | rows |
    | 11a + 8 | pattern diversity | 0 | 5 | values |
    | 11a + 9 | height of the highest column | 0 | H | rows |
    | 11a + 10 | heights of all columns together | 0 | 10H | cells |

    `game.features` defines them. When the game is over the observation is all zeros.

    ## Reward
    1 for a move after which the game goes on, 0 for one that loses it. Rows removed come to the same: a piece brings four cells and a
    row takes ten away, so every move that does not lose is worth 0.4 rows, sooner or later; `lines` counts them.

    ## Starting state
    An empty board and a drawn piece. `reset(seed=...)` seeds the environment's generator, which draws each game's own seed; with
    `reset(options={"game_seed": s})` the game is exactly the one of seed `s`, as it is in `TetrisBatch` and in a replay.

    ## Episode end
    - Termination: no placement of the new piece fits below the ceiling.
    - Truncation: `max_pieces` pieces have been placed (never, when it is 0).

    ## Information
    `reset` and `step` return `lines` (rows removed so far), `pieces` (placed so far), `placements` (available now) and `seed` (the
    game's).

    ## Arguments
    | argument | default | meaning |
    |---|---|---|
    | `height` | 20 | rows of the board, 4 to 40 |
    | `randomizer` | `"uniform"` | each piece drawn from all seven, or `"bag"`: bags of all seven, each emptied in random order |
    | `ceiling` | `height` | rows that may be used, 4 to `height`: below the board's own top, mistakes soon count |
    | `max_pieces` | 0 | pieces after which the game is truncated; 0 is never |
    | `render_mode` | `None` | `"ansi"` returns text, `"rgb_array"` an image (16 (H + 3), 160, 3): the next piece above the board |

    ## Version history
    * v0: first version
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 10}  # noqa: RUF012 - as the base class declares it

    def __init__(
        self,
        *,
        height: int = 20,
        ceiling: int | None = None,
        randomizer: str = "uniform",
        max_pieces: int = 0,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, "ansi", "rgb_array"):
            raise SettingError(f"render_mode must be None, ansi or rgb_array; got {render_mode!r}.")
        self.height = check_height(height)
        self.ceiling = check_ceiling(self.height if ceiling is None else ceiling, self.height)
        self.max_pieces = check_count("max_pieces", max_pieces)
        self.render_mode = render_mode
        self._use_bag = check_randomizer(randomizer)
        highest = np.tile(feature_bounds(self.height), MAX_PLACEMENTS)
        self.observation_space = spaces.Box(np.zeros_like(highest), highest, dtype=np.int16)
        self.action_space = spaces.Discrete(MAX_PLACEMENTS)
        self._game: IntArray = np.zeros(kernels.N_GAME_FIELDS, dtype=np.int64)
        self._placements: ByteArray = np.zeros(MAX_PLACEMENTS, dtype=np.uint8)
        self._colours: ByteArray = np.zeros((self.height, WIDTH), dtype=np.uint8)  # floor first
        self._features: FeatureArray = np.zeros((MAX_PLACEMENTS, N_FEATURES), dtype=np.int16)
        self._scratch = new_scratch()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[FeatureArray, dict[str, Any]]:
        """Begin a game; ``options={"game_seed": s}`` chooses it, otherwise the environment's generator does."""
        super().reset(seed=seed)
        drawn = int(self.np_random.integers(SEED_LIMIT))
        game_seed = check_seed((options or {}).get("game_seed", drawn))
        kernels.begin_one(
            self._game, game_seed, self._use_bag, self.height, self.ceiling,
            self._placements, self._features, self._colours, self._scratch,
        )  # fmt: skip
        return self._observation(), self._info()

    def step(self, action: np.int64) -> tuple[FeatureArray, float, bool, bool, dict[str, Any]]:
        """Make one move."""
        if not 0 <= action < MAX_PLACEMENTS:
            raise SettingError(f"an action must be from 0 to {MAX_PLACEMENTS - 1}; got {action!r}.")
        if self._game[kernels.N_PLACEMENTS] == 0:
            raise SettingError("a step needs a game that goes on; this one is over or has not begun. Call reset first.")
        kernels.step_one(
            self._game, int(action), self.height, self.ceiling,
            self._placements, self._features, self._colours, self._scratch,
        )  # fmt: skip
        info = self._info()
        terminated = info["placements"] == 0
        truncated = not terminated and 0 < self.max_pieces <= info["pieces"]
        return self._observation(), float(not terminated), terminated, truncated, info

    def _observation(self) -> FeatureArray:
        return self._features.flatten()

    def _info(self) -> dict[str, Any]:
        game = self._game.tolist()
        return {
            "lines": game[kernels.LINES],
            "pieces": game[kernels.PLACED],
            "placements": game[kernels.N_PLACEMENTS],
            "seed": game[kernels.SEED],
        }

    def render(self) -> Any:
        """The board as text (``ansi``) or as an image (``rgb_array``, uint8), None without a render mode."""
        if self.render_mode == "ansi":
            return self._text()
        if self.render_mode == "rgb_array":
            return self._image()
        return None

    def _text(self) -> str:
        letters = "." + "".join(PIECES)
        rows = ["|" + "".join(letters[cell] for cell in row) + "|" for row in self._colours[::-1]]
        head = f"next {PIECES[self._game[kernels.PIECE]]}  lines {self._game[kernels.LINES]}"
        return "\n".join([head, *rows, "+" + "-" * WIDTH + "+"]) + "\n"

    def _image(self) -> NDArray[np.uint8]:
        piece = int(self._game[kernels.PIECE])
        head = np.zeros((3, WIDTH), dtype=np.uint8)
        for row, cells in enumerate(ORIENTATIONS[PIECES[piece]][0]):
            for column, cell in enumerate(cells, start=(WIDTH - len(cells)) // 2):
                head[row, column] = (piece + 1) * (cell == "#")
        grid = np.concatenate([head, self._colours[::-1]])
        image: NDArray[np.uint8] = _PALETTE[grid].repeat(_CELL, axis=0).repeat(_CELL, axis=1)
        image[_CELL - 1 :: _CELL] = _LINE
        image[:, _CELL - 1 :: _CELL] = _LINE
        return image


if ENV_ID not in gymnasium.registry:
    gymnasium.register(id=ENV_ID, entry_point=f"{__name__}:{TetrisEnv.__name__}")
