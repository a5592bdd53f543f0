"""How much room the runs take, and the button that deletes caches and trash."""

import streamlit as st

from pages.ui.dialogs import close_dialog, open_dialog, opened
from pages.ui.guard import callback, dialog, fragment
from pages.ui.people.person import operator_only
from pages.ui.settings.inventory import Inventory, clean_up, count_anew, inventory
from pages.ui.text import ago, escaped
from trainer.creating import default_runs_dir
from trainer.errors import described
from trainer.numbers import count, file_size, listed
from trainer.run_files.cleaning import KINDS, Kind, Survey, total_bytes
from trainer.run_files.opening import real

CLEANING = "clean up"  # the dialog
COUNTING_S = 0.5  # between two looks at a count that is under way
NAMES: dict[Kind, tuple[str, str]] = {
    "caches": ("cache of a long log", "caches of long logs"),
    "films": ("simulated episode", "simulated episodes"),
    "deleted_runs": ("deleted run", "deleted runs"),
    "deleted_models": ("deleted model", "deleted models"),
}
"""What one is called, and several."""
FOR_GOOD: tuple[Kind, ...] = ("deleted_runs", "deleted_models")
"""What cannot be made again."""


def draw_storage() -> None:
    """Draw the section, and the dialog if it was asked for."""
    st.markdown("## Storage")
    known = inventory(real(default_runs_dir()))
    draw = fragment(_draw_storage, COUNTING_S if known.doing else None)
    draw(known.doing, opened())
    if opened() == CLEANING and known.survey is not None:
        _clean_dialog(known.survey)


def _draw_storage(doing: str, open_before: str | None) -> None:
    runs_dir = real(default_runs_dir())
    known = inventory(runs_dir)
    with st.container(key="storage"):
        _draw_size(known)
        with st.container(horizontal=True):
            removable = known.survey.removable_bytes if known.survey else 0
            st.button(
                f"Clean up {file_size(removable)}" if removable else "Clean up", key="clean_up", icon=":material/mop:",
                on_click=callback(open_dialog), args=(CLEANING,),
                **operator_only(
                    disabled=not removable or bool(known.doing), help="Delete caches, simulated episodes and trash. It asks first."
                ),
            )  # fmt: skip
            st.button(
                "Count again", key="count_again", icon=":material/refresh:", disabled=bool(known.doing),
                on_click=callback(count_anew), args=(runs_dir,),
            )  # fmt: skip
    if known.doing != doing or opened() != open_before:
        st.rerun()


def _draw_size(known: Inventory) -> None:
    """One line each for how large everything is, what may go, and what came of the last clean-up."""
    found = known.survey
    if found is None:
        st.markdown("Counting the files…" if known.doing else "The files could not be counted.")
        st.caption("Can be deleted: not known yet.")
    else:
        st.markdown(
            f"{count(found.runs, 'run')}: {file_size(found.bytes)} in {count(found.files, 'file')}, counted {ago(known.counted_at)}."
        )
        st.caption(f"Can be deleted: {_contents(found) or 'nothing'}.")
    if known.error is not None:
        st.error(escaped(described(known.error), limit=300), icon=":material/error:")
    elif known.doing == "cleaning":
        st.markdown("Cleaning up…")
    elif known.cleaned is not None:
        st.markdown(f":material/check: Freed {file_size(known.cleaned.bytes)}.")
        if known.cleaned.left:
            st.warning(
                f"{count(len(known.cleaned.left), 'file or folder', 'files and folders')} could not be deleted: the run is being trained "
                f"by now, or the folder is not writable. The first: {escaped(known.cleaned.left[0].path, limit=200)}",
                icon=":material/warning:",
            )


def _contents(found: Survey, kinds: tuple[Kind, ...] = KINDS) -> str:
    """What may be deleted: `3 caches of long logs (1.2 MB) and 1 deleted run (40 kB)`; empty if nothing."""
    return listed([
        f"{count(len(several), *NAMES[kind])} ({file_size(total_bytes(several))})" for kind in kinds if (several := found.of(kind))
    ])  # fmt: skip


@dialog("Clean up?")
def _clean_dialog(found: Survey) -> None:
    st.markdown(f"This frees **{file_size(found.removable_bytes)}**: {_contents(found)}.")
    if for_good := _contents(found, FOR_GOOD):
        st.warning(f"{for_good} cannot be brought back any more.", icon=":material/delete_forever:")
    st.caption("Kept: every run in the list with its logs, models, recordings and checkpoints, and all of a run that is being trained.")
    keep, go = st.columns(2)
    keep.button("Keep", key="keep_clutter", width="stretch", on_click=callback(close_dialog))
    go.button(
        "Delete for good", key="confirm_clean_up", type="primary", icon=":material/delete_forever:", width="stretch",
        on_click=callback(_clean_up), args=(found,), **operator_only(),
    )  # fmt: skip


def _clean_up(found: Survey) -> None:
    close_dialog()
    clean_up(real(default_runs_dir()), found.removable)
