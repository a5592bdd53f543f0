"""The form that starts a sweep.

What to train, which settings vary, how they are searched, and what that will cost.
"""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from pages.ui.dialogs import close_dialog, open_dialog, opened
from pages.ui.form.asked import RESET_HELP, asked_of, draw_kept, draw_presets, draw_tasks, take_back
from pages.ui.form.draft import CHOSEN, TYPED, forget_draft, mark_mistakes
from pages.ui.form.fields import draw_settings
from pages.ui.form.marks import mark_fields
from pages.ui.form.task_parts import part_of
from pages.ui.guard import callback, dialog
from pages.ui.people.person import operator_only
from pages.ui.sweeps import plan as fields
from pages.ui.sweeps.plan import Plan, Varied, forget_plan, key_of, plan_of, unseen_words
from pages.ui.sweeps.proposals import SCALES
from pages.ui.sweeps.shown import show
from pages.ui.sweeps.words import DECISIONS, METHOD_HELP, METHODS, PRUNERS, cost_words
from pages.ui.text import escaped
from trainer.creating import default_runs_dir
from trainer.errors import SettingError
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS
from trainer.settings import checked
from trainer.sweeping.planning import PRUNING_MAY_MISLEAD
from trainer.sweeping.starting import start_sweep

SWEEPING: Final = "sweep"  # the dialog
AT_ONCE: Final[dict[str, Any]] = {"live": "300ms", "persist_state": "session"}
"""For what the cost depends on: it is told while somebody types."""
ASKED: Final[dict[str, Any]] = {"persist_state": "session"}
"""For choices that other fields depend on."""
METRIC_HELP = "What the search compares: of each run the last value, and of the trial the IQM or mean of its seeds."
DECIDE_HELP = (
    "IQM: the mean without the lowest and the highest quarter, which one lucky seed moves less. Of up to three seeds both are alike."
)
SEEDS_HELP = "Every trial is trained once with each: 1-3, or 1,4,9. The same seeds for all, so that luck is the same for all."
UNSEEN_HELP = "The best trials are trained again on these, which had no say in the choice; nothing: the next five or more."


@dialog("Start a sweep", width="large")
def sweep_dialog() -> None:
    """The form. What was typed stays until a sweep is made of it.

    What to train is shared with the form that starts one run.
    """
    draw_tasks(None)
    asked = asked_of(None, "")
    part, mistakes = part_of(asked.about.name), _shown_mistakes(plan_of(asked))
    if part is not None:
        part.draw_first(
            {},
            {name: mistakes[key] for name in asked.first.values if (key := f"new_{name}") in mistakes},
        )
    draw_presets(asked, None, "")
    asked = asked_of(None, "")  # with what has just been drawn
    if part is not None:
        part.draw_note(asked.first, asked.preset)
    draw_kept(asked)
    _draw_varied(plan_of(asked), mistakes)
    plan = plan_of(asked)
    mistakes = _shown_mistakes(plan)
    _draw_search(plan, mistakes)
    _draw_more(plan, mistakes)
    _draw_rest(plan, mistakes)
    mark_fields(list(mistakes), asked.draft.tries)
    if mistakes:
        st.error(
            "  \n".join(escaped(mistake, limit=300) for mistake in mistakes.values()),
            icon=":material/error:",
        )
    _draw_cost(plan)
    reset, start = st.columns([1, 3])
    reset.button(
        "Reset", key="reset_sweep", icon=":material/restart_alt:", width="stretch", on_click=callback(_reset), args=(asked.about.name,),
        help=RESET_HELP,
    )  # fmt: skip
    start.button(
        "Start the sweep", key="start_the_sweep", type="primary", icon=":material/play_arrow:", width="stretch",
        on_click=callback(_try_to_start), **operator_only(),
    )  # fmt: skip


def _shown_mistakes(plan: Plan) -> dict[str, str]:
    """From the first try on, mistakes are marked."""
    return plan.mistakes() if plan.asked.draft.tries else {}


def _reset(task: str) -> None:
    take_back(task)
    forget_plan()


