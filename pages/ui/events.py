"""The feed of what happened in a run, newest first."""

from collections.abc import Sequence

from pages.ui.text import ago, escaped
from trainer.numbers import exact
from trainer.run_files.events import EventKind, EventRow

ICONS: dict[EventKind, str] = {
    "started": ":blue[:material/flag:]",
    "command": ":gray[:material/tune:]",
    "new_best": ":orange[:material/star:]",
    "evaluation": ":gray[:material/analytics:]",
    "checkpoint": ":gray[:material/save:]",
    "warning": ":orange[:material/warning:]",
    "failure": ":red[:material/error:]",
    "stopped": ":gray[:material/stop_circle:]",
    "finished": ":green[:material/check_circle:]",
}
SHOWN = 60


def feed(events: Sequence[EventRow]) -> str:
    """The newest events as Markdown, one line each."""
    return "  \n".join(_line(event) for event in list(events)[: -SHOWN - 1 : -1])


def _line(event: EventRow) -> str:
    latency = "" if event.latency_ms is None else f" · {event.latency_ms:,.0f} ms"
    return f"{ICONS[event.kind]} {escaped(event.message, limit=300)} :gray[· step {exact(event.step)} · {ago(event.at)}{latency}]"


def failure_traceback(events: Sequence[EventRow]) -> str:
    """The traceback of the newest failure, or nothing; one before training went on again is no longer of interest."""
    newest = next((event for event in reversed(events) if event.kind in ("failure", "started")), None)
    return newest.traceback or "" if newest is not None else ""
