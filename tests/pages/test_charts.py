"""What the charts show and what the component gets."""

import base64
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import orjson
import pytest
import streamlit as st

from pages.ui import charts
from pages.ui.chart.chart import Chart
from pages.ui.chart.plotly_script import ADDRESS, FILE, plotly_route
from pages.ui.chart.trace import Trace
from pages.ui.run_data import NewFrames, RunData, RunRows
from pages.ui.tetris.board.board import payload
from pages.ui.tetris.live import make_charts
from pages.ui.tetris.references import Reference, label, levels, neighbours, references_for, stored
from tests.pages.fake_runs import board_row, fill, fill_long, new_run
from trainer.probing import probe
from trainer.tasks.tetris.game.pieces import PIECES
from trainer.tasks.tetris.game.published import PLAYERS
from trainer.tasks.tetris.metrics import HEADLINE, METRICS


def _decoded(text: str) -> list[float]:
    values: list[float] = np.frombuffer(base64.b64decode(text), "<f8").tolist()
    return values


def lines_chart(data: RunData, run_id: str) -> Chart:
    """The chart of the training games."""
    rows = data.refresh()
    return charts.episodes_chart(data, rows, run_id=run_id, column="lines", title="Lines per game", unit="lines", what="game", log_y=False)


def lines_by_evaluation(rows: RunRows, players: Sequence[Reference], *, log_y: bool) -> Chart:
    return charts.evaluation_chart(
        rows, HEADLINE, run_id="a", unit="lines", note="games", log_y=log_y, levels=lambda highest: levels(players, highest, log_y=log_y)
    )


