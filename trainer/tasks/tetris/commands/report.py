"""`python -m trainer evaluate`: how good a saved model or a reference player is, on games that chose no model.

A reference player needs no network, so torch is only imported for a model.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from ....errors import SettingError
from ....learning.mean_interval import mean_interval
from ....resources import usable_cores
from ....run_files.jobs import Work
from ....run_files.reports import Report, keep_report
from ....run_files.slots import StoredModel
from ..game.features import FEATURE_SCALES
from ..game.players import play
from ..learner.evaluation import LOWEST_LINES, LOWEST_REWARD, REPORTING_SEEDS, GameRules, evaluate, seeds_of_set

if TYPE_CHECKING:
    from ..learner.saved_model import SavedNetwork

MAX_GAMES = 100_000


@dataclass(frozen=True, slots=True)
class _Result:
    """How one game went."""

    lines: int
    pieces: int
    truncated: bool


def evaluate_model(
    folder: Path, *, games: int, seed: int, max_pieces: int, trust: bool = False, work: Work | None = None
) -> dict[str, Any]:
    """Play greedy games with a saved model, on all cores, with a progress bar if standard error is a terminal.

    Args:
        folder: holds `model.zip` and `metadata.json`.
        games: how many.
        seed: which set of games to play.
        max_pieces: games are truncated after this many pieces; 0: never.
        trust: see `saved_model.read_network`.
        work: is told how far it is, and may be cancelled.

    Raises:
        SettingError: a number is out of range.
        ModelNotFoundError, FormatError: there is no model, or it is damaged.
        JobCancelledError: it was cancelled.
    """
    _check(games, seed, max_pieces)
    from ..learner.saved_model import read_network  # noqa: PLC0415 - a reference player needs no torch

    return _evaluate_network(read_network(folder, trust=trust), games, seed, max_pieces, work or Work(None))


def report_on(model: StoredModel, network: "SavedNetwork", *, games: int, seed: int, max_pieces: int, work: Work) -> Report:
    """Evaluate a model of a run, and keep the report beside it.

    Args:
        model: what is evaluated.
        network: as it was read: a new best that comes meanwhile is not taken for it.
        games: how many; this and what follows as for `evaluate_model`.
        seed: which set of games.
        max_pieces: their limit.
        work: is told how far it is, and may be cancelled.

    Raises:
        RunDirectoryError: the report cannot be written.
        SettingError, FormatError, JobCancelledError: see `evaluate_model`.
    """
    _check(games, seed, max_pieces)
    return keep_report(model.run, model.name, _evaluate_network(network, games, seed, max_pieces, work))


def _evaluate_network(network: "SavedNetwork", games: int, seed: int, max_pieces: int, work: Work) -> dict[str, Any]:
    rules = GameRules(network.board_height, network.randomizer, max_pieces)

    def one_game(game_seed: int) -> _Result:
        work.check()
        result = evaluate(network.layers, FEATURE_SCALES, [game_seed], rules, work.continue_working)
        if result is None:
            work.check()
        assert result is not None  # noqa: S101 - for the type checker; only a cancelled one gives up
        return _Result(int(result.lines[0]), int(result.pieces[0]), bool(result.truncated[0]))

    return _report(one_game, rules, games, seed, work) | {"player": None, "step": network.step, "sha256": network.sha256}


def evaluate_player(player: str, *, height: int, games: int, seed: int, max_pieces: int) -> dict[str, Any]:
    """Play games with a reference player: the report of `evaluate_model`, on the same games.

    Args:
        player: one of `game.players.PLAYERS`.
        height: rows of the board.
        games: how many.
        seed: which set of games to play.
        max_pieces: games are truncated after this many pieces, and counted when they get that far; 0: never.

    Raises:
        SettingError: there is no such player, or a number is out of range.
    """
    _check(games, seed, max_pieces)
    play(player, [], height=height)  # no game: says what is wrong before the progress bar begins
    rules = GameRules(height, "uniform", max_pieces)

    def one_game(game_seed: int) -> _Result:
        result = play(player, [game_seed], height=height, max_pieces=max_pieces, randomizer=rules.randomizer)
        pieces = int(result.pieces[0])
        return _Result(int(result.lines[0]), pieces, 0 < max_pieces <= pieces)

    return _report(one_game, rules, games, seed, Work(None)) | {"player": player, "step": None, "sha256": None}


def _check(games: int, seed: int, max_pieces: int) -> None:
    for name, value, low, high in (("games", games, 1, MAX_GAMES), ("seed", seed, 0, 2**31 - 1), ("max-pieces", max_pieces, 0, 2**40)):
        if not low <= value <= high:
            raise SettingError(f"{name} must be a whole number from {low:,} to {high:,}; got {value:,}.")


def _report(one_game: Callable[[int], _Result], rules: GameRules, games: int, seed: int, work: Work) -> dict[str, Any]:
    """Play the games of set B and sum them up; `one_game` plays the game of a seed."""
    started = time.perf_counter()
    results = _play(one_game, seeds_of_set(REPORTING_SEEDS + seed, games), work)
    seconds = time.perf_counter() - started
    lines = np.array([result.lines for result in results])
    pieces = np.array([result.pieces for result in results])
    truncated = np.array([result.truncated for result in results])
    rewards = pieces - ~truncated  # as in training: its moves, less one if it was lost
    low, high = mean_interval(lines, LOWEST_LINES) or (None, None)
    return {
        "episodes": games,
        "seed": seed,
        "mean_reward": float(rewards.mean()),
        "ci95": mean_interval(rewards, LOWEST_REWARD),
        "median_reward": float(np.median(rewards)),
        "max_reward": float(rewards.max()),
        "mean_length": float(pieces.mean()),
        "truncated_episodes": int(truncated.sum()),
        "steps_per_second": float(pieces.sum()) / seconds,
        "seconds": seconds,
        "settings": {"board_height": rules.board_height, "randomizer": rules.randomizer},
        "named": {
            "mean_lines": float(lines.mean()),
            "lines_ci95_low": low,
            "lines_ci95_high": high,
            "median_lines": float(np.median(lines)),
            "p10_lines": float(np.quantile(lines, 0.1)),
            "max_lines": int(lines.max()),
            "max_pieces": rules.max_pieces,
        },
    }


def _play(one_game: Callable[[int], _Result], seeds: list[int], work: Work) -> list[_Result]:
    results = []
    with ThreadPoolExecutor(usable_cores()) as threads:  # compiled games leave the GIL free
        played = threads.map(one_game, seeds)
        for result in tqdm(played, total=len(seeds), unit=" games", leave=False, disable=None if work.wants_a_bar else True):
            results.append(result)
            work.step(len(results), len(seeds))
    return results
