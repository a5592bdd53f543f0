"""The models page from top to bottom: the leaderboard, one model in detail, how to import one, and what was deleted."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.downloads import draw_downloads
from pages.ui.form.draft import TYPED
from pages.ui.guard import callback, guard
from pages.ui.models.card import draw_card, show, shown
from pages.ui.models.leaderboard import KINDS, Entry, Kind, Shelf, read_shelf, result_columns, tables
from pages.ui.models.table import mount_table
from pages.ui.models.task_parts import parts_of
from pages.ui.models.work import (
    CHOSEN_EPISODES,
    DEFAULT_EPISODES,
    Seen,
    draw_job,
    evaluate_missing,
    import_bundle,
    is_at_work,
    job_of,
    seen_jobs,
)  # fmt: skip
from pages.ui.people.person import operator_only
from pages.ui.selection import listed, name_of
from pages.ui.shell.shell import table_room
from pages.ui.text import escaped, moment
from pages.ui.welcome.empty import draw_empty
from pages.ui.zone import viewer_zone
from trainer.numbers import MISSING
from trainer.run_files.limits import MAX_BUNDLE_BYTES
from trainer.run_files.opening import is_real_folder
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory
from trainer.run_files.slots import empty_trash, list_trash, restore_slot
from trainer.tasks.commands import can

EPISODES = (20, 100, 1_000)
EMPTY = "Every model that a run saves will be here, the best first; the first evaluation of a run saves one."
IMPORTS = "imports_begun"  # in the session


def draw_models(runs: Sequence[RunDirectory], shown_run: RunDirectory | None, seen: Seen) -> None:
    """Draw everything that is about models.

    Args:
        runs: every run, newest first.
        shown_run: the one that the sidebar shows: its best model is open at first.
        seen: the jobs that the page was drawn with: when they change, all of it is drawn again.
    """
    shelf = read_shelf(listed(runs))
    if not shelf.entries:
        draw_empty("deployed_code", "No models yet", EMPTY)
    else:
        _draw_choices(shelf)
        entry = _open_entry(shelf, shown_run)
        board, detail = st.columns([5, 4], gap="medium")
        with board:
            _draw_tables(shelf, entry.model.key)
        with detail, guard():
            draw_card(entry, [run for run in runs if is_real_folder(run.path)])
    _draw_trash(runs)
    _draw_without(shelf)
    if seen_jobs() != seen:
        st.rerun()


def draw_import() -> None:
    """What brings a bundle here."""
    number = st.session_state.get(IMPORTS, 0)  # every import gets a fresh, closed form
    with st.popover("Import a bundle", icon=":material/upload:", width="stretch", key=f"import:{number}"):
        limit, hint = MAX_BUNDLE_BYTES // 1_000_000, "A .zip that “Make bundle” has made."
        file = st.file_uploader("Bundle", type="zip", key=f"import_file:{number}", max_upload_size=limit, help=hint)
        st.text_input(
            "Name of the run", key=f"import_name:{number}", max_chars=MAX_NAME_CHARACTERS, placeholder="as it was called", **TYPED
        )
        st.checkbox(
            "Trust this file", key=f"import_trust:{number}",
            help="Keeps the bundle's own model file, with its optimiser and its pickled settings, and its evaluation. Otherwise only its "
            "weights are read, and a new model file is made of them. Either way nothing pickled is ever loaded here.",
        )  # fmt: skip
        st.button(
            "Import", key="import_bundle", type="primary", icon=":material/upload:", width="stretch",
            on_click=callback(_import), args=(number,), **operator_only(disabled=file is None),
        )  # fmt: skip


def _import(number: int) -> None:
    file, name, trust = (st.session_state[f"import_{field}:{number}"] for field in ("file", "name", "trust"))
    import_bundle(file.getvalue(), file.name, name, trust=trust)
    st.session_state[IMPORTS] = number + 1


def _draw_choices(shelf: Shelf) -> None:
    """Draw what is shown and how long an evaluation is."""
    kinds_box, episodes_box, missing_box = st.columns([5, 2, 3], vertical_alignment="bottom")
    every = shelf.kinds
    kinds_box.pills("Show", every, selection_mode="multi", default=every, format_func=KINDS.__getitem__, key="model_kinds", wrap=True)
    if not any(can(task, "evaluate") for task in shelf.tasks):
        return
    notes = [note for task in shelf.tasks if (note := parts_of(task).evaluation_help)]
    episodes_box.selectbox(
        "Episodes per evaluation", EPISODES, EPISODES.index(DEFAULT_EPISODES), key=CHOSEN_EPISODES,
        format_func=lambda number: f"{number:,}", help=" ".join(["The more, the narrower the interval of the mean.", *notes]),
    )  # fmt: skip
    job = job_of("evaluate")
    with missing_box:
        if job is not None and not job.request.models:
            draw_job(job)
        else:
            _draw_missing(shelf.missing)


def _draw_missing(missing: int) -> None:
    label = {0: "Every model has a result", 1: "Evaluate the one without a result"}.get(missing, f"Evaluate all {missing} without a result")
    st.button(
        label, key="evaluate_missing", icon=":material/playlist_play:", width="stretch", on_click=callback(evaluate_missing),
        **operator_only(disabled=not missing or is_at_work("evaluate"), help="One after the other, in the background."),
    )  # fmt: skip


def _draw_tables(shelf: Shelf, open_key: str) -> None:
    kinds: list[Kind] = st.session_state.get("model_kinds", list(KINDS))
    for number, (problem, rows) in enumerate(tables(shelf, kinds).items()):
        st.markdown(f"## {escaped(problem.words, limit=200)}")
        if not rows:
            st.caption("None of the selected kinds has a model of this problem.")
            continue
        with st.container(key=table_room(number, len(rows) + 1)):
            mount_table(problem, rows, open_key, show)
    st.caption(
        "A click on a row, or Enter, opens its model. Each table is of one problem: figures of different ones do not compare. "
        "After Note: the settings in which these runs differ."
    )
    with st.popover("Download the results", icon=":material/download:"):
        st.caption("Every model and published player with all figures to their last digit and all settings.")
        draw_downloads("models", lambda: result_columns(shelf))


def _open_entry(shelf: Shelf, shown_run: RunDirectory | None) -> Entry:
    """The model that is open; its truth is in the session, so that a renamed model stays open."""
    by_key = {entry.model.key: entry for entry in shelf.entries}
    wanted = (shown(), shown_run.run_id if shown_run else None)
    return by_key[next((key for key in wanted if key in by_key), next(iter(by_key)))]


def _draw_trash(runs: Sequence[RunDirectory]) -> None:
    trashed = [(run, one) for run in runs for one in list_trash(run)]
    if not trashed:
        return
    with st.expander(f"Deleted models ({len(trashed)})", icon=":material/delete:"):
        for run, one in trashed:
            words, action = st.columns([6, 1], vertical_alignment="center")
            words.markdown(f"{escaped(name_of(run))} · **{escaped(one.slot)}** :gray[deleted {_when(one.deleted_at)}]")
            action.button(
                "Restore", key=f"restore:{run.run_id}:{one.folder.name}", icon=":material/undo:", width="stretch",
                on_click=callback(restore_slot), args=(run, one), **operator_only(),
            )  # fmt: skip
        st.button(
            "Delete them for good", key="empty_trash", icon=":material/delete_forever:",
            on_click=callback(_empty), args=([run for run, _ in trashed],), **operator_only(),
        )  # fmt: skip


def _when(stamp: str) -> str:
    when = moment(stamp.replace("-", "T") + "Z")
    return f"{when.astimezone(viewer_zone()):%d %b %H:%M}" if when else MISSING


def _empty(runs: Sequence[RunDirectory]) -> None:
    for run in runs:
        empty_trash(run)


def _draw_without(shelf: Shelf) -> None:
    if shelf.without:
        with st.expander(f"Runs and models that are not shown ({len(shelf.without)})", icon=":material/inventory_2:"):
            st.markdown("  \n".join(f"{escaped(name_of(run))} :gray[· {escaped(why, limit=300)}]" for run, why in shelf.without))
