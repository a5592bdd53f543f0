"""What the play page draws: the choice of an agent, and both boards."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.guard import callback, fragment
from pages.ui.selection import about_of, labels_of
from pages.ui.shell.navigation import PLAY
from pages.ui.shell.shell import board_room
from pages.ui.tetris.board.board import looks, part
from pages.ui.tetris.play.duel import Duel, recorded_agent, reference_agent
from pages.ui.tetris.watch.watch_page import REFERENCE_PLAYERS, called
from pages.ui.text import escaped
from trainer.numbers import exact
from trainer.probing import Probe
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory

ELEMENT = "duel_boards"
DUEL = "duel"  # in the session: the duel and the agent's name


def agents(runs: tuple[RunDirectory, ...], probes: Mapping[str, Probe]) -> dict[str, str]:
    """Who can answer: the reference players and every run of the game that has recorded some; what each is called."""
    return REFERENCE_PLAYERS | labels_of([run for run in runs if PLAY in about_of(run).pages and list_recordings(run)], probes)


def draw_play(runs: tuple[RunDirectory, ...], shown: RunDirectory | None, probes: Mapping[str, Probe]) -> None:
    """Draw the page; `shown` is the run whose network answers if it can."""
    names = agents(runs, probes)
    ids, key = list(names), f"agent:{hash((*names.items(), shown))}"  # who else can answer now, or answers first: a new choice
    with st.form("agent", border=False):
        who, button = st.columns([6, 2], vertical_alignment="bottom")
        default = ids.index(shown.run_id) if shown and shown.run_id in ids else 0
        who.selectbox("Against", ids, default, key=key, format_func=names.__getitem__)
        button.form_submit_button(
            "New game", icon=":material/sports_esports:", type="primary", width="stretch", on_click=callback(_begin), args=(runs, key)
        )
    if DUEL not in st.session_state:
        st.info("Choose an agent and press New game: both of you get the same pieces, one at a time.", icon=":material/sports_esports:")
        return
    _draw_duel()


def _begin(runs: Sequence[RunDirectory], key: str) -> None:
    chosen = st.session_state[key]
    run = next((run for run in runs if run.run_id == chosen), None)
    agent = recorded_agent(run) if run is not None else reference_agent(chosen)
    st.session_state[DUEL] = (Duel(agent, secrets.randbelow(2**53)), called(chosen))


@fragment
def _draw_duel() -> None:
    duel, name = st.session_state[DUEL]
    mount = st.components.v2.component(
        "control_room.play", html=part("play.html"), css=part("board.css") + part("play.css"), js=part("drawing.js") + part("play.js")
    )
    data = duel.payload() | looks() | {"names": ["you", name]}
    with st.container(key="played"), st.container(key=board_room(data["height"])):
        mount(key=ELEMENT, data=data, on_move_change=callback(_moved))
    if duel.over:
        own, other = duel.lines
        result = "You win" if own > other else "A draw" if own == other else f"{escaped(name)} wins"
        st.success(f"{result}: {exact(own)} lines to {exact(other)}. Press New game for another one.", icon=":material/flag:")
    else:
        st.caption(
            "A click or a tap drops the piece in that column; swipe sideways to move, up to turn, down to drop. "
            "Keys: ← → move · ↑ turns · space drops. The agent places the same piece on its own board."
        )


def _moved() -> None:
    move: Any = st.session_state[ELEMENT].get("move")
    duel, _ = st.session_state[DUEL]
    if isinstance(move, dict) and move.get("duel") == duel.number:
        duel.move(move.get("action"), move.get("pieces_placed"))
