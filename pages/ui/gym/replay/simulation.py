"""Simulating a recorded episode, in the background: what starts it, and what a person sees until its film is there."""

import streamlit as st

from pages.ui.guard import callback, fragment
from pages.ui.people.person import may_act, operator_only
from pages.ui.replay.recordings import Chosen
from pages.ui.text import escaped
from trainer.creating import default_runs_dir
from trainer.jobs import Job, cancel_job, last_words, look, start_job
from trainer.numbers import exact
from trainer.run_files.jobs import JobKind, JobRequest
from trainer.run_files.replays import link_name
from trainer.tasks.gym.files.replays import Recording

BUMPED = "simulation_bumped"  # in the session: the episode for which another one's simulation was given up
LOOK_S = 0.5
KIND: JobKind = "film"


def draw_simulation(chosen: Chosen[Recording], module: str) -> None:
    """Simulate an episode that has no film; the whole page is drawn again when it has one.

    Args:
        chosen: the episode.
        module: code of somebody's own that its environment comes from; it is run only when a person asks for it. Empty: none.
    """
    job = look(default_runs_dir(), KIND)
    about_it = job is not None and job.request.models == [chosen.key]
    if not may_act() and not (about_it and job is not None and job.active):
        st.info("It is simulated again once an operator asks for it. Then it can be watched here.", icon=":material/visibility:")
    elif about_it and job is not None and not job.active:
        _draw_end(chosen, job)
    elif module and not about_it:
        st.info(f"Its environment is made by the module {escaped(module)}, which is run to simulate it.", icon=":material/code:")
        _draw_button(chosen, "Simulate")
    else:
        _draw_progress(chosen)


def _draw_progress(chosen: Chosen[Recording]) -> None:
    part = fragment(_follow, every=LOOK_S, about=chosen.key)
    part(chosen)


def _follow(chosen: Chosen[Recording]) -> None:
    """Start the simulation as soon as no other is going on, and say how far it is."""
    job = look(default_runs_dir(), KIND)
    if not may_act() and (job is None or not job.active or job.request.models != [chosen.key]):
        st.rerun()
    elif job is None or (not job.active and job.request.models != [chosen.key]):
        _start(chosen)
    elif not job.active:
        st.rerun()
    elif job.request.models != [chosen.key]:
        _wait(chosen, job)
    else:
        _draw_active(job)


def _wait(chosen: Chosen[Recording], other: Job) -> None:
    """What was asked for last goes first, once: two tabs must not end each other's for ever."""
    st.progress(0.0, text="Waiting for another episode that is being simulated")
    if st.session_state.get(BUMPED) != chosen.key:
        st.session_state[BUMPED] = chosen.key
        cancel_job(other)


def _draw_active(job: Job) -> None:
    words, action = st.columns([6, 1], vertical_alignment="center")
    progress = job.progress
    share = min(1.0, progress.done / progress.total) if progress and progress.total else 0.0
    far = f" · step {exact(progress.done)} of {exact(progress.total)}" if progress and progress.total else ""
    words.progress(share, text=f"Simulating the episode again{far}")
    action.button(
        "Cancel", key="cancel_film", icon=":material/close:", width="stretch", on_click=callback(cancel_job), args=(job,), **operator_only()
    )


def _draw_end(chosen: Chosen[Recording], job: Job) -> None:
    """It has ended, and there is no film."""
    if job.state == "cancelled":
        _draw_button(chosen, "Simulate")
        return
    said = job.progress.doing if job.progress and job.state == "failed" else ""
    if job.state == "lost":
        said = f"The process died unexpectedly. {last_words(job)}"
    elif job.state == "done":
        said = "The film of this episode was dropped to make room."
    st.error(escaped(said, limit=1_000), icon=":material/error:")
    _draw_button(chosen, "Try again")


def _draw_button(chosen: Chosen[Recording], label: str) -> None:
    st.button(label, key="simulate", icon=":material/movie:", on_click=callback(_start), args=(chosen,), **operator_only())


def _start(chosen: Chosen[Recording]) -> None:
    name, number = link_name(chosen.file), str(chosen.number + 1)
    request = JobRequest(KIND, f"episode {number} of {name}", [chosen.key])
    start_job(default_runs_dir(), request, [KIND, str(chosen.run.path), name, number])
