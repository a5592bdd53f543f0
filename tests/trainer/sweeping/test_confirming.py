"""The best of a search are confirmed on seeds that it never saw: what is stated of the winner holds."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.sweeping.simulated_runs import Landscape, SimulatedRuns, new_study, scheduled

pytestmark = pytest.mark.long

SWEEPS = 50


def test_the_winners_score_lies_in_its_interval_and_the_search_was_optimistic(tmp_path: Path) -> None:
    held, in_the_search, optimism = 0, 0, []
    for number in range(SWEEPS):
        landscape = Landscape(number, noise=100.0)
        study = new_study(tmp_path / str(number), method="random", trials=12, confirm=3, sampler_seed=number)
        found = scheduled(study, SimulatedRuns(landscape, ticks=1))
        winner = next(one for one in found.confirmed() if one.trial == found.best())
        truth = landscape.truth(found.trials[winner.trial].params)
        assert None not in (winner.low, winner.high, winner.search_low, winner.search_high)
        held += (winner.low or 0) <= truth <= (winner.high or 0)
        in_the_search += winner.search_score > truth
        optimism.append(found.confirmed()[0].optimism)
    sys.stdout.write(f"the interval held the winner's true score in {held} of {SWEEPS} sweeps; mean optimism {np.mean(optimism):.1f}\n")
    assert held >= 0.9 * SWEEPS
    assert np.mean(optimism) > 0, "what won the search had luck"
    assert in_the_search > SWEEPS / 2
