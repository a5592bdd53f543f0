"""The Chromium that browser tests drive: the system's own, else one installed the way the platform does it.

`python -m tests.chromium` prints where it is; with `--install` it is installed if it is missing.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
ARGUMENTS = (
    "--no-sandbox",  # root has none, and tests only ever open our own pages
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers have a tiny /dev/shm
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # windows of the app share its compiled scripts
    "--host-resolver-rules=MAP evil.example 127.0.0.1",  # what DNS rebinding does
)
FOR_SHORT_PAGES = (
    *ARGUMENTS,
    "--js-flags=--no-maglev --no-turbofan",  # what optimises scripts pays for itself after more seconds than a test looks at a page
)
INSTALLERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "apt-get": (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "chromium")),
    "dnf": (("install", "-y", "chromium"),),
    "pacman": (("-Sy", "--noconfirm", "--needed", "chromium"),),
    "zypper": (("--non-interactive", "install", "chromium"),),
    "apk": (("add", "chromium"),),
}
ANSWER_TIMEOUT_S = 30.0


@functools.cache
def find() -> str | None:
    """The path of a Chromium that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    yield from (place for place in PLACES if Path(place).exists())
    with_playwright = _downloaded_by_playwright()
    if with_playwright is not None:
        yield with_playwright


def _starts(path: str) -> bool:
    """Ubuntu's `chromium-browser` without snap is a file that only says that it is none."""
    if path.endswith(".exe"):  # on Windows --version opens a window
        return True
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=ANSWER_TIMEOUT_S, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _downloaded_by_playwright() -> str | None:
    """Asked in a process of its own: Playwright may already be at work in this one and does not start twice."""
    ask = "from playwright.sync_api import sync_playwright as start\nwith start() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=ANSWER_TIMEOUT_S, check=False)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def install() -> None:
    """Install a Chromium with the system's package manager, else Playwright's own."""
    find.cache_clear()
    tool = next((tool for tool in INSTALLERS if shutil.which(tool)), None)
    if tool is not None and all(_run(*_as_root(), tool, *arguments) for arguments in INSTALLERS[tool]) and find() is not None:
        return
    find.cache_clear()
    with_libraries = ["--with-deps"] if tool == "apt-get" else []
    _run(sys.executable, "-m", "playwright", "install", *with_libraries, "chromium")


def _as_root() -> list[str]:
    is_root = not hasattr(os, "geteuid") or os.geteuid() == 0
    return [] if is_root or shutil.which("sudo") is None else ["sudo"]


def _run(*command: str) -> bool:
    print(" ".join(command), flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """The command: 0 when there is a Chromium at the end."""
    if "--install" in arguments and find() is None:
        print("No Chromium was found; the browser tests need one.")
        install()
    path = find()
    print(path or "There is no Chromium. Install it with your package manager, then call `make test` again.")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
