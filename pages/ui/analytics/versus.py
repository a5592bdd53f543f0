"""The section that compares two groups: is A better than B, or was it luck?"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.analytics import address
from pages.ui.analytics.choices import chosen_view, compared_metric
from pages.ui.analytics.curves import draw_forks_choice, draw_group_choice, draw_left_out
from pages.ui.analytics.groups import Group, groups_of
from pages.ui.analytics.run_rows import RunRow
from pages.ui.analytics.scores import best_first, members_of, side_of
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.chart.trace import Trace
from pages.ui.text import escaped
from trainer.analysis.cautions import cautions, refusal
from trainer.analysis.comparison import Comparison, Side, compare, efficiency, profile_of
from trainer.analysis.scores import SCORES, ScoreKind
from trainer.analysis.sentences import (
    comparison_sentences,
    efficiency_sentence,
    interval_text,
    profile_sentence,
    reached_words,
    target_words,
)  # fmt: skip
from trainer.analysis.statistics import Estimate
from trainer.numbers import MISSING, count, duration, exact, share, signed
from trainer.tasks.metric import Metric

PROFILE_HEIGHT = 340  # pixels
THRESHOLDS = 200


def draw_versus(rows: Sequence[RunRow]) -> None:
    """Draw the choice of two groups and what their runs say about them."""
    group_box, _ = st.columns([2, 6])
    a_box, b_box = st.container(), st.container()  # each in a row of its own: a group's name may be long
    with group_box:
        draw_group_choice(rows)
    choices, metric = chosen_view(rows), compared_metric(rows)
    groups = groups_of(rows, choices.group, with_marked=choices.forks)
    if len(groups.groups) < 2:
        st.info("Choose runs of at least two groups in the table above: they differ in a setting.", icon=":material/balance:")
        draw_left_out(groups)
        return
    pair = _draw_pair(groups.groups, metric, a_box, b_box)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        shown = address.segment("score", "Score", list(SCORES), "last", format_func=SCORES.__getitem__, wrap=True)
        draw_forks_choice()
    kind = next(one for one in SCORES if one == shown)
    draw_left_out(groups, counts=False)
    if refused := refusal(members_of(pair)):
        st.warning(escaped(refused, limit=500), icon=":material/block:")
        return
    sides = side_of(pair[0], metric), side_of(pair[1], metric)
    measured = "evaluations" if metric.log == "evaluations" else "rows of metrics"
    found = compare(*sides, kind, metric=metric)
    if found is None:
        st.info(
            f"One of the two has no {'evaluation' if metric.log == 'evaluations' else 'such value'} yet.", icon=":material/hourglass_empty:"
        )
        return
    st.caption(
        f"All numbers are of {measured} up to step {exact(found.step)}, the last one that every run here has reached: of each run the last"
        " one at or before it."
    )
    _draw_certainty(found)
    _draw_cautions(cautions(*members_of(pair, found)))
    _draw_profile(pair, found, kind)
    _draw_efficiency(sides, metric)


def sentences_of(groups: Sequence[Group]) -> list[str]:
    """What the first two groups' last evaluations say about them, for a report; nothing if there are fewer."""
    metric = compared_metric([row for group in groups for row in group.rows])
    pair = best_first(groups, metric)[:2]
    if len(pair) < 2:
        return []
    if refused := refusal(members_of(pair)):
        return [refused]
    found = compare(side_of(pair[0], metric), side_of(pair[1], metric), metric=metric)
    return [*comparison_sentences(found), *cautions(*members_of(pair, found))] if found else []


def _draw_cautions(sentences: Sequence[str]) -> None:
    if sentences:
        st.caption("  \n".join(f":orange[:material/warning:] {escaped(sentence, limit=400)}" for sentence in sentences))


def _draw_pair(groups: Sequence[Group], metric: Metric, first: DeltaGenerator, second: DeltaGenerator) -> tuple[Group, Group]:
    by_label = {group.label: group for group in best_first(groups, metric)}
    labels = list(by_label)
    with first:
        a = address.select("a", "A", labels, labels[0], format_func=lambda label: _described(by_label[label]))
    with second:
        other = next(label for label in labels if label != a)
        b = address.select("b", "B", labels, other, format_func=lambda label: _described(by_label[label]))
    return by_label[a], by_label[b]


def _described(group: Group) -> str:
    return f"{group.label} · {count(len(group.rows), 'run')}"


