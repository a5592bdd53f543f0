"""Which trials are ended early."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import wilcoxon

from tests.trainer.sweeping.simulated_runs import STEPS, TICKS, Landscape, SimulatedRuns, new_study, planned, scheduled, told
from trainer.analysis.scores import Course
from trainer.run_files.studies import Trial, read_trials
from trainer.sweeping.pruning import judge, signed_rank_p
from trainer.tasks.metric import Metric

REWARD = Metric("Reward", "reward", "evaluations", "mean_reward")
LOSS = Metric("Loss", "loss", "metrics", "train/loss", "lower")


def trial(number: int, *values: float, state: str = "complete") -> Trial:
    """One with the numbers of its first seeds."""
    return Trial(number, state=state, values={str(seed): value for seed, value in enumerate(values, start=1)})  # type: ignore[arg-type]


def test_the_median_ends_a_trial_after_the_first_seed_that_says_so() -> None:
    study = planned(pruner="median", seeds=(1, 2, 3))
    before = [trial(number, number, number, number) for number in range(5)]
    judged = judge(study, trial(5, 1.0, 9.0), before, REWARD, {})
    assert judged is not None
    assert (judged.values, judged.why) == ({"1": 1.0}, "Worse than the median of 5 trials after 1 of 3 seeds.")
    assert judge(study, trial(5, 3.0), before, REWARD, {}) is None
    assert judge(study, trial(5, 3.0), before, LOSS, {}) is not None
    assert judge(study, trial(5, 1.0), before[:3], REWARD, {}) is None, "too few to be judged by"
    assert judge(study, Trial(5, values={"2": 0.0}), before, REWARD, {}) is None, "the first seed has not ended"
    assert judge(study, trial(5, 3.0, 3.0, 0.0), before, REWARD, {}) is None, "all seeds have ended: nothing is saved"
    short = [trial(number, number, state="pruned") for number in range(5)]
    assert judge(study, trial(5, 3.0, 0.0), short, REWARD, {}) is None, "no other one has two seeds"


def test_wilcoxon_compares_with_the_best_on_the_same_seeds() -> None:
    study = planned(pruner="wilcoxon", seeds=range(1, 7))
    best, other = trial(0, 10, 20, 30, 40, 50, 60), trial(1, 1, 1, 1, 1, 1, 1)
    judged = judge(study, trial(2, 9, 19, 29, 39), [best, other], REWARD, {})
    assert judged is not None
    assert judged.why == "Worse than the best trial on the same 4 seeds (Wilcoxon, p = 0.062)."
    assert judge(study, trial(2, 9, 19, 29), [best, other], REWARD, {}) is None
    assert judge(study, trial(2, 9, 19, 31, 39), [best, other], REWARD, {}) is None
    assert judge(study, trial(2, 11, 21, 31, 41), [other, best], REWARD, {}) is None


def test_the_signed_rank_test_is_scipys() -> None:
    generator = np.random.default_rng(1)
    for n in (5, 9, 14, 40):
        values = generator.normal(-0.2, 1, n)
        assert signed_rank_p(values.tolist()) == pytest.approx(wilcoxon(values, alternative="less").pvalue, abs=0.01 if n > 20 else 1e-9)
    assert (signed_rank_p([]), signed_rank_p([0.0])) == (1.0, 1.0)


def line(end: float, ticks: int = TICKS) -> Course:
    """A run that rises to a value in a straight line, so far."""
    steps = np.arange(1.0, ticks + 1) * STEPS / TICKS
    return Course(steps, steps / STEPS * end, steps)


def test_hyperband_ends_what_is_not_in_the_best_third_at_a_rung() -> None:
    study = planned(pruner="hyperband", trials=12)
    before = [trial(number, number, number) for number in range(6)]
    courses = {str(number): {"1": line(number), "2": line(number)} for number in range(6)}
    begun = Trial(6)  # of the bracket that is looked at at 1/9 and 1/3
    judged = judge(study, begun, before, REWARD, courses | {"": {"1": line(2, ticks=2)}})
    assert judged is not None
    assert (judged.step, judged.why) == (STEPS / 9, "Behind 3 of 6 trials at step 1,000, after 1 of 2 seeds.")
    assert judged.values == {"1": pytest.approx(2 / 9)}
    assert judge(study, begun, before, REWARD, courses | {"": {"1": line(4, ticks=2)}}) is None
    assert judge(study, begun, before, REWARD, courses | {"": {"1": line(0, ticks=0)}}) is None, "it is not there yet"
    assert judge(study, Trial(8), before, REWARD, courses | {"": {"1": line(0, ticks=9)}}) is None, "this bracket is not looked at"


def test_what_a_pruned_trial_still_did_counts_for_nobody() -> None:
    study = planned(pruner="hyperband", trials=12)
    before = [trial(number, number, number) for number in range(3)]
    pruned = [Trial(number, state="pruned", values={"1": 9.0}, step=STEPS / 9) for number in range(3, 6)]
    courses = {str(number): {"1": line(9), "2": line(9)} for number in range(6)}
    own = {"": {"1": line(0, ticks=4)}}
    at_a_third = judge(study, Trial(7), [*before, *pruned], REWARD, courses | own)
    assert at_a_third is None, "three are too few to be judged by"


@pytest.mark.long
@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_pruning_trains_less_and_prunes_the_same_whenever_runs_happen_to_end(tmp_path: Path, pruner: str) -> None:
    found, ticks = [], []
    for cores in (1, 2, 3):
        study = new_study(tmp_path / str(cores), pruner=pruner, trials=16, seeds=(1, 2, 3), confirm=0)
        runs = SimulatedRuns(Landscape(8), cores=cores)
        scheduled(study, runs)
        found.append(told(study))
        ticks.append(sum(runs.ticks.values()))
        assert not {"waiting", "training"} & set(runs.states.values()), "what was pruned trains for nobody"
    assert found[0] == found[1] == found[2]
    states = [one.state for one in read_trials(study)]
    assert set(states) == {"complete", "pruned"}
    assert all(one.error for one in read_trials(study) if one.state == "pruned")
    assert max(ticks) < 16 * 3 * TICKS
