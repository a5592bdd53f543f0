"""A real app in a process of its own, and a real browser that looks at it."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import chromium
from tests.waiting import wait_until
from trainer.processes import PROJECT_DIR

START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class App:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT_DIR / "streamlit_app.py"), f"--server.port={port}"]
    variables = os.environ | {"CONTROL_ROOM_RUNS_DIR": str(runs_dir), **(environment or {})}
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=cwd, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    app = App(f"http://127.0.0.1:{port}", process)
    try:
        wait_until(lambda: _answers(app.url), START_TIMEOUT_S, "the app to answer")
        yield app
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
