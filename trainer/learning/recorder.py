"""Episodes on their way to `replays/`: the thread that writes the logs compresses and writes them, training is not held up."""

from ..errors import reason
from ..run_files.replays import Recorded, ReplaysWriter
from .queued_log import RowQueue
from .session import RunSession


class Recorder:
    """Records the episodes of every evaluation, and every new best training episode.

    A disk that does not take them costs the recording, which an event says, and nothing else.

    Args:
        session: the run's session.
        writer: writes the documents.
        what: an episode is called.
    """

    def __init__(self, session: RunSession, writer: ReplaysWriter, what: str = "episode") -> None:
        self._session, self._writer, self._what = session, writer, what
        self._queue = RowQueue(self._write)
        session.background.add(self._queue)

    def append(self, recording: Recorded, episode: int | None = None) -> None:
        """Hand over the episodes of an evaluation, or a training episode that is a new best one."""
        self._queue.append((recording, episode))

    def write(self) -> None:
        """Wait until everything is written."""
        self._queue.write()

    def _write(self, items: list[tuple[Recorded, int | None]]) -> None:
        for recording, episode in items:
            try:
                self._writer.write(recording, episode)
            except OSError as error:
                named = f"The {self._what}s of the evaluation at step {recording.step:,}"
                if episode is not None:
                    named = f"The best training {self._what} so far, {episode:,},"
                self._session.event("warning", f"{named} could not be recorded ({reason(error)}): nobody can watch that again.")
