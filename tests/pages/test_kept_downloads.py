"""A download comes, however often pages are drawn between the press and the answer; and nothing is kept for ever."""

from collections.abc import Callable

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from pages.ui.shell import kept_downloads
from pages.ui.shell.kept_downloads import KEPT_S
from pages.ui.shell.streamlit_fixes import apply_streamlit_fixes

apply_streamlit_fixes()


class _Server:
    """The files of an app, and its clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.storage = MemoryMediaFileStorage("/media")
        self.files = MediaFileManager(self.storage)
        monkeypatch.setattr(kept_downloads, "_clock", lambda: self.now)
        monkeypatch.setattr("streamlit.runtime.media_file_manager._get_session_id", lambda: "session")

    def draw(self, make: Callable[[], bytes] = lambda: b"the bundle") -> str:
        """Draw a page with one button; returns the number of what it downloads."""
        self.files.clear_session_refs("session")
        number = self.files.add_deferred(make, "application/zip", "1.2", "bundle.zip", element_id="button")
        self.files.remove_orphaned_files()
        return number

    def fetch(self, url: str) -> bytes:
        return self.storage.get_file(url.rpartition("/")[2]).content


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> _Server:
    """An app."""
    return _Server(monkeypatch)


def test_a_press_on_a_button_that_has_just_been_drawn_anew_is_answered(server: _Server) -> None:
    pressed = server.draw()
    server.now = 1.0
    server.draw()
    assert server.fetch(server.files.execute_deferred(pressed)) == b"the bundle"


def test_a_file_outlives_the_runs_of_all_others(server: _Server) -> None:
    url = server.files.execute_deferred(server.draw())
    for second in range(round(KEPT_S)):
        server.now = second
        server.draw()
    assert server.fetch(url) == b"the bundle"


def test_nothing_is_kept_for_ever(server: _Server) -> None:
    pressed = server.draw()
    url = server.files.execute_deferred(pressed)
    for second in (1.0, KEPT_S + 2.0, KEPT_S + 3.0, 2 * KEPT_S + 4.0):
        server.now = second
        last = server.draw()
    with pytest.raises(MediaFileStorageError):
        server.files.execute_deferred(pressed)
    with pytest.raises(MediaFileStorageError):
        server.fetch(url)
    server.files.clear_session_refs("session")
    for _ in range(2):
        server.files.remove_orphaned_files()
        server.now += KEPT_S + 1.0
    server.files.remove_orphaned_files()
    assert not server.files._deferred_callables, last
    assert not kept_downloads._let_go_at[server.files]


def test_a_picture_that_nothing_shows_any_more_is_deleted_at_once(server: _Server) -> None:
    url = server.files.add(b"a picture", "image/png", "1.3")
    server.draw()
    with pytest.raises(MediaFileStorageError):
        server.fetch(url)
