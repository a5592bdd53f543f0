"""A real app in a process of its own, and a real browser that looks at it."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, expect, sync_playwright

from pages.ui.tour.tour import REMEMBERED
from tests import chromium
from tests.waiting import wait_until
from trainer.processes import PROJECT_DIR

START_TIMEOUT_S = 60.0
PATIENCE_MS = 60_000  # for what a person sees at once on a machine that has nothing else to do
DRAWN = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
OURS = ("http://127.0.0.1:", "ws://127.0.0.1:", "blob:", "data:")

expect.set_options(timeout=PATIENCE_MS)

_browsers: list[Browser] = []  # of this process: Playwright does not start twice, and what a browser has read it need not read again
_ports: list[int] = []  # of apps of this process: to a browser, an app on the port of the last one has the same scripts


@dataclass(frozen=True, slots=True)
class App:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]


def _free_port() -> int:
    for port in (*_ports, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # of an app that was just ended, as servers do
            probe.bind(("127.0.0.1", port))
            free: int = probe.getsockname()[1]
            _ports[:] = [free, *(other for other in _ports if other != free)]
            return free
    raise OSError("there is no free port")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def running_app(runs_dir: Path, log: Path, *, environment: Mapping[str, str] | None = None, cwd: Path = PROJECT_DIR) -> Iterator[App]:
    """The app on a free port of this machine, with its runs in `runs_dir`; it is ended at the end.

    Args:
        runs_dir: where its runs are.
        log: what it writes is appended here.
        environment: variables on top of this process's own.
        cwd: the folder that it is started in.

    Raises:
        pytest.fail.Exception: it did not answer within a minute.
    """
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT_DIR / "streamlit_app.py")]
    variables = os.environ | {"CONTROL_ROOM_RUNS_DIR": str(runs_dir), **(environment or {})}
    with started_app(command, log, variables=variables, cwd=cwd) as app:
        yield app


@contextmanager
def started_app(command: Sequence[str], log: Path, *, variables: Mapping[str, str], cwd: Path) -> Iterator[App]:
    """The app on a free port, started by a command with these variables alone; see `running_app`."""
    port = _free_port()
    words = [*command, f"--server.port={port}"]
    with log.open("ab") as output:
        process = subprocess.Popen(words, cwd=cwd, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    app = App(f"http://127.0.0.1:{port}", process)
    try:
        wait_until(lambda: _answers(app.url), START_TIMEOUT_S, "the app to answer")
        yield app
    finally:
        process.kill()
        process.wait()


@dataclass(slots=True)
class SharedApp:
    """An app that tests share, each with a folder of runs of its own: what the app is told of is a link to it."""

    app: App
    log: Path
    link: Path
    shown_at: int = 0
    """How long the log was then."""

    def show(self, runs_dir: Path) -> App:
        """From now on its runs are in this folder, which exists."""
        self.shown_at = self.log.stat().st_size
        aside = self.link.with_name("next")
        aside.symlink_to(runs_dir)
        aside.replace(self.link)
        return self.app

    def said(self) -> str:
        """What the app has written since it shows these runs."""
        return self.log.read_bytes()[self.shown_at :].decode()


@contextmanager
def shared_app(folder: Path) -> Iterator[SharedApp]:
    """An app for several tests, without runs at first; its own files are in `folder`."""
    (folder / "none").mkdir()
    link, log = folder / "runs", folder / "app.log"
    link.symlink_to(folder / "none")
    with running_app(link, log) as app:
        yield SharedApp(app, log, link)


@contextmanager
def running_browser(arguments: Sequence[str] = chromium.ARGUMENTS) -> Iterator[Browser]:
    """A Chromium without a window: the one that this process has already, if there is one, else one with these arguments."""
    if _browsers:
        yield _browsers[0]
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(arguments))
        _browsers.append(browser)
        try:
            yield browser
        finally:
            _browsers.remove(browser)
            browser.close()


def new_context(browser: Browser, *, tour: bool = False, **how: Any) -> BrowserContext:
    """Windows of a person who has seen nothing yet, but for the tour if that is not wanted; they wait with `PATIENCE_MS`.

    Args:
        browser: where.
        tour: whether the tour begins in them.
        how: see `Browser.new_context`.
    """
    context = browser.new_context(**how)
    context.set_default_timeout(PATIENCE_MS)
    if not tour:
        context.add_init_script(f"try {{ localStorage.setItem('{REMEMBERED}', 'seen') }} catch {{}}")
    return context


@contextmanager
def new_window(width: int = 1440, height: int = 1000, timezone_id: str | None = None, *, tour: bool = False) -> Iterator[Page]:
    """A window of a browser that has seen nothing yet, but for the tour if that is not wanted; it is closed at the end."""
    with running_browser() as browser:
        context = new_context(browser, tour=tour, viewport={"width": width, "height": height}, timezone_id=timezone_id)
        try:
            yield context.new_page()
        finally:
            context.close()


@contextmanager
def emptied(window: Page, *, width: int = 1440, height: int = 1000) -> Iterator[Page]:
    """A window that tests share, as a new one would be; whatever goes wrong in its scripts fails the test."""
    problems: list[str] = []

    def note_error(error: Error) -> None:
        problems.append(str(error))

    def note_stranger(request: Request) -> None:
        problems.extend(foreign(request.url))

    window.emulate_media(color_scheme="light", reduced_motion="no-preference")
    window.set_viewport_size({"width": width, "height": height})
    window.mouse.move(0, 0)
    window.on("pageerror", note_error)
    window.on("request", note_stranger)
    try:
        yield window
    finally:
        window.remove_listener("pageerror", note_error)
        window.remove_listener("request", note_stranger)
        with suppress(Error):  # where nothing was opened nothing is stored
            window.evaluate("localStorage.clear(), sessionStorage.clear()")  # Streamlit keeps there whether the sidebar is closed
        window.goto("about:blank")
    assert problems == []


def foreign(url: str) -> list[str]:
    """A complaint about an address that is not on this machine."""
    return [] if url.startswith(OURS) else [f"{url} was asked for"]
