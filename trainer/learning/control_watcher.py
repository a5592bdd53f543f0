"""The watcher thread: turns `control.json` into `threading.Event` set and clear. It never touches what is learned."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..errors import ControlFileError
from ..run_files.control import Control, parse_control, read_control_bytes, require_near
from ..run_files.opening import Stamp, is_real_folder, stamp
from ..run_files.run_directory import RunDirectory

LOOK_INTERVAL_S = 0.02  # between two looks of the training thread
POLL_INTERVAL_S = 0.06  # between two looks of the watcher's own thread
LOOKS_PER_READING = 20  # a file that is changed twice within one tick of the file system's clock looks unchanged, but not for long
GONE_PATIENCE_S = 5.0  # a network file system may lose sight of a folder for a moment


@dataclass(slots=True)
class ControlEvents:
    """What the training thread waits on and looks at. Fresh events for every process."""

    resume: threading.Event = field(default_factory=threading.Event)
    """Set while training may go on."""
    stop: threading.Event = field(default_factory=threading.Event)
    visual: threading.Event = field(default_factory=threading.Event)
    changed: threading.Event = field(default_factory=threading.Event)
    """Set when there is something the training thread has not applied yet."""
    unattended: threading.Event = field(default_factory=threading.Event)
    """Set while the training thread cannot look by itself: before its first move, and in a pause."""
    control: Control = field(default_factory=Control)
    """The last good state of `control.json`; replaced as a whole."""
    unseen_at: float | None = None
    """When the watcher last looked before that state was there, by the monotonic clock; None if it was there from the start."""

    def __post_init__(self) -> None:
        self.resume.set()
        self.unattended.set()

    def wait_for_change(self) -> None:
        """Wait until there is something to apply; the watcher's thread looks meanwhile."""
        self.unattended.set()
        self.changed.wait()
        self.unattended.clear()

    def request_stop(self) -> None:
        """Stop, also out of a pause. Safe to call from a signal handler."""
        self.stop.set()
        self.resume.set()
        self.changed.set()


class ControlWatcher:
    """Polls the content of `control.json` and keeps `ControlEvents` in step with it.

    The training thread asks for a look between two moves, when it can act at once. A thread of the watcher's own looks while that
    one cannot. It sleeps otherwise: a thread that wakes up takes the GIL, and training waits to get it back; that every 60 ms
    cost training 1 % of its speed.

    Args:
        run: the run.
        events: the events to set and clear.
        ignored_seq: commands up to this `seq` were given to an earlier process: what they say of pause, stop and
            saving is not obeyed.
        report_problem: called once for each new fault of the file, with one sentence.
        gone: called when the run directory was deleted; training ends if nothing else is said.
        poll_interval_s: seconds between two looks of the watcher's own thread.
    """

    def __init__(
        self,
        run: RunDirectory,
        events: ControlEvents,
        *,
        ignored_seq: int,
        report_problem: Callable[[str], None],
        gone: Callable[[], None] | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self._run, self._events = run, events
        self._ignored_seq = ignored_seq
        self._report_problem = report_problem
        self._gone = gone or events.request_stop
        self._poll_interval_s = poll_interval_s
        self._last_content: bytes | None = None
        self._last_stamp: Stamp | None = None
        self._looks = 0
        self._last_complaint = ""
        self._gone_since: float | None = None
        self._looked_at: float | None = None
        self._looking = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="control-watcher", daemon=True)

    def start(self) -> None:
        """Look once, then keep looking from a thread of its own."""
        self.look()
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._events.unattended.set()  # wakes it
        self._thread.join()

    def look_if_due(self) -> None:
        """Look, unless somebody did a moment ago. Cheap enough to be asked at every move."""
        if self._looked_at is None or time.monotonic() - self._looked_at >= LOOK_INTERVAL_S:
            self.look()

    def look(self) -> None:
        """Read `control.json`, unless it looks like the last time, and turn a change into events. A bad file changes nothing."""
        with self._looking:
            self._look()

    def _look(self) -> None:
        earlier, self._looked_at = self._looked_at, time.monotonic()
        if self._looks_the_same():
            return
        try:
            content = read_control_bytes(self._run)
            if content == self._last_content:
                return
            self._last_content = content
            control = parse_control(content)
            require_near(control, self._events.control.seq)
        except ControlFileError as error:
            self._last_stamp = None  # it may be readable at the next look
            self._report_once(str(error))
            self._stop_if_the_run_is_gone()
            return
        self._last_complaint = ""
        self._gone_since = None
        if control.seq <= self._ignored_seq:
            control = replace(control, run="running", pause_at_step=None, pause_at_best_after=None, save=None)
        self._events.unseen_at = earlier
        self._turn_into_events(control)

    def _looks_the_same(self) -> bool:
        """Every system call lets go of the GIL, and training waits to get it back: one call instead of four."""
        found = stamp(self._run.control)
        if found is None:
            return False
        before, self._last_stamp = self._last_stamp, found
        self._looks += 1
        return found == before and self._looks % LOOKS_PER_READING != 0

    def _turn_into_events(self, control: Control) -> None:
        self._events.control = control
        _set_or_clear(self._events.visual, control.visual)
        _set_or_clear(self._events.resume, control.run != "paused")
        if control.run == "stopped":
            self._events.stop.set()
        self._events.changed.set()

    def _report_once(self, sentence: str) -> None:
        if sentence != self._last_complaint:
            self._last_complaint = sentence
            self._report_problem(f"{sentence} Ignored: the last good state stays.")

    def _stop_if_the_run_is_gone(self) -> None:
        """A run whose directory was deleted can neither be steered nor saved: nobody would ever end its trainer."""
        if is_real_folder(self._run.path):
            self._gone_since = None
            return
        now = time.monotonic()
        self._gone_since = self._gone_since or now
        if now - self._gone_since >= GONE_PATIENCE_S:
            self._gone()

    def _watch(self) -> None:
        while self._events.unattended.wait() and not self._ended.wait(self._poll_interval_s):
            self.look_if_due()


def _set_or_clear(event: threading.Event, wanted: bool) -> None:
    if wanted:
        event.set()
    else:
        event.clear()
