"""One study from top to bottom.

How it is, the best so far, its trials, its charts, and what is left of the best on new seeds.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.ui.chart.chart import Chart, show_chart
from pages.ui.guard import callback
from pages.ui.people.person import acting_as, operator_only
from pages.ui.states import LOOKS
from pages.ui.sweeps import table
from pages.ui.sweeps.charts import MAX_AXES, history_chart, parallel_of, slice_chart
from pages.ui.sweeps.confirmation import draw_confirmation
from pages.ui.sweeps.states import RESUMABLE, SWEEP_LOOKS
from pages.ui.sweeps.view import View, derived, interval_words, runs_of, value_of
from pages.ui.sweeps.words import command_of_trial, facts
from pages.ui.text import ago, escaped, setting_text
from trainer.numbers import compact, exact, share
from trainer.probing import probe
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.studies import Trial
from trainer.sweeping.starting import resume_sweep, stop_sweep

CHART_HEIGHT, PARALLEL_HEIGHT, SLICE_HEIGHT = 320, 380, 280  # pixels
MAX_NOW = 12  # runs that are named
MAX_FIGURES = 6
MAX_IMPORTANCE = 6  # settings
SLICES_A_ROW = 3
DIED = "The end of sweep.log may say why."


def draw_study(view: View) -> None:
    """Draw it all."""
    table.follow_up()
    _draw_heading(view)
    with st.container():  # always there, so that what follows keeps its place
        _draw_problems(view)
    with st.container():
        _draw_now(view)
    if not view.trials:
        st.caption(":material/hourglass_empty: No trial has been begun yet.")
        return
    with st.container():
        _draw_best(view)
    with st.container():
        draw_confirmation(view)
    if view.scored:
        _draw_course(view)
    st.markdown("## Trials")
    table.draw_table(view)
    table.draw_one(view)
    if view.scored:
        st.markdown("## Settings and score")
        with st.container(key="figures"):
            _draw_settings(view)


def _draw_course(view: View) -> None:
    with st.container(key="charts"):
        history, importance = st.columns([3, 2], gap="medium")
        with history:
            show_chart(
                derived(view, "history", history_chart),
                element="sweep_history",
                height=CHART_HEIGHT,
            )
        with importance:
            _draw_importance(view)


def _draw_heading(view: View) -> None:
    state, look = view.state, SWEEP_LOOKS[view.state]
    name = escaped(view.study.name, limit=80) or "Sweep"
    st.markdown(f"## {name} :{look.colour}-badge[{look.icon} {look.word}]", help=look.meaning)
    st.caption(escaped(facts(view), limit=300) + f" · started {ago(view.study.created_at)}")
    whole = view.study.trials + min(view.study.confirm_top, view.study.trials) * bool(view.study.confirm_seeds)
    done = view.settled + sum(one.settled for one in view.again)
    words = table.counts(view)
    if state == "finished":
        st.progress(1.0, text=words)
        return
    bar, stop, resume = st.columns([6, 1, 1], vertical_alignment="center")  # neither takes the other's place under the mouse
    bar.progress(min(1.0, done / max(1, whole)), text=words)
    stop.button(
        "Stop", key="stop_sweep", icon=":material/stop:", width="stretch",
        on_click=callback(stop_sweep), args=(view.directory,), kwargs={"by": acting_as()},
        **operator_only(
            disabled=state not in ("starting", "running"),
            help="The runs save what they have learned and end; Resume goes on where it was.",
        ),
    )  # fmt: skip
    resume.button(
        "Resume", key="resume_sweep", icon=":material/play_arrow:", width="stretch",
        on_click=callback(resume_sweep), args=(view.directory,), kwargs={"by": acting_as()},
        **operator_only(disabled=state not in RESUMABLE, help="Goes on where it was: no trial is lost or trained twice."),
    )  # fmt: skip


def _draw_problems(view: View) -> None:
    state, progress = view.state, view.progress
    if state in ("failed", "interrupted"):
        said = progress.error if progress is not None and progress.error else SWEEP_LOOKS[state].meaning
        last = f" It last wrote: {view.last_words}" if view.last_words else ""
        st.error(escaped(f"{said}{last}", limit=800), icon=SWEEP_LOOKS[state].icon)
    elif progress is not None and progress.problem:
        st.warning(escaped(progress.problem, limit=600), icon=":material/warning:")
    if view.problems:
        files = "1 file of this sweep" if len(view.problems) == 1 else f"{exact(len(view.problems))} files of this sweep"
        said = f"{files} cannot be read and {'is' if len(view.problems) == 1 else 'are'} not shown."
        st.caption(f":orange[:material/warning:] {said} {escaped(view.problems[0], limit=300)}")


def _draw_now(view: View) -> None:
    """The runs that are being trained, each a link.

    The line stays while there may be some, so that nothing below it moves.
    """
    now = [(one, seed, run) for one in (*view.trials, *view.again) if one.state == "running" for seed, run in _unfinished(view, one)]
    if not now and not view.active:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Now:" if view.active else "Unfinished:", width="content")
        if not now:
            st.caption("waiting for the next trial", width="content")
        for trial, seed, run in now[:MAX_NOW]:
            st.page_link(
                "streamlit_app.py", label=_run_words(view, trial, seed, run), icon=":material/monitoring:", query_params={"run": run},
                width="content",
            )  # fmt: skip
        if len(now) > MAX_NOW:
            st.caption(f"and {len(now) - MAX_NOW} more", width="content")


def _unfinished(view: View, trial: Trial) -> list[tuple[str, str]]:
    """Seed and run, of those that have no number yet."""
    seeds = view.study.seeds if trial.phase == "search" else view.study.confirm_seeds
    return [(seed, run) for seed, run in runs_of(trial, seeds).items() if seed not in trial.values]


def _run_words(view: View, trial: Trial, seed: str, run_id: str) -> str:
    probed = probe(RunDirectory(view.directory.runs_dir / run_id))
    what = f"trial {trial.number}" if trial.of is None else f"trial {trial.of} again"
    done = ""
    if probed.status is not None and probed.status.total_timesteps:
        done = f" · {min(99, 100 * probed.status.num_timesteps // probed.status.total_timesteps)} %"
    return f"{LOOKS[probed.state].glyph} {what}, seed {escaped(seed, 12)}{done}"


def _draw_best(view: View) -> None:
    best = view.best
    if best is None or best.score is None:
        st.caption(":material/hourglass_empty: No trial is complete yet.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _draw_best_score(view, best)
        for name, label in list(view.varied.items())[:MAX_FIGURES]:
            if name in best.params:
                value = escaped(setting_text(value_of(best.params[name])), limit=24)
                st.metric(escaped(label), value, border=True, width="content", height="stretch")
        if command := command_of_trial(view, best):
            with st.popover("Train with these settings", icon=":material/terminal:", width="content"):
                st.caption("One run with the settings of this trial, from a terminal:")
                st.code(command, language="bash", wrap_lines=True)


def _draw_best_score(view: View, best: Trial) -> None:
    """On unseen seeds, once that is known: it is the score to quote."""
    again = next((one for one in view.confirmed if one.trial == best.number), None)
    label = f"Best on unseen seeds · trial {best.number}" if again is not None else f"Best so far · trial {best.number}"
    figure = again if again is not None else best
    note = (
        "no interval of so few seeds" if figure.low is None or figure.high is None else f"95 %: {interval_words(figure.low, figure.high)}"
    )
    st.metric(
        label, compact(figure.score), note, delta_color="off", delta_arrow="off", border=True, width="content", height="stretch",
        help=escaped(view.metric.unit, limit=100),
    )  # fmt: skip


def _draw_importance(view: View) -> None:
    """How much each setting matters, as bars with words.

    The names of settings are long, and the column is narrow.
    """
    st.markdown(
        "**Importance of settings**",
        help="The share of the differences between trials that each setting explains.",
    )
    if not view.importance:
        st.caption("Too few trials are complete to tell.")
    for label, share_of_all in view.importance[:MAX_IMPORTANCE]:
        st.progress(share_of_all, text=f"{escaped(label)} · {share(share_of_all)}")


def _draw_settings(view: View) -> None:
    if len(view.varied) > 1:
        show_chart(derived(view, "parallel", parallel_of), element="sweep_parallel", height=PARALLEL_HEIGHT)
    if len(view.varied) > MAX_AXES:
        st.caption(f"The first {MAX_AXES} of {len(view.varied)} settings are shown.")
    varied = view.study.vary[:MAX_AXES]
    slices = [(f"slice_{place}", derived(view, f"slice {one.setting}", partial(slice_chart, vary=one))) for place, one in enumerate(varied)]
    columns = 2 if len(slices) == 4 else min(len(slices), SLICES_A_ROW)
    for start in range(0, len(slices), columns or 1):
        _draw_row(slices[start : start + columns], SLICE_HEIGHT, columns)


def _draw_row(charts: Sequence[tuple[str, Chart]], height: int, columns: int) -> None:
    for column, (name, chart) in zip(st.columns(columns, gap="small"), charts, strict=False):
        with column:
            show_chart(chart, element=f"sweep_{name}", height=height)
