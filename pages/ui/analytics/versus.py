"""The section that compares two groups: is A better than B, or was it luck?"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.analytics import address
from pages.ui.analytics.choices import chosen_view
from pages.ui.analytics.curves import draw_forks_choice, draw_group_choice, draw_left_out
from pages.ui.analytics.lines import Line
from pages.ui.analytics.scores import SCORES, best_first, common_step, reached, scores_of, targets
from pages.ui.analytics.sentences import (
    difference_sentence,
    efficiency_sentence,
    improvement_sentence,
    interval_text,
    profile_sentence,
    signed,
)
from pages.ui.analytics.teams import Team, teams_of
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.chart.trace import Trace
from pages.ui.curves import Floats
from pages.ui.text import MISSING, duration, escaped, exact
from trainer.analysis.statistics import Estimate, difference_of_iqm, performance_profile, probability_of_improvement

PROFILE_HEIGHT = 340  # pixels
THRESHOLDS = 200


def draw_versus(lines: Sequence[Line]) -> None:
    """Draw the choice of two groups and what their runs say about them."""
    group_box, a_box, b_box = st.columns([2, 3, 3], vertical_alignment="bottom")
    with group_box:
        draw_group_choice(lines)
    choices = chosen_view()
    teams = teams_of(lines, choices.group, with_marked=choices.forks)
    if len(teams.teams) < 2:
        st.info("Choose runs of at least two groups in the table above: they differ in a setting.", icon=":material/balance:")
        draw_left_out(teams)
        return
    pair = _draw_pair(teams.teams, a_box, b_box)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        kind = address.segment("score", "A run's number", list(SCORES), "last", format_func=SCORES.__getitem__, wrap=True)
        draw_forks_choice()
    draw_left_out(teams)
    step = common_step(pair)
    if step is None:
        st.info("One of the two has no evaluation yet.", icon=":material/hourglass_empty:")
        return
    st.caption(f"All numbers are of evaluations up to step {exact(step)}, the last one that every run here has reached.")
    scores = (scores_of(pair[0], kind, step), scores_of(pair[1], kind, step))
    _draw_certainty(pair, scores)
    _draw_profile(pair, scores, kind)
    _draw_efficiency(pair)


def sentences_of(teams: Sequence[Team]) -> list[str]:
    """What the first two groups' last evaluations say about them, for a report; nothing if there are fewer."""
    pair = best_first(teams)[:2]
    step = common_step(pair) if len(pair) == 2 else None
    if step is None:
        return []
    (a, b), (first, second) = (team.label for team in pair), (scores_of(team, "last", step) for team in pair)
    better, gap, counts = probability_of_improvement(first, second), difference_of_iqm(first, second), (len(first), len(second))
    return [improvement_sentence(a, b, better, *counts), difference_sentence(a, b, gap, *counts)]


def _draw_pair(teams: Sequence[Team], first: DeltaGenerator, second: DeltaGenerator) -> tuple[Team, Team]:
    by_label = {team.label: team for team in best_first(teams)}
    labels = list(by_label)
    with first:
        a = address.select("a", "A", labels, labels[0], format_func=lambda label: _described(by_label[label]))
    with second:
        other = next(label for label in labels if label != a)
        b = address.select("b", "B", labels, other, format_func=lambda label: _described(by_label[label]))
    return by_label[a], by_label[b]


def _described(team: Team) -> str:
    return f"{team.label} · {len(team.lines)} {'run' if len(team.lines) == 1 else 'runs'}"


def _draw_certainty(pair: tuple[Team, Team], scores: tuple[Floats, Floats]) -> None:
    (a, b), (first, second) = (team.label for team in pair), scores
    better, gap = probability_of_improvement(first, second), difference_of_iqm(first, second)
    left, right = st.columns(2, border=True)
    with left:
        st.metric(
            "Probability of improvement", _share(better), _interval(better, _percent), delta_color="off", delta_arrow="off", help=_BETTER
        )
        st.markdown(escaped(improvement_sentence(a, b, better, len(first), len(second)), limit=500))
    with right:
        st.metric("Difference of IQM · lines", _signed(gap), _interval(gap, signed), delta_color="off", delta_arrow="off", help=_GAP)
        st.markdown(escaped(difference_sentence(a, b, gap, len(first), len(second)), limit=500))


_BETTER = "How often a run of A comes out above a run of B, over all pairs; an equal pair counts one half. 50 % is no difference."
_GAP = "The mean of the middle half of A's runs less that of B's."


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _share(estimate: Estimate) -> str:
    return MISSING if math.isnan(estimate.value) else _percent(estimate.value)


def _signed(estimate: Estimate) -> str:
    return MISSING if math.isnan(estimate.value) else signed(estimate.value)


def _interval(estimate: Estimate, words: Callable[[float], str]) -> str:
    if math.isnan(estimate.low):
        return "too few runs for an interval"
    return f"95 %: {words(estimate.low)} to {words(estimate.high)}"


def profile_chart(pair: Sequence[Team], scores: Sequence[Floats], kind: str) -> Chart:
    """The share of each team's runs above every number of lines, with its band."""
    highest = max((float(one.max()) for one in scores if len(one)), default=1.0) * 1.05
    traces = []
    for team, values in zip(pair, scores, strict=True):
        profile = performance_profile(values, np.linspace(0.0, highest, THRESHOLDS))
        name = f"{team.label} · {profile.n} {'run' if profile.n == 1 else 'runs'}"
        known = np.isfinite(profile.low)
        traces.append(Trace("band", profile.thresholds[known], profile.low[known], name, team.colour, high=profile.high[known]))
        traces.append(Trace("line", profile.thresholds, profile.share, name, team.colour, dash=team.dash, steps=True, whole=team.whole))
    key = " ".join(team.label for team in pair)
    return Chart(
        f"{key} {kind}", "Performance profile", "runs above so many lines, with the 95 % band", f"lines a game, {SCORES[kind]}",
        "share of runs", traces, zero_y=True, legend=True,
    )  # fmt: skip


def _draw_profile(pair: tuple[Team, Team], scores: tuple[Floats, Floats], kind: str) -> None:
    with st.container(key="charts"):
        show_chart(profile_chart(pair, scores, kind), element="profile", height=PROFILE_HEIGHT)
    st.markdown(escaped(profile_sentence(pair[0].label, pair[1].label, *scores), limit=500))


def _draw_efficiency(pair: tuple[Team, Team]) -> None:
    a, b = pair
    st.markdown("##### Sample efficiency")
    wanted = targets(pair)
    if not wanted:
        st.caption("No run has reached a line a game yet.")
        return
    found = [(target, reached(a, target), reached(b, target)) for target in wanted]
    middle = found[len(found) // 2]
    st.markdown(escaped(efficiency_sentence(a.label, b.label, *middle), limit=500))
    st.dataframe(
        [
            {
                "Lines a game": target,
                "A · steps": interval_text(first.steps),
                "A · time": interval_text(first.seconds, duration), "A · runs": _of(first.runs, a),
                "B · steps": interval_text(second.steps),
                "B · time": interval_text(second.seconds, duration), "B · runs": _of(second.runs, b),
            }
            for target, first, second in found
        ],
        hide_index=True, key="efficiency", alt="Steps and time until so many lines a game",
        column_config={"Lines a game": st.column_config.NumberColumn(format="localized")},
    )  # fmt: skip
    st.caption("Median of the runs with its 95 % interval; a run that never got there counts as later than all others.")


def _of(runs: int, team: Team) -> str:
    return f"{runs} of {len(team.lines)}"
