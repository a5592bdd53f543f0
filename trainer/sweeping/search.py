"""Which values a trial has: a pure function of the study and of the results of earlier trials.

Trial n is suggested from the trials 0 … n − L − 1, where L, the lookahead, follows from how many
runs train at once: so that no core waits for a trial to end, and yet the same study makes the same
trials on any machine, whenever its runs happen to end. Every trial has random numbers of its own,
seeded by the study and its number: a search that goes on after a restart makes the trials that it
would have made.
"""

import math
import random
import warnings
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from ..errors import SettingError
from ..run_files.studies import Study, Trial, Vary
from ..settings import Setting
from ..tasks import find_about
from ..tasks.metric import Metric
from .ranges import value_text

if TYPE_CHECKING:
    import optuna

FEWEST_STARTS, MOST_STARTS = 4, 10  # trials that cover the space before TPE begins to learn from them: half of all
GOOD_SHARE = 0.25  # of the trials: those that TPE takes for good. Optuna's 0.1 is one of ten: too few for searches as short as ours


def lookahead(study: Study) -> int:
    """How many trials before a trial it is suggested without."""
    return math.ceil((study.workers - 1) / len(study.seeds))


def known_before(study: Study, number: int, trials: Sequence[Trial]) -> list[Trial] | None:
    """The trials that trial `number` is suggested from and judged by; None if one of them is not settled yet."""
    wanted = max(0, number - lookahead(study))
    before = [one for one in trials if one.phase == "search" and one.number < wanted]
    return before if len(before) == wanted and all(one.settled for one in before) else None


def needs_results(study: Study) -> bool:
    """Whether a trial depends on those before it."""
    return study.method == "tpe" or study.pruner != ""


def suggest(study: Study, number: int, before: Sequence[Trial]) -> dict[str, Any]:
    """The values of trial `number`, by setting.

    Args:
        study: what is searched.
        number: of the trial, from 0.
        before: the trials that `known_before` names; a grid and random values need none.
    """
    if study.method == "grid":
        corner = next(values for place, values in enumerate(product(*(one.values for one in study.vary))) if place == number)
        return {one.setting: value for one, value in zip(study.vary, corner, strict=True)}
    if study.method == "random":
        source = _random(study, number)
        return {one.setting: _place(one, source.random(), _is_whole(study, one)) for one in study.vary}
    if number < starts(study):
        return {
            one.setting: _place(one, share, _is_whole(study, one)) for one, share in zip(study.vary, _spread(study, number), strict=True)
        }
    return _by_tpe(study, number, before)


