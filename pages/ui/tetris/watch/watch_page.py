"""What the Watch page draws: who plays, what steers them, and their boards."""

import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.control_values import value_key
from pages.ui.guard import callback, fragment, guard
from pages.ui.model_address import MODEL, named_model
from pages.ui.selection import labels_of, name_of
from pages.ui.shell import address
from pages.ui.shell.navigation import WATCH
from pages.ui.shell.shell import board_room
from pages.ui.tetris.board.board import looks, mount_boards
from pages.ui.tetris.showreel import draw_playing
from pages.ui.tetris.watch.start_demo import start_demo
from pages.ui.text import escaped, plain
from trainer.creating import default_runs_dir
from trainer.errors import ControlRoomError
from trainer.probing import Probe
from trainer.run_files.opening import is_real_folder
from trainer.run_files.run_directory import RUN_ID_PATTERN, RunDirectory
from trainer.run_files.slot_names import split_key
from trainer.run_files.slots import list_models
from trainer.run_files.tails import NewestRows, log_tail
from trainer.tasks import describe
from trainer.tasks.tetris.files.demos import MAX_SEED, Demo, DemoControl, DemoStatus, Moment, moments_reader, open_demo

ELEMENT = "watched_boards"
WATCHED = "demo_id"  # in the session
READER = "watch_reader"
CURSOR = "watch_cursor"
PRESSES = "watch_presses"  # how often each key was pressed, as far as it was obeyed
LINKED = "watch_linked"  # the player that a link has named last
CHOSEN_SEED = "watch_game_seed"
NOBODY = "nobody"
REFERENCE_PLAYERS = {
    "bcts": "BCTS (Thiery and Scherrer 2009)",
    "dt20": "DT-20 (Gabillon et al. 2013)",
    "dt10": "DT-10 (Gabillon et al. 2013)",
    "dellacherie": "Dellacherie (2003)",
}
SHORT_NAMES = {"bcts": "BCTS", "dt20": "DT-20", "dt10": "DT-10", "dellacherie": "Dellacherie"}
FASTEST = "as fast as possible"
SPEEDS: dict[str, int | None] = {
    **{f"{speed:,} pieces/s": speed for speed in (1, 2, 5, 10, 20, 30, 60, 100, 200, 500, 1_000)},
    FASTEST: None,
}
MAX_RUNS = 50  # the newest: their models are offered
REFRESH_S = 0.5
MAX_MOMENTS = 60  # that are played in the time between two refreshes: more cannot be followed


def players(runs: tuple[RunDirectory, ...], probes: Mapping[str, Probe]) -> dict[str, str]:
    """Who can play: the models of every run, and the reference players; what each is called."""
    labels = labels_of(runs, probes)
    models = [model for run in runs[:MAX_RUNS] for model in list_models(run)[0] if WATCH in describe(model.metadata.task).pages]
    return {model.key: labels[model.run.run_id] + (f" · {model.slot}" if model.slot else "") for model in models} | REFERENCE_PLAYERS


def called(player: str) -> str:
    """What a player is called beside its board."""
    run_id, slot = split_key(player)
    if RUN_ID_PATTERN.fullmatch(run_id):
        return plain(slot or name_of(RunDirectory(default_runs_dir() / run_id)), 30)
    return SHORT_NAMES.get(player) or plain(player, 30)


def draw_watch(runs: tuple[RunDirectory, ...], shown: RunDirectory | None, probes: Mapping[str, Probe]) -> None:
    """Draw the page; `shown` is the run that plays first if it can."""
    names, linked = players(runs, probes), named_model()
    if linked in names:
        _begin_linked(linked)
    _draw_choice(names, linked if linked in names else shown.run_id if shown else None)
    demo = open_demo(default_runs_dir(), st.session_state.get(WATCHED, ""))
    if demo is None:
        draw_playing("Choose who plays and press Watch.")
        return
    draw = fragment(_draw_watched, REFRESH_S, about=demo.demo_id)
    draw(demo)


