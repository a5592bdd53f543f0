"""`runs/.notifying/sent.jsonl`: what was sent, or could not be. Appended by the process that sends, and by a test of an address.

| field | meaning |
|---|---|
| `at` | UTC time |
| `run` | the run's id; empty of a test |
| `events` | what it was about |
| `text` | what was sent |
| `to` | the address's mark, never the address |
| `problem` | why it could not be sent, in one sentence; null: it was sent |
| `tries` | how often it was tried by then |

`runs/.notifying/told.json`: what each address was told of each run, `{"addresses": {KEY: {RUN: Told}}}`. Written by the process that sends
alone, before which it holds a lock. What happened since follows from the run's own files; so nothing is lost when that process is killed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FormatError
from .fields import from_fields
from .files import now_text, read_document, replace_document
from .jsonl import JsonlWriter
from .notify_settings import notifying_folder
from .tails import NewestRows

SENT_FILE, TOLD_FILE = "sent.jsonl", "told.json"
KEPT_ROWS = 500  # by a reader
TAIL_BYTES = 512 * 1024
MAX_TOLD_RUNS = 1_000  # of an address: the ones that were told of last


@dataclass(frozen=True, slots=True)
class SentRow:
    """One message to one address."""

    run: str
    events: list[str]
    text: str
    to: str
    problem: str | None = None
    tries: int = 1
    at: str = field(default_factory=now_text)


def append_sent(runs_dir: Path, row: SentRow) -> None:
    """Append a row; on a full disk it is lost, since the message itself matters more.

    Raises:
        OSError: the log cannot be opened.
    """
    with JsonlWriter(notifying_folder(runs_dir) / SENT_FILE) as log:
        log.append(asdict(row))


def sent_reader(runs_dir: Path) -> NewestRows[SentRow]:
    """The newest rows."""
    return NewestRows(notifying_folder(runs_dir) / SENT_FILE, SentRow, KEPT_ROWS, tail_bytes=TAIL_BYTES)


@dataclass(frozen=True, slots=True)
class Told:
    """What an address was told of a run.

    Attributes:
        bests: how many new bests.
        end: names the last end of a trainer.
        alarms: the step of the last alarm of each rule.
        tries: how often the next message was tried in vain.
        sent_at: when the last message was sent, or tried; empty: never.
    """

    bests: int = 0
    end: str = ""
    alarms: dict[str, int] = field(default_factory=dict)
    tries: int = 0
    sent_at: str = ""


TOLD_OF_ADDRESS = dict[str, Told]
"""By run id."""


def read_told(runs_dir: Path) -> dict[str, TOLD_OF_ADDRESS]:
    """What each address was told, by its key; a damaged file tells nothing."""
    try:
        addresses = read_document(notifying_folder(runs_dir) / TOLD_FILE)["addresses"]
        return {key: {run: _told(values) for run, values in runs.items()} for key, runs in addresses.items()}
    except (OSError, FormatError, KeyError, TypeError, AttributeError):
        return {}


def _told(values: Mapping[str, Any]) -> Told:
    return from_fields(Told, values)


def write_told(runs_dir: Path, told: Mapping[str, Mapping[str, Told]], keys: Sequence[str]) -> None:
    """Replace the document; of addresses that are there no more nothing is kept.

    Raises:
        OSError: the disk is full.
    """
    kept = {key: sorted(told.get(key, {}).items(), key=lambda one: one[1].sent_at)[-MAX_TOLD_RUNS:] for key in keys}
    document = {key: {run: asdict(one) for run, one in runs} for key, runs in kept.items()}
    replace_document(notifying_folder(runs_dir) / TOLD_FILE, {"addresses": document})
