"""What a person downloads is there until it has been fetched.

A download button whose file is made when it is pressed has a number that is another one each time the button is drawn; Streamlit 1.67
forgets the last one at once, and a press on it, on its way from the browser, comes to nothing. And it deletes the file that was made as
soon as two runs of any page of anybody have ended (`MediaFileManager.remove_orphaned_files`), which on a server that thirty people look
at is sooner than a browser can ask for it. Here both are kept for `KEPT_S` seconds after nothing refers to them any more.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final
from weakref import WeakKeyDictionary

from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind

KEPT_S = 60.0
_INACTIVE: Final = MediaFileManager._get_inactive_file_ids  # noqa: SLF001 - Streamlit has no other place for the rule
_clock: Callable[[], float] = time.monotonic

_let_go_at: WeakKeyDictionary[MediaFileManager, dict[str, float]] = WeakKeyDictionary()  # since when nothing refers to a file


def keep_downloads() -> None:
    """Set the rule for all sessions of this process; a second call changes nothing."""
    MediaFileManager._get_inactive_file_ids = _long_inactive  # type: ignore[assignment]  # noqa: SLF001
    MediaFileManager._remove_orphaned_deferred_callables = _drop_long_orphaned  # type: ignore[assignment]  # noqa: SLF001


def _long_inactive(manager: MediaFileManager) -> set[str]:
    """The files that can be deleted. Pictures can at once: what shows them is gone."""
    inactive, known = _INACTIVE(manager), manager._file_metadata  # noqa: SLF001
    downloads = {file for file in inactive if known[file].kind == MediaFileKind.DOWNLOADABLE}
    return (inactive - downloads) | _overdue(manager, downloads, set(known) - inactive)


def _drop_long_orphaned(manager: MediaFileManager) -> None:
    """Forget what could have been made for buttons that have not been there for long."""
    referred = {file for files in manager._files_by_session_and_coord.values() for file in files.values()}  # noqa: SLF001
    for file in _overdue(manager, set(manager._deferred_callables) - referred, referred):  # noqa: SLF001
        manager._drop_deferred_id(file)  # noqa: SLF001


def _overdue(manager: MediaFileManager, let_go: set[str], referred: Iterable[str]) -> set[str]:
    """Those that nothing has referred to for long enough."""
    now, since = _clock(), _let_go_at.setdefault(manager, {})
    for file in referred:
        since.pop(file, None)
    overdue = {file for file in let_go if now - since.setdefault(file, now) > KEPT_S}
    for file in overdue:
        del since[file]
    return overdue
