"""Runs of different problems are never compared: where the selected runs train on several, one is looked at at a time."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.groups import distinct_names
from pages.ui.analytics.run_rows import RunRow
from pages.ui.text import escaped, plain
from trainer.analysis.groups import problem_of, problem_words
from trainer.numbers import count
from trainer.run_files.config_file import ConfigFile


def problem_of_row(row: RunRow) -> tuple[str, str] | None:
    """What a run trains on; None if its `config.json` cannot be read."""
    return problem_of(row.probed.config) if row.probed.config else None


def problems_of(rows: Sequence[RunRow]) -> dict[str, list[RunRow]]:
    """The runs by what they train on, in words, the problem with the most runs first; those that do not say it are in none."""
    runs: dict[tuple[str, str], list[RunRow]] = {}
    configs: dict[tuple[str, str], ConfigFile] = {}
    for row in rows:
        if (config := row.probed.config) is not None:
            problem = problem_of(config)
            runs.setdefault(problem, []).append(row)
            configs.setdefault(problem, config)
    words = distinct_names([plain(problem_words(configs[problem])) for problem in runs])
    return dict(sorted(zip(words, runs.values(), strict=True), key=lambda item: -len(item[1])))


def draw_problem_choice(rows: Sequence[RunRow]) -> list[RunRow]:
    """Draw the choice of a problem, if there is one; returns the runs that train on it, or all."""
    problems = problems_of(rows)
    if len(problems) < 2:
        return list(rows)
    words = {name: f"{escaped(name)} · {count(len(runs), 'run')}" for name, runs in problems.items()}
    st.caption(":material/grid_on: The selected runs train on different problems, which are never compared. Shown is one problem:")
    chosen = address.segment(
        "problem", "Problem", list(words), next(iter(words)), format_func=words.__getitem__, label_visibility="collapsed", wrap=True
    )
    return problems[chosen]
