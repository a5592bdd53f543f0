"""What has happened in a run that may be worth a message, told from the run's own files, and what of it somebody has not been told yet."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..numbers import exact
from ..probing import Probe, heartbeat_age_s, probe
from ..run_files.files import seconds_at
from ..run_files.jsonl import JsonlReader
from ..run_files.labels import shown_name
from ..run_files.notifications import Told
from ..run_files.notify_settings import NotifyEvent
from ..run_files.placements import is_placed
from ..run_files.run_directory import RunDirectory
from ..run_files.status import STALLED_AFTER_S
from .rules import Alarm, Log, RowRules, Rule, Stalled

ENDS: dict[str, NotifyEvent] = {
    "finished": "finished", "stopped": "stopped", "failed": "crashed", "crashed": "crashed", "orphaned": "crashed",
}  # fmt: skip
SAME_END_LOOKS = 2  # one look may fall between the death of a trainer and what its parent writes of it
WORDS: dict[NotifyEvent, str] = {
    "new_best": "new best", "target_reached": "target reached", "finished": "finished", "stopped": "stopped", "crashed": "crashed",
    "stalled": "stalled", "not_a_number": "not a number", "plateau": "plateau", "collapse": "collapse",
}  # fmt: skip
"""Each event as a person reads it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that has happened.

    Attributes:
        count: how often, since somebody was told last.
        sentence: the newest of it.
    """

    event: NotifyEvent
    sentence: str
    count: int = 1

    @property
    def words(self) -> str:
        """`3 new bests`, `finished`."""
        return f"{exact(self.count)} {WORDS[self.event]}s" if self.count > 1 else WORDS[self.event]


class RunNotices:
    """Follows one run; reads only what is new. Safe for several threads.

    Args:
        run: the run.
        tail_bytes: of a log that is longer, only so many bytes before its end count: for who tells nothing of before. None: all of it.
    """

    def __init__(self, run: RunDirectory, tail_bytes: int | None = None) -> None:
        self.run = run
        self._tail_bytes = tail_bytes
        self.name = run.run_id
        self.created_at = ""
        self._lock = threading.Lock()
        self._logs: dict[Log, Path] = {
            "events": run.events, "metrics": run.metrics, "episodes": run.episodes, "evaluations": run.evaluations,
        }  # fmt: skip
        self._start_over()

    def _start_over(self) -> None:
        self._readers = {log: JsonlReader(path, self._tail_bytes) for log, path in self._logs.items()}
        self._rules: RowRules | None = None
        self._stalled = Stalled()
        self._alarms: dict[Rule, Alarm] = {}
        self._bests, self._best, self._finished = 0, "", ""
        self._end, self._ended_looks = "", 0
        self._last: Probe | None = None

    def look(self) -> Probe:
        """Read what is new; returns how the run is."""
        probed = probe(self.run)
        with self._lock:
            if probed.config is not None:
                self.name, self.created_at = shown_name(self.run, probed.config.name), probed.config.created_at
            rows = self._new_rows()
            if any(reader.generation for reader in self._readers.values()):  # cut by a resume, or brought anew from another machine
                self._start_over()
                rows = self._new_rows()
            self._take(probed, rows)
        return probed

    def _new_rows(self) -> list[tuple[Log, dict[str, Any]]]:
        rows = [(log, row) for log, reader in self._readers.items() for row in _all_new(reader)]
        return sorted(rows, key=lambda one: _written_at(one[1]))

    def _take(self, probed: Probe, rows: Iterable[tuple[Log, dict[str, Any]]]) -> None:
        status = probed.status
        if self._rules is None and status is not None:
            self._rules = RowRules(status.total_timesteps)
        for log, row in rows:
            self._alarms |= {alarm.rule: alarm for alarm in (self._rules.take(log, row) if self._rules else [])}
            if log == "events" and row.get("kind") == "new_best":
                self._bests, self._best = self._bests + 1, str(row.get("message"))
            if log == "events" and row.get("kind") == "finished":
                self._finished = str(row.get("message"))
        if (alarm := self._stalled.take(status.num_timesteps if status else 0, _silent_s(probed))) is not None:
            self._alarms["stalled"] = alarm
        end = _end_of(probed)
        self._ended_looks = self._ended_looks + 1 if end and end == self._end else int(bool(end))
        self._end, self._last = end, probed

    def is_settling(self) -> bool:
        """Whether it seems to have ended, and one more look has to tell."""
        return bool(self._end) and self._ended_looks < SAME_END_LOOKS

    def state(self) -> Told:
        """What somebody knows who is told everything."""
        with self._lock:
            end = self._end if self._ended_looks >= SAME_END_LOOKS else ""
            return Told(self._bests, end, {rule: alarm.step for rule, alarm in self._alarms.items()})

    def known(self, told: Told) -> Told:
        """What somebody knows who was told something before, and everything now. What ended once stays so: a look may not tell it yet."""
        now = self.state()
        return replace(now, end=now.end or told.end, alarms=told.alarms | now.alarms)

    def known_at_first(self, since: str) -> Told:
        """What counts as known to somebody who has asked at a time to be told."""
        if self._last is None or seconds_at(self.created_at) >= seconds_at(since):
            return Told()
        status = self._last.status
        ended_before = not self._last.active and (status is None or seconds_at(status.heartbeat_at) < seconds_at(since))
        state = self.state()
        return replace(state, end=(self._end if ended_before else ""))

    def since(self, told: Told, events: Iterable[NotifyEvent]) -> list[Notice]:
        """What somebody has not been told, of some kinds of events."""
        now, wanted, found = self.state(), set(events), list[Notice]()
        with self._lock:
            if now.bests > told.bests:
                found.append(Notice("new_best", self._best, now.bests - told.bests))
            found += [Notice(rule, alarm.sentence) for rule, alarm in self._alarms.items() if told.alarms.get(rule) != alarm.step]
            if now.end and now.end != told.end and self._last is not None:
                found.append(self._notice_of_end(self._last))
        return [notice for notice in found if notice.event in wanted]

    def _notice_of_end(self, probed: Probe) -> Notice:
        step = probed.status.num_timesteps if probed.status is not None else 0
        event = ENDS[probed.state]
        if event == "finished" and "target" in self._finished:
            event = "target_reached"
        why = f" {probed.error}" if probed.error else ""
        return Notice(event, f"{WORDS[event].capitalize()} at step {exact(step)}.{why}")


def _silent_s(probed: Probe) -> float:
    """Seconds without a step, or without a word of the trainer; 0 while nothing is to be waited for."""
    status = probed.status
    if status is None or probed.state not in ("running", "stalled"):
        return 0.0
    silent_s = status.seconds_since_step + heartbeat_age_s(status)
    return max(silent_s, STALLED_AFTER_S + 1) if probed.state == "stalled" else silent_s


def _end_of(probed: Probe) -> str:
    """Names an end of a trainer; empty while there is none."""
    if probed.state not in ENDS or (probed.state == "crashed" and is_placed(probed.run.path.parent, probed.run.run_id)):
        return ""
    status = probed.status
    if status is None:
        return f"{probed.state} {probed.control.seq if probed.control is not None else 0}"
    return f"{probed.state} {status.process.pid} {status.process.started_at:.0f} {status.process.host}"


def _all_new(reader: JsonlReader) -> list[dict[str, Any]]:
    rows = list[dict[str, Any]]()
    while more := reader.read_new():
        rows += more
    return rows


def _written_at(row: dict[str, Any]) -> float:
    at = row.get("at")
    return seconds_at(at) * 1_000 if isinstance(at, str) else at if type(at) in (int, float) else 0.0  # type: ignore[return-value]  # a number by now
