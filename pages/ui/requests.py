"""What can be asked of a run beyond pause and stop: single steps, a pause later on, and to keep the model as it is."""

from typing import Any

import streamlit as st

from pages.ui.commands import command
from pages.ui.form.draft import TYPED
from pages.ui.guard import callback
from pages.ui.people.person import may_act, operator_only
from pages.ui.steering import asked_words
from pages.ui.text import escaped
from trainer.numbers import exact
from trainer.probing import Probe, probe
from trainer.run_files.control import MAX_SEQ
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slot_names import EXAMPLE, MAX_SLOT_CHARACTERS, SLOT_RULE, is_slot_name, typed_name
from trainer.run_files.slots import slot_names

NO_PAUSE: dict[str, Any] = {"pause_at_step": None, "pause_at_best_after": None}
DEFAULT_STEPS = 10_000
_STEPS, _NAME = "request_steps", "request_name"


def draw_requests(probed: Probe) -> None:
    """A menu of requests."""
    off = _is_off(probed) or not may_act()
    with st.popover("More", icon=":material/more_horiz:", disabled=off):  # a tooltip would cover Pause and Stop
        if not off:
            _draw_menu(probed)


def draw_asked(probed: Probe) -> None:
    """The pause that was asked for, to be taken back; nothing if none was."""
    if asked := "" if _is_off(probed) else asked_words(probed):
        st.caption(f":material/flag: {escaped(asked)}", width="content")
        st.button(
            "", key="take_back", icon=":material/close:", type="tertiary",
            on_click=callback(command), args=(probed.run,), kwargs=NO_PAUSE, **operator_only(help="Take it back: go on without a pause."),
        )  # fmt: skip


def _is_off(probed: Probe) -> bool:
    control = probed.control
    return not probed.active or probed.status is None or control is None or control.run == "stopped"


def _draw_menu(probed: Probe) -> None:
    run = probed.run
    st.button(
        "Single step", key="single_step", icon=":material/skip_next:", width="stretch", disabled=probed.state != "paused",
        help="One step of every environment, then pause again. Only while paused.",
        on_click=callback(_run_steps), args=(run, 1),
    )  # fmt: skip
    st.number_input(
        "Environment steps", 1, MAX_SEQ // 2, DEFAULT_STEPS, step=1_000, key=_STEPS,
        help="For the two buttons below: how many more to run, or the step of the run to pause at.",
    )  # fmt: skip
    st.button(
        "Run N more steps", key="run_steps", width="stretch", help="N is the number above; then pause.",
        on_click=callback(_run_chosen_steps), args=(run,),
    )  # fmt: skip
    st.button(
        "Pause at step N", key="pause_at_step", width="stretch", help="N is the number above, counted from the run's beginning.",
        on_click=callback(_pause_at_step), args=(run,),
    )  # fmt: skip
    st.button(
        "Pause at next best", key="pause_at_best", icon=":material/star:", width="stretch",
        on_click=callback(_pause_at_best), args=(run,),
    )  # fmt: skip
    st.text_input(
        "Snapshot name",
        key=_NAME,
        placeholder=EXAMPLE,
        help=f"{SLOT_RULE}.",
        max_chars=MAX_SLOT_CHARACTERS,
        **TYPED,
    )
    st.button(
        "Save snapshot", key="save_model", icon=":material/bookmark_add:", width="stretch",
        on_click=callback(_save), args=(run,),
    )  # fmt: skip


def _run_steps(run: RunDirectory, steps: int) -> None:
    command(run, **NO_PAUSE | {"run": "running", "pause_at_step": _step_of(run) + steps})


def _run_chosen_steps(run: RunDirectory) -> None:
    _run_steps(run, int(st.session_state[_STEPS]))


def _step_of(run: RunDirectory) -> int:
    """Where it is when the button is pressed: it has gone on since the page was drawn."""
    status = probe(run).status
    return status.num_timesteps if status is not None else 0


def _pause_at_best(run: RunDirectory) -> None:
    status = probe(run).status
    best = status.best if status is not None else None
    command(run, **NO_PAUSE | {"run": "running", "pause_at_best_after": best.step if best is not None else -1})


def _pause_at_step(run: RunDirectory) -> None:
    step, now = int(st.session_state[_STEPS]), _step_of(run)
    if step > now:
        command(run, **NO_PAUSE | {"run": "running", "pause_at_step": step})
    else:
        st.toast(f"The run is at step {exact(now)} already: name a later one to pause at.", icon=":material/error:")


def _save(run: RunDirectory) -> None:
    name = typed_name(str(st.session_state[_NAME]))
    if name in slot_names(run):
        st.toast(f"There is a model “{escaped(name)}” in this run already: choose another name.", icon=":material/error:")
    elif is_slot_name(name):
        command(run, save_as=name)
    else:
        st.toast(f"A model's name must be {SLOT_RULE}.", icon=":material/error:")
