"""A study of what a person has asked for; what cannot be searched is refused in one sentence."""

from typing import Any

import pytest

from tests.trainer.sweeping.simulated_runs import planned
from trainer.errors import SettingError
from trainer.run_files.studies import Vary
from trainer.sweeping.planning import plan_study
from trainer.tasks import find_about

CHOICES = [Vary("gamma", "choices", values=[0.9, 0.99]), Vary("n_epochs", "choices", values=[1, 5, 10])]


def test_a_study_says_all_that_was_asked_for_and_has_unseen_seeds() -> None:
    study = planned(seeds=(4, 1))
    assert (study.task, study.metric, study.decide, study.pruner) == ("gym", "evaluation", "iqm", "")
    assert study.settings["total_timesteps"] == 9_000
    assert (study.seeds, study.confirm_seeds) == ([4, 1], [5, 6, 7, 8, 9])
    assert planned(seeds=(1, 2**31 - 1)).confirm_seeds == [0, 2, 3, 4, 5]
    assert planned(confirm=0).confirm_seeds == []
    assert planned(seeds=range(1, 9)).confirm_seeds == list(range(9, 17)), "as many as the search had"


def test_a_grid_has_all_its_corners() -> None:
    assert planned(vary=CHOICES, method="grid", trials=None).trials == 6
    assert planned(vary=CHOICES, method="tpe", trials=None).trials == 20


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"trials": 0}, "trials must be a whole number from 1 to 10,000; got '0'."),
        ({"trials": 20_000}, "trials must be a whole number from 1 to 10,000; got '20000'."),
        ({"vary": []}, "A sweep needs something that varies: add --vary SETTING=VALUES, as gamma=0.9,0.99."),
        ({"seeds": ()}, "seeds must be 1 to 100 whole numbers; got 0."),
        ({"seeds": (1, 1)}, "seeds must differ: a seed that comes twice says nothing new; got 1, 1."),
        ({"seeds": (-1,)}, "A seed of seeds must be a whole number from 0 to 2,147,483,647; got '-1'."),
        ({"workers": 0}, "workers must be a whole number from 1 to 10,000; got '0'."),
        ({"confirm": 9}, "confirm must be a whole number from 0 to 8; got '9'."),
        ({"confirm_seeds": (2, 9)}, "The seeds to confirm with must be ones that the search never saw; 2 is among both."),
        (
            {"metric": "length"},
            "metric must be one of evaluation, best, reward, loss, speed, success: what Gymnasium measures and is better or worse; got",
        ),
        ({"pruner": "median", "seeds": (1,)}, "median looks at a trial after each of its seeds, so that it needs two or more; got 1."),
        (
            {"pruner": "wilcoxon", "seeds": (1, 2, 3, 4)},
            "wilcoxon can tell two trials apart after 4 seeds, so that it needs 5 or more",
        ),
        ({"pruner": "luck"}, "prune must be one of none, median, wilcoxon, hyperband; got 'luck'."),
        (
            {"method": "grid"},
            "A grid needs values one after another, as gamma=0.9,0.99; learning_rate has a range.",
        ),
        ({"method": "grid", "vary": CHOICES, "trials": 5}, "A grid of these values has 6 trials; got 5. Leave the number out."),
        (
            {"vary": [Vary("tau", "linear", 0.1, 0.9)]},
            "tau is not a hyperparameter of ppo; it has batch_size, clip_range",
        ),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        planned(**changes)
    assert str(refused.value).startswith(sentence)


def test_hyperband_needs_an_evaluation_where_it_looks() -> None:
    about = find_about("gym")
    settings = about.settings(total_timesteps=9_000, eval_every=5_000)
    with pytest.raises(SettingError, match="eval_every must be at most 3,000; got 5,000"):
        plan_study(about, settings, CHOICES, pruner="hyperband")


def test_what_is_trained_elsewhere_cannot_be_searched() -> None:
    about = find_about("script")
    with pytest.raises(SettingError, match="cannot be searched"):
        plan_study(about, about.settings(), CHOICES)
