"""The part of the sidebar that lives: the state of the run, the command under way, and the controls. Redrawn on a timer.

The controls show the level in `control.json`: when another tab or the command line has changed it, they follow. A click is
written once, by the widget's callback, and only if it changes something.
"""

import time
from typing import Any

import streamlit as st

from pages.ui.control_values import value_key
from pages.ui.dialogs import STOPPING, close_dialog, open_dialog, opened
from pages.ui.guard import callback, dialog
from pages.ui.queue import draw_queue, draw_queued_buttons, place_words
from pages.ui.requests import NO_PAUSE, draw_requests
from pages.ui.run_data import run_data
from pages.ui.selection import about_of, are_others_listed, name_of
from pages.ui.states import LOOKS, elsewhere, is_resumable, pending_words
from pages.ui.steering import applied_words, resume, send, waits_as_asked, wanted
from pages.ui.text import escaped
from trainer.probing import Probe, probe
from trainer.run_files.control import MAX_BOARD_EVERY, MAX_SPEED, MIN_BOARD_EVERY, MIN_SPEED
from trainer.run_files.run_directory import RunDirectory
from trainer.stopping import follow_stop, is_being_stopped, stop_words

DOUBLE_CLICK_S = 0.5
_PRESSED_AT = "pause_or_resume_pressed_at"


def draw_controls(run: RunDirectory | None, runs: tuple[RunDirectory, ...], before: dict[str, Probe], open_before: str | None) -> None:
    """Draw the state and the controls; draw the whole page again when something outside this part must change.

    Args:
        run: the one that is shown.
        runs: those that are listed.
        before: how runs were when the whole page was drawn.
        open_before: the dialog that the whole page was drawn with.
    """
    if run is None:
        if are_others_listed(runs):
            st.rerun()
        return
    probed = probe(run)
    _draw_state(probed)
    if probed.state == "queued":
        draw_queued_buttons(probed)
    else:
        _draw_buttons(probed)
    _draw_settings(probed)
    with st.container(key="queue"):
        draw_queue()
    if _look_around(probed, runs, before) or opened() != open_before:
        st.rerun()


def _look_around(probed: Probe, runs: tuple[RunDirectory, ...], before: dict[str, Probe]) -> bool:
    """Have every stop carried through, also of runs that are not shown; returns whether the whole page must be drawn again."""
    then = before.get(probed.run.run_id)
    outdated = then is None or (then.state, then.pending) != (probed.state, probed.pending)
    active = [earlier for earlier in before.values() if (earlier.active or earlier.state == "queued") and earlier.run != probed.run]
    for now, earlier in [(probed, probed), *((probe(earlier.run), earlier) for earlier in active)]:
        if is_being_stopped(now):
            follow_stop(now.run)
        outdated |= now.state != earlier.state
    return outdated or are_others_listed(runs)


def _draw_state(probed: Probe) -> None:
    look = LOOKS[probed.state]
    st.badge(look.word, icon=look.icon, color=look.colour)
    pending = (stop_words(probed.run) if probed.active else place_words(probed.run)) or pending_words(probed)
    done = "" if pending else applied_words(probed, run_data(probed.run).events())
    if pending or done or probed.active:
        with st.container(key="command"):  # of a fixed height: the controls below never move
            st.caption(escaped(pending, limit=120) if probed.state == "queued" else _command_line(pending, done))
    if probed.problem:
        st.warning(escaped(_advice(probed), limit=400), icon=":material/warning:")
    if probed.status is not None and probed.status.degraded and probed.active:
        st.warning(escaped(f"{probed.status.degraded}. Training goes on.", limit=300), icon=":material/warning:")
    if probed.status is not None and probed.status.not_exact:
        st.caption(f":orange[:material/warning:] Not exact: {escaped(probed.status.not_exact, limit=300)}")


def _command_line(pending: str, done: str) -> str:
    if pending:
        return f":material/sync: {escaped(pending, limit=120)}"
    return f":green[✓] {escaped(done, limit=120)}" if done else "\u00a0"


def _advice(probed: Probe) -> str:
    hint = (
        " The trainer keeps its last settings; any control here writes a good file again." if probed.active and not probed.control else ""
    )
    return f"{probed.problem}{hint}"


