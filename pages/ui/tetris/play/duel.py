"""A person against an agent: two games with the same pieces, one move each in turns, played here by NumPy alone."""

import functools
import itertools
from pathlib import Path
from typing import Any

from pages.ui.cache import Cache
from trainer.errors import FormatError, SettingError
from trainer.run_files.replays import RecordingFile, list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import read_recording
from trainer.tasks.tetris.game.features import FEATURE_SCALES
from trainer.tasks.tetris.game.picture import picture, rotation_of
from trainer.tasks.tetris.game.plain import PlainGame, PlainNetwork, published_player
from trainer.tasks.tetris.game.rules import ENGINE_VERSION, check_height, check_randomizer

MAX_AGENTS = 8  # that are ready, of all sessions
_numbers = itertools.count(1)


class Agent:
    """Somebody who answers: a network and the game it knows."""

    def __init__(self, network: PlainNetwork, board_height: int = 20, randomizer: str = "uniform") -> None:
        self.network = network
        self.board_height, self.randomizer = board_height, randomizer


def reference_agent(player: str) -> Agent:
    """A published player."""
    return Agent(published_player(player))


def recorded_agent(run: RunDirectory) -> Agent:
    """The network whose recorded evaluation was the best of a run.

    Raises:
        FormatError: nothing is recorded that can be read and is of these rules.
    """
    files = tuple(file for file in list_recordings(run) if file.episode is None)
    return _agents.get(run.path, files, functools.partial(_recorded_agent, run.path, files))


_agents = Cache(MAX_AGENTS)


def _recorded_agent(path: Path, files: tuple[RecordingFile, ...]) -> Agent:
    recordings = []
    for file in files:
        try:
            recordings.append(read_recording(file.path))
        except (FormatError, OSError):
            continue
    best = max((one for one in recordings if one.layers and one.engine == ENGINE_VERSION), key=lambda one: one.score, default=None)
    if best is None or best.layers is None:
        raise FormatError(
            f"No evaluation of {path.name} by these rules is recorded, so there is no network to play against. Choose another agent."
        )
    try:
        check_height(best.board_height)
        check_randomizer(best.randomizer)
        return Agent(PlainNetwork(best.layers, FEATURE_SCALES), best.board_height, best.randomizer)
    except SettingError as error:
        raise FormatError(f"The network of {path.name} does not fit the game: {error}") from None


class Duel:
    """Two games with the same pieces.

    Args:
        agent: who answers.
        seed: of the pieces.
    """

    def __init__(self, agent: Agent, seed: int) -> None:
        self.number = next(_numbers)
        self._agent = agent
        self._own, self._other = (PlainGame(seed, height=agent.board_height, randomizer=agent.randomizer) for _ in range(2))

    @property
    def over(self) -> bool:
        """Whether the person's board is full."""
        return not self._own.placements()

    @property
    def lines(self) -> tuple[int, int]:
        """Lines of the person and of the agent."""
        return self._own.lines, self._other.lines

    def move(self, action: Any, pieces_placed: Any) -> bool:
        """Make the person's move, and let the agent answer; returns whether it was one: not again, and not in a game that is over."""
        placements = self._own.placements()
        if not isinstance(action, int) or not 0 <= action < len(placements) or pieces_placed != self._own.pieces:
            return False
        self._own.place(action)
        self._other.play_greedily(self._agent.network, 1)
        return True

    def payload(self) -> dict[str, Any]:
        """What the boards are drawn from: where the person's piece can go, both games, and what the agent makes of its own."""
        own = self._own
        return {
            "duel": self.number,
            "pieces_placed": own.pieces,
            "placements": [
                {"turns": rotation_of(code, own.piece), "column": code % 10, "cells": own.landing(code)} for code in own.placements()
            ],
            "boards": [picture(own), picture(self._other, network=self._agent.network)],
            "height": own.height,
            "ceiling": None,
        }
