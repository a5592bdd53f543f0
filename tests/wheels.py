"""The package as a user has it: built, and installed in an environment of its own, beside the libraries that are here already."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from trainer.processes import PROJECT_DIR
from trainer.program import COMMAND

PARTS = ("setup.py", "pyproject.toml", "README.md", "LICENSE", "streamlit_app.py", "pages", ".streamlit", "trainer")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
OFFLINE = ("--quiet", "--no-deps", "--no-index")
ON_WINDOWS = os.name == "nt"


def build_wheel(folder: Path) -> Path:
    """Build the package as `make wheel` does, from a copy of the checkout, and return its path."""
    copy = folder / "checkout"
    copy.mkdir()
    for name in PARTS:
        if (PROJECT_DIR / name).is_dir():
            shutil.copytree(PROJECT_DIR / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(PROJECT_DIR / name, copy / name)
    subprocess.run([*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", folder, copy], check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment that the package is installed in.

    Attributes:
        folder: of the environment.
    """

    folder: Path

    def program(self, name: str) -> str:
        """The path of a program of the environment: `python` or the package's command."""
        return str(self.folder / "Scripts" / f"{name}.exe" if ON_WINDOWS else self.folder / "bin" / name)

    def run(self, *words: object, cwd: Path, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, in a folder of the user's, without the variables of the tests."""
        command = [self.program(str(words[0])), *map(str, words[1:])]
        return subprocess.run(
            command, cwd=cwd, env=plain_environment(), capture_output=True, text=True, timeout=timeout_s, check=False
        )  # fmt: skip


def install(wheel: Path, folder: Path) -> Installed:
    """Make an environment with this package, and with the libraries of this one, whose own packages of ours it does not see."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    installed = Installed(folder)
    python = installed.program("python")
    subprocess.run([*PIP, "--python", python, "install", *OFFLINE, "--no-compile", wheel], check=True, timeout=120)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    libraries = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    Path(site, "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")  # .pth files in there are not obeyed
    assert Path(installed.program(COMMAND)).is_file()
    return installed


def plain_environment() -> dict[str, str]:
    """The variables of this process without those that name places of Python's or of ours; small networks get one thread."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CONTROL_ROOM", "STREAMLIT"))}
    return kept | {"OMP_NUM_THREADS": "1"}
