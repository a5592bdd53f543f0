"""Games on their way to `replays/`: the thread that writes the logs compresses and writes them, training is not held up."""

from collections.abc import Sequence
from dataclasses import replace

from ....errors import reason
from ....learning.queued_log import RowQueue
from ....learning.session import RunSession
from ....run_files.episodes import EpisodeRow
from ....run_files.limits import MAX_RECORDED_MOVES
from ..about import TetrisSettings
from ..files.replays import RecordedGame, Recording, ReplaysWriter
from ..game.rules import ENGINE_VERSION
from .evaluation import Layers

SHARE_OF_AN_EVALUATION = 0.25  # of the space for all: of longer games only the beginning is kept


class RecordGames:
    """Records the games of every evaluation, and every new best training game.

    A disk that does not take them costs the recording, which an event says, and nothing else.

    Args:
        session: the run's session.
        config: its settings.
    """

    def __init__(self, session: RunSession, config: TetrisSettings) -> None:
        self._session, self._config = session, config
        max_bytes = config.replay_megabytes * 1_000_000
        self._kept_moves = min(int(max_bytes * SHARE_OF_AN_EVALUATION), MAX_RECORDED_MOVES) // config.eval_episodes
        self._writer = ReplaysWriter(session.run, max_bytes)
        self._queue = RowQueue(self._write)
        session.background.add(self._queue)

    def evaluation(self, step: int, games: Sequence[RecordedGame], layers: Layers) -> Recording:
        """Record the games of an evaluation and return them as they are kept."""
        kept = tuple(replace(game, moves=game.moves[: self._kept_moves]) for game in games)
        recording = self._recording(step, kept, self._config.board_height, layers)
        self._queue.append((recording, None))
        return recording

    def training_game(self, row: EpisodeRow, moves: bytes) -> None:
        """Record a training game that is a new best one."""
        seed, lines = (int(row.named[name] or 0) for name in ("seed", "lines"))
        game = RecordedGame(seed, lines, row.length, row.truncated, moves)
        ceiling = min(self._config.practice_ceiling, self._config.board_height)
        self._queue.append((self._recording(row.step, (game,), ceiling, None), row.episode))

    def write(self) -> None:
        """Wait until everything is written."""
        self._queue.write()

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

    def _write(self, items: list[tuple[Recording, int | None]]) -> None:
        for recording, episode in items:
            try:
                self._writer.write(recording, episode)
            except OSError as error:
                what = f"The games of the evaluation at step {recording.step:,}"
                if episode is not None:
                    what = f"The best training game so far, {episode:,},"
                self._session.event("warning", f"{what} could not be recorded ({reason(error)}): nobody can watch that again.")
