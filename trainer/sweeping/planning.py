"""Make a study of what a person has asked for; whatever cannot be searched is refused in one sentence before anything is made."""

import math
from collections.abc import Sequence
from typing import Any, get_args

from ..config import RunSettings
from ..errors import SettingError, shown
from ..numbers import digits
from ..run_files.studies import MAX_TRIALS, Decide, Method, Pruner, Study, Vary
from ..tasks.about import About
from .pruning import FEWEST_FOR_WILCOXON, rungs_of
from .ranges import require_varied

DEFAULT_TRIALS = 20
DEFAULT_SEEDS = (1, 2, 3)
DEFAULT_CONFIRM = 3  # of the best trials
CONFIRM_SEEDS = 5  # at the least: three say little of a score
MAX_SEEDS = 100
MAX_WORKERS = 10_000
MAX_SEED = 2**31 - 1
METHODS: tuple[Method, ...] = get_args(Method)
DECIDES: tuple[Decide, ...] = get_args(Decide)
PRUNERS: tuple[Pruner, ...] = get_args(Pruner)
PRUNING_MAY_MISLEAD = (
    "Pruning saves time and may mislead: a setting that learns slowly and ends best is thrown away, and one that is pruned was judged "
    "by less than the others."
)


def plan_study(
    about: About,
    settings: RunSettings,
    vary: Sequence[Vary],
    *,
    name: str = "",
    method: Method = "tpe",
    trials: int | None = None,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    metric: str = "",
    decide: Decide = "iqm",
    pruner: Pruner = "",
    workers: int = 1,
    on: str = "",
    confirm: int | None = None,
    confirm_seeds: Sequence[int] = (),
    sampler_seed: int = 1,
) -> Study:
    """A study; nothing is written yet.

    Args:
        about: the task.
        settings: of every run; what varies and the seed are replaced.
        vary: see `ranges`.
        name: what to call it; empty: by what varies.
        method: how the trials' values are chosen.
        trials: how many; None: 20, and of a grid all that it has.
        seeds: every trial is trained with each of them.
        metric: the short name of what is compared; empty: what people compare first.
        decide: what is made of the seeds' numbers.
        pruner: what ends a trial early; empty: nothing.
        workers: how many runs train at once.
        on: the engine; empty: this machine.
        confirm: how many of the best trials are run again; 0: none; None: three.
        confirm_seeds: on which seeds; none given: as many as `seeds`, five at least, after the
            largest of them.
        sampler_seed: start of the random numbers of the method.

    Raises:
        SettingError: something cannot be; one sentence says what.
    """
    if about.elsewhere:
        raise SettingError(f"{about.label} cannot be searched. {about.elsewhere}")
    varied = require_varied(about, vary)
    for what, value, allowed in (("method", method, METHODS), ("decide", decide, DECIDES), ("prune", pruner, PRUNERS)):
        if value not in allowed:
            raise SettingError(f"{what} must be one of {', '.join(one or 'none' for one in allowed)}; got {shown(value)}.")
    number = _count_trials(method, varied, trials)
    seeds = require_seeds("seeds", seeds)
    _require_whole("workers", workers, 1, MAX_WORKERS)
    confirm = min(DEFAULT_CONFIRM, number) if confirm is None else confirm
    _require_whole("confirm", confirm, 0, number)
    _require_whole("sampler_seed", sampler_seed, 0, MAX_SEED)
    _require_pruner(pruner, settings, seeds)
    for one in varied:
        for corner in [one.low, one.high] if one.scale != "choices" else one.values:
            settings_with(about, settings.to_json(), {one.setting: corner})
    return Study(
        name=name or f"{about.label}: {', '.join(one.setting for one in varied)}",
        task=about.name,
        settings=settings.to_json(),
        vary=varied,
        method=method,
        trials=number,
        seeds=seeds,
        metric=_require_metric(about, metric),
        decide=decide,
        pruner=pruner,
        workers=workers,
        on=on,
        confirm_top=confirm,
        confirm_seeds=_unseen(seeds, confirm_seeds) if confirm else [],
        sampler_seed=sampler_seed,
    )


