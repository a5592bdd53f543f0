"""The figures at the top of the live page."""

from pathlib import Path

from pages.ui.kpis import progress
from pages.ui.run_data import RunData
from pages.ui.tetris.live import kpis
from tests.pages.fake_runs import episode_row, evaluation_row, fill, live, new_run
from trainer.probing import probe
from trainer.run_files.episodes import episodes_writer
from trainer.run_files.evaluations import evaluations_writer


def test_the_figures_of_a_run_have_units_notes_and_courses(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    figures = {kpi.label: kpi for kpi in kpis(RunData(run).refresh())}
    assert [(kpi.value, kpi.note) for kpi in figures.values()] == [
        ("90", "lines, in 60 games"),
        ("60", "95 %: 48 to 78"),
        ("45", "mean of 60 games"),
        ("1,250", "180 updates"),
        ("40 %", "random placements"),
    ]
    assert figures["Evaluation · lines"].course == [20.0, 40.0, 60.0]
    assert len(figures["Best training game"].course) == 30


def test_games_that_the_chart_shows_are_counted_before_the_first_row_of_metrics(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with episodes_writer(run) as episodes:
        for number, lines in enumerate((2, 7, 3), start=1):
            episodes.append(episode_row(number, lines=lines))
    best, _, training, speed, _ = kpis(RunData(run).refresh())
    assert (best.value, best.note) == ("7", "lines, in 3 games")
    assert (training.value, training.note) == ("4", "mean of 3 games")
    assert speed.note == "no update yet"


def test_a_better_game_than_the_last_row_knew_is_the_best(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with episodes_writer(run) as episodes:
        episodes.append(episode_row(31, lines=500))
    assert kpis(RunData(run).refresh())[0].value == "500"


def test_a_run_without_rows_has_dashes_and_says_why(runs_dir: Path) -> None:
    figures = kpis(RunData(new_run(runs_dir)).refresh())
    assert {kpi.value for kpi in figures} == {"–"}
    assert [kpi.note for kpi in figures][:2] == ["no game finished yet", "no evaluation yet"]


def test_progress_tells_how_much_is_left_only_while_it_runs(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    assert (progress(probe(run)).share, progress(probe(run)).words) == (0, "The trainer ended before its first step")
    with live(run, total_timesteps=0):
        assert progress(probe(run)).words == "Waiting for the trainer's first word"
    with live(run, total_timesteps=100_000, num_timesteps=25_000, active_seconds=20.0):
        done = progress(probe(run))
        assert done.share == 0.25
        assert done.words == "25,000 of 100,000 steps · 25 % · 1 min left · 20 s of training"
    with live(run, state="paused"):
        assert "left" not in progress(probe(run)).words


def test_the_interval_beside_the_last_evaluation_is_never_an_older_ones(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with evaluations_writer(run) as log:
        log.append(evaluation_row(4_000, 14.0, lines_ci95_low=None, lines_ci95_high=None))
    (figure,) = [kpi for kpi in kpis(RunData(run).refresh()) if kpi.label == "Evaluation · lines"]
    assert (figure.value, figure.note) == ("14", "one episode: no interval")
