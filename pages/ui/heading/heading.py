"""The heading: the name, the state, what steers the run; and, redrawn on a timer, the command under way, how far the run is, its trouble.

The whole page is drawn again when the state or what is asked for changes (`pages.ui.controls.draw_remote`): what depends on nothing else
stands outside of what is redrawn, for each element costs the server and every browser that looks.
"""

import streamlit as st

from pages.ui.controls import draw_pause, draw_state
from pages.ui.dialogs import LABELLING_SHOWN, STOPPING, open_dialog, opened
from pages.ui.guard import callback, fragment
from pages.ui.heading.parts import draw_copy_link, draw_rename
from pages.ui.heading.trouble import draw_trouble
from pages.ui.kpis import progress
from pages.ui.labelling import labels_dialog
from pages.ui.live_parts import parts_of
from pages.ui.people.person import may_act, operator_only
from pages.ui.queue import draw_queued_buttons, place_words
from pages.ui.requests import draw_asked, draw_requests
from pages.ui.run_data import run_data
from pages.ui.selection import about_of, config_of, labels_on, name_of
from pages.ui.states import pending_words
from pages.ui.steering import applied_words, is_steerable, why_not_steerable
from pages.ui.text import ago, escaped
from trainer.errors import FormatError
from trainer.numbers import exact
from trainer.probing import Probe, probe
from trainer.run_files.labels import Labels
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.source import SourceFile, read_source
from trainer.stopping import stop_words

ORIGINS = {
    "best": "forked from the best model of",
    "checkpoint": "forked from the checkpoint of",
    "bundle": "imported from a bundle of",
}


def draw_run_heading(probed: Probe, interval_s: float | None) -> None:
    """Draw it.

    Args:
        probed: the run.
        interval_s: until the next look at how far it is; None: there is none.
    """
    with st.container(key="run_heading", gap="small"):
        _draw_name(probed)
        if probed.state == "gone":
            return
        labels = labels_on(probed.run)
        _draw_labels(labels)
        _draw_buttons(probed)
        fragment(_draw_progress, interval_s, about=probed.run.run_id)(probed.run, labels)


def _draw_progress(run: RunDirectory, drawn: Labels) -> None:
    """Draw what changes while a run learns; draw the whole page again when somebody has written something else on the run."""
    probed = probe(run)
    _draw_command(probed)
    with st.container():  # always there, so that what follows keeps its place
        _draw_warnings(probed)
    st.caption(_facts(probed))
    done = progress(probed)
    st.progress(done.share, text=escaped(done.words, limit=200))
    with st.container():
        draw_trouble(probed, run_data(run).refresh())
    if labels_on(run) != drawn:
        st.rerun()


def draw_labels_dialog(run: RunDirectory) -> None:
    """Open the dialog that was asked for. Called once by the whole page."""
    if opened() == LABELLING_SHOWN:
        labels_dialog(run)


def _draw_name(probed: Probe) -> None:
    with st.container(key="run_name", horizontal=True, vertical_alignment="center", gap="small"):
        st.title(escaped(name_of(probed.run)), anchor=False, width="content")
        draw_rename(probed.run, may=probed.state != "gone" and may_act())
        draw_state(probed)


def _draw_buttons(probed: Probe) -> None:
    with st.container(key="steering", horizontal=True, vertical_alignment="center", gap="small"):
        if probed.state == "queued":
            draw_queued_buttons(probed)
        else:
            steerable = is_steerable(probed)
            draw_pause(probed, key="heading_pause_or_resume", width=116)
            st.button(
                "Stop", key="stop", icon=":material/stop:", on_click=callback(open_dialog), args=(STOPPING,),
                **operator_only(disabled=not steerable, help=None if steerable else why_not_steerable(probed)),
            )  # fmt: skip
            draw_requests(probed)
        draw_copy_link(probed.run)


def _draw_command(probed: Probe) -> None:
    """The command under way, or the last one that was carried out, and what was asked for; of a fixed height."""
    pending = (stop_words(probed.run) if probed.active else place_words(probed.run)) or pending_words(probed)
    done = "" if pending else applied_words(probed, run_data(probed.run).events())
    with st.container(key="command", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(escaped(pending, limit=120) if probed.state == "queued" else _command_line(pending, done), width="content")
        draw_asked(probed)


def _command_line(pending: str, done: str) -> str:
    if pending:
        return f":material/sync: {escaped(pending, limit=120)}"
    return f":green[✓] {escaped(done, limit=120)}" if done else "\u00a0"


def _draw_warnings(probed: Probe) -> None:
    status = probed.status
    if probed.problem:
        hint = " The trainer keeps its last settings; any control here writes a good file again."
        advice = hint if probed.active and not probed.control else ""
        st.warning(escaped(f"{probed.problem}{advice}", limit=400), icon=":material/warning:")
    if status is not None and status.degraded and probed.active:
        st.warning(escaped(f"{status.degraded}. Training goes on.", limit=300), icon=":material/warning:")
    if status is not None and status.not_exact:
        st.caption(f":orange[:material/warning:] Not exact: {escaped(status.not_exact, limit=300)}")


def _draw_labels(labels: Labels) -> None:
    words = " ".join(f":gray-badge[{escaped(tag)}]" for tag in labels.tags)
    with st.container(key="run_labels", horizontal=True, vertical_alignment="center", gap="small"):
        if words:
            st.markdown(words, width="content")
        if labels.note:
            st.caption(escaped(labels.note, limit=200), width="content")
        st.button(
            "Edit tags and note" if words or labels.note else "Add tags and a note", key="edit_labels", icon=":material/sell:",
            type="tertiary", on_click=callback(open_dialog), args=(LABELLING_SHOWN,), **operator_only(),
        )  # fmt: skip


def _facts(probed: Probe) -> str:
    """When it was started and where it comes from, its seed, what it trains and its id."""
    config = config_of(probed.run)
    if config is None:
        return escaped(probed.run.run_id)
    begun = "made" if probed.state == "queued" else "started"
    about = about_of(probed.run)
    seed = escaped(config.seed) if config.seed is not None else "unknown"
    facts = [f"{begun} {ago(config.created_at)}", f"seed {seed}", escaped(parts_of(about).facts(config.settings), limit=160)]
    facts.append(escaped(probed.run.run_id))
    if config.parent is not None:
        facts.append(f"{ORIGINS[config.parent.model]} {escaped(config.parent.run)}, step {exact(config.parent.step)}")
    if (source := _source_of(probed.run)) is not None:
        facts.append(f"imported from {escaped(source.program)}: {escaped(source.part or source.path, limit=80)}")
    if about.where and probed.status is not None:
        place, host = config.settings.get(about.where), probed.status.process.host
        facts.append(f"lives in {escaped(place, limit=120)} on {escaped(host, limit=60)}")
    return " · ".join(facts)


def _source_of(run: RunDirectory) -> SourceFile | None:
    try:
        return read_source(run)
    except FormatError:
        return None