def _draw_buttons(probed: Probe) -> None:
    control = wanted(probed)
    steerable = _is_steerable(probed)
    reason = None if steerable else _why_not(probed)
    paused = control.run == "paused" or waits_as_asked(probed)
    resumable = is_resumable(probed)
    left, right = st.columns(2, gap="small")
    left.button(
        "Resume" if paused or resumable else "Pause",
        key="pause_or_resume",
        icon=":material/play_arrow:" if paused or resumable else ":material/pause:",
        help=_resume_help(probed) if resumable else reason,
        disabled=not (steerable or resumable),
        width="stretch",
        on_click=callback(_pause_or_resume),
        args=(probed.run,),
        kwargs={} if resumable else NO_PAUSE | {"run": "running" if paused else "paused"},
    )
    right.button(
        "Stop", key="stop", icon=":material/stop:", help=reason, disabled=not steerable, width="stretch",
        on_click=callback(open_dialog), args=(STOPPING,),
    )  # fmt: skip
    draw_requests(probed)


def _resume_help(probed: Probe) -> str:
    exactly = probed.status is None or not probed.status.not_exact
    return "Train on from the last checkpoint" + (", exactly as if the run had never been interrupted." if exactly else ".")


def _is_steerable(probed: Probe) -> bool:
    return probed.active and wanted(probed).run != "stopped" and probed.state != "stopping"


def _why_not(probed: Probe) -> str:
    if probed.active:
        return "The trainer is stopping."
    if probed.state == "queued":
        return "This run waits in the queue: it can be steered once it is being trained."
    what = "resume it" if is_resumable(probed) else "start a new one"
    if why := elsewhere(probed):
        return f"This run is not being trained ({LOOKS[probed.state].word.lower()}). {why}"
    return f"This run is not being trained ({LOOKS[probed.state].word.lower()}); {what} to steer it."


def _draw_settings(probed: Probe) -> None:
    control = wanted(probed)
    off = not probed.active or control.run == "stopped"
    reason = f" {_why_not(probed)}" if off else ""

    def options(name: str) -> dict[str, Any]:
        value = getattr(control, name)
        key = value_key(f"control:{probed.run.run_id}:{name}", value)
        asks = {"on_change": callback(_setting_changed, value=key), "args": (probed.run, name, key)}
        return {"value": value, "key": key, "disabled": off} | asks

    seen = about_of(probed.run).picture
    st.toggle(f"Show {seen}", help=f"The trainer writes snapshots of the {seen} while this is on." + reason, **options("visual"))
    st.slider(
        "Speed", MIN_SPEED, MAX_SPEED, step=0.05, format="%.2f×", **options("speed"),
        help=f"Below 1 the trainer rests at every snapshot, so that you can follow. It has no effect while the {seen} is off." + reason,
    )  # fmt: skip
    st.number_input(
        "Snapshot every (steps)", MIN_BOARD_EVERY, MAX_BOARD_EVERY, step=1, **options("board_every"),
        help="Environment steps between two snapshots, 1 to 1,000." + reason,
    )  # fmt: skip


def _setting_changed(run: RunDirectory, name: str, key: str) -> None:
    st.session_state.pop(_PRESSED_AT, None)  # whoever uses something else in between presses the button on purpose
    send(run, **{name: st.session_state[key]})


def _pause_or_resume(run: RunDirectory, /, **changes: Any) -> None:
    """The second click of a double click must not take back what the first one asked for."""
    pressed_at = time.monotonic()
    if pressed_at - st.session_state.get(_PRESSED_AT, -DOUBLE_CLICK_S) < DOUBLE_CLICK_S:
        return
    if changes:
        send(run, **changes)
    else:
        resume(run)
    st.session_state[_PRESSED_AT] = pressed_at


@dialog("Stop this run?")
def stop_dialog(run: RunDirectory) -> None:
    """Ask before stopping: the trainer's process ends. A run that has ended meanwhile is said to have."""
    probed = probe(run)
    name, look = escaped(name_of(run)), LOOKS[probed.state]
    if not _is_steerable(probed):
        words = "is being stopped already" if probed.active else f"is not being trained any more ({look.word.lower()})"
        st.info(f"**{name}** {words}: there is nothing to stop.", icon=look.icon)
        st.button("Close", key="close_stop", width="stretch", on_click=callback(close_dialog))
        return
    then = "its program goes on after learn()" if elsewhere(probed) else "Resume goes on from there"
    st.markdown(f"**{name}** ends. What it has learned is saved, and {then}.")
    keep, stop = st.columns(2)
    keep.button("Keep training", key="keep_training", width="stretch", on_click=callback(close_dialog))
    stop.button(
        "Stop training", key="confirm_stop", type="primary", icon=":material/stop:", width="stretch", on_click=callback(_stop), args=(run,)
    )


def _stop(run: RunDirectory) -> None:
    if _is_steerable(probe(run)):  # else the dialog says what has happened meanwhile
        send(run, run="stopped")
        close_dialog()
