"""Background work on models: what starts it, and what shows how far it is and what came of it, where it was asked for."""

import functools
from collections.abc import Collection, Sequence

import streamlit as st

from pages.ui.guard import callback, guard
from pages.ui.people.person import operator_only
from pages.ui.selection import remember
from pages.ui.text import escaped
from trainer.creating import default_runs_dir
from trainer.errors import ModelNotFoundError, reason
from trainer.jobs import Job, all_jobs, cancel_job, last_words, look, put_away, start_job
from trainer.numbers import duration, exact
from trainer.run_files.bundle import unpack_bundle
from trainer.run_files.files import seconds_since
from trainer.run_files.jobs import BUNDLE_FILE, JobKind, JobRequest, Progress
from trainer.run_files.limits import MAX_BUNDLE_BYTES
from trainer.run_files.opening import read_whole
from trainer.run_files.slots import StoredModel

CANCELLED = "models_cancelled"  # in the session: the job that was cancelled last
CHOSEN_EPISODES, DEFAULT_EPISODES = "evaluation_episodes", 100  # the widget, and what it begins with
VERBS: dict[JobKind, str] = {"evaluate": "Evaluating", "bundle": "Making a bundle of", "import": "Importing"}
WORKING_S = 0.5  # between two looks at work under way
SURE_AFTER = 0.05  # of the work: before that, how long it takes is a guess
Seen = tuple[tuple[str, str, str], ...]


def chosen_episodes() -> int:
    """How many episodes an evaluation has, as chosen on the page."""
    return int(st.session_state.get(CHOSEN_EPISODES, DEFAULT_EPISODES))


def evaluate_one(model: StoredModel, title: str) -> None:
    """Evaluate a model, in the background."""
    _start("evaluate", title, [model.key], ["evaluate", *_arguments(model), "--save"])


def evaluate_missing() -> None:
    """Evaluate every model that has no report, one after the other, in the background."""
    _start("evaluate", "every model without a result", [], ["evaluate", "--missing"])


def make_bundle(model: StoredModel, title: str) -> None:
    """Make a bundle, in the background."""
    _start("bundle", title, [model.key], ["bundle", *_arguments(model)])


def import_bundle(content: bytes, file_name: str, name: str, *, trust: bool) -> None:
    """Look at a bundle, and make a run of it in the background.

    Raises:
        FormatError: it is no bundle, or a damaged one.
    """
    unpack_bundle(content)
    words = ["import", f"--name={name.strip()}", *(["--trust"] if trust else [])]
    start_job(default_runs_dir(), JobRequest("import", file_name, []), words, files={BUNDLE_FILE: content})


def _arguments(model: StoredModel) -> list[str]:
    return [str(model.run.path), *(["--slot", model.slot] if model.slot is not None else [])]


def _start(kind: str, title: str, models: list[str], arguments: Sequence[str]) -> None:
    words = [*arguments, "--episodes", str(chosen_episodes())]
    start_job(default_runs_dir(), JobRequest(kind, title, models), words)  # type: ignore[arg-type]  # one of VERBS


def seen_jobs(kinds: Collection[JobKind] = VERBS) -> Seen:
    """What a page shows of the jobs of some kinds: when it changes, the whole page is drawn again."""
    return tuple((job.request.kind, job.request.asked_at, "" if job.active else job.state) for job in _jobs(kinds))


def _jobs(kinds: Collection[JobKind]) -> list[Job]:
    return [job for job in all_jobs(default_runs_dir()) if job.request.kind in kinds]


def any_active(seen: Seen) -> bool:
    """Whether a process is at work."""
    return any(not state for _, _, state in seen)


def job_of(kind: JobKind) -> Job | None:
    """The job of a kind; None if there is none."""
    return look(default_runs_dir(), kind)


def is_at_work(kind: JobKind) -> bool:
    """Whether a process of a kind is at work: there is one at a time."""
    job = job_of(kind)
    return job is not None and job.active


def draw_job(job: Job) -> None:
    """Draw how far a job is, or what came of it; what goes wrong is said in its place."""
    with st.container(key=f"job_{job.request.kind}", gap="xsmall"), guard():
        _draw_job(job)


