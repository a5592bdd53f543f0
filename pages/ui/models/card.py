"""One model in detail: how good it is, where it is from, and everything that can be done with it."""

import functools
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from pages.ui.form.draft import CHOSEN, TYPED
from pages.ui.guard import callback
from pages.ui.model_address import MODEL, WATCH_PAGE, link_to, named_model
from pages.ui.models.leaderboard import Entry, figure_label, headline_figures, success_rate
from pages.ui.models.task_parts import parts_of
from pages.ui.models.work import chosen_episodes, draw_job, evaluate_one, is_at_work, job_of, make_bundle
from pages.ui.people.person import operator_only
from pages.ui.selection import labels_of
from pages.ui.shell import address
from pages.ui.shell.navigation import WATCH
from pages.ui.text import ago, escaped
from trainer.errors import RunDirectoryError, reason
from trainer.numbers import MISSING, compact, count, duration, exact, file_size, interval
from trainer.program import PROGRAM
from trainer.run_files.jobs import JobKind
from trainer.run_files.models import MODEL_FILE
from trainer.run_files.opening import stamp
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slot_names import EXAMPLE, MAX_SLOT_CHARACTERS, SLOT_RULE, typed_name
from trainer.run_files.slots import (
    MAX_NOTE_CHARACTERS,
    StoredModel,
    delete_slot,
    find_model,
    keep_last_model,
    keep_model,
    model_files,
    rename_slot,
    write_note,
)

WHICH = {"best": "the best", "last": "the last"}
_NAME: Final[dict[str, Any]] = {"help": f"{SLOT_RULE}.", "max_chars": MAX_SLOT_CHARACTERS, **TYPED}
ONE_MODEL: tuple[JobKind, ...] = ("bundle", "evaluate")  # work on the model that is open
_SHOWN = "shown_model"  # in the session: the run that the sidebar showed, and the key of the model in detail


def show(key: str) -> None:
    """Show a model in detail from now on, until another run is picked in the sidebar; the address says so."""
    st.session_state[_SHOWN] = (address.says("run"), key)
    address.write(**{MODEL: key})


def shown() -> str | None:
    """The key of the model that is open: what the address of a link names, else what was opened last; None if a run was picked since."""
    run, named = address.says("run"), named_model()
    if named is not None and address.change() is not address.Change.NONE:
        st.session_state[_SHOWN] = (run, named)
    before: tuple[str | None, str | None] = st.session_state.get(_SHOWN, (None, None))
    if before[0] == run:
        return before[1]
    if named is not None:
        address.write(**{MODEL: None})
    return None


def draw_card(entry: Entry, runs: Sequence[RunDirectory]) -> None:
    """Draw a model.

    Args:
        entry: the model.
        runs: where it can be copied to.
    """
    model = entry.model
    with st.container(border=True, key="model_detail"):
        st.markdown(f"**{escaped(entry.title, limit=120)}**  \n:gray[{escaped(model.run.run_id)} · saved {ago(model.metadata.saved_at)}]")
        _draw_actions(entry)
        if model.note:
            st.markdown(f":material/sticky_note_2: {escaped(model.note, limit=MAX_NOTE_CHARACTERS)}")
        with st.container(key="model_figures"):
            _draw_figures(entry)
        _draw_keeping(entry, runs)
        with st.expander("Details and how to use it", icon=":material/info:"):
            _draw_details(entry)


def _draw_figures(entry: Entry) -> None:
    report, metadata, parts = entry.report, entry.model.metadata, parts_of(entry.problem.task)
    chosen_by = f"{compact(metadata.value)} {parts.metric_words.get(metadata.metric, escaped(metadata.metric))}"
    found = headline_figures(report, entry.about)
    at_least = "≥ " if report and report.truncated_episodes and parts.at_least else ""
    figures = [
        (figure_label(entry.about), f"{at_least}{compact(found.mean)}", interval(found.ends) if report else "not evaluated yet"),
        ("Median", compact(found.median), count(report.episodes, "episode") if report else " "),
        ("Best episode", compact(found.best), _state(entry)),
        ("Steps", exact(metadata.step), f"{duration(metadata.active_seconds)} of training"),
    ]
    if (success := success_rate(report)) is not None:
        figures.insert(3, ("Success rate", f"{success:.0%}", " "))
    for column, (label, value, note) in zip(st.columns(len(figures), gap="small"), figures, strict=True):
        column.metric(label, value, note, delta_color="off", delta_arrow="off", height="stretch")
    st.caption(f"It was chosen by {chosen_by}; the figures above are of other episodes, which had no part in that.")


