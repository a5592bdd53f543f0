"""The figures of the live page."""

from dataclasses import replace
from pathlib import Path

from pages.ui.kpis import evaluation_kpis, progress
from pages.ui.run_data import RunData
from pages.ui.tetris.live import kpis
from tests.pages.fake_runs import episode_row, evaluation_row, fill, live, new_run
from trainer.probing import probe
from trainer.run_files.episodes import episodes_writer
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.status import Evaluating
from trainer.tasks.tetris.metrics import HEADLINE


def test_the_best_evaluation_is_the_headline_and_the_last_one_beside_it(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with evaluations_writer(run) as log:
        log.append(evaluation_row(4_000, 50.0))
    figures = kpis(RunData(run).refresh(), probe(run))
    assert [(kpi.label, kpi.value, kpi.note) for kpi in figures] == [
        ("Best evaluation · lines", "60", "95 %: 48 to 78 · step 3,000"),
        ("Last evaluation", "50", "95 %: 40 to 65 · step 4,000"),
        ("Training · lines", "45", "60 games · best 90"),
        ("Speed · steps/s", "1,250", "180 updates"),
        ("Exploration ε", "40 %", "random placements"),
    ]


def test_the_headline_of_what_should_be_low_is_the_lowest_evaluation(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    best, last = evaluation_kpis(RunData(run).refresh(), replace(HEADLINE, better="lower"), "lines")
    assert (best.value, best.note) == ("20", "95 %: 16 to 26 · step 1,000")
    assert (last.value, last.note) == ("60", "95 %: 48 to 78 · step 3,000")


def test_games_that_the_chart_shows_are_counted_before_the_first_row_of_metrics(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with episodes_writer(run) as episodes:
        for number, lines in enumerate((2, 7, 3), start=1):
            episodes.append(episode_row(number, lines=lines))
    _, _, training, speed, _ = kpis(RunData(run).refresh(), probe(run))
    assert (training.value, training.note) == ("4", "3 games · best 7")
    assert speed.note == "no update yet"


def test_a_better_game_than_the_last_row_knew_is_the_best(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    with episodes_writer(run) as episodes:
        episodes.append(episode_row(31, lines=500))
    assert kpis(RunData(run).refresh(), probe(run))[2].note == "60 games · best 500"


def test_a_run_without_rows_has_dashes_and_says_why(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    figures = kpis(RunData(run).refresh(), probe(run))
    assert {kpi.value for kpi in figures} == {"–"}
    assert [kpi.note for kpi in figures][:3] == ["no evaluation yet", "\u00a0", "no game finished yet"]
    with live(run, evaluating=Evaluating(0, 20)):
        assert kpis(RunData(run).refresh(), probe(run))[0].note == "Evaluating 0 of 20"


def test_how_far_an_evaluation_is_is_said_beside_the_progress_while_it_goes_on(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run, evaluating=Evaluating(12, 20)):
        assert "Evaluating 12 of 20" in progress(probe(run)).words
    assert "Evaluating" not in progress(probe(run)).words, "the trainer has died meanwhile"


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
    (figure,) = [kpi for kpi in kpis(RunData(run).refresh(), probe(run)) if kpi.label == "Last evaluation"]
    assert (figure.value, figure.note) == ("14", "one episode: no interval · step 4,000")
