"""How well a mean over episodes is known: a 95 % interval that holds for skewed values too. Numbers in, two numbers out."""

import functools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
HALVINGS = 60  # of an angle: more than a double has digits
FEWEST_FOR_A_SKEWNESS = 3
NO_SKEWNESS = 1e-6  # below it the correction is smaller than a number's last digits


def mean_interval(values: ArrayLike, lowest: float = -np.inf) -> tuple[float, float] | None:
    """The 95 % interval of a mean: Student's t, corrected for the skewness of the values.

    The correction is the monotone transformation of Hall (1992), "On the removal of skewness by
    transformation". It needs no random numbers. How often the interval holds the true mean, counted
    over 100,000 simulated sets of episodes (see `test_mean_interval`):

    | values | n = 5 | n = 10 | n = 20 | n = 100 |
    |---|---|---|---|---|
    | exponential, as lines per game are | 92.7 % | 94.3 % | 94.7 % | 94.8 % |
    | normal | 94.5 % | 94.8 % | 95.0 % | 95.0 % |
    | exponential, truncated at 1.5 times its mean | 95.8 % | 98.2 % | 97.7 % | 95.5 % |

    (A percentile bootstrap interval of 20 exponential values holds it in 89.5 %.) With two values it is
    Student's. Equal values give an interval without width, which only says that no difference was seen.

    Args:
        values: one a game; what is not finite is left out.
        lowest: the least that a game can give: the interval never begins below it.

    Returns:
        Its ends, or None for fewer than two values: one episode says nothing about the spread.
    """
    known = np.asarray(values, np.float64).ravel()
    known = known[np.isfinite(known)]
    if len(known) < 2:
        return None
    scale = float(np.abs(known).max()) or 1.0  # squares of large values would overflow
    low, high = _interval(known / scale)
    return max(low * scale, min(float(lowest), float(known.min()))), high * scale


def _interval(values: Floats) -> tuple[float, float]:
    n, mean, spread = len(values), float(values.mean()), float(values.std(ddof=1))
    if np.ptp(values) == 0 or not spread:
        return float(values[0]), float(values[0])
    quantile, skewness = student_quantile(n - 1) / math.sqrt(n), _skewness(values)
    low, high = (mean - spread * _untransformed(signed, skewness, n) for signed in (quantile, -quantile))
    return low, high


@functools.lru_cache(maxsize=64)
def student_quantile(freedom: int) -> float:
    """How many standard errors to each side hold `CONFIDENCE` of Student's t distribution with whole degrees of freedom.

    Its share between -t and t is a finite sum of powers of the cosine of an angle, with t = √freedom · tan(angle): formulas
    26.7.3 and 26.7.4 of Abramowitz and Stegun (1964). To import them with scipy takes 0.2 seconds of each trainer's start.
    """
    odd = freedom % 2
    steps = np.arange(1 + odd, freedom - 2, 2)
    factors = np.concatenate(([1.0], np.cumprod(steps / (steps + 1))))
    powers = np.arange(len(factors)) * 2 + odd
    low, high = 0.0, math.pi / 2
    for _ in range(HALVINGS):
        angle = (low + high) / 2
        share = math.sin(angle) * float(factors @ math.cos(angle) ** powers) if freedom > 1 else 0.0
        held = (angle + share) * 2 / math.pi if odd else share
        low, high = (angle, high) if held < CONFIDENCE else (low, angle)
    return math.sqrt(freedom) * math.tan(low)


def _skewness(values: Floats) -> float:
    """The adjusted third standardised moment (Joanes and Gill 1998); 0 where there are too few values."""
    n = len(values)
    if n < FEWEST_FOR_A_SKEWNESS:
        return 0.0
    standardised = (values - values.mean()) / values.std()
    adjustment = math.sqrt(n * (n - 1)) / (n - 2)
    return float((standardised**3).mean()) * adjustment


def _untransformed(quantile: float, skewness: float, n: int) -> float:
    """Hall's transformation backwards: where the studentised mean is at a quantile of the transformed one."""
    if abs(skewness) < NO_SKEWNESS:
        return quantile
    return float(3 / skewness * (np.cbrt(1 + skewness * (quantile - skewness / (6 * n))) - 1))
