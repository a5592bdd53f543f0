"""What a run that has ended offers on its page: its best model at work, and a fork; and its best recorded episode."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.ui.dialogs import FORKING, is_awaited, open_dialog
from pages.ui.guard import callback
from pages.ui.model_address import WATCH_PAGE, link_to
from pages.ui.models.work import WORKING_S, draw_job, evaluate_one, job_of, make_bundle
from pages.ui.people.person import operator_only
from pages.ui.replay.recordings import Chosen, R, ReplayParts, read
from pages.ui.run_data import RunRows
from pages.ui.selection import about_of, config_of, name_of
from pages.ui.shell.navigation import REPLAY, WATCH
from trainer.errors import FormatError, ModelNotFoundError
from trainer.probing import Probe
from trainer.run_files.jobs import JobKind
from trainer.run_files.replays import RecordingFile, list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import StoredModel, find_model
from trainer.tasks.about import About
from trainer.tasks.metric import Metric

KINDS: tuple[JobKind, ...] = ("evaluate", "bundle")


def has_ended(probed: Probe) -> bool:
    """Whether nothing more is written to a run, as far as its state tells."""
    return not probed.growing and probed.state not in ("queued", "gone")


def work_interval(run: RunDirectory) -> float | None:
    """How often the page of a run that has ended looks: while work on its best model goes on."""
    return WORKING_S if _is_at_work(run) else None


def _is_at_work(run: RunDirectory) -> bool:
    jobs = (job_of(kind) for kind in KINDS)
    return any(job is not None and job.active and job.request.models == [run.run_id] for job in jobs)


def draw_offers(run: RunDirectory, *, followed: bool) -> None:
    """Draw what can be done with a run that has ended.

    Args:
        run: the run.
        followed: whether the page looks by itself how far work is.
    """
    about, model = about_of(run), best_model(run)
    with st.container(key="offers", horizontal=True, gap="small"):
        if model is not None:
            _draw_model_offers(model, about)
        if not about.elsewhere and config_of(run) is not None and model is not None:
            st.button(
                "Fork", key="live_fork", icon=":material/fork_right:", on_click=callback(open_dialog), args=(FORKING,),
                **operator_only(help="A new run that begins with this one's best model."),
            )  # fmt: skip
    if model is not None:
        for kind in KINDS:
            job = job_of(kind)
            if job is not None and job.request.models == [model.key]:
                draw_job(job)
    if is_awaited() or _is_at_work(run) != followed:
        st.rerun()


def best_model(run: RunDirectory) -> StoredModel | None:
    """The best model of a run; None if there is none that can be read."""
    try:
        return find_model(run, None)
    except (ModelNotFoundError, FormatError, OSError):
        return None


def _draw_model_offers(model: StoredModel, about: About) -> None:
    parameters, title = {"run": model.run.run_id}, f"{name_of(model.run)} · {model.name}"
    if WATCH in about.pages:
        st.page_link(WATCH_PAGE, label="Watch its best model", icon=":material/visibility:", query_params=link_to(model.run.run_id))
    elif REPLAY in about.pages:
        st.page_link("pages/3_Replay.py", label="Replay its episodes", icon=":material/movie:", query_params=parameters)
    if "evaluate" in about.commands:
        st.button(
            "Evaluate", key="live_evaluate", icon=":material/analytics:", on_click=callback(evaluate_one), args=(model, title),
            **operator_only(help="Greedy episodes of its best model that had no part in choosing it, in the background."),
        )  # fmt: skip
    if "bundle" in about.commands:
        st.button(
            "Make bundle", key="live_bundle", icon=":material/package_2:", on_click=callback(make_bundle), args=(model, title),
            **operator_only(help="One .zip with its best model, its evaluation, settings and a player."),
        )  # fmt: skip


def best_recorded(parts: ReplayParts[R], run: RunDirectory, rows: RunRows, metric: Metric) -> Chosen[R] | None:
    """The best episode of the best evaluation that is recorded; None if none can be read.

    Args:
        parts: of the run's task.
        run: the run.
        rows: of the run.
        metric: which evaluation is the best.
    """
    files = [file for file in list_recordings(run) if file.episode is None]
    if not files:
        return None
    file = _best_file(files, rows, metric)
    try:
        recording = read(parts, file)
        return Chosen(run, file, recording, parts.best(recording))
    except FormatError:
        return None


def _best_file(files: Sequence[RecordingFile], rows: RunRows, metric: Metric) -> RecordingFile:
    """Of the best evaluation; of equals, and where no row tells, the newest."""
    steps, values = rows.evaluations["step"], rows.evaluations[metric.column]
    signed = -values if metric.better == "lower" else values
    known = {float(step): float(value) for step, value in zip(steps, signed, strict=True) if np.isfinite(value)}
    return max(files, key=lambda file: (known.get(float(file.step), -np.inf), file.step))
