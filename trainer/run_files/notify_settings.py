"""`runs/.notifying/settings.json`: where notifications go, and of what.

Written by the app and the command line; there is none until somebody asks for notifications.

| field | meaning |
|---|---|
| `addresses` | one object an address, `{"url", "since"}`: an address of Apprise, and when it was added: what was before is not sent there |
| `events` | what is worth a message, of `EVENTS` |

An address is a secret: whoever knows it can send in a person's name. The file lies beside the runs and not in one, so that no copy,
bundle or report holds it, and it and its folder can be read by its owner alone. Nothing else ever holds an address; everywhere else it is
called by its `mark`, which tells the service and tells two addresses apart.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, get_args

from ..errors import FormatError, RunDirectoryError, reason
from .fields import from_fields
from .files import document_bytes, now_text, read_document
from .opening import make_folder, replace_bytes, stamp

NOTIFYING_DIR, SETTINGS_FILE = ".notifying", "settings.json"
PRIVATE = os.name != "nt"  # a mode closes a file to others; on Windows the user's folder does
MAX_ADDRESSES = 20
MAX_ADDRESS_CHARACTERS = 2_000

NotifyEvent = Literal["new_best", "target_reached", "finished", "stopped", "crashed", "stalled", "not_a_number", "plateau", "collapse"]
EVENTS: tuple[NotifyEvent, ...] = get_args(NotifyEvent)
DEFAULT_EVENTS: tuple[NotifyEvent, ...] = ("target_reached", "finished", "crashed", "stalled", "not_a_number")
"""Not every new best, of which a run has dozens, nor what a person has just done, nor what is a matter of opinion: plateau and collapse."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where notifications go."""

    url: str = field(repr=False)
    since: str = field(default_factory=now_text)

    @property
    def key(self) -> str:
        """What remembers it without telling it."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]

    @property
    def mark(self) -> str:
        """What a person is shown: `slack://… (3f9a)`."""
        return f"{self.url.partition(':')[0][:20]}://… ({self.key[:4]})"


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """The content of the file."""

    addresses: tuple[Address, ...] = ()
    events: tuple[NotifyEvent, ...] = DEFAULT_EVENTS


def notifying_folder(runs_dir: Path) -> Path:
    """Where all files about notifications of a folder of runs are."""
    return runs_dir / NOTIFYING_DIR


def are_notifications_set(runs_dir: Path) -> bool:
    """Whether somebody has asked for notifications, told at once: every start of a trainer asks."""
    return stamp(notifying_folder(runs_dir) / SETTINGS_FILE) is not None


def read_notify_settings(runs_dir: Path) -> NotifySettings:
    """What somebody has asked for; no addresses if nobody has.

    Raises:
        FormatError: the file is damaged, of an unknown version, or cannot be read.
    """
    try:
        document = read_document(notifying_folder(runs_dir) / SETTINGS_FILE)
    except FileNotFoundError:
        return NotifySettings()
    except OSError as error:
        raise FormatError(f"The settings of notifications cannot be read ({reason(error)}).") from None
    addresses, events = document.get("addresses"), document.get("events")
    if not isinstance(addresses, list) or not isinstance(events, list) or not all(isinstance(one, dict) for one in addresses):
        raise FormatError("In the settings of notifications, addresses and events must be lists; save them anew.")
    known = tuple(event for event in EVENTS if event in events)
    return NotifySettings(tuple(from_fields(Address, one) for one in addresses[:MAX_ADDRESSES]), known)


def write_notify_settings(runs_dir: Path, settings: NotifySettings) -> None:
    """Replace the file; its owner alone can read it from the first moment on.

    Raises:
        RunDirectoryError: the folder cannot be made, closed to others, or written.
    """
    folder = notifying_folder(runs_dir)
    try:
        make_folder(folder)
        if PRIVATE:
            folder.chmod(0o700)
        content = document_bytes({"addresses": [asdict(one) for one in settings.addresses], "events": list(settings.events)})
        replace_bytes(folder / SETTINGS_FILE, content, mode=0o600)
    except OSError as error:
        raise RunDirectoryError(f"The settings of notifications cannot be saved in {folder} ({reason(error)}).") from None


def with_addresses(settings: NotifySettings, urls: Sequence[str]) -> NotifySettings:
    """The settings with more addresses; one that is there already is there once."""
    known = {one.url for one in settings.addresses}
    more = [Address(url) for url in dict.fromkeys(urls) if url not in known]
    return NotifySettings((*settings.addresses, *more), settings.events)
