"""The sidebar of every page: the pages, the runs, a remote for the one that is shown, and what concerns the whole app."""

from dataclasses import dataclass

import streamlit as st

from pages.ui import start_form
from pages.ui.control_values import value_key
from pages.ui.controls import draw_remote
from pages.ui.dialogs import FORKING, STARTING, STOPPING, open_dialog, opened
from pages.ui.form.asked import FORK
from pages.ui.guard import begin_page, callback, fragment, guard
from pages.ui.live import DEFAULT_INTERVAL, HASTY_S, IDLE_S, INTERVALS
from pages.ui.people.badge import draw_person
from pages.ui.people.person import operator_only
from pages.ui.people.sign_in import let_in
from pages.ui.selection import config_of, current_selection, labels_of_listed, older_runs, probe_newest, remember
from pages.ui.shell import address
from pages.ui.shell.keys import draw_keys
from pages.ui.shell.navigation import all_pages
from pages.ui.shell.shell import draw_shell, on_every_page
from pages.ui.shell.tab import TAB_S, draw_tab
from pages.ui.stop_dialog import stop_dialog
from pages.ui.text import escaped
from pages.ui.tour.tour import draw_tour
from trainer.probing import Probe, probe
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks import describe, find_about, task_names

PICKER = "run_picker"
REFRESH = "refresh_interval"
REFRESH_CHOICE = "refresh_choice"  # outlives the widget when the page changes


@dataclass(frozen=True, slots=True)
class View:
    """What a page needs to know.

    Attributes:
        runs: the newest runs, newest first, and the one that is shown.
        run: the one that is shown, or None if there is none yet.
        probes: how the newest runs are, by run id.
        interval_s: seconds between two refreshes chosen by the person; None for off.
        message: what a person must be told about the choice of the run, or None.
        older: how many runs are not among them.
    """

    runs: tuple[RunDirectory, ...]
    run: RunDirectory | None
    probes: dict[str, Probe]
    interval_s: float | None
    message: str | None = None
    older: int = 0

    @property
    def active(self) -> bool:
        """Whether the shown run is being trained, or is imported and grows."""
        return self.run is not None and self.run.run_id in self.probes and self.probes[self.run.run_id].growing

    @property
    def any_active(self) -> bool:
        """Whether any of the newest runs is being trained, or is imported and grows."""
        return any(probed.growing for probed in self.probes.values())


def draw_sidebar() -> View:
    """Draw it, and open the dialog that was asked for."""
    view = begin_sidebar()
    end_sidebar(view)
    return view


def begin_sidebar() -> View:
    """Draw its beginning; a page on which a person waits for something else draws that before it calls `end_sidebar`."""
    address.begin()
    begin_page()
    let_in()
    with guard(), on_every_page(), st.sidebar:
        draw_shell()
        draw_tour()
        selection = current_selection()
        _draw_navigation(selection.run)
        draw_person()
        probes = probe_newest(selection.runs)
        if selection.run is not None and selection.run.run_id not in probes:
            probes[selection.run.run_id] = probe(selection.run)
        return View(selection.runs, selection.run, probes, _interval(), selection.message, selection.older)
    return View((), None, {}, None)


def end_sidebar(view: View) -> None:
    """Draw the rest of it, and open the dialog that was asked for."""
    with guard(), on_every_page(), st.sidebar:
        st.button(
            "Start new run", key="start_new_run", icon=":material/add:", type="primary", width="stretch",
            on_click=callback(open_dialog), args=(STARTING,), **operator_only(),
        )  # fmt: skip
        _draw_picker(view)
        _draw_remote(view)
        _draw_refresh()
        draw_keys()
        draw_tab(view.run, tab_interval(view))
    with guard():
        _draw_dialog(view)


def _draw_navigation(run: RunDirectory | None) -> None:
    """A link to every page, but for those that do not apply to the shown run."""
    with st.container(key="app_name"):
        st.markdown(":material/grid_view: Control Room")
    run_id = address.says("run")
    others = _pages_of_other_tasks(run)
    for page in all_pages():
        if page.label not in others:
            st.page_link(page.path, label=page.label, icon=page.icon, query_params={"run": run_id} if run_id else None)


def _pages_of_other_tasks(run: RunDirectory | None) -> set[str]:
    """Those that do not apply to a run; of none, and of one that does not say what it trains, all may."""
    config = config_of(run) if run is not None else None
    if config is None:
        return set()
    return {page for name in task_names() for page in find_about(name).pages}.difference(describe(config.task).pages)


def _draw_picker(view: View) -> None:
    if view.message:
        st.warning(escaped(view.message, limit=200), icon=":material/help:")
    if view.run is None:
        return
    labels = labels_of_listed(view.runs, view.run, view.probes)
    # Streamlit identifies a choice by its label: when a state changes a label, the picker must be a new widget.
    ids, shown = list(labels), view.run.run_id
    key = value_key(f"{PICKER}:{hash(tuple(labels.values()))}", shown)
    with st.container(key="picker"):  # of a fixed height: for a moment the old and the new widget are both there
        st.selectbox(
            "Run", ids, ids.index(shown), key=key, format_func=labels.__getitem__, filter_mode="contains",
            on_change=callback(_picked, value=key), args=(key,),
        )  # fmt: skip
    if view.older:
        st.caption(f"{older_runs(view.older)} not listed: search for one on the Analytics page.")


def _picked(key: str) -> None:
    remember(st.session_state[key])


def _interval() -> float | None:
    return INTERVALS[st.session_state.get(REFRESH_CHOICE, DEFAULT_INTERVAL)]


def steering_interval(view: View) -> float | None:
    """How often what steers a run looks: quickly while a command is under way, as chosen while a run is active, else now and then."""
    probed = view.probes.get(view.run.run_id) if view.run else None
    if probed is not None and (probed.pending or probed.state in ("starting", "stopping")):
        return HASTY_S
    if view.interval_s is None:
        return None
    waits = probed is not None and probed.state == "queued"
    return view.interval_s if view.active or waits else max(IDLE_S, view.interval_s)


def tab_interval(view: View) -> float | None:
    """How often the browser's tab follows the shown run."""
    if view.interval_s is None:
        return None
    return max(TAB_S if view.active else IDLE_S, view.interval_s)


def _draw_remote(view: View) -> None:
    draw = fragment(draw_remote, steering_interval(view), about=view.run.run_id if view.run else "")
    draw(view.run, view.runs, view.probes, opened(), view.interval_s)


def _draw_refresh() -> None:
    choice, choices = st.session_state.get(REFRESH_CHOICE, DEFAULT_INTERVAL), list(INTERVALS)
    key = value_key(REFRESH, choice)
    help_text = "How often this page reads the run's files."
    st.selectbox(
        "Refresh every", choices, choices.index(choice), key=key, help=help_text,
        on_change=callback(_refresh_chosen, value=key), args=(key,),
    )  # fmt: skip


def _refresh_chosen(key: str) -> None:
    st.session_state[REFRESH_CHOICE] = st.session_state[key]


def _draw_dialog(view: View) -> None:
    if opened() in (STARTING, FORKING):
        active = sum(probed.active for probed in view.probes.values())
        start_form.start_dialog(active, view.run, preset=FORK if opened() == FORKING else "")
    elif opened() == STOPPING and view.run is not None:
        stop_dialog(view.run)
