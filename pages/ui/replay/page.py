"""What the replay page draws: the choice of an episode, and what its task makes of it."""

from typing import Any

import streamlit as st

from pages.ui.control_values import value_key
from pages.ui.guard import callback
from pages.ui.replay.recordings import Chosen, ReplayParts, choose, label
from pages.ui.replay.task_parts import parts_of
from pages.ui.selection import about_of
from pages.ui.shell import address
from pages.ui.text import escaped, plain
from trainer.probing import probe
from trainer.run_files.replays import link_name, list_recordings
from trainer.run_files.run_directory import RunDirectory

SHOWN_RUN = "replay_run"  # in the session
EVALUATION = "evaluation"
EMPTY = "The episodes that runs play when they are evaluated will be here, to be watched again move by move."


def draw_replay(run: RunDirectory) -> None:
    """Draw the page of a run."""
    parts = parts_of(about_of(run))
    chosen = choose(parts, run, address.says(EVALUATION), address.says(parts.episode)) if parts else None
    came_from_another = st.session_state.get(SHOWN_RUN, run.run_id) != run.run_id  # whose evaluation the address may still name
    st.session_state[SHOWN_RUN] = run.run_id
    if parts is None or chosen is None:
        _draw_nothing(run, parts)
        return
    for message in () if came_from_another else chosen.messages:
        st.warning(escaped(message, limit=300), icon=":material/help:")
    address.write(evaluation=link_name(chosen.file), **{parts.episode: str(chosen.number + 1)})  # a link that stays right
    _draw_choice(parts, chosen)
    parts.draw(chosen)


def _draw_nothing(run: RunDirectory, parts: ReplayParts[Any] | None) -> None:
    probed = probe(run)
    if probed.state == "gone":
        st.warning("This run was deleted from disk. Pick another one in the sidebar.", icon=":material/delete:")
    elif parts is None:
        st.info(f"Runs of {plain(about_of(run).label)} record no episodes. Pick another run in the sidebar.", icon=":material/movie:")
    else:
        is_recorded = "is recorded yet" if probed.active else "was recorded"
        each = f"Every evaluation records its {parts.episode}s, the first one too."
        st.info(f"No {parts.episode} of this run {is_recorded}. {each}", icon=":material/movie:")


def _draw_choice(parts: ReplayParts[Any], chosen: Chosen[Any]) -> None:
    by_name = {link_name(file): file for file in reversed(list_recordings(chosen.run))}
    shown, labels = link_name(chosen.file), parts.labels(chosen.recording)
    names = list(by_name) if shown in by_name else [shown]
    numbers = [str(number) for number in range(1, len(labels) + 1)]
    which, episode = st.columns(2)
    with which:
        finer = (parts.episode, parts.place)
        _select("Recording", names, shown, EVALUATION, finer=finer, words=lambda name: label(parts, by_name.get(name, chosen.file)))
    with episode:
        here, what = str(chosen.number + 1), parts.episode
        _select(what.capitalize(), numbers, here, what, finer=(parts.place,), words=lambda number: labels[int(number) - 1])


def _select(what: str, choices: list[str], truth: str, parameter: str, *, finer: tuple[str, ...], words: Any) -> None:
    key = value_key(f"replay_{parameter}:{hash(tuple(choices))}", truth)
    st.selectbox(
        what, choices, choices.index(truth), key=key, format_func=words,
        on_change=callback(_chosen, value=key), args=(key, parameter, finer),
    )  # fmt: skip


def _chosen(key: str, parameter: str, finer: tuple[str, ...]) -> None:
    address.write(**dict.fromkeys(finer) | {parameter: st.session_state[key]})
