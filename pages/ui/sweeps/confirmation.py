"""What the best trials are worth on seeds that the search never saw, and how much of the search's score was luck."""

import streamlit as st

from pages.ui.chart.chart import show_chart
from pages.ui.sweeps.charts import confirmation_chart
from pages.ui.sweeps.view import View, interval_words, score_words
from pages.ui.text import escaped
from trainer.analysis.sentences import amount
from trainer.numbers import count, rounded, signed
from trainer.run_files.studies import Confirmed

HEIGHT = 260  # pixels
WHY = (
    "Whoever picks the best of many tries also picks some luck: seeds on which these settings happened to do well. "
    "So the best trials are trained once more, on seeds that had no say in the choice."
)

MAY_BE_CHANCE = "With so few seeds it may be chance: the new interval holds the search's score, too. "


def draw_confirmation(view: View) -> None:
    """Both scores of each of the best trials, with their intervals, and what follows from them in words."""
    study, confirmed = view.study, view.confirmed
    if not study.confirm_top or not study.confirm_seeds:
        return
    st.markdown("## The best on unseen seeds")
    if not confirmed:
        seeds = ", ".join(map(str, study.confirm_seeds[:12])) + (", …" if len(study.confirm_seeds) > 12 else "")
        what = "being trained again" if view.again else "trained again when the search is done"
        trials = "The best trial is" if study.confirm_top == 1 else f"The best {study.confirm_top} trials are"
        st.caption(
            f"{trials} {what}, on seeds that the search never sees: {escaped(seeds, limit=200)}.",
            help=WHY,
        )
        return
    st.markdown(escaped(optimism_sentence(view, best_confirmed(view, confirmed)), limit=1_000))
    table, chart = st.container(), st.container(key="confirmation_chart")
    with table:
        _draw_table(view, confirmed)
    with chart:
        show_chart(confirmation_chart(view, confirmed), element="sweep_confirmation", height=HEIGHT)


def best_confirmed(view: View, confirmed: list[Confirmed]) -> Confirmed:
    """The one that does best on the new seeds."""
    return max(confirmed, key=lambda one: one.score * view.sign)


def optimism_sentence(view: View, one: Confirmed) -> str:
    """What the search had promised, what came of it, and which figure to quote."""
    metric, seeds = view.metric, count(len(view.study.confirm_seeds), "seed")
    promised, kept = (amount(value, metric) for value in (one.search_score, one.score))
    now = score_words(one.score, one.low, one.high)
    said = f"In the search, trial {one.trial} reached {promised}. On {seeds} that the search never saw, the same settings reach {kept}"
    if one.optimism <= 0:
        return f"{said}: no worse than the search had promised. The score to quote is {now}."
    less = amount(abs(one.optimism), metric)
    way = "more" if view.sign < 0 else "less"
    chance = one.low is not None and one.high is not None and one.low <= one.search_score <= one.high
    return (
        f"{said}: {less} {way}. That difference is the search's optimism: of {count(view.study.trials, 'trial')} the best is also the one "
        f"that was lucky with its seeds. {MAY_BE_CHANCE if chance else ''}The score to quote is {now}."
    )


def _draw_table(view: View, confirmed: list[Confirmed]) -> None:
    rows = [
        {
            "Trial": one.trial,
            "In the search": rounded(one.search_score),
            "95 %": interval_words(one.search_low, one.search_high),
            "On unseen seeds": rounded(one.score),
            "95 % there": interval_words(one.low, one.high),
            "Optimism": signed(one.optimism),
        }
        for one in confirmed
    ]
    columns = st.column_config
    st.dataframe(
        rows, key=f"confirmed:{view.study_id}", hide_index=True, alt="The best trials on unseen seeds",
        column_config={
            "Trial": columns.NumberColumn(format="localized", width=60),
            "In the search": columns.NumberColumn(format="localized", help="The score that chose it"),
            "On unseen seeds": columns.NumberColumn(format="localized", help="The score of the same settings on new seeds"),
            "Optimism": columns.TextColumn(help="By how much the search's score is better than the one on new seeds", alignment="right"),
        },
    )  # fmt: skip