def settings_with(about: About, settings: dict[str, Any], params: dict[str, Any]) -> RunSettings:
    """The settings of a run with some values instead.

    Raises:
        SettingError: they do not go together.
    """
    return about.settings.from_json(settings | params)


def grid_size(vary: Sequence[Vary]) -> int:
    """How many trials a grid has.

    Raises:
        SettingError: one of the settings has a range, which has no corners to try.
    """
    if ranges := [one.setting for one in vary if one.scale != "choices"]:
        raise SettingError(f"A grid needs values one after another, as gamma=0.9,0.99; {ranges[0]} has a range. Use random or tpe for it.")
    size = math.prod(len(one.values) for one in vary)
    if size > MAX_TRIALS:
        raise SettingError(f"A sweep has at most {MAX_TRIALS:,} trials; this grid has {size:,}.")
    return size


def require_seeds(what: str, seeds: Sequence[int]) -> list[int]:
    """Refuse seeds that cannot be, or that come twice.

    Raises:
        SettingError: they do.
    """
    if not 1 <= len(seeds) <= MAX_SEEDS:
        raise SettingError(f"{what} must be 1 to {MAX_SEEDS} whole numbers; got {len(seeds)}.")
    for seed in seeds:
        _require_whole(f"A seed of {what}", seed, 0, MAX_SEED)
    if len(set(seeds)) != len(seeds):
        raise SettingError(f"{what} must differ: a seed that comes twice says nothing new; got {', '.join(map(str, seeds))}.")
    return list(seeds)


def _count_trials(method: Method, vary: Sequence[Vary], trials: int | None) -> int:
    if method == "grid":
        size = grid_size(vary)
        if trials not in (None, size):
            raise SettingError(f"A grid of these values has {size:,} trials; got {trials}. Leave the number out.")
        return size
    number = DEFAULT_TRIALS if trials is None else trials
    _require_whole("trials", number, 1, MAX_TRIALS)
    return number


def _unseen(seeds: Sequence[int], asked: Sequence[int]) -> list[int]:
    if asked:
        if both := sorted(set(seeds) & set(asked)):
            raise SettingError(f"The seeds to confirm with must be ones that the search never saw; {both[0]} is among both.")
        return require_seeds("confirm_seeds", asked)
    first, number = max(seeds) + 1, max(CONFIRM_SEEDS, len(seeds))
    if first + number <= MAX_SEED:
        return list(range(first, first + number))
    return [seed for seed in range(number + len(seeds)) if seed not in seeds][:number]


def _require_metric(about: About, metric: str) -> str:
    if metric and metric not in about.compared:
        known = ", ".join(about.compared)
        raise SettingError(f"metric must be one of {known}: what {about.label} measures and is better or worse; got {shown(metric)}.")
    return metric or about.default_metric


def _require_pruner(pruner: Pruner, settings: RunSettings, seeds: Sequence[int]) -> None:
    if pruner == "median" and len(seeds) < 2:
        raise SettingError("median looks at a trial after each of its seeds, so that it needs two or more; got 1.")
    if pruner == "wilcoxon" and len(seeds) < FEWEST_FOR_WILCOXON + 1:
        least = FEWEST_FOR_WILCOXON
        raise SettingError(
            f"wilcoxon can tell two trials apart after {least} seeds, so that it needs {least + 1} or more; got {len(seeds)}."
        )
    if pruner == "hyperband" and settings.eval_every > rungs_of(settings.total_timesteps)[-1]:
        latest = int(rungs_of(settings.total_timesteps)[-1])
        rule = f"hyperband looks at a run after a third of its steps: eval_every must be at most {latest:,}"
        raise SettingError(f"{rule}; got {settings.eval_every:,}.")


def _require_whole(what: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SettingError(f"{what} must be a whole number from {digits(low)} to {digits(high)}; got {shown(value)}.")