def _draw_certainty(found: Comparison) -> None:
    better, gap = found.improvement, found.difference
    says_better, says_gap = comparison_sentences(found)
    left, right = st.columns(2, border=True)
    with left:
        st.metric(
            "Probability of improvement", share(better.value), _interval(better, share), delta_color="off", delta_arrow="off", help=_BETTER
        )
        st.markdown(escaped(says_better, limit=500))
    with right:
        what = escaped(found.metric.counted or found.metric.short_unit)
        st.metric(f"Difference of IQM · {what}", _signed(gap), _interval(gap, signed), delta_color="off", delta_arrow="off", help=_GAP)
        st.markdown(escaped(says_gap, limit=500))


_BETTER = (
    "How often a run of A comes out above a run of B, over all pairs; an equal pair counts one half. 50 % is no difference. Where the "
    "groups mix the same other settings, only runs that are alike in those make a pair."
)
_GAP = "The mean of the middle half of A's runs less that of B's."


def _signed(estimate: Estimate) -> str:
    return MISSING if math.isnan(estimate.value) else signed(estimate.value)


def _interval(estimate: Estimate, words: Callable[[float], str]) -> str:
    if math.isnan(estimate.low):
        return "too few runs for an interval"
    if estimate.low == estimate.high:
        return "no spread for an interval"
    return f"95 %: {words(estimate.low)} to {words(estimate.high)}"


def profile_chart(pair: Sequence[Group], found: Comparison, kind: ScoreKind) -> Chart:
    """The share of each group's runs above every value, with its band."""
    every = np.concatenate([side.known for side in found.sides])
    thresholds = np.linspace(min(0.0, float(every.min(initial=0.0))), float(every.max(initial=1.0)) * 1.05, THRESHOLDS)
    traces = []
    for group, scores in zip(pair, found.sides, strict=True):
        profile = profile_of(scores, thresholds)
        name = f"{group.label} · {count(profile.n, 'run')}"
        known = np.isfinite(profile.low)
        traces.append(Trace("band", profile.thresholds[known], profile.low[known], name, group.colour, high=profile.high[known]))
        traces.append(Trace("line", profile.thresholds, profile.share, name, group.colour, dash=group.dash, steps=True, whole=group.whole))
    key = " ".join(group.label for group in pair)
    note = f"runs above {f'so many {found.metric.counted}' if found.metric.counted else 'each value'}, with the 95 % band"
    return Chart(
        f"{key} {kind}", "Performance profile", note, f"{found.metric.short_unit}, {SCORES[kind]}",
        "share of runs", traces, zero_y=True, legend=True,
    )  # fmt: skip


def _draw_profile(pair: tuple[Group, Group], found: Comparison, kind: ScoreKind) -> None:
    with st.container(key="charts"):
        show_chart(profile_chart(pair, found, kind), element="profile", height=PROFILE_HEIGHT)
    st.markdown(escaped(profile_sentence(pair[0].label, pair[1].label, found.a.known, found.b.known, metric=found.metric), limit=500))


def _draw_efficiency(sides: tuple[Side, Side], metric: Metric) -> None:
    if metric.better != "higher":
        return
    a, b = sides
    st.markdown("## Sample efficiency")
    found = efficiency(a, b, metric=metric)
    if not found:
        said = f"No run has reached {target_words(1, metric)} yet." if metric.counted else "No run has come to a value above its first."
        st.caption(escaped(said))
        return
    middle, what = found[len(found) // 2], escaped(metric.short_unit[:1].upper() + metric.short_unit[1:])
    st.markdown(escaped(efficiency_sentence(a.label, b.label, *middle, metric=metric), limit=500))
    st.dataframe(
        [
            {
                what: target,
                "A · steps": interval_text(first.steps),
                "A · time": interval_text(first.seconds, duration), "A · runs": reached_words(first),
                "B · steps": interval_text(second.steps),
                "B · time": interval_text(second.seconds, duration), "B · runs": reached_words(second),
            }
            for target, first, second in found
        ],
        hide_index=True, key="efficiency", alt="Steps and time until each value is reached",
        column_config={what: st.column_config.NumberColumn(format="localized")},
    )  # fmt: skip
    st.caption(
        "Kaplan and Meier's median of the runs with its 95 % interval: a run that was ended before it got there counts up to its end,"
        " and is no evidence afterwards."
    )
