"""Plays Tetris with a saved network and nothing but NumPy: no torch, no stable-baselines3. A bundle holds this file as `play.py`.

`python play.py [--seed 7] [--max-pieces 2000]` plays one game with the weights in `weights.npz` beside it. The game itself is Control
Room's, so its checkout must be on `PYTHONPATH`.

| in `weights.npz` | shape | holds |
|---|---|---|
| `feature_scales` | (11,) | what the raw features are divided by |
| `weight_0`, `bias_0`, `weight_1`, … | (out, in), (out,) | the layers, first to last; ReLU between them |
| `board_height` | () | rows of the board |
| `randomizer` | () | how pieces are dealt: `uniform` or `bag` |
"""

import argparse
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainer.game.batch import TetrisBatch


class NumpyPlayer:
    """A value network and the board it plays on.

    Args:
        weights: a file as described above.
    """

    def __init__(self, weights: Path | BinaryIO) -> None:
        with np.load(weights, allow_pickle=False) as arrays:
            self.scales: NDArray[np.float32] = arrays["feature_scales"]
            n_layers = sum(name.startswith("weight_") for name in arrays)
            self.layers = [(arrays[f"weight_{number}"], arrays[f"bias_{number}"]) for number in range(n_layers)]
            self.board_height, self.randomizer = int(arrays["board_height"]), str(arrays["randomizer"])

    def values(self, features: ArrayLike) -> NDArray[np.float32]:
        """The log-odds of the values (..., 34) of placements with raw features (..., 34, 11): what the best one is chosen by."""
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
            max_pieces: it is cut after so many; 0: never.
        """
        game = TetrisBatch(1, height=self.board_height, randomizer=self.randomizer, max_pieces=max_pieces)
        game.reset([seed])
        while True:
            values = self.values(game.observations.reshape(1, -1, len(self.scales)))  # (1, 34)
            finished = game.step(values.argmax(axis=1)).finished
            if finished:
                return finished[0].lines, finished[0].pieces


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Play one game with the weights in weights.npz.")
    parser.add_argument("--seed", type=int, default=7, help="of the game (default: %(default)s)")
    parser.add_argument("--max-pieces", type=int, default=2_000, help="cut it after so many; 0: never (default: %(default)s)")
    options = parser.parse_args()
    lines, pieces = NumpyPlayer(Path(__file__).with_name("weights.npz")).play(options.seed, options.max_pieces)
    print(f"{lines} lines, {pieces} pieces")


if __name__ == "__main__":
    main()