def _draw_choice(names: dict[str, str], shown: str | None) -> None:
    ids, key = list(names), str(hash((*names.items(), shown)))  # who else can play now, or plays first: a new choice
    with st.container(key="who_plays"), st.form("watch", border=False):
        first, second, seed, button = st.columns([4, 4, 2, 2], vertical_alignment="bottom")
        first.selectbox("Player", ids, ids.index(shown) if shown in ids else 0, key=f"watch_one:{key}", format_func=names.__getitem__)
        second.selectbox(
            "Against, on the same pieces", [NOBODY, *ids], key=f"watch_other:{key}", format_func=lambda name: names.get(name, NOBODY)
        )
        seed.number_input("Seed", 0, MAX_SEED, 1, key=CHOSEN_SEED, help="The same seed gives the same pieces.")
        button.form_submit_button(
            "Watch", icon=":material/visibility:", type="primary", width="stretch", on_click=callback(_begin), args=(key,)
        )


def _begin_linked(player: str) -> None:
    """The model that a link names plays at once, without a press; what is chosen on the page afterwards takes its place."""
    demo = open_demo(default_runs_dir(), st.session_state.get(WATCHED, ""))
    if st.session_state.get(LINKED) == player and (demo is not None or address.change() is address.Change.NONE):
        return
    st.session_state[LINKED] = player
    _start([player], DemoControl())


def _begin(key: str) -> None:
    one, other = st.session_state[f"watch_one:{key}"], st.session_state[f"watch_other:{key}"]
    _start([one] if other == NOBODY else [one, other], DemoControl(seed=st.session_state[CHOSEN_SEED]))
    address.write(**{MODEL: None})


def _start(chosen: list[str], control: DemoControl) -> None:
    with contextlib.suppress(ControlRoomError, OSError):  # or it ends by itself, when nobody looks any more
        _end(open_demo(default_runs_dir(), st.session_state.get(WATCHED, "")))
    st.session_state[WATCHED] = start_demo(chosen, control, default_runs_dir()).demo_id
    st.session_state.pop(READER, None)


def _end(demo: Demo | None) -> None:
    if demo is not None:
        _change(demo, lambda now: replace(now, run="stopped"))


def _change(demo: Demo, change: Callable[[DemoControl], DemoControl]) -> None:
    with contextlib.suppress(FileNotFoundError):  # it has ended, and the part says so when it is drawn next
        now = demo.wanted()
        if now.run != "stopped":  # what was pressed just before may come after it, and must not take it back
            demo.ask(change(now))


def _draw_watched(demo: Demo) -> None:
    demo.look()
    status = demo.status()
    if status is not None and status.state == "failed":
        st.error(escaped(status.error or "The players could not be started.", limit=600), icon=":material/error:")
    elif not demo.is_played and (status is not None or not is_real_folder(demo.files.path)):
        st.info("The game has ended. Press Watch to begin another one.", icon=":material/stop_circle:")
    else:
        with guard(), contextlib.suppress(FileNotFoundError):  # it ends in this moment
            _draw_controls(demo)
        _draw_boards(demo, status)


def _draw_controls(demo: Demo) -> None:
    wanted = demo.wanted()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word, icon = ("Resume game", ":material/play_arrow:") if wanted.run == "paused" else ("Pause game", ":material/pause:")
        st.button(word, key="watch_pause", icon=icon, on_click=callback(_toggle), args=(demo,), width=150)
        st.button(
            "Step", key="watch_step", icon=":material/skip_next:", help="One piece on each board.", on_click=callback(_step), args=(demo,)
        )
        st.button("New seed", key="watch_seed", icon=":material/casino:", on_click=callback(_new_seed), args=(demo,))
        st.button("End game", key="watch_stop", icon=":material/stop:", on_click=callback(_end), args=(demo,))
        speed = next((name for name, value in SPEEDS.items() if value == wanted.pieces_per_second), FASTEST)
        key = value_key("watch_speed", speed)
        st.select_slider("Speed", list(SPEEDS), speed, key=key, width=320, on_change=callback(_set_speed, value=key), args=(demo, key))


