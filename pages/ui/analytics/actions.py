"""What can be done with a run in the table, and the way back from it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.analytics.run_rows import RunRow
from pages.ui.dialogs import FORKING, LABELLING, STOPPING, close_dialog, open_dialog, opened
from pages.ui.form.draft import TYPED
from pages.ui.guard import callback, dialog, guard, refuse
from pages.ui.labelling import labels_dialog, typed_tags
from pages.ui.people.person import may_act, operator_only
from pages.ui.selection import REMEMBERED, name_of, remember
from pages.ui.shell import address as browser
from pages.ui.shell import navigation
from pages.ui.text import escaped, plain
from trainer.creating import default_runs_dir
from trainer.numbers import count, exact
from trainer.probing import probe
from trainer.run_files.labels import MAX_TAG_CHARACTERS, update_labels
from trainer.run_files.opening import exists
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.trash import list_trash, move_to_trash, restore, trash_of
from trainer.tasks import startable_task_names

DELETING = "delete a run"
EDIT, LIVE, FORK = ":material/edit: Name, tags, note", ":material/monitoring: Open in Live", ":material/call_split: Fork"
ARCHIVE, UNARCHIVE = ":material/archive: Archive", ":material/unarchive: Bring back from the archive"
STOP, DELETE = ":material/stop: Stop", ":material/delete: Delete"

_ABOUT = "analytics_about"  # the ids of the runs that a dialog is about
_UNDO = "analytics_undo"  # (what was done, how to take it back)
_NEXT = "analytics_next"  # what only the whole page can do, not a part of it


def menu_of(row: RunRow) -> list[str]:
    """What can be done with a run; a viewer can look at it."""
    if not may_act():
        return [LIVE]
    own = not exists(row.run.source)  # another program's logs hold no model
    fork = [FORK] if own and row.task in startable_task_names() else []  # what is not installed here, or lives in a script, cannot
    return [EDIT, LIVE, *fork, UNARCHIVE if row.labels.archived else ARCHIVE, STOP if row.probed.active else DELETE]


def clicked(key: str, ids: Sequence[str]) -> None:
    """A row's menu was used. What is asked first, or is another page, follows with `follow_up`."""
    click = st.session_state[key]
    if click is None or click["row"] >= len(ids):
        return
    run = RunDirectory((default_runs_dir() / ids[click["row"]]).absolute())
    what = next((one for one in (EDIT, LIVE, FORK, ARCHIVE, UNARCHIVE, STOP, DELETE) if one == click["label"]), None)
    do(what, run)


def do(what: str | None, run: RunDirectory) -> None:
    """Do something with a run, or ask first."""
    st.session_state[_ABOUT] = [run.run_id]
    if what in (ARCHIVE, UNARCHIVE):
        archive([run], what == ARCHIVE)
    elif what == LIVE:
        st.session_state[_NEXT] = LIVE
    elif what in (FORK, STOP):
        remember(run.run_id)
        _ask(FORKING if what == FORK else STOPPING)
    elif what in (EDIT, DELETE):
        _ask(LABELLING if what == EDIT else DELETING)


def _ask(dialog: str) -> None:
    open_dialog(dialog)
    st.session_state[_NEXT] = dialog


def follow_up() -> None:
    """Called in a part of the page: goes to another page, or draws all of this one for the dialog that was asked for."""
    wanted = st.session_state.pop(_NEXT, None)
    if wanted == LIVE:
        navigation.go_to(navigation.LIVE, run=st.session_state[_ABOUT][0])
    elif wanted is not None:
        st.rerun()


def archive(runs: Sequence[RunDirectory], away: bool) -> None:
    """Archive runs or bring them back; it can be undone."""
    done = [run for run in runs if _attempt(partial(update_labels, run, archived=away))]
    _remember_undo(
        "archived" if away else "brought back from the archive", done, [partial(update_labels, run, archived=not away) for run in done]
    )


def delete(runs: Sequence[RunDirectory]) -> None:
    """Move runs to the trash; it can be undone. The dialog that asks about them stays open for those that cannot be moved."""
    gone = [moved for run in runs if isinstance(moved := _attempt(partial(move_to_trash, run)), RunDirectory)]
    if st.session_state.get(REMEMBERED) in {run.run_id for run in gone}:  # else the sidebar would go on showing it, as deleted
        del st.session_state[REMEMBERED]
        browser.write(run=None)
    _remember_undo("moved to the trash", gone, [partial(restore, run) for run in gone])
    moved_ids = {run.run_id for run in gone}
    st.session_state[_ABOUT] = [run.run_id for run in runs if run.run_id not in moved_ids]
    if not st.session_state[_ABOUT]:
        close_dialog()


def _remember_undo(done: str, runs: Sequence[RunDirectory], back: Sequence[Callable[[], Any]]) -> None:
    if runs:
        what = f"“{name_of(runs[0])}” was" if len(runs) == 1 else f"{count(len(runs), 'run')} were"
        st.session_state[_UNDO] = (f"{what} {done}.", back)