def draw_strip(before: Seen, kinds: Collection[JobKind] = VERBS) -> None:
    """Every job of some kinds, one below the other.

    Args:
        before: what the page was drawn with.
        kinds: which jobs the page is about.
    """
    for job in _jobs(kinds):
        draw_job(job)
    if seen_jobs(kinds) != before:
        st.rerun()


def _draw_job(job: Job) -> None:
    if job.active:
        _draw_active(job)
        return
    progress = job.progress
    if job.state == "done" and progress is not None:
        if job.request.kind == "evaluate" and not progress.result:
            st.toast(escaped(progress.doing, limit=200), icon=":material/check_circle:")
            put_away(job)
            st.rerun()
        _draw_result(job, progress.doing, progress.result)
        return
    what = escaped(job.request.title)
    sentence = escaped(progress.doing if progress and job.state != "lost" else _lost_words(job), limit=600)
    words, action = st.columns([3, 2], vertical_alignment="center")
    words.markdown(f"{':gray[:material/cancel:]' if job.state == 'cancelled' else ':red[:material/error:]'} **{what}** {sentence}")
    _draw_put_away(job, action)


def _lost_words(job: Job) -> str:
    said = last_words(job)
    return "The process died unexpectedly; what had been finished before stays." + (f" It last wrote: {said}" if said else "")


def _draw_active(job: Job) -> None:
    words, action = st.columns([3, 2], vertical_alignment="center")
    progress = job.progress
    said = [f"{VERBS[job.request.kind]} **{escaped(job.request.title)}**", *(_how_far(progress) if progress else ["starting"])]
    words.progress(min(1.0, progress.done / progress.total) if progress and progress.total else 0.0, text=" · ".join(said))
    cancelled = st.session_state.get(CANCELLED) == (job.request.kind, job.request.asked_at)
    action.button(
        "Cancelling" if cancelled else "Cancel", key=f"cancel_{job.request.kind}", icon=":material/close:", width="stretch",
        on_click=callback(_cancel), args=(job,), **operator_only(disabled=cancelled, help="What has been finished stays."),
    )  # fmt: skip


def _cancel(job: Job) -> None:
    cancel_job(job)
    st.session_state[CANCELLED] = (job.request.kind, job.request.asked_at)


def _how_far(progress: Progress) -> list[str]:
    """What is being done, how much of it, and how long the rest takes if it goes on as it does."""
    said = [escaped(progress.doing, limit=200)]
    if progress.total:
        said.append(f"{exact(progress.done)} of {exact(progress.total)}")
        share = progress.done / progress.total
        if SURE_AFTER <= share < 1:
            said.append(f"about {duration(seconds_since(progress.began_at) * (1 - share) / share)} left")
    return said


def _draw_result(job: Job, said: str, result: str) -> None:
    main, action = st.columns([3, 2], vertical_alignment="center")  # as while it was at work: nothing moves
    icon = ":orange[:material/warning:]" if job.request.kind == "evaluate" else ":green[:material/check_circle:]"
    st.caption(f"{icon} **{escaped(job.request.title)}** {escaped(said, limit=600)}")
    if job.request.kind == "bundle":
        main.download_button(
            "Download bundle", data=functools.partial(_bundle_bytes, job), file_name=result, mime="application/zip", key="download_bundle",
            icon=":material/download:", type="primary", on_click="ignore", width="stretch",
        )  # fmt: skip
    elif job.request.kind == "import":
        main.button(
            "Show it", key="show_import", icon=":material/arrow_forward:", width="stretch",
            on_click=callback(_show_imported), args=(job, result), **operator_only(),
        )  # fmt: skip
    _draw_put_away(job, action)


def _show_imported(job: Job, run_id: str) -> None:
    put_away(job)
    remember(run_id)


def _draw_put_away(job: Job, place: "st.delta_generator.DeltaGenerator") -> None:
    place.button(
        "Dismiss", key=f"dismiss_{job.request.kind}", width="stretch", on_click=callback(put_away), args=(job,), **operator_only()
    )  # fmt: skip


def _bundle_bytes(job: Job) -> bytes:
    try:
        return read_whole(job.bundle, MAX_BUNDLE_BYTES)
    except OSError as error:
        raise ModelNotFoundError(f"The bundle cannot be read ({reason(error)}); make it again.") from None