def _try_to_start() -> None:
    """Start what the form shows, or mark its mistakes."""
    plan = plan_of(asked_of(None, ""))
    mistakes = plan.mistakes()
    advanced = {plan.asked.draft.key(one.name) for one in plan.asked.settings if one.advanced}
    mark_mistakes(opened=any(key in advanced for key in mistakes))
    if mistakes or opened() is None:  # the second click of a double click
        return
    close_dialog()
    try:
        made = start_sweep(default_runs_dir(), plan.study())
    except Exception:
        open_dialog(SWEEPING)  # with what was typed
        raise
    forget_draft()
    forget_plan()
    show(made.study_id)


def _draw_mistake(key: str, mistakes: Mapping[str, str]) -> None:
    """Beside its field, without the label that stands above it."""
    if key in mistakes:
        _, must, rest = mistakes[key].partition(" must ")
        said = f"Must {rest.partition('; got')[0].rstrip('.')}." if must else mistakes[key]
        st.caption(f":red[:material/error: {escaped(said, limit=200)}]")


def _draw_varied(plan: Plan, mistakes: Mapping[str, str]) -> None:
    st.markdown("**What varies**")
    labels, chosen = (
        {one.name: one.label for one in plan.offered},
        [one.setting.name for one in plan.varied],
    )
    st.multiselect(
        "Settings that vary", list(labels), chosen, format_func=labels.__getitem__, key=key_of(fields.VARY),
        help="Each trial has its own values of these; everything else is the same for all. The fewer, the sooner the search knows.",
        placeholder="Choose settings", **ASKED,
    )  # fmt: skip
    _draw_mistake(key_of(fields.VARY), mistakes)
    for one in plan_of(plan.asked).varied:
        _draw_range(one, mistakes)


def _draw_range(one: Varied, mistakes: Mapping[str, str]) -> None:
    label, allowed = (
        one.setting.label,
        f"{escaped(one.setting.help, limit=400)} {escaped(one.setting.allowed.capitalize(), limit=200)}.",
    )
    kind, first, second = st.columns(3)
    scale = one.value("scale")
    kind.selectbox(
        label, one.scales, one.scales.index(scale), SCALES.__getitem__, one.key("scale"),
        f"{allowed} Log scale: each factor is as likely as any other.", **ASKED,
    )  # fmt: skip
    if scale == "choices":
        with first:
            st.text_input(
                f"{label}: values", one.proposal.values, key=one.key("values"), help=f"{allowed} Two or more, with commas between them.",
                **AT_ONCE,
            )  # fmt: skip
            _draw_mistake(one.key("values"), mistakes)
        return
    with first:
        st.text_input(f"{label}: from", one.proposal.low, key=one.key("low"), help=allowed, **_typed(mistakes))
        _draw_mistake(one.key("low"), mistakes)
    second.text_input(f"{label}: to", one.proposal.high, key=one.key("high"), help=allowed, **_typed(mistakes))


def _typed(mistakes: Mapping[str, str]) -> dict[str, Any]:
    """For a line of text: a mark goes as soon as the value is right."""
    return AT_ONCE if mistakes else TYPED


def _draw_search(plan: Plan, mistakes: Mapping[str, str]) -> None:
    st.markdown("**How it is searched**")
    _draw_own(
        plan,
        fields.NAME,
        mistakes,
        max_chars=MAX_NAME_CHARACTERS,
        placeholder="What do you want to know?",
    )
    left, middle, right = st.columns(3)
    with left:
        st.selectbox(
            "Method", list(METHODS), list(METHODS).index(plan.method), METHODS.__getitem__, key_of(fields.METHOD),
            " ".join(f"{METHODS[name]}: {words}" for name, words in METHOD_HELP.items()), **ASKED,
        )  # fmt: skip
    with middle:
        _draw_trials(plan, mistakes)
    with right:
        _draw_own(plan, fields.SEEDS, mistakes, help=SEEDS_HELP)
    left, middle, right = st.columns(3)
    steps = next(one for one in plan.asked.settings if one.name == fields.STEPS)
    with left:
        key = plan.asked.draft.key(fields.STEPS)
        st.text_input(
            "Steps of each run",
            plan.asked.draft.begin(fields.STEPS),
            key=key,
            help=escaped(steps.help, limit=300),
            **AT_ONCE,
        )
        _draw_mistake(key, mistakes)
    with middle:
        metrics = {name: one.label for name, one in plan.asked.about.compared.items()}
        begin = list(metrics).index(plan.value(fields.METRIC))
        st.selectbox(
            "Compare by",
            list(metrics),
            begin,
            lambda name: metrics.get(name, name),
            key_of(fields.METRIC),
            METRIC_HELP,
            **CHOSEN,
        )
    with right:
        st.segmented_control(
            "Decide on", list(DECISIONS), default=plan.value(fields.DECIDE), key=key_of(fields.DECIDE), help=DECIDE_HELP, required=True,
            format_func=DECISIONS.__getitem__, **CHOSEN,
        )  # fmt: skip
    _draw_mistake(key_of(fields.PRUNER), mistakes)


