"""What the replay page draws: the choice of a game, the board that plays it, and what is known about it."""

from functools import partial
from typing import Any

import streamlit as st

from pages.ui.control_values import value_key
from pages.ui.guard import callback, fragment
from pages.ui.selection import about_of
from pages.ui.shell import address
from pages.ui.shell.navigation import REPLAY
from pages.ui.shell.shell import stage_of
from pages.ui.tetris.board.board import looks, part
from pages.ui.tetris.replay.export import draw_export
from pages.ui.tetris.replay.recordings import Chosen, choose, game_label, label, link_name, start_piece
from pages.ui.tetris.replay.timeline import BLOCK, Timeline, timeline_of
from pages.ui.tetris.replay.values import clicked, draw_values
from pages.ui.text import escaped, plain
from trainer.numbers import exact
from trainer.probing import probe
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory

ELEMENT = "replay"
SHOWN_RUN = "replay_run"  # in the session
PARAMETERS = ("evaluation", "game", "piece")


def draw_replay(run: RunDirectory) -> None:
    """Draw the page of a run."""
    chosen = choose(run, address.says("evaluation"), address.says("game"))
    came_from_another = st.session_state.get(SHOWN_RUN, run.run_id) != run.run_id  # whose evaluation the address may still name
    st.session_state[SHOWN_RUN] = run.run_id
    if chosen is None:
        _draw_nothing(run)
        return
    for message in () if came_from_another else chosen.messages:
        st.warning(escaped(message, limit=300), icon=":material/help:")
    address.write(evaluation=link_name(chosen.file), game=str(chosen.number + 1))  # a link that stays right
    _draw_choice(run, chosen)
    with st.spinner("Playing the game again…"):
        timeline = timeline_of(chosen)
    _draw_timeline(chosen, timeline)
    _draw_facts(chosen, timeline)
    draw_export(chosen, timeline)


def _draw_nothing(run: RunDirectory) -> None:
    probed = probe(run)
    if probed.state == "gone":
        st.warning("This run was deleted from disk. Pick another one in the sidebar.", icon=":material/delete:")
    elif REPLAY not in (about := about_of(run)).pages:
        st.info(f"Runs of {plain(about.label)} record no games. Pick another run in the sidebar.", icon=":material/movie:")
    elif probed.active:
        st.info("No game of this run is recorded yet. Every evaluation records its games, the first one too.", icon=":material/movie:")
    else:
        st.info("No game of this run was recorded. Every evaluation records its games, the first one too.", icon=":material/movie:")


def _draw_choice(run: RunDirectory, chosen: Chosen) -> None:
    files = list(reversed(list_recordings(run)))
    by_name = {link_name(file): file for file in files}
    names = list(by_name) if link_name(chosen.file) in by_name else [link_name(chosen.file)]
    which, game = st.columns(2)
    with which:
        _select("Recording", names, link_name(chosen.file), "evaluation", lambda name: label(by_name.get(name, chosen.file)))
    with game:
        numbers = [str(number + 1) for number in range(len(chosen.recording.games))]
        _select("Game", numbers, str(chosen.number + 1), "game", lambda number: game_label(chosen.recording, int(number) - 1))


def _select(what: str, choices: list[str], truth: str, parameter: str, words: Any) -> None:
    key = value_key(f"replay_{parameter}:{hash(tuple(choices))}", truth)
    st.selectbox(
        what, choices, choices.index(truth), key=key, format_func=words, on_change=callback(_chosen, value=key), args=(key, parameter)
    )


def _chosen(key: str, parameter: str) -> None:
    finer = PARAMETERS[PARAMETERS.index(parameter) + 1 :]
    address.write(**dict.fromkeys(finer) | {parameter: st.session_state[key]})


@fragment
def _draw_timeline(chosen: Chosen, timeline: Timeline) -> None:
    """The board and its controls; what they ask for makes only this part run again."""
    state: Any = st.session_state.get(ELEMENT) or {}
    mount = st.components.v2.component(
        "control_room.replay",
        html=part("timeline.html"),
        css=part("board.css") + part("timeline.css"),
        js=part("drawing.js") + part("timeline.js"),
    )
    with st.container(key=stage_of(chosen.recording.board_height)):
        mount(
            key=ELEMENT,
            data=payload(chosen, timeline, state.get("ask"), start=start_piece(address.says("piece")), click=clicked()),
            on_ask_change=callback(_asked),
            on_rest_change=callback(partial(_rests, chosen.key)),
        )
    draw_values(chosen.key, timeline)


