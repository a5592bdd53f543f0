"""What steers the shown run wherever it stands: the remote in the sidebar of every page, and what the live page has beside its picture.

The controls show the level in `control.json`: when another tab or the command line has changed it, they follow. A click is
written once, by the widget's callback, and only if it changes something.
"""

from functools import partial
from typing import Any

import streamlit as st

from pages.ui.commands import command, pause_or_resume
from pages.ui.control_values import value_key
from pages.ui.dialogs import opened
from pages.ui.guard import callback
from pages.ui.people.person import operator_only
from pages.ui.queue import draw_queue
from pages.ui.requests import NO_PAUSE
from pages.ui.selection import about_of, are_others_listed, config_of
from pages.ui.shell.pace import PACE
from pages.ui.speeds import choice_of, envs_of, limit_of, speed_help, speed_stops, speed_words
from pages.ui.states import LOOKS, is_resumable
from pages.ui.steering import is_paused, is_steerable, wanted, why_not_steerable
from pages.ui.text import escaped
from trainer.probing import Probe, probe
from trainer.run_files.control import MAX_BOARD_EVERY, MIN_BOARD_EVERY
from trainer.run_files.run_directory import RunDirectory
from trainer.stopping import follow_stop, is_being_stopped


def draw_remote(
    run: RunDirectory | None, runs: tuple[RunDirectory, ...], before: dict[str, Probe], open_before: str | None, every_s: float | None
) -> None:
    """Draw state, Pause and speed of the shown run, and the queue; draw the whole page again when something outside this part must change.

    Args:
        run: the one that is shown.
        runs: those that are listed.
        before: how runs were when the whole page was drawn.
        open_before: the dialog that the whole page was drawn with.
        every_s: seconds between two refreshes that a person has chosen; None: there are none.
    """
    if run is None:
        if are_others_listed(runs):
            st.rerun()
        return
    probed = probe(run)
    with st.container(key="remote", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        draw_state(probed)
        if probed.state != "queued":
            draw_pause(probed, key="pause_or_resume", width=116)
    _draw_speed(probed)
    if probed.state == "gone":
        st.warning(escaped(probed.problem or "", limit=300), icon=":material/delete:")
    with st.container(key="queue"):
        draw_queue()
        if words := PACE.words(every_s):
            st.caption(words)
    if _look_around(probed, runs, before) or opened() != open_before:
        st.rerun()


def _look_around(probed: Probe, runs: tuple[RunDirectory, ...], before: dict[str, Probe]) -> bool:
    """Have every stop carried through, also of runs that are not shown; returns whether the whole page must be drawn again."""
    outdated = _is_outdated(before.get(probed.run.run_id), probed)
    active = [earlier for earlier in before.values() if (earlier.active or earlier.state == "queued") and earlier.run != probed.run]
    for now, earlier in [(probed, probed), *((probe(earlier.run), earlier) for earlier in active)]:
        if is_being_stopped(now):
            follow_stop(now.run)
        outdated |= now.state != earlier.state
    return outdated or are_others_listed(runs)


def _is_outdated(before: Probe | None, now: Probe) -> bool:
    """Whether the whole page shows another state of a run, or another level: what steers it stands in several places of the page."""
    return before is None or (before.state, before.pending, before.control) != (now.state, now.pending, now.control)


def draw_state(probed: Probe) -> None:
    """The state of a run, as a badge."""
    look = LOOKS[probed.state]
    st.badge(look.word, icon=look.icon, color=look.colour)


def draw_pause(probed: Probe, *, key: str, width: int) -> None:
    """Pause or Resume, whichever is the next thing to ask for.

    Args:
        probed: the run.
        key: of the button.
        width: in pixels, the same for both words.
    """
    resumable, steerable = is_resumable(probed), is_steerable(probed)
    resumes = is_paused(probed) or resumable
    st.button(
        "Resume" if resumes else "Pause",
        key=key,
        icon=":material/play_arrow:" if resumes else ":material/pause:",
        width=width,
        **operator_only(
            disabled=not (steerable or resumable),
            help=_resume_help(probed) if resumable else None if steerable else why_not_steerable(probed),
        ),
        on_click=callback(pause_or_resume),
        args=(probed.run,),
        kwargs={} if resumable else NO_PAUSE | {"run": "running" if resumes else "paused"},
    )


def _resume_help(probed: Probe) -> str:
    exactly = probed.status is None or not probed.status.not_exact
    return "Train on from the last checkpoint" + (", exactly as if the run had never been interrupted." if exactly else ".")


def _level(probed: Probe, name: str, shown: Any, *, help_text: str) -> dict[str, Any]:
    """What every widget has that shows a field of `control.json`."""
    off = not probed.active or wanted(probed).run == "stopped"
    key = value_key(f"control:{probed.run.run_id}:{name}", shown)
    asks = {"on_change": callback(_level_changed, value=key), "args": (probed.run, name, key)}
    told = f"{help_text} {why_not_steerable(probed)}" if off else help_text
    return {"value": shown, "key": key} | asks | operator_only(disabled=off, help=told)


def _level_changed(run: RunDirectory, name: str, key: str) -> None:
    value = st.session_state[key]
    command(run, **{name: limit_of(value) if name == "speed" else value})


def _draw_speed(probed: Probe) -> None:
    about, config, speed = about_of(probed.run), config_of(probed.run), wanted(probed).speed
    n_envs = envs_of(config.settings) if config else 1
    st.select_slider(
        "Training speed", speed_stops(n_envs, speed), format_func=partial(speed_words, about),
        **_level(probed, "speed", choice_of(speed), help_text=speed_help(about, n_envs)),
    )  # fmt: skip


def draw_view_controls(probed: Probe) -> None:
    """Whether there are pictures of the run, and how often: to be drawn beside the picture."""
    control, seen = wanted(probed), about_of(probed.run).picture
    with st.container(key="view_controls", horizontal=True, vertical_alignment="center", gap="small"):
        st.toggle(
            f"Show {seen}", width="content",
            **_level(probed, "visual", control.visual, help_text=f"The trainer writes snapshots of the {seen} while this is on."),
        )  # fmt: skip
        with st.popover("", icon=":material/tune:", type="tertiary", key="snapshots", help="How often"):
            st.number_input(
                "Snapshot every (steps)", MIN_BOARD_EVERY, MAX_BOARD_EVERY, step=1,
                **_level(
                    probed, "board_every", control.board_every,
                    help_text="Environment steps between two snapshots, 1 to 1,000. A limited speed shows more, up to 30 a second.",
                ),
            )  # fmt: skip