def starts(study: Study) -> int:
    """How many trials cover the space evenly before TPE begins."""
    return min(MOST_STARTS, max(FEWEST_STARTS, study.trials // 2), study.trials)


def _spread(study: Study, number: int) -> list[float]:
    """Where the first trials are in each setting's range, from 0 to 1.

    The first is in the middle of all, the others make a Latin hypercube around it. In a hypercube
    no trial is near another one in any setting. A good setting is more often inside a range than at
    its ends.
    """
    if number == 0:
        return [0.5] * len(study.vary)
    source, count = _random(study, "spread"), starts(study) - 1
    return [(source.sample(range(count), count)[number - 1] + source.random()) / count for _ in study.vary]


def _random(study: Study, what: object) -> random.Random:
    return random.Random(f"{study.sampler_seed}/{what}")  # noqa: S311 - nothing secret; the same on every machine


def _place(vary: Vary, share: float, whole: bool) -> Any:
    """The value at a share of the range."""
    if vary.scale == "choices":
        return vary.values[min(int(share * len(vary.values)), len(vary.values) - 1)]
    low, high = float(vary.low or 0), float(vary.high or 0)
    if whole:  # each whole number has a part of its own
        low, high = low - 0.5, high + 0.5
    value = math.exp(math.log(low) + share * (math.log(high) - math.log(low))) if vary.scale == "log" else low + share * (high - low)
    return min(max(round(value), int(vary.low or 0)), int(vary.high or 0)) if whole else _tidy(vary, value)


def _tidy(vary: Vary, value: float) -> float:
    """The value without digits that decide nothing: to a thousandth of the range, on a log scale of its factor. People read it."""
    low, high = float(vary.low or 0), float(vary.high or 0)
    step = (value * math.log(high / low) if vary.scale == "log" else high - low) / 1_000
    return min(max(round(value, math.ceil(-math.log10(step))), low), high)


def _is_whole(study: Study, vary: Vary) -> bool:
    return setting_of(study, vary).kind is int


def setting_of(study: Study, vary: Vary) -> Setting:
    """The declaration of a setting that varies.

    Raises:
        SettingError: the task has none of this name any more.
    """
    found = next((one for one in find_about(study.task).settings.described() if one.name == vary.setting), None)
    if found is None:
        raise SettingError(f"{study.task} has no setting {vary.setting} here; the study was made by another version.")
    return found


def _by_tpe(study: Study, number: int, before: Sequence[Trial]) -> dict[str, Any]:
    import optuna  # noqa: PLC0415 - only the process of a sweep searches

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `multivariate` is called experimental, `gamma` goes in version 6
        sampler = optuna.samplers.TPESampler(
            seed=_random(study, number).getrandbits(32),
            multivariate=True,
            n_startup_trials=1,
            constant_liar=False,
            gamma=lambda known: max(1, math.ceil(GOOD_SHARE * known)),
        )
    made = optuna.create_study(sampler=sampler, direction=direction_of(study))
    for one in before:
        made.add_trial(frozen(study, one))
    asked = made.ask(distributions(study))
    return {one.setting: _from_optuna(one, asked.params[one.setting]) for one in study.vary}


def direction_of(study: Study) -> Literal["minimize", "maximize"]:
    """What Optuna does with the score."""
    metric: Metric = find_about(study.task).metrics[study.metric]
    return "minimize" if metric.better == "lower" else "maximize"


def distributions(study: Study) -> dict[str, "optuna.distributions.BaseDistribution"]:
    """What varies, in Optuna's words."""
    from optuna import distributions as kinds  # noqa: PLC0415 - see above

    found: dict[str, optuna.distributions.BaseDistribution] = {}
    for one in study.vary:
        if one.scale == "choices":
            found[one.setting] = kinds.CategoricalDistribution([_to_optuna(value) for value in one.values])
        elif _is_whole(study, one):
            found[one.setting] = kinds.IntDistribution(int(one.low or 0), int(one.high or 0), log=one.scale == "log")
        else:
            found[one.setting] = kinds.FloatDistribution(float(one.low or 0), float(one.high or 0), log=one.scale == "log")
    return found


def frozen(study: Study, trial: Trial) -> "optuna.trial.FrozenTrial":
    """A settled trial of the search, in Optuna's words."""
    import optuna  # noqa: PLC0415 - see above

    states = {"complete": optuna.trial.TrialState.COMPLETE, "pruned": optuna.trial.TrialState.PRUNED}
    state = states.get(trial.state, optuna.trial.TrialState.FAIL)
    pruned = trial.state == "pruned" and trial.score is not None
    return optuna.trial.create_trial(
        state=state,
        value=trial.score if trial.state == "complete" else None,
        params={one.setting: _to_optuna(trial.params[one.setting]) for one in study.vary},
        distributions=distributions(study),
        intermediate_values={int(trial.step or len(trial.values)): trial.score} if pruned and trial.score is not None else None,
        user_attrs={"number": trial.number, "runs": list(trial.runs.values()), "values": dict(trial.values)},
    )


def _to_optuna(value: Any) -> Any:
    return value_text(value) if isinstance(value, list) else value


def _from_optuna(vary: Vary, value: Any) -> Any:
    if vary.scale != "choices":
        return _tidy(vary, value) if isinstance(value, float) else value
    return next(one for one in vary.values if _to_optuna(one) == value and isinstance(one, bool) == isinstance(value, bool))