def _state(entry: Entry) -> str:
    if entry.report is None:
        return " "
    if entry.outdated:
        return f"outdated: step {exact(entry.report.step)}"
    truncated = entry.report.truncated_episodes
    return f"{count(truncated, 'episode')} truncated" if truncated else f"evaluated {ago(entry.report.made_at)}"


def _draw_actions(entry: Entry) -> None:
    """What the task can do with a model, and below it how far that is."""
    model, commands = entry.model, entry.about.commands
    with st.container(horizontal=True, gap="small"):
        if WATCH in entry.about.pages:
            watched = link_to(model.run.run_id, model.slot)
            st.page_link(WATCH_PAGE, label="Watch it play", icon=":material/visibility:", query_params=watched)
        if "evaluate" in commands:
            st.button(
                "Evaluate again" if entry.report and not entry.outdated else "Evaluate", key="evaluate_model", icon=":material/analytics:",
                on_click=callback(evaluate_one), args=(model, entry.title),
                **operator_only(
                    disabled=is_at_work("evaluate"),
                    help=f"{chosen_episodes():,} greedy episodes that had no part in choosing it, in the background.",
                ),
            )  # fmt: skip
        if "bundle" in commands:
            st.button(
                "Make bundle", key="make_bundle", icon=":material/package_2:", on_click=callback(make_bundle), args=(model, entry.title),
                **operator_only(
                    disabled=is_at_work("bundle"),
                    help="One .zip with the model, its evaluation, settings, a player, and an ONNX export where the policy allows one. "
                    "The model is evaluated first if it has not been.",
                ),
            )  # fmt: skip
    if {"evaluate", "bundle"}.intersection(commands):
        with st.container(key="model_work", gap="small"):  # as high before the work as during it: nothing below it moves
            _draw_work(entry)


def _draw_work(entry: Entry) -> None:
    """The work on models, or, while there is none, how far this one's figures can be relied on."""
    jobs = [job for kind in ONE_MODEL if (job := job_of(kind)) is not None and job.request.models]
    for job in jobs:
        draw_job(job)
    if not jobs:
        st.caption(_relied_on(entry))


def _relied_on(entry: Entry) -> str:
    """How far its figures can be relied on."""
    if entry.report is None:
        return "Not evaluated yet; a bundle begins with that."
    if entry.outdated:
        return f"The evaluation is of an earlier model, of step {exact(entry.report.step)}."
    return f"Evaluated {ago(entry.report.made_at)} over {count(entry.report.episodes, 'episode')}."


def _draw_keeping(entry: Entry, runs: Sequence[RunDirectory]) -> None:
    """What can be done with its file, and with the name of a model; the best one has none, it can only be kept under one."""
    model = entry.model
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Download model.zip", data=functools.partial(model_bytes, model.run, model.slot),
            file_name=f"{model.run.run_id}-{model.name}-model.zip", mime="application/zip", key=f"download:{model.key}",
            icon=":material/download:", on_click="ignore",
            help=f"The stable-baselines3 model alone, {size_text(model)}; read when you press.",
        )  # fmt: skip
        with st.popover("Keep a copy", icon=":material/bookmark_add:", key=f"keep:{model.key}"):
            _draw_keep(model, runs)
        if model.slot is None:
            return
        with st.popover("Rename, note", icon=":material/edit:", key=f"edit:{model.key}"):
            _draw_edit(model, model.slot)
        st.button(
            "Delete", key="delete_model", icon=":material/delete:", on_click=callback(_delete), args=(model.run, model.slot),
            **operator_only(help="It can be taken back, at the end of this page."),
        )  # fmt: skip


def _draw_keep(model: StoredModel, runs: Sequence[RunDirectory]) -> None:
    if model.slot is None:
        _draw_which(model)
    st.text_input("Name", key=f"keep_name:{model.key}", placeholder=EXAMPLE, **_NAME)
    st.text_area("Note", key=f"keep_note:{model.key}", max_chars=MAX_NOTE_CHARACTERS, placeholder="Why keep it?", height=80, **CHOSEN)
    labels, ids = labels_of(runs, {}), [run.run_id for run in runs]
    st.selectbox(
        "In the run", ids, ids.index(model.run.run_id) if model.run.run_id in ids else 0, key=f"keep_run:{model.key}",
        format_func=labels.__getitem__,
    )  # fmt: skip
    st.button(
        "Keep", key="keep_model", type="primary", icon=":material/bookmark_add:", width="stretch",
        on_click=callback(_keep), args=(model, runs), **operator_only(),
    )  # fmt: skip


