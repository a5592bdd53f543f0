"""Runs that a person has already, logged by other programs: the form that imports them, in the background."""

import re
from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from pages.ui.form.draft import TYPED
from pages.ui.guard import callback
from pages.ui.people.person import operator_only
from trainer.creating import default_runs_dir
from trainer.errors import FormatError, shown
from trainer.jobs import start_job
from trainer.run_files.jobs import JobKind, JobRequest
from trainer.run_files.opening import exists, real
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, expanded_path

KINDS: tuple[JobKind, ...] = ("import",)
"""The background work that this page shows."""
_TIMES = "log_imports_begun"  # in the session: every import gets a fresh, closed form
FIELDS = ("path", "files", "name", "env", "algo")
PATH_HELP = (
    "A file or a folder on the machine on which Control Room runs; folders in it are looked at too. What is in a file is told by its "
    "content: monitor.csv, progress.csv and evaluations.npz of stable-baselines3, TensorBoard's event files, a log folder of RL Baselines3 "
    "Zoo, Trackio's database, a CSV of Weights & Biases."
)
FILES_HELP = "The same from the machine on which you look. Logs of stable-baselines3 and TensorBoard that you choose together are one run."
UNSAFE = re.compile(r"[^\w.-]+")


class Uploaded(Protocol):
    """A file that was chosen in the browser."""

    name: str

    def getvalue(self) -> bytes:
        """Its content."""


def draw_import() -> None:
    """Draw what brings runs of other programs here."""
    number = st.session_state.get(_TIMES, 0)
    with st.popover("Import runs", icon=":material/move_to_inbox:", width="stretch", key=f"import_logs:{number}"):
        st.caption("Runs that other programs have logged: to be shown and compared here. Nothing in them is executed.")
        st.text_input("Path", key=f"logs_path:{number}", placeholder="~/project/logs", help=PATH_HELP, **TYPED)
        st.file_uploader("Or files", accept_multiple_files=True, key=f"logs_files:{number}", help=FILES_HELP)
        st.text_input("Name of the run", key=f"logs_name:{number}", max_chars=MAX_NAME_CHARACTERS, placeholder="as it was called", **TYPED)
        env, algo = st.columns(2)
        env.text_input("Environment", key=f"logs_env:{number}", placeholder="as the logs say", help="Where they do not say it.", **TYPED)
        algo.text_input("Algorithm", key=f"logs_algo:{number}", placeholder="as the logs say", help="Where they do not say it.", **TYPED)
        st.button(
            "Import", key="import_logs", type="primary", icon=":material/move_to_inbox:", width="stretch",
            on_click=callback(_import), args=(number,), **operator_only(),
        )  # fmt: skip


def _import(number: int) -> None:
    path, files, *said = (st.session_state.get(f"logs_{name}:{number}") for name in FIELDS)
    import_runs(str(path or "").strip(), files or (), *(str(one or "").strip() for one in said))
    st.session_state[_TIMES] = number + 1


def import_runs(path: str, files: Sequence[Uploaded], name: str, env: str, algo: str) -> None:
    """Import what is at a path, or what was chosen in the browser, in the background.

    Raises:
        FormatError: there is neither, or nothing at the path.
    """
    if bool(path) == bool(files):
        raise FormatError(f"An import needs a path or files; got {'both' if path else 'neither'}. Give one of them.")
    words = ["import", f"--env={env}", f"--algo={algo}"]
    if path:
        place = real(expanded_path(path))
        if not exists(place):
            raise FormatError(f"There is no file or folder {shown(path)} on the machine on which Control Room runs; check the path.")
        start_job(default_runs_dir(), JobRequest("import", place.name or path, []), [*words, f"--name={name}", str(place)])
        return
    contents = {f"{place}-{UNSAFE.sub('_', file.name)[-80:]}": file.getvalue() for place, file in enumerate(files, start=1)}
    called = name or files[0].name.rpartition(".")[0]
    start_job(default_runs_dir(), JobRequest("import", files[0].name, []), [*words, f"--name={called}"], files=contents)
