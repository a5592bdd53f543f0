"""What this program is called and where it lies: run from a checkout, or installed as the package `control_room`.

The name of its folder tells which. In a checkout, an editable one too, it is `trainer`; the app lies
beside it, and so do the runs. Where it is installed, the app is a part of it, and runs are kept in
the folder that a person works in.
"""

import os
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
PACKAGE: Final = FOLDER.name
PACKAGES: Final = ("trainer", "control_room")
"""What it may be called: one may look at the processes of the other, and go on with its runs."""
INSTALLED: Final = PACKAGE == "control_room"

COMMAND: Final = "control-room"
"""The command that an installation brings, and the name of the distribution."""
PROGRAM: Final = COMMAND if INSTALLED else f"python -m {PACKAGE}"
"""How a person calls it in a terminal."""
APP: Final = (FOLDER / "app" if INSTALLED else FOLDER.parent) / "streamlit_app.py"
"""What Streamlit runs."""


def home() -> Path:
    """The folder in which what it starts works, and `runs/` is if nobody says otherwise."""
    return Path(os.curdir) if INSTALLED else FOLDER.parent


def version() -> str:
    """The version, which `pyproject.toml` says once: an installation has it from there."""
    if INSTALLED:
        from importlib import metadata  # noqa: PLC0415 - 30 ms

        return metadata.version(COMMAND)
    import tomllib  # noqa: PLC0415 - few ask

    project = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(project)["project"]["version"])
