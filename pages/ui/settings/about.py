"""What this program is: version, licence, where the runs are, and what a bug report must say."""

import functools
import platform

import streamlit as st

from pages.ui.settings.inventory import inventory
from trainer.creating import default_runs_dir
from trainer.numbers import count, file_size
from trainer.program import version
from trainer.run_files.config_file import library_versions
from trainer.run_files.opening import real

LICENCE = "MIT"
MAX_BROWSER_CHARACTERS = 200


def draw_about() -> None:
    """Draw the section."""
    st.markdown("## About")
    st.markdown(f"**Control Room {version()}**, {LICENCE} licence.")
    st.caption("The runs are in")
    st.code(str(real(default_runs_dir())), language=None, wrap_lines=True)
    st.caption("For a bug report")
    st.code(report(), language=None, wrap_lines=True)


def report() -> str:
    """What a bug report must say, a line for each; no path, no name of a run."""
    found = inventory(real(default_runs_dir())).survey
    size = f"{count(found.runs, 'run')}, {file_size(found.bytes)}" if found else "not counted yet"
    browser = str(st.context.headers.get("User-Agent", "unknown"))[:MAX_BROWSER_CHARACTERS]
    return "\n".join((*_versions(), f"runs: {size}", f"browser: {browser}"))


@functools.cache
def _versions() -> tuple[str, ...]:
    """Of this program, of Python and of what is trained and drawn with."""
    libraries = ", ".join(f"{name} {number}" for name, number in library_versions().items() if name != "python")
    return (
        f"Control Room {version()}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"{libraries}, streamlit {st.__version__}",
    )
