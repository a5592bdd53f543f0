"""Which values a trial has."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.sweeping.simulated_runs import VARY, Landscape, SimulatedRuns, new_study, planned, scheduled
from trainer.run_files.studies import Study, Trial, Vary
from trainer.sweeping.search import known_before, lookahead, starts, suggest

CHOICES = [
    Vary("gamma", "choices", values=[0.9, 0.99]),
    Vary("net_arch", "choices", values=[[64], [64, 64]]),
    Vary("n_steps", "log", 16, 2048),
]


def results(study: Study, count: int) -> list[Trial]:
    """Trials with numbers."""
    shown = [suggest(study, number % starts(study), []) for number in range(count)]
    return [Trial(number, params=params, state="complete", score=float(number)) for number, params in enumerate(shown)]


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_values_are_of_their_kind_and_in_their_range_and_always_the_same(method: str) -> None:
    study = planned(vary=[*VARY[:1], *CHOICES], method=method, trials=40)
    for number in range(0, 40, 3):
        before = results(study, number)
        params = suggest(study, number, before)
        assert params == suggest(study, number, before)
        assert 1e-4 <= params["learning_rate"] <= 1e-2
        assert params["gamma"] in (0.9, 0.99)
        assert params["net_arch"] in ([64], [64, 64])
        assert isinstance(params["n_steps"], int)
        assert 16 <= params["n_steps"] <= 2048
    assert suggest(study, 5, results(study, 5)) != suggest(replace(study, sampler_seed=2), 5, results(study, 5))


@pytest.mark.parametrize("method", ["random", "tpe"])
@pytest.mark.parametrize(
    ("vary", "digits"),
    [
        (Vary("learning_rate", "log", 1e-4, 1e-2), 4),
        (Vary("gamma", "linear", 0.9, 0.999), 5),
        (Vary("gamma", "log", 0.99995, 0.99999), 8),
        (Vary("gae_lambda", "linear", 0.0, 1.0), 3),
    ],
)
def test_values_have_no_more_digits_than_matter(method: str, vary: Vary, digits: int) -> None:
    study = planned(vary=[vary], method=method, trials=40)
    values = [suggest(study, number, results(study, number))[vary.setting] for number in range(0, 40, 4)]
    assert all(vary.low <= value <= vary.high for value in values)
    assert all(value == float(f"{value:.{digits}g}") for value in values), values
    assert len(set(values)) > 7, "they still differ"


def test_a_grid_is_every_combination_once() -> None:
    study = planned(vary=CHOICES[:2], method="grid", trials=None)
    assert [suggest(study, number, []) for number in range(4)] == [
        {"gamma": gamma, "net_arch": layers} for gamma in (0.9, 0.99) for layers in ([64], [64, 64])
    ]


def test_the_first_trials_cover_every_range_evenly() -> None:
    study = planned(trials=20)
    assert suggest(study, 0, []) == pytest.approx({"learning_rate": 1e-3, "gamma": 0.9495, "gae_lambda": 0.9}), "the middle comes first"
    found = sorted(math.log10(suggest(study, number, [])["learning_rate"]) for number in range(1, starts(study)))
    assert [math.floor((one + 4) / 2 * 9) for one in found] == list(range(9))
    assert suggest(planned(trials=1, confirm=0), 0, [])["gamma"] == pytest.approx(0.9495)


def test_tpe_goes_where_it_was_good() -> None:
    study = planned(vary=[Vary("gamma", "linear", 0.0, 1.0)], trials=30)
    before = [Trial(number, params={"gamma": number / 20}, state="complete", score=-abs(number / 20 - 0.3)) for number in range(20)]
    suggested = [suggest(study, number, before)["gamma"] for number in range(20, 30)]
    assert np.mean(np.abs(np.array(suggested) - 0.3)) < 0.15
    worst = [replace(one, score=-one.score if one.score else 0.0) for one in before]
    assert [suggest(study, number, worst)["gamma"] for number in range(20, 30)] != suggested


def test_failed_and_pruned_trials_are_no_good() -> None:
    study = planned(vary=[Vary("gamma", "linear", 0.0, 1.0)], trials=30)
    complete = [Trial(number, params={"gamma": number / 20}, state="complete", score=number / 20) for number in range(10)]
    pruned = [Trial(number, params={"gamma": number / 20}, state="pruned", values={"1": 1.0}, score=1.0) for number in range(10, 15)]
    failed = [Trial(number, params={"gamma": number / 20}, state="failed") for number in range(15, 20)]
    assert suggest(study, 20, [*complete, *pruned, *failed])["gamma"] < 0.7


def test_a_trial_waits_for_no_more_than_keeps_the_workers_busy() -> None:
    study = planned(workers=2, seeds=(1, 2, 3))
    assert [lookahead(replace(study, workers=workers)) for workers in (1, 2, 4, 5, 16)] == [0, 1, 1, 2, 5]
    trials = [Trial(0, state="complete"), Trial(1, state="running"), Trial(2, state="failed")]
    assert known_before(study, 1, trials) == []
    assert known_before(study, 2, trials) == trials[:1]
    assert known_before(study, 3, trials) is None, "trial 1 is not settled"
    assert known_before(study, 9, trials) is None, "trial 3 is not there"


def found_share(runs_dir: Path, number: int) -> float:
    """What a search of 13 trials on 2 seeds finds, as a share of the best of a grid of 27, without noise."""
    landscape = Landscape(number)
    study, runs = new_study(runs_dir, trials=13, confirm=0, sampler_seed=number), SimulatedRuns(landscape)
    found = scheduled(study, runs)
    best = found.best()
    assert best is not None
    assert len(runs.made) <= 27 * 3 / 3
    return landscape.truth(found.trials[best].params) / landscape.best_of_the_grid()


def test_a_third_of_a_grid_of_27_finds_what_the_whole_grid_finds(tmp_path: Path) -> None:
    """26 runs against the grid's 81 of three seeds each: ten landscapes, ten noises."""
    shares = [found_share(tmp_path / str(number), number) for number in range(1, 11)]
    assert min(shares) >= 0.95, [f"{share:.3f}" for share in shares]
