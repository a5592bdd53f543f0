"""The first page without runs: a published player plays, and beside it stands what this is and three ways on."""

from collections.abc import Sequence
from importlib.util import find_spec

import streamlit as st

from pages.ui.dialogs import STARTING, open_dialog
from pages.ui.guard import callback, fragment, guard
from pages.ui.people.person import NOT_AN_OPERATOR, acting_as, may_act
from pages.ui.selection import are_others_listed, remember
from pages.ui.shell.navigation import PLAY, WATCH, go_to
from pages.ui.tetris.showreel import REFRESH_S, WHO, draw_showreel
from pages.ui.text import escaped
from pages.ui.welcome.examples import draw_examples_button
from trainer.creating import create_run, default_runs_dir
from trainer.program import PROGRAM
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import start_trainer
from trainer.tasks import find_about, startable_task_names
from trainer.tasks.about import About, Starter

WHAT = (
    "Control Room lets you watch, steer and compare reinforcement-learning runs while they learn; no button changes what they learn. "
    "A player from the literature plays here: train one of your own, and watch it get there."
)


def draw_first_page(runs: Sequence[RunDirectory]) -> None:
    """Draw it, until a run begins, wherever it is started.

    Args:
        runs: those that are there and not listed: archived ones.
    """
    st.title("Control Room", anchor=False)
    st.markdown(WHAT)
    with st.container(key="first_page", horizontal=True, gap="large"):
        with st.container(key="first_board", width="content"):
            fragment(_draw_board, REFRESH_S)(runs)
        with st.container(key="ways_on", width="stretch"), guard():
            _draw_ways(runs)


def _draw_board(runs: Sequence[RunDirectory]) -> None:
    if are_others_listed(runs):
        st.rerun()
    draw_showreel()
    st.caption(f"{WHO}. Above the board: what it makes of every placement.")


def _draw_ways(runs: Sequence[RunDirectory]) -> None:
    st.markdown("## :material/play_arrow: Train")
    may_train = may_act()
    st.caption("One click starts a run on this machine. Times are rough, on two ordinary cores." if may_train else NOT_AN_OPERATOR)
    for number, (about, starter) in enumerate(all_starters()):
        with st.container(key=f"starter_{number}", horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                f"Train {starter.title}", key=f"train_{number}", icon=":material/play_arrow:", width=200,
                type="secondary" if number else "primary", disabled=not may_train,
                on_click=callback(_train), args=(about.name, starter, runs),
            )  # fmt: skip
            st.markdown(f"{escaped(starter.shows, limit=200)} :gray[{escaped(starter.takes, limit=100)}]", width="stretch")
    with st.container(horizontal=True):
        st.button("Something else…", key="train_custom", icon=":material/tune:", on_click=callback(open_dialog), args=(STARTING,))
        draw_examples_button()
    st.markdown("## :material/visibility: Watch and play")
    with st.container(horizontal=True):
        st.button(
            "Watch players", key="go_watch", icon=":material/visibility:", on_click=callback(go_to), args=(WATCH,),
            help="Published players and your models, alone or side by side on the same pieces.",
        )  # fmt: skip
        st.button(
            "Play against one", key="go_play", icon=":material/sports_esports:", on_click=callback(go_to), args=(PLAY,),
            help="You and a player get the same pieces, one at a time.",
        )  # fmt: skip
    archived = f" {len(runs):,} archived {'run is' if len(runs) == 1 else 'runs are'} on the Analytics page." if runs else ""
    st.caption(f"From a terminal: `{PROGRAM} train`. Runs are kept in {escaped(default_runs_dir(), limit=200)}.{archived}")


def all_starters() -> list[tuple[About, Starter]]:
    """What can be begun here by one click, task by task: what needs a module that is not installed is left out."""
    return [
        (about, starter)
        for about in map(find_about, startable_task_names())
        for starter in about.starters
        if not starter.needs or find_spec(starter.needs) is not None
    ]


def _train(task: str, starter: Starter, runs: Sequence[RunDirectory]) -> None:
    if are_others_listed(runs):  # the second click of a double click
        return
    run = create_run(find_about(task).settings_of(starter), name=starter.title, by=acting_as(), visual=True)
    start_trainer(run)
    remember(run.run_id)
