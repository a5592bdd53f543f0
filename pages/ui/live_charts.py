"""The charts of the live page: what every run has, and what a person has picked of all that is recorded.

The choice is kept in the session and in the address, `?charts=train/loss,info/reward_ctrl`; what is drawn without a choice is left
out of it. An address that a person has changed wins. So it is with a second run that is laid over them, `?with=<run_id>`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui import charts
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.charts import Other
from pages.ui.control_values import value_key
from pages.ui.guard import callback
from pages.ui.live_parts import CORE, LiveParts, has_recordings, parts_of
from pages.ui.run_data import RunRows, run_data
from pages.ui.selection import about_of, labels_of, name_of
from pages.ui.shell import address
from pages.ui.shell.address import Change
from pages.ui.shell.navigation import REPLAY, address_of
from pages.ui.text import escaped, plain
from trainer.numbers import exact
from trainer.probing import Probe
from trainer.run_files.opening import is_real_folder
from trainer.run_files.run_directory import RUN_ID_PATTERN, RunDirectory
from trainer.tasks.about import About
from trainer.tasks.metric import recorded

LOG_SCALE = "live_log_scale"
CHART_HEIGHT = 248  # pixels
EVALUATION_CHART = 1  # which of the charts; where episodes are recorded, a click on one of its points opens those behind it
OFFERED_EVALUATIONS = 100  # the newest
LEGEND_HEIGHT = 56  # pixels: two names, one below the other
WITH, COMPARED, NOBODY = "with", "live_with", ""  # in the address, in the session, no second run
OFFERED_RUNS = 200  # the newest
NAME_LENGTH = 32
CHARTS, NO_CHARTS, SEPARATOR = "charts", "none", ","  # in the address
MAX_PICKED = 12  # each is drawn anew at every refresh
CHOSEN = "live_charts"  # in the session: as the address says it
Choice = tuple[str | None, str | None, bool]
"""What a person has chosen for the charts: which, beside which run, with a logarithmic scale."""
COLOURS = (charts.VERMILION, charts.PURPLE, charts.SKY, charts.ORANGE, charts.GREEN, charts.BLUE)


def begin_charts() -> None:
    """Take the choices over from the address, or bring them back there. Called when the whole page begins to be drawn."""
    change = address.change()
    for parameter, chosen in ((CHARTS, CHOSEN), (WITH, COMPARED)):
        said = address.says(parameter)
        if said is not None:
            st.session_state[chosen] = said
        elif change is Change.CAME and chosen in st.session_state:
            address.write(**{parameter: st.session_state[chosen]})
        elif change is Change.HERE:
            st.session_state.pop(chosen, None)


def chosen_charts() -> Choice:
    """What is chosen now."""
    return st.session_state.get(CHOSEN), st.session_state.get(COMPARED), bool(st.session_state.get(LOG_SCALE))


def draw_charts(parts: LiveParts, probed: Probe, rows: RunRows) -> None:
    """Draw the charts.

    Args:
        parts: of the run's task.
        probed: the run.
        rows: of the run.
    """
    about, run_id = about_of(probed.run), probed.run.run_id
    recorded_there = has_recordings(about, probed.run)
    _, other = second_run(probed.run)
    picked = picked_names(offered_names(rows), parts.picked_charts(rows))
    log_y, height = bool(st.session_state.get(LOG_SCALE)), CHART_HEIGHT + (LEGEND_HEIGHT if other is not None else 0)
    made = [*parts.make_charts(rows, probed, log_y=log_y, other=other), *_picked_charts(about, probed, rows, picked, other)]
    for start in range(0, len(made), 2):
        for column, number in zip(st.columns(2, gap="small"), range(start, min(start + 2, len(made))), strict=False):
            with column:
                goes_to = address_of(REPLAY, run=run_id, evaluation="") if recorded_there and number == EVALUATION_CHART else ""
                show_chart(made[number], element=f"chart_{number}", height=height, goes_to=goes_to)


def draw_chart_controls(run: RunDirectory, runs: Sequence[RunDirectory], drawn: Choice) -> None:
    """Draw what there is to choose; draw the whole page again when something else is chosen.

    Args:
        run: the one that is shown.
        runs: those that can be laid over it.
        drawn: what the charts were drawn with.
    """
    rows, about = run_data(run).refresh(), about_of(run)
    offered, default = offered_names(rows), parts_of(about).picked_charts(rows)
    second, other = second_run(run)
    with st.container(key="chart_controls", horizontal=True, vertical_alignment="center"):
        _draw_picker(offered, picked_names(offered, default), default)
        if has_recordings(about, run):
            _draw_watch_evaluation(run.run_id, rows)
        _draw_second_picker(run, second, runs)
        st.toggle("Log scale", key=LOG_SCALE, help="Of rewards and evaluations.")
    if second is not None and other is None:
        st.caption(f":orange[:material/delete:] The run {escaped(second.run_id)}, which was compared with, is no longer on disk.")
    if chosen_charts() != drawn:
        st.rerun()


def offered_names(rows: RunRows) -> dict[str, list[str]]:
    """What is recorded, by the prefix of its name: `train` of `train/loss`."""
    groups: dict[str, list[str]] = {}
    for name in sorted(one for one in rows.metrics if one not in CORE and SEPARATOR not in one):
        groups.setdefault(name.rpartition("/")[0], []).append(name)
    return groups


def picked_names(offered: Mapping[str, Sequence[str]], default: Sequence[str]) -> list[str]:
    """The charts to draw beside those of every run: what was chosen and is recorded here, or the default."""
    chosen: str | None = st.session_state.get(CHOSEN)
    if chosen is None:
        return list(default)
    there = {name for names in offered.values() for name in names}
    return [name for name in dict.fromkeys(chosen.split(SEPARATOR)) if name in there][:MAX_PICKED]


def second_run(shown: RunDirectory) -> tuple[RunDirectory | None, Other | None]:
    """The run that was chosen to be laid over the charts, and what is laid over; None of either if none was, or it is gone."""
    chosen: str | None = st.session_state.get(COMPARED)
    if not chosen or chosen == shown.run_id or not RUN_ID_PATTERN.fullmatch(chosen):
        return None, None
    run = RunDirectory(shown.path.parent / chosen)
    if not is_real_folder(run.path):
        return run, None
    names = [plain(name_of(one), NAME_LENGTH) for one in (run, shown)]
    if names[0] == names[1]:
        names = [plain(one.run_id, NAME_LENGTH) for one in (run, shown)]
    return run, Other(run_data(run), *names)


def _draw_second_picker(shown: RunDirectory, second: RunDirectory | None, runs: Sequence[RunDirectory]) -> None:
    offered = [run for run in runs if run != shown][:OFFERED_RUNS]
    if second is not None and second not in offered:
        offered.append(second)
    labels = {NOBODY: "no other run"} | labels_of(offered, {})
    ids, chosen = list(labels), second.run_id if second is not None else NOBODY
    key = value_key(f"{COMPARED}:{hash(tuple(labels.values()))}", chosen)
    with st.container(key="compare_with", width=280):
        st.selectbox(
            "Compare with", ids, ids.index(chosen), key=key, format_func=labels.__getitem__, filter_mode="contains",
            help="A second run, dashed, over every chart.", on_change=callback(_second_chosen, value=key), args=(key,),
        )  # fmt: skip


def _second_chosen(key: str) -> None:
    chosen: str = st.session_state[key]
    st.session_state.pop(COMPARED, None)
    if chosen != NOBODY:
        st.session_state[COMPARED] = chosen
    address.write(**{WITH: chosen or None})


def _picked_charts(about: About, probed: Probe, rows: RunRows, picked: Sequence[str], other: Other | None) -> list[Chart]:
    described = {metric.column: metric for metric in about.metrics.values() if metric.log == "metrics"}
    data, run_id = run_data(probed.run), probed.run.run_id
    return [
        charts.metric_chart(
            data, rows, described.get(name) or recorded(name), run_id=run_id, colour=COLOURS[place % len(COLOURS)], other=other
        )
        for place, name in enumerate(picked)
    ]


def _draw_picker(offered: Mapping[str, Sequence[str]], picked: Sequence[str], default: Sequence[str]) -> None:
    with st.popover("Charts", icon=":material/add_chart:"):
        if not offered:
            st.caption("Nothing is recorded yet: the first numbers come with the first row.")
        for group, names in offered.items():
            truth = [name for name in names if name in picked]
            key = value_key(f"charts:{group}:{hash(tuple(names))}", truth)
            st.pills(
                escaped(group or "others"), names, selection_mode="multi", default=truth, key=key, format_func=_last_part,
                on_change=callback(_chosen, value=key), args=(key, tuple(names), tuple(picked), tuple(default)),
            )  # fmt: skip
        if len(picked) == MAX_PICKED:
            st.caption(f"{MAX_PICKED} charts are the most.")
        if st.session_state.get(CHOSEN) is not None:
            st.button("Back to the usual charts", key="usual_charts", type="tertiary", on_click=callback(_write), args=(None,))


def _last_part(name: str) -> str:
    return escaped(name.rpartition("/")[2])


def _chosen(key: str, names: Sequence[str], picked: Sequence[str], default: Sequence[str]) -> None:
    """A person has changed the choice within one group."""
    now: list[str] = st.session_state[key]
    chosen = [name for name in picked if name not in names or name in now]
    chosen += [name for name in now if name not in chosen]
    _write(None if chosen == list(default) else SEPARATOR.join(chosen) or NO_CHARTS)


def _write(chosen: str | None) -> None:
    st.session_state.pop(CHOSEN, None)
    if chosen is not None:
        st.session_state[CHOSEN] = chosen
    address.write(**{CHARTS: chosen})


def _draw_watch_evaluation(run_id: str, rows: RunRows) -> None:
    """What a click on a point of the evaluation chart does, for the keyboard."""
    steps = [round(step) for step in rows.evaluations["step"][: -OFFERED_EVALUATIONS - 1 : -1]]
    if steps:
        with st.popover("Watch an evaluation", icon=":material/movie:"):
            step = st.selectbox("Evaluation at step", steps, key="watched_evaluation", format_func=exact)
            parameters: dict[str, Any] = {"run": run_id, "evaluation": str(step)}
            st.page_link("pages/3_Replay.py", label="Open its episodes", icon=":material/play_arrow:", query_params=parameters)