def _draw_which(model: StoredModel) -> None:
    """Whether the best network is meant, or the last one."""
    st.segmented_control(
        "Which", list(WHICH), default="best", key=f"keep_which:{model.key}", format_func=WHICH.__getitem__, required=True, width="stretch",
        help="last: the network of the run's last checkpoint. While a run is trained, More in the sidebar saves it as it is.",
    )  # fmt: skip


def _draw_edit(model: StoredModel, slot: str) -> None:
    st.text_input("Name", slot, key=f"rename:{model.key}", **_NAME)
    st.text_area("Note", model.note, key=f"note:{model.key}:{model.note}", max_chars=MAX_NOTE_CHARACTERS, height=80, **CHOSEN)
    st.button(
        "Save",
        key="save_edit",
        type="primary",
        icon=":material/check:",
        width="stretch",
        on_click=callback(_edit),
        args=(model, slot),
        **operator_only(),
    )


def _keep(model: StoredModel, runs: Sequence[RunDirectory]) -> None:
    name, note, target = (st.session_state[f"keep_{field}:{model.key}"] for field in ("name", "note", "run"))
    slot, run = typed_name(name), next(run for run in runs if run.run_id == target)
    if st.session_state.get(f"keep_which:{model.key}") == "last":
        _on_disk(functools.partial(keep_last_model, model.run, run, slot, note))
    else:
        _on_disk(functools.partial(keep_model, find_model(model.run, model.slot), run, slot, note))
    show(f"{run.run_id}/{slot}")
    st.toast(escaped(f"Saved as {slot}"), icon=":material/bookmark_added:")


def _edit(model: StoredModel, slot: str) -> None:
    new, note = typed_name(st.session_state[f"rename:{model.key}"]), st.session_state[f"note:{model.key}:{model.note}"]
    if note != model.note:
        _on_disk(functools.partial(write_note, model.run, slot, note))
    if new != slot:
        rename_slot(model.run, slot, new)
        show(f"{model.run.run_id}/{new}")


def _delete(run: RunDirectory, slot: str) -> None:
    delete_slot(run, slot)
    show(run.run_id)
    st.toast(escaped(f"{slot} is in the trash, at the end of this page"), icon=":material/delete:")


def _on_disk(write: functools.partial[None]) -> None:
    try:
        write()
    except OSError as error:
        raise RunDirectoryError(f"The model cannot be written ({reason(error)}); nothing was changed. Make room and try again.") from None


def model_bytes(run: RunDirectory, slot: str | None) -> bytes:
    """The model file, read now.

    Raises:
        ModelNotFoundError: the run or its model is gone.
        FormatError: it is not the file that its metadata describe.
    """
    return model_files(find_model(run, slot))[MODEL_FILE]


def size_text(model: StoredModel) -> str:
    """The size of the model file."""
    found = stamp(model.folder / MODEL_FILE)
    return MISSING if found is None else file_size(found[1])


def snippet(entry: Entry) -> str:
    """How to load the model, and what else can be done with it."""
    model, commands = entry.model, entry.about.commands
    words = model.run.run_id + (f" --slot {model.slot}" if model.slot is not None else "")
    told = {"evaluate": "how good is it? 100 episodes that did not choose it:", "bundle": "everything in one .zip:"}
    lines = [f"# {what}\n#   {PROGRAM} {name} {words}" for name, what in told.items() if name in commands]
    loading = parts_of(entry.problem.task).loading(f"{model.run.run_id}-{model.name}-model.zip", entry.settings)
    return "\n".join([loading, *lines])


def _draw_details(entry: Entry) -> None:
    model, metadata = entry.model, entry.model.metadata
    facts = {
        "Step": exact(metadata.step),
        "Trained on": entry.problem.words,
        "Training episodes": exact(metadata.episode),
        "Active time": duration(metadata.active_seconds),
        "Mean reward": compact(metadata.reward),
        "Seed": str(metadata.seed),
        "Chosen by": f"{metadata.metric}, {compact(metadata.value)}" + (f", {interval(metadata.ci95)}" if metadata.ci95 else ""),
        "Size": size_text(model),
        "Versions": ", ".join(f"{name} {version}" for name, version in metadata.versions.items()),
        "SHA-256": metadata.sha256,
    }
    st.markdown("  \n".join(f":gray[{label}] {escaped(text, limit=200)}" for label, text in facts.items()))
    st.code(snippet(entry), language="python")
    st.caption("A model file holds code: load only those that your own trainer has written.")