def _asked() -> None:
    """What the component asks for is in its state: this part answers as it is drawn again."""


def _rests(key: str) -> None:
    """The game rests at a piece: the address says so, so that it can be shared."""
    rest = st.session_state[ELEMENT].get("rest") or {}
    if rest.get("game") == key and isinstance(rest.get("piece"), int):
        address.write(piece=str(rest["piece"]))


def payload(chosen: Chosen, timeline: Timeline, ask: Any, *, start: int, click: tuple[str, int] | None = None) -> dict[str, Any]:
    """What the component gets: the frames it asks for, or those around the start; texts of our own, numbers and digits only.

    Args:
        chosen: the game.
        timeline: the same, played again.
        ask: what the component asks for, if it does.
        start: pieces placed where it begins.
        click: on the curve of values: its name and the piece.
    """
    data = _about(chosen, timeline, min(start, timeline.last))
    if click is not None:
        return data | _answer(timeline, click[0], min(max(click[1], 0), timeline.last), "")
    if not isinstance(ask, dict) or ask.get("game") != chosen.key:
        return data | {"blocks": _blocks(timeline, data["start"] // BLOCK)}
    data["answered"] = ask.get("ask")
    place = ask.get("at")
    at = min(max(place, 0), timeline.last) if isinstance(place, int) else 0
    if ask.get("what") == "block":
        return data | {"blocks": _blocks(timeline, at)}
    number = ask.get("number")
    presses = min(max(number, 1), timeline.last) if isinstance(number, int) else 1
    return data | _answer(timeline, ask.get("ask"), *_found(timeline, str(ask.get("what")), at, presses))


def _about(chosen: Chosen, timeline: Timeline, start: int) -> dict[str, Any]:
    recording, episode = chosen.recording, chosen.file.episode
    return looks() | {
        "game": chosen.key,
        "name": f"game {chosen.number + 1}" if episode is None else f"game {exact(episode)}",
        "start": start,
        "last": timeline.last,
        "block": BLOCK,
        "blocks": {},
        "odds": True,
        "jumps": ["clear", "drop"] if timeline.network is not None else ["clear"],
        "found": None,
        "answered": None,
        "height": recording.board_height,
        "ceiling": recording.ceiling if recording.ceiling < recording.board_height else None,
    }


def _answer(timeline: Timeline, ask: Any, piece: int | None, said: str) -> dict[str, Any]:
    blocks = {} if piece is None else _blocks(timeline, piece // BLOCK)
    return {"found": {"ask": ask, "piece": piece, "said": said}, "blocks": blocks}


def _blocks(timeline: Timeline, block: int) -> dict[str, Any]:
    return {str(block): timeline.frames(block * BLOCK, BLOCK)}


def _found(timeline: Timeline, what: str, at: int, number: int) -> tuple[int | None, str]:
    if what == "clear":
        found = timeline.next_clear(at, number)
        return found, "" if found is not None else "No later piece clears a line."
    drop = timeline.biggest_drop()
    if drop is None:
        return None, "The network's value never falls in this game."
    return drop.first, (
        f"Piece {exact(drop.first)}: from here to piece {exact(drop.last)} the network's value falls with every placement, from "
        f"{drop.before:.4g} to {drop.after:.4g} (0 lost, 1 safe). No other unbroken fall in this game is deeper."
    )


def _draw_facts(chosen: Chosen, timeline: Timeline) -> None:
    recording, game = chosen.recording, chosen.recording.games[chosen.number]
    facts = [
        f"seed {game.seed}",
        f"board 10 × {recording.board_height}",
        f"pieces {recording.randomizer}",
        f"{'ended at' if chosen.file.episode is not None else 'network of'} step {exact(recording.step)}",
    ]
    if recording.ceiling < recording.board_height:
        facts.append(f"ends above row {recording.ceiling}")
    if timeline.last < game.pieces:
        facts.append(f"only the first {exact(timeline.last)} of its {exact(game.pieces)} pieces are kept")
    if recording.layers is None:
        facts.append("a training game explores: the network's values are not recorded")
    st.caption(
        " · ".join(escaped(fact, limit=120) for fact in facts) + "  \nThe address of this page is a link to this piece of this game."
    )