def test_games_are_points_and_their_mean_is_a_line(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    data = RunData(run)
    chart = lines_chart(data, run.run_id)
    assert [trace.kind for trace in chart.traces] == ["points", "line"]
    assert chart.traces[1].y[-1] == np.arange(2.0, 61.0, 2.0).mean()
    assert (chart.x_title, chart.y_title) == ("environment steps", "lines")
    assert "showing" not in chart.note


def test_a_thinned_chart_says_so(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill_long(run, 5_000)
    data = RunData(run)
    chart = lines_chart(data, run.run_id)
    assert f"showing {len(chart.traces[0].x):,} of 5,000 games" in chart.note


def test_an_evaluation_has_its_interval_and_a_star_at_the_best(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    chart = lines_by_evaluation(RunData(run).refresh(), (), log_y=True)
    band, line, star = chart.traces
    assert band.high is not None
    np.testing.assert_allclose(band.y, line.y * 0.8)
    np.testing.assert_allclose(band.high, line.y * 1.3)
    assert (star.x[0], star.y[0]) == (3_000.0, 60.0)


def _reference(player: str, mean_lines: float, *, truncated: int = 0, height: int = 20) -> Reference:
    return Reference(player, height, "uniform", 20, 1, 500, truncated, mean_lines, (mean_lines * 0.9, mean_lines * 1.1))


def test_the_chart_of_evaluations_says_that_a_click_opens_their_games(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    evaluation = make_charts(RunData(run).refresh(), probe(run), log_y=False)[1]
    assert evaluation.note == "greedy games, 95 % interval · click to watch"


def test_published_players_show_up_when_the_agent_comes_near_them(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)  # its last interval ends at 78 lines
    rows = RunData(run).refresh()
    players = [_reference("random", 0.1), _reference("dellacherie", 80), _reference("bcts", 5_000, truncated=3)]

    linear = lines_by_evaluation(rows, players, log_y=False)
    logarithmic = lines_by_evaluation(rows, players, log_y=True)

    assert [level.name for level in linear.levels] == ["Dellacherie 80"]
    assert [level.name for level in logarithmic.levels] == ["Dellacherie 80", "BCTS ≥ 5,000"]
    *_, last = logarithmic.to_json()["traces"]
    assert (last["y"], last["text"][1]) == ([5_000] * 3, "BCTS ≥ 5,000")
    assert last["x"][-1] == charts.last_step(rows)


def test_players_that_are_close_together_share_a_line() -> None:
    apart = [_reference("random", 1), _reference("dellacherie", 2_500), _reference("bcts", 4_000), _reference("dt10", 4_800)]
    assert [label(group) for group in neighbours(apart)] == ["random 1", "Dellacherie 2,500", "BCTS, DT-10 4,000–4,800"]
    assert [label(group) for group in neighbours([_reference("bcts", 4_000, truncated=9), _reference("dt10", 4_000)])] == [
        "BCTS, DT-10 ≥ 4,000"
    ]


def test_a_chart_without_data_shows_no_published_players_either(runs_dir: Path) -> None:
    rows = RunData(new_run(runs_dir)).refresh()
    empty = lines_by_evaluation(rows, [_reference("bcts", 5_000)], log_y=True)
    assert empty.to_json()["traces"] == []


def test_stored_figures_are_shown_for_the_board_that_all_runs_play_on() -> None:
    low, high, bag = ({"board_height": height, "randomizer": kind} for height, kind in ((10, "uniform"), (20, "uniform"), (20, "bag")))
    assert [one.player for one in references_for([low, low])] == ["random", "dellacherie", "bcts", "dt20", "dt10"]
    assert {one.player for one in references_for([high])} == set(PLAYERS)
    assert references_for([low, high]) == ()
    assert references_for([bag]) == ()
    assert references_for([{}]) == ()


def test_the_stored_figures_say_how_they_were_measured() -> None:
    for one in stored():
        low, high = one.ci95
        assert low <= one.mean_lines <= high
        assert one.episodes >= 20
        assert (one.truncated_episodes > 0) <= (one.max_pieces > 0)
    published = {one.player: one for one in stored() if one.board_height == 10}
    assert published["random"].ci95[1] < 1
    assert published["dellacherie"].ci95[1] < published["bcts"].ci95[0]


def test_charts_of_an_empty_run_are_empty(runs_dir: Path) -> None:
    data = RunData(new_run(runs_dir))
    rows = data.refresh()
    evaluation = lines_by_evaluation(rows, (), log_y=False)
    loss = charts.metric_chart(data, rows, METRICS["loss"], run_id="a", colour=charts.BLUE)
    assert all(len(trace.x) == 0 for trace in (*evaluation.traces, *loss.traces))


def test_a_zoom_is_kept_while_rows_arrive_and_not_when_another_run_is_shown(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    data = RunData(run)
    keys = [lines_chart(data, run.run_id).key]
    fill(run)
    keys.append(lines_chart(data, run.run_id).key)
    assert keys[0] == keys[1]
    assert lines_chart(data, "another").key != keys[0]


def test_arrays_travel_as_base64_and_names_are_never_markup() -> None:
    trace = Trace("line", np.array([1.0, 2.0]), np.array([0.5, np.pi]), "<b>bold</b>", "#000000", dash=(4, 2))
    sent = orjson.loads(orjson.dumps(Chart("k", "t", "", "x", "y", [trace]).to_json()))
    (line,) = sent["traces"]
    assert _decoded(line["x"]["bdata"]) == [1.0, 2.0]
    assert _decoded(line["y"]["bdata"]) == [0.5, np.pi]
    assert line["name"] == "&lt;b&gt;bold&lt;/b&gt;"
    assert line["line"]["dash"] == "4px,2px"
    assert sent["summary"] == "<b>bold</b> 3.14"


def test_a_band_is_filled_between_its_edges() -> None:
    band = Trace("band", np.array([1.0]), np.array([2.0]), "interval", "#009E73", high=np.array([3.0]))
    lower, upper = band.to_plotly()
    assert _decoded(lower["y"]["bdata"]) == [2.0]
    assert _decoded(upper["y"]["bdata"]) == [3.0]
    assert (upper["fill"], upper["fillcolor"]) == ("tonexty", "#009E7338")


def test_charts_side_by_side_have_the_same_x_axis() -> None:
    short = Trace("line", np.array([1.0, 40.0]), np.array([1.0, 2.0]), "a", "#000000")
    sent = Chart("k", "t", "", "x", "y", [short], x_end=100.0).to_json()
    assert sent["layout"]["xaxis"]["range"] == [0, 100.0]
    assert Chart("k", "t", "", "x", "y", []).to_json()["layout"]["xaxis"]["range"] == [0, 1_000.0]


def test_ticks_and_texts_of_a_chart_are_never_markup() -> None:
    bars = Trace("bars", np.array([0.0, 1.0]), np.array([1.0, 2.0]), "b", "#000000")
    chart = Chart("k", "t", "", "x", "y", [bars], x_ticks=[(0.0, "<b>"), (1.0, "two")], words=[(0.0, 1.0, "<i>")])
    layout = chart.to_json()["layout"]
    assert layout["xaxis"]["ticktext"] == ["&lt;b&gt;", "two"]
    assert layout["annotations"][0]["text"] == "&lt;i&gt;"
    assert layout["xaxis"]["range"] == [-0.6, 1.6]


def test_a_logarithmic_axis_shows_what_is_above_nothing() -> None:
    line = Trace("line", np.array([0.0, 10.0, 1000.0]), np.array([1.0, 2.0, 3.0]), "a", "#000000")
    sent = Chart("k", "t", "", "x", "y", [line], x_kind="log").to_json()
    assert _decoded(sent["traces"][0]["x"]["bdata"]) == [10.0, 1000.0]
    assert sent["layout"]["xaxis"]["range"] == [1.0, 3.0]


def test_how_many_runs_there_are_stands_in_a_strip_of_its_own() -> None:
    x = np.array([1.0, 2.0])
    line, runs = Trace("line", x, x, "a", "#000000"), Trace("line", x, np.array([3.0, 2.0]), "a", "#000000", steps=True)
    sent = Chart("k", "t", "", "x", "y", [line], counts=[runs]).to_json()
    assert [trace.get("yaxis") for trace in sent["traces"]] == [None, "y2"]
    assert sent["layout"]["yaxis2"]["tickvals"] == [0, 3.0]
    assert sent["layout"]["xaxis"]["anchor"] == "y2"


def test_plotly_is_where_the_charts_look_for_it_under_any_address_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "plotly.js v" in FILE.read_text(encoding="utf-8")[:100]
    for base, page in (("", "http://here/Analytics"), ("room", "http://here/room/Analytics"), ("/a/b/", "http://here/a/b/")):
        monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
        assert f"http://here{plotly_route().path}" == urljoin(page, ADDRESS)


def test_the_board_gets_the_new_frames_and_our_own_texts_only() -> None:
    frames = (board_row(25), board_row(50, piece=7))
    sent = payload("run-1", NewFrames(frames, 0, frames[-1]), height=20, ceiling=12, live=True, interval_s=2.0)
    assert [frame["lines"] for [frame] in sent["moments"]] == [2, 5]
    assert sent["moments"][1][0]["cells"].endswith("7777777777")
    assert sent["pieces"] == list(PIECES)
    assert len(set(sent["colours"])) == 7


def test_a_refresh_without_news_is_the_same_batch_so_that_nothing_is_played_twice() -> None:
    last = board_row(50)
    first = payload("run-1", NewFrames((last,), 0, last), height=20, ceiling=12, live=True, interval_s=1.0)
    again = payload("run-1", NewFrames((), 0, last), height=20, ceiling=12, live=True, interval_s=1.0)
    assert first["batch"] == again["batch"]
    assert payload("run-1", NewFrames((), 0, None), height=12, ceiling=None, live=False, interval_s=1.0)["moments"] == []


def test_a_click_on_a_point_leads_where_its_link_says() -> None:
    x = np.array([0.0, 1.0, 10.0])
    points = Trace("points", x, x, "trials", "#000000", texts=("a", "b", "c"), links=("./?run=a", "./?run=b", "./?run=c"))
    (drawn,) = Chart("", "", "", "x", "y", [points], x_kind="log").to_json()["traces"]
    assert (drawn["customdata"], drawn["text"]) == (("./?run=b", "./?run=c"), ["b", "c"])
    assert "customdata" not in Trace("points", x, x, "games", "#000000").to_plotly()[0]
