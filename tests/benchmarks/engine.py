"""How many moves the compiled game decides and makes a second, on one core.

    python -m tests.benchmarks.engine [--pieces 100000] [--repeats 7] [--json PATH]

A decision: every placement of the piece is valued with all nine features, the best one is played, the next piece is drawn.
"""

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, rate, report
from trainer.tasks.tetris.game.features import N_FEATURES
from trainer.tasks.tetris.game.greedy import GreedyGames
from trainer.tasks.tetris.game.players import play_linear
from trainer.tasks.tetris.game.published import WEIGHTS

GAMES = 8
HIDDEN = 64

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]


def network_that_plays_bcts() -> list[Layer]:
    """A network 11→64→64→1 that plays like BCTS: long games on low boards, as a trained network's are, so that the same work is measured.

    Two units carry BCTS's value, split by its sign as ReLU needs it; the others are computed too but weigh nothing at the end.
    """
    generator = np.random.default_rng(0)
    first, second = (generator.normal(size=(HIDDEN, inputs)).astype(np.float32) for inputs in (N_FEATURES, HIDDEN))
    value = np.array([*WEIGHTS["bcts"], 0, 0], dtype=np.float32)
    value[0] /= 2  # the network sees landing heights doubled
    first[0], first[1] = value, -value
    second[:2] = 0
    second[0, 0] = second[1, 1] = 1
    last = np.zeros((1, HIDDEN), dtype=np.float32)
    last[0, :2] = 1, -1
    return [(weight, np.zeros(len(weight), dtype=np.float32)) for weight in (first, second, last)]


def decisions(height: int, pieces: int) -> int:
    """Play BCTS; returns how many pieces were placed."""
    return int(play_linear(WEIGHTS["bcts"], range(GAMES), height=height, max_pieces=max(1, pieces // GAMES)).pieces.sum())


def network_moves(layers: list[Layer], pieces: int) -> int:
    """Play greedily with a network; returns how many pieces were placed."""
    games = GreedyGames(layers, np.ones(N_FEATURES, dtype=np.float32), range(GAMES), max_pieces=max(1, pieces // GAMES))
    while not games.play_slice(pieces):
        pass
    return games.pieces_played


def measure(pieces: int, repeats: int) -> list[Figure]:
    """Every figure; `pieces` is how many a repetition places at the most, a quarter of them with the network, which is slower."""
    layers = network_that_plays_bcts()
    return [
        rate("BCTS on 10×20", "decisions/s", lambda: decisions(20, pieces), repeats),
        rate("BCTS on 10×10", "decisions/s", lambda: decisions(10, pieces), repeats),
        rate("network 11→64→64→1 on 10×20", "moves/s", lambda: network_moves(layers, pieces // 4), repeats),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.add_argument("--pieces", type=int, default=100_000, metavar="N", help="pieces a repetition places (default: %(default)s)")
    options = parser.parse_args(arguments)
    report("The compiled game, one core", measure(options.pieces, options.repeats), options.json)


if __name__ == "__main__":
    main()
