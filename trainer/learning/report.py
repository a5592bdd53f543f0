"""`python -m trainer evaluate`: how good a saved model is, on games that did not choose it."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from trainer.errors import SettingError
from trainer.game.features import FEATURE_SCALES
from trainer.learning.evaluation import REPORTING_SEEDS, Evaluation, GameRules, bootstrap_mean_interval, evaluate, seeds_of_set
from trainer.learning.saved_model import SavedNetwork, read_network

MAX_GAMES = 100_000


def evaluate_model(folder: Path, *, games: int, seed: int, max_pieces: int) -> dict[str, Any]:
    """Play greedy games with a saved model, on all cores, with a progress bar on standard error.

    Args:
        folder: holds `model.zip` and `metadata.json`.
        games: how many.
        seed: which set of games to play.
        max_pieces: games are cut after this many pieces; 0 never cuts.

    Raises:
        SettingError: a number is out of range.
        ModelNotFoundError, FormatError: there is no model, or it is damaged.
    """
    for name, value, low, high in (("games", games, 1, MAX_GAMES), ("seed", seed, 0, 2**31 - 1), ("max-pieces", max_pieces, 0, 2**40)):
        if not low <= value <= high:
            raise SettingError(f"{name} must be a whole number from {low:,} to {high:,}; got {value:,}.")
    network = read_network(folder)
    started = time.perf_counter()
    results = _play(network, seeds_of_set(REPORTING_SEEDS + seed, games), max_pieces)
    seconds = time.perf_counter() - started
    lines = np.array([result.lines[0] for result in results])
    pieces = np.array([result.pieces[0] for result in results])
    return {
        "games": games,
        "mean_lines": float(lines.mean()),
        "ci95": bootstrap_mean_interval(lines),
        "median_lines": float(np.median(lines)),
        "p10_lines": float(np.quantile(lines, 0.1)),
        "max_lines": int(lines.max()),
        "mean_pieces": float(pieces.mean()),
        "capped_games": sum(bool(result.capped[0]) for result in results),
        "max_pieces": max_pieces,
        "pieces_per_second": float(pieces.sum()) / seconds,
        "seconds": seconds,
        "seed": seed,
        "board_height": network.board_height,
        "randomizer": network.randomizer,
        "step": network.step,
    }


def _play(network: SavedNetwork, seeds: list[int], max_pieces: int) -> list[Evaluation]:
    rules = GameRules(network.board_height, network.randomizer, max_pieces)

    def one_game(seed: int) -> Evaluation:
        result = evaluate(network.layers, FEATURE_SCALES, [seed], rules, lambda: True)
        assert result is not None  # noqa: S101 - nothing gives up
        return result

    with ThreadPoolExecutor(os.cpu_count()) as threads:  # compiled games leave Python's lock free
        return list(tqdm(threads.map(one_game, seeds), total=len(seeds), unit=" games", leave=False))
