"""What a resample draws, and that its mean is right to the last digits."""

from fractions import Fraction

import numpy as np
import pytest

from trainer.analysis.resampling import (
    RESAMPLES,
    Floats,
    Statistic,
    cut_from_each_end,
    exact_mean,
    interval_of,
    resampled_means,
    times_drawn,
    trimmed_mean,
)

STRATA = np.array([0, 0, 0, 0, 1, 1, 1])


def test_every_resample_draws_each_stratum_from_itself() -> None:
    times = times_drawn(STRATA)
    assert times.shape == (7, RESAMPLES)
    assert set(times[:4].sum(axis=0)) == {4.0}
    assert set(times[4:].sum(axis=0)) == {3.0}
    np.testing.assert_array_equal(times, times_drawn(STRATA))
    assert (times != times_drawn(STRATA, seed=1)).any()


def _true_mean(ordered: list[float], often: list[int], cut: int) -> float:
    drawn = [Fraction(value) for value, times in zip(ordered, often, strict=True) for _ in range(times)]
    return float(sum(drawn[cut : len(drawn) - cut]) / (len(drawn) - 2 * cut))


@pytest.mark.parametrize("how", ["mean", "median", "iqm"])
@pytest.mark.parametrize(
    "values",
    [
        [3.5, 1.25, 4.0, -1.0, 5.0, 9.0, 2.5],
        [1.0, 1e16, 2.0, 1e300, 3.0, 1e-300, 1e100],
        [1e16, 0.5, -1e16, 0.25, 1e16, -1e16, 3.0],
        [-1e300, 1e300, 1e300, -1e300, 1.0, 1.0, 1.0],
        [1.7e308, 1.6e308, 1.5e308, 1.7e308, 1e-9, 1.4e308, 2.0],
    ],
)
def test_the_ends_of_an_interval_are_right_to_nine_digits(values: list[float], how: Statistic) -> None:
    column, one = np.array(values)[:, None], np.zeros(7, np.int64)
    ordered, cut = sorted(values), cut_from_each_end(7, how)
    truth = np.array([_true_mean(ordered, often, cut) for often in times_drawn(one).astype(int).T.tolist()])

    made = interval_of(resampled_means(column, one, how)[0])

    assert made == pytest.approx(interval_of(truth), rel=1e-9, abs=0)


def test_strata_follow_their_runs_from_place_to_place() -> None:
    values = np.random.default_rng(1).normal(size=(7, 5))
    times = times_drawn(STRATA)
    expected = (values[:, :, None] * times[:, None, :]).sum(axis=0) / 7
    np.testing.assert_allclose(resampled_means(values, STRATA, "mean"), expected)


def test_a_mean_of_values_that_cancel_is_what_is_left() -> None:
    columns: Floats = np.array([[1e16, 1.0, 3.0], [1.5, 2.0, 0.0], [-1e16, 3.0, -3.0]])
    np.testing.assert_array_equal(exact_mean(columns), [0.5, 2.0, 0.0])
    assert np.isnan(trimmed_mean(np.empty((0, 2)), "iqm")).all()
