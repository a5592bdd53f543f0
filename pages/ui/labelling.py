"""The dialog that writes a run's name, tags and note: on the Analytics page of any run, on the Live page of the one that is shown."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.dialogs import close_dialog
from pages.ui.form.draft import CHOSEN, TYPED
from pages.ui.guard import callback, dialog
from pages.ui.selection import labels_on, name_of, newest
from trainer.creating import default_runs_dir
from trainer.run_files.labels import MAX_NOTE_CHARACTERS, MAX_TAG_CHARACTERS, update_labels
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory, list_runs


@dialog("Name, tags and note")
def labels_dialog(run: RunDirectory) -> None:
    """Ask for them; what was typed stays until it is saved."""
    labels = labels_on(run)
    key = f"{run.run_id}:{hash((name_of(run), labels))}"
    st.text_input("Name", name_of(run), key=f"label_name:{key}", max_chars=MAX_NAME_CHARACTERS, **TYPED)
    known = sorted({tag for other in newest(list_runs(default_runs_dir())) for tag in labels_on(other).tags})
    st.multiselect("Tags", known, labels.tags, key=f"label_tags:{key}", accept_new_options=True, placeholder="Type a tag", **CHOSEN)
    st.text_area("Note", labels.note, key=f"label_note:{key}", max_chars=MAX_NOTE_CHARACTERS, **CHOSEN)
    st.button(
        "Save", key="label_save", type="primary", icon=":material/save:", width="stretch", on_click=callback(_save_labels), args=(run, key)
    )


def _save_labels(run: RunDirectory, key: str) -> None:
    name, tags, note = (st.session_state[f"label_{field}:{key}"] for field in ("name", "tags", "note"))
    update_labels(run, name=typed_name(name) or None, tags=typed_tags(tags), note=note.strip())
    close_dialog()


def typed_name(typed: str) -> str:
    """A name as it is kept: on one line, without what nobody sees at its ends."""
    return " ".join(typed.split())


def typed_tags(typed: Sequence[str]) -> tuple[str, ...]:
    """Tags as they are kept: each once, none empty or too long."""
    return tuple(dict.fromkeys(" ".join(tag.split())[:MAX_TAG_CHARACTERS] for tag in typed if tag.strip()))
