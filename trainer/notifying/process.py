"""`python -m trainer notify run`: the detached process that looks at the runs of a folder and sends what is worth a message.

A trainer that has crashed cannot speak, so another process speaks for it. There is one a folder of runs: it holds a lock. It follows every
run on which a trainer is at work, whoever has started that: the app, the queue, a sweep, a script, a node of a cluster. It ends when
nothing is trained and everything is sent.

What each address was told is in a file, and what has happened is in the files of the runs: what is new follows from both, so that the
process can be killed at any moment and begun anew. A message is remembered as soon as its service has taken it. Only a process that is
killed between the two sends it again.

An address gets at most one message a minute of a run; what comes meanwhile is put together into the next one. What a service does not
take is tried again every minute, `MAX_TRIES` times, together with what has come since.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout

from ..errors import FormatError, RunDirectoryError, RunIsActiveError, reason
from ..numbers import listed
from ..run_files.files import seconds_at, time_text
from ..run_files.locks import make_lock, take_lock
from ..run_files.notifications import SentRow, append_sent, read_told, write_told
from ..run_files.notify_settings import Address, NotifySettings, notifying_folder, read_notify_settings
from ..run_files.opening import Stamp, stamp
from ..run_files.run_directory import RunDirectory, list_runs
from .noticing import Notice, RunNotices
from .sending import TITLE, send
from .starting import process_lock

LOOK_INTERVAL_S = 1.0
EVERY_RUN_S = 20.0  # between two looks at every run: to look at 50,000 takes a second
NEWEST = 40  # runs, looked at in between
LINGER_S = 5.0  # after the last run: the next one may be started at once
BETWEEN_MESSAGES_S = 60.0  # of one run to one address
MAX_TRIES = 5
OLDER_S = 60.0  # how far the clock of a file server may be behind
MAX_TEXT = 1_500  # characters of a message

Send = Callable[[str, str, str], str | None]


class NotifyProcess:
    """Looks at runs and sends messages.

    Args:
        runs_dir: where the runs are, without links in its path.
        say: gets one sentence about each thing that happens; never an address.
        send: see `sending.send`.
        clock: seconds since 1970.
    """

    def __init__(self, runs_dir: Path, *, say: Callable[[str], None], send: Send = send, clock: Callable[[], float] = time.time) -> None:
        self._runs_dir, self._say, self._send, self._clock = runs_dir, say, send, clock
        self._told = read_told(runs_dir)
        self._followed: dict[RunDirectory, RunNotices] = {}
        self._settled: dict[RunDirectory, Stamp | None] = {}  # runs of which everything was told, and their status by then
        self._every_run_at = float("-inf")
        self._said = ""

    def until_done(self, stop: Event) -> None:
        """Look and send until nothing is trained and nothing is left to be sent.

        Raises:
            RunIsActiveError: another process does this already.
            RunDirectoryError: the folder is not writable, or has no locks.
        """
        while True:
            lock = hold_lock(self._runs_dir)
            try:
                self._look_until_idle(stop)
            finally:
                lock.release()
            if stop.is_set() or not self.look():  # who has started a trainer in between may have seen the lock
                return

    def _look_until_idle(self, stop: Event) -> None:
        idle_s = 0.0
        while idle_s < LINGER_S and not stop.is_set():
            idle_s = 0.0 if self.look() else idle_s + LOOK_INTERVAL_S
            stop.wait(LOOK_INTERVAL_S)

    def look(self) -> bool:
        """Look at the runs once, and send what is due. Returns whether there is more to come."""
        try:
            settings = read_notify_settings(self._runs_dir)
        except FormatError as error:
            self._say_once(str(error))
            return False
        if not settings.addresses:
            return False
        more = [self._look_at(run, settings) for run in self._candidates(settings)]
        return any(more)

    def _candidates(self, settings: NotifySettings) -> list[RunDirectory]:
        """Runs whose status was written since somebody asked for messages."""
        runs, now = list_runs(self._runs_dir), self._clock()
        if now - self._every_run_at < EVERY_RUN_S:
            runs = list(dict.fromkeys((*runs[:NEWEST], *self._followed)))
        else:
            self._every_run_at = now
        earliest = min(seconds_at(address.since) for address in settings.addresses) - OLDER_S
        return [run for run in runs if run in self._followed or self._has_news(run, earliest)]

    def _has_news(self, run: RunDirectory, earliest: float) -> bool:
        seen = stamp(run.status) or stamp(run.log)
        return seen is not None and seen[0] / 1e9 >= earliest and self._settled.get(run, ()) != seen

    def _look_at(self, run: RunDirectory, settings: NotifySettings) -> bool:
        """Look at one run; returns whether there is more to come of it."""
        seen = stamp(run.status) or stamp(run.log)
        notices = self._followed.setdefault(run, RunNotices(run))
        active = notices.look().active
        left = [self._tell(address, notices, settings) for address in settings.addresses]
        if active or any(left) or notices.is_settling():
            return True
        self._settled[run] = seen
        del self._followed[run]
        return False

    def _tell(self, address: Address, notices: RunNotices, settings: NotifySettings) -> bool:
        """Send an address what it does not know, if that is due. Returns whether something waits."""
        told_of = self._told.setdefault(address.key, {})
        run_id = notices.run.run_id
        told = told_of.setdefault(run_id, notices.known_at_first(address.since))
        news = notices.since(told, settings.events)
        now = self._clock()
        if not news:
            told_of[run_id] = replace(notices.known(told), sent_at=told.sent_at)
            return False
        if notices.is_settling() or 0 <= now - seconds_at(told.sent_at) < BETWEEN_MESSAGES_S:
            return True
        title, text = message(notices, news)
        problem = self._send(address.url, title, text)
        given_up = problem is not None and told.tries + 1 >= MAX_TRIES
        row = SentRow(run_id, [notice.event for notice in news], text, address.mark, problem, told.tries + 1)
        sent_at = time_text(datetime.fromtimestamp(now, UTC))
        done = problem is None or given_up
        told_of[run_id] = replace(notices.known(told) if done else told, sent_at=sent_at, tries=0 if done else told.tries + 1)
        with self._saying_problems():
            write_told(self._runs_dir, self._told, [one.key for one in settings.addresses])
            append_sent(self._runs_dir, row)
        self._say(f"{run_id} to {address.mark}: {problem or 'sent'}" + ("; given up" if given_up else ""))
        return not done

    @contextlib.contextmanager
    def _saying_problems(self) -> Iterator[None]:
        """What is told is more than what is written down of it: a full disk ends nothing."""
        try:
            yield
        except OSError as error:
            self._say_once(f"What was sent cannot be written down ({reason(error)}).")

    def _say_once(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            self._say(sentence)


def message(notices: RunNotices, news: list[Notice]) -> tuple[str, str]:
    """The subject and the text of a message about a run."""
    what = listed([notice.words for notice in news])
    sentences = " ".join(notice.sentence.rstrip(".") + "." for notice in news)
    return f"{TITLE} · {notices.name}: {what}"[:200], f"{notices.name}: {what}. {sentences} ({notices.run.run_id})"[:MAX_TEXT]


def hold_lock(runs_dir: Path) -> FileLock:
    """Be the process of a folder of runs; see `NotifyProcess.until_done` for what is raised."""
    try:
        lock = make_lock(process_lock(runs_dir))
        take_lock(lock, timeout_s=0)
    except Timeout:
        raise RunIsActiveError(f"One process at a time: another one sends the notifications of {runs_dir}.") from None
    except OSError as error:
        raise RunDirectoryError(f"Notifications need a writable {notifying_folder(runs_dir)}; it is not ({reason(error)}).") from None
    return lock