def _attempt(act: Callable[[], Any]) -> Any:
    """What comes of it; None if it was refused, and then the page says why."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - one run of several: the others are not kept from it
        refuse(error)
    return None


def draw_undo() -> None:
    """What was done last, with the way back; in a container that is always there, so that what follows keeps its place."""
    undo = st.session_state.get(_UNDO)
    if undo is None:
        return
    done, back = undo
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/check: {escaped(done, 120)}", width="content")
        st.button("Undo", key="analytics_undo_button", icon=":material/undo:", on_click=callback(_undo), args=(back,), **operator_only())
        st.button("", key="analytics_undo_close", icon=":material/close:", type="tertiary", help="Close", on_click=callback(_forget_undo))


def _undo(back: Sequence[Callable[[], Any]]) -> None:
    _forget_undo()
    for one in back:
        _attempt(one)


def _forget_undo() -> None:
    st.session_state.pop(_UNDO, None)


def draw_one(rows: Sequence[RunRow]) -> None:
    """The menu of a row, for any run and for the keyboard, which cannot open the one in the table."""
    by_id = {row.run.run_id: row for row in rows}
    chosen = st.selectbox(
        "One run", list(by_id), key="analytics_one", filter_mode="contains", format_func=lambda run_id: plain(by_id[run_id].name)
    )
    for number, what in enumerate(menu_of(by_id[chosen])):
        st.button(what, key=f"one_run_{number}", width="stretch", on_click=callback(do), args=(what, by_id[chosen].run))


def draw_chosen(rows: Sequence[RunRow]) -> None:
    """What can be done with all selected runs at once."""
    runs = [row.run for row in rows]
    st.text_input("Tag", key="analytics_tag", max_chars=MAX_TAG_CHARACTERS, placeholder="good", **TYPED)
    wide = {"width": "stretch"} | operator_only()
    st.button("Add this tag", key="tag_chosen", icon=":material/label:", on_click=callback(_tag), args=(rows,), **wide)
    st.button("Archive", key="archive_chosen", icon=":material/archive:", on_click=callback(archive), args=(runs, True), **wide)
    st.button("Delete", key="delete_chosen", icon=":material/delete:", on_click=callback(_ask_to_delete), args=(runs,), **wide)


def _tag(rows: Sequence[RunRow]) -> None:
    for row in rows:
        _attempt(partial(update_labels, row.run, tags=typed_tags([*row.labels.tags, str(st.session_state["analytics_tag"])])))


def _ask_to_delete(runs: Sequence[RunDirectory]) -> None:
    st.session_state[_ABOUT] = [run.run_id for run in runs]
    _ask(DELETING)


def draw_trash() -> None:
    """The deleted runs, each to be brought back."""
    gone = list_trash(default_runs_dir())
    if not gone:
        return
    st.divider()
    st.markdown(f"**Trash** ({exact(len(gone))})")
    st.caption("Deleted runs stay here until you remove the folder:")
    st.code(str(trash_of(default_runs_dir())), language=None)
    chosen = st.selectbox("Deleted run", gone, key="analytics_trash", format_func=lambda run: f"{name_of(run)[:40]} · {run.run_id}")
    st.button(
        "Bring it back", key="analytics_restore", icon=":material/restore_from_trash:", on_click=callback(restore), args=(chosen,),
        **operator_only(),
    )  # fmt: skip


def draw_dialogs() -> None:
    """Open the dialog that was asked for. Called once by the whole page."""
    runs = [RunDirectory((default_runs_dir() / run_id).absolute()) for run_id in st.session_state.get(_ABOUT, [])]
    with guard():
        if opened() == LABELLING and runs:
            labels_dialog(runs[0])
        elif opened() == DELETING and runs:
            _delete_dialog(runs)


@dialog("Delete?")
def _delete_dialog(runs: Sequence[RunDirectory]) -> None:
    probes = [probe(run) for run in runs]
    busy = [probed.run for probed in probes if probed.active]
    idle = [probed.run for probed in probes if not probed.active and probed.state != "gone"]
    if not idle and not busy:
        st.info("There is nothing left to delete: it is not on disk any more.", icon=":material/delete:")
    if idle:
        what = f"**{escaped(name_of(idle[0]))}**, with its" if len(idle) == 1 else f"**{count(len(idle), 'run')}**, with their"
        st.markdown(f"{what} models and logs, moves to the trash folder. From there it can be brought back.")
    if busy:
        names = ", ".join(escaped(name_of(run), 40) for run in busy[:5])
        st.warning(f"Still being trained, so stop it first: {names}", icon=":material/play_arrow:")
    keep, go = st.columns(2)
    keep.button("Keep", key="keep_run", width="stretch", on_click=callback(close_dialog))
    go.button(
        "Delete", key="confirm_delete", type="primary", icon=":material/delete:", width="stretch",
        on_click=callback(delete), args=(idle,), **operator_only(disabled=not idle),
    )  # fmt: skip