def _toggle(demo: Demo) -> None:
    _change(demo, lambda now: replace(now, run="running" if now.run == "paused" else "paused"))


def _step(demo: Demo, steps: int = 1) -> None:
    _change(demo, lambda now: replace(now, run="paused", steps=now.steps + steps))


def _new_seed(demo: Demo) -> None:
    _change(demo, lambda now: replace(now, seed=secrets.randbelow(1_000_000)))


def _set_speed(demo: Demo, key: str) -> None:
    _change(demo, lambda now: replace(now, pieces_per_second=SPEEDS[st.session_state[key]]))


def _draw_boards(demo: Demo, status: DemoStatus | None) -> None:
    moments = _new_moments(demo)
    if status is None or not moments:
        _draw_waiting(demo)
        return
    names = [called(name) for name in status.players]
    data = payload(demo.demo_id, moments, st.session_state.get(CURSOR), names=names, height=status.board_height)
    st.session_state[CURSOR] = moments[-1].number
    with st.container(key=f"watched_{len(names)}"), st.container(key=board_room(status.board_height)):
        mount_boards(ELEMENT, data, height="content", on_presses_change=callback(partial(_keyed, demo)))
    game = f"game {moments[-1].game} · seed {status.seed} · {status.state}"
    st.caption(f"{game}. Above each board: what its player makes of every placement, a row a rotation; the chosen one is outlined.")


def _draw_waiting(demo: Demo) -> None:
    tail = log_tail(demo.files.log, lines=15)
    st.caption("The players are being loaded…")
    if tail:
        st.code(tail, language=None)


def _keyed(demo: Demo) -> None:
    """Obey what was pressed since the last look. The browser sends sums, so that a press between two looks is not lost."""
    sums = st.session_state[ELEMENT].get("presses")
    if not isinstance(sums, dict):
        return
    known = st.session_state.get(PRESSES, {})
    before = known if known.get("of") == sums.get("of") else {}
    st.session_state[PRESSES] = sums
    steps, pauses = (_more(sums.get(key), before.get(key)) for key in ("step", "pause"))
    if pauses % 2:
        _toggle(demo)
    if steps:
        _step(demo, steps)


def _more(now: Any, before: Any) -> int:
    return max(0, now - (before or 0)) if isinstance(now, int) else 0


def _new_moments(demo: Demo) -> list[Moment]:
    kept = st.session_state.get(READER)
    if kept is None or kept[0] != demo.demo_id:
        kept = st.session_state[READER] = (demo.demo_id, moments_reader(demo))
        st.session_state[CURSOR] = None
    reader: NewestRows[Moment] = kept[1]
    return reader.refresh()


def payload(demo_id: str, moments: list[Moment], cursor: int | None, *, names: list[str], height: int) -> dict[str, Any]:
    """What the component gets: the moments that this tab has not shown yet, at its first look the newest one.

    Args:
        demo_id: another one empties the boards.
        moments: the newest ones, at least one, oldest first.
        cursor: the number of the last one the tab has shown, or None.
        names: of the players.
        height: rows of the boards.
    """
    unseen = moments[-1:] if cursor is None else [moment for moment in moments if moment.number > cursor][-MAX_MOMENTS:]
    return looks() | {
        "run": demo_id,
        "batch": f"{demo_id}:{moments[-1].number}",
        "moments": [moment.boards for moment in unseen or moments[-1:]],  # the newest again: it may not have reached the browser
        "names": names,
        "heat": True,
        "steers": True,
        "height": height,
        "ceiling": None,
        "live": True,
        "interval_s": REFRESH_S,
    }
