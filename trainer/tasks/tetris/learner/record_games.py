"""Games on their way to `replays/`."""

from collections.abc import Sequence
from dataclasses import replace

from ....learning.recorder import Recorder
from ....learning.session import RunSession
from ....run_files.episodes import EpisodeRow
from ....run_files.limits import MAX_RECORDED_MOVES
from ..about import TetrisSettings
from ..files.replays import RecordedGame, Recording, replays_writer
from ..game.rules import ENGINE_VERSION
from .evaluation import Layers

SHARE_OF_AN_EVALUATION = 0.25  # of the space for all: of longer games only the beginning is kept


class RecordGames:
    """Records the games of every evaluation, and every new best training game.

    Args:
        session: the run's session.
        config: its settings.
    """

    def __init__(self, session: RunSession, config: TetrisSettings) -> None:
        self._config = config
        max_bytes = config.replay_megabytes * 1_000_000
        self._kept_moves = min(int(max_bytes * SHARE_OF_AN_EVALUATION), MAX_RECORDED_MOVES) // config.eval_episodes
        self._recorder = Recorder(session, replays_writer(session.run, max_bytes), "game")

    def evaluation(self, step: int, games: Sequence[RecordedGame], layers: Layers) -> Recording:
        """Record the games of an evaluation and return them as they are kept."""
        kept = tuple(replace(game, moves=game.moves[: self._kept_moves]) for game in games)
        recording = self._recording(step, kept, self._config.board_height, layers)
        self._recorder.append(recording)
        return recording

    def training_game(self, row: EpisodeRow, moves: bytes) -> None:
        """Record a training game that is a new best one."""
        seed, lines = (int(row.named[name] or 0) for name in ("seed", "lines"))
        game = RecordedGame(seed, lines, row.length, row.truncated, moves)
        ceiling = min(self._config.practice_ceiling, self._config.board_height)
        self._recorder.append(self._recording(row.step, (game,), ceiling, None), row.episode)

    def write(self) -> None:
        """Wait until everything is written."""
        self._recorder.write()

    def _recording(self, step: int, games: tuple[RecordedGame, ...], ceiling: int, layers: Layers | None) -> Recording:
        return Recording(
            engine=ENGINE_VERSION,
            step=step,
            board_height=self._config.board_height,
            ceiling=ceiling,
            randomizer=self._config.randomizer,
            games=games,
            layers=None if layers is None else tuple(layers),
        )
