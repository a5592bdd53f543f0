"""The command that starts the app: `python -m trainer app`.

Streamlit finds the app's own settings, `.streamlit/config.toml`, beside what it runs; they come before those of the user's home and of
the present folder, and after variables (`STREAMLIT_SERVER_PORT`) and options (`--server.port`).
"""

import argparse
import os
from importlib.util import find_spec
from typing import Any

from .errors import AppNotInstalledError
from .model_commands import AddCommand
from .program import APP, COMMAND, PROGRAM

NEEDS = ("streamlit", "plotly")


def add_app_command(command: AddCommand, shared: Any) -> None:
    """Add the command.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    parser = command("app", _app, "Start the app. Further options are Streamlit's, such as --server.port 8600.", shared)
    parser.takes_rest = True


def _app(options: argparse.Namespace) -> int:
    if missing := [name for name in NEEDS if find_spec(name) is None]:
        raise AppNotInstalledError(
            f"The app needs {' and '.join(missing)}, which the base package leaves out: pip install '{COMMAND}[app]'"
        )
    from streamlit.web.cli import main as streamlit  # noqa: PLC0415 - the other commands need no Streamlit

    os.environ["CONTROL_ROOM_RUNS_DIR"] = str(options.runs_dir)  # the pages, and what they start, ask there
    streamlit(["run", str(APP), *options.rest], prog_name=f"{PROGRAM} app", color=False)  # colours would be written as escapes
    return 0