def _draw_trials(plan: Plan, mistakes: Mapping[str, str]) -> None:
    if plan.method != "grid":
        _draw_own(plan, fields.TRIALS, mistakes, help="How many settings are tried.")
        return
    size = plan.grid_trials()
    st.text_input(
        "Trials", "every combination" if size is None else f"{size:,}: every combination", key=f"sweep_grid_{size}", disabled=True,
        help="A grid has as many trials as there are combinations of its values.",
    )  # fmt: skip


def _draw_own(plan: Plan, field: str, mistakes: Mapping[str, str], **more: Any) -> None:
    """A line of text of the sweep's own."""
    st.text_input(
        fields.LABELS[field],
        plan.begin(field),
        key=key_of(field),
        **more,
        **(TYPED if field == fields.NAME else AT_ONCE),
    )
    _draw_mistake(key_of(field), mistakes)


def _draw_more(plan: Plan, mistakes: Mapping[str, str]) -> None:
    open_part = any(key_of(field) in mistakes for field in (fields.WORKERS, fields.CONFIRM, fields.CONFIRM_ON, fields.PRUNER))
    with st.expander("Confirmation, pruning, runs at once", icon=":material/tune:", expanded=open_part):
        left, middle, right = st.columns(3)
        with left:
            _draw_own(
                plan,
                fields.CONFIRM,
                mistakes,
                help="How many of the best trials are trained again; 0: none.",
            )
        with middle:
            _draw_own(
                plan,
                fields.CONFIRM_ON,
                mistakes,
                help=UNSEEN_HELP,
                placeholder=_proposed_unseen(plan),
            )
        with right:
            _draw_own(
                plan,
                fields.WORKERS,
                mistakes,
                help="No more than this machine has cores, as a rule.",
            )
        st.selectbox(
            "Pruning", list(PRUNERS), list(PRUNERS).index(plan.value(fields.PRUNER)), PRUNERS.__getitem__, key_of(fields.PRUNER),
            "Ends trials early that look worse than others.", **ASKED,
        )  # fmt: skip
        if plan.value(fields.PRUNER):
            st.caption(f":orange[:material/warning: {escaped(PRUNING_MAY_MISLEAD, limit=400)}]")
            _draw_mistake(key_of(fields.PRUNER), mistakes)


def _proposed_unseen(plan: Plan) -> str:
    try:
        return unseen_words(plan.seeds(fields.SEEDS))
    except SettingError:
        return ""


def _draw_rest(plan: Plan, mistakes: Mapping[str, str]) -> None:
    """The settings that are the same for all trials."""
    st.markdown("**The same for all trials**")
    left_out = {fields.STEPS, fields.SEED, *(one.setting.name for one in plan.varied)}
    rest = [one for one in plan.asked.settings if one.name not in left_out]
    named = {one.name: mistakes[key] for one in rest if (key := plan.asked.draft.key(one.name)) in mistakes}
    draw_settings(plan.asked.draft, rest, named, plan.asked.first.own_values or {})


def _draw_cost(plan: Plan) -> None:
    """What the sweep will cost, once that can be told."""
    trials, again = plan.trials(), plan.number(fields.CONFIRM)
    setting = next(one for one in plan.asked.settings if one.name == fields.STEPS)
    try:
        seeds, new = plan.seeds(fields.SEEDS), plan.seeds(fields.CONFIRM_ON)
        steps = checked(setting, str(plan.typed[fields.STEPS]).strip())
    except SettingError:
        return
    if trials is None or again is None:
        return
    st.info(
        cost_words(trials, len(seeds), steps, min(again, trials), len(new) or max(5, len(seeds))),
        icon=":material/calculate:",
    )
