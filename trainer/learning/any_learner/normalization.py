"""`normalization.json` in a `model.zip`: the running averages of `VecNormalize` as plain numbers.

Without them a policy sees other observations than it has learned from, so they go wherever the model goes. stable-baselines3 passes
the file over when it loads the model.

| field | holds |
|---|---|
| `observations` | averages, each with `key` (of a Dict; else null), `mean` and `var` in the shape of the observation, and `count` |
| `rewards` | the averages of the discounted returns, `mean`, `var` and `count` |
| `clip_obs`, `epsilon` | (observation − mean) / √(var + epsilon) is clipped to ±clip_obs |
"""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecEnv, VecNormalize, unwrap_vec_normalize

from ...errors import FormatError
from ...run_files.archives import read_members

FILE = "normalization.json"
FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def add_statistics(saved: io.BytesIO, envs: VecEnv | None) -> None:
    """Add the averages of the environments to the content of a `model.zip`, if they have any."""
    normalizer = None if envs is None else unwrap_vec_normalize(envs)
    if normalizer is not None:
        with zipfile.ZipFile(saved, "a") as archive:
            archive.writestr(zipfile.ZipInfo(FILE, FIRST_DATE), json.dumps(_to_json(normalizer)))


def load_statistics(envs: VecEnv, model: bytes) -> None:
    """Give environments the averages in the content of a `model.zip`.

    Raises:
        FormatError: they do not fit.
    """
    set_statistics(envs, read_statistics(model))


def set_statistics(envs: VecEnv, content: bytes | None) -> None:
    """Give environments the averages in the content of the file; None: the model has learned without.

    Raises:
        FormatError: they do not fit.
    """
    normalizer, found = unwrap_vec_normalize(envs), None if content is None else _parsed(content)
    averages = _averages(normalizer) if normalizer is not None else {}
    if bool(averages) != bool(found and found["observations"]):
        seen = "as they are" if averages else "that were normalised"
        raise FormatError(f"normalize must stay as it was: the model has learned from observations {seen}")
    if normalizer is None or found is None:  # of rewards alone: the policy does not see them
        return
    try:
        for key, average in averages.items():
            _fill(average, next(one for one in found["observations"] if one["key"] == key))
        _fill(normalizer.ret_rms, found["rewards"])
    except (KeyError, TypeError, ValueError, StopIteration):
        raise FormatError(f"{FILE} must hold averages of the observations of this environment") from None


def read_statistics(model: bytes) -> bytes | None:
    """The content of the file; None if the model has learned from observations and rewards as they are.

    Raises:
        FormatError: the model is no whole archive.
    """
    return next((content for name, content in read_members(model, ending=FILE) if name == FILE), None)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
        return {"observations": list(found["observations"]), "rewards": found["rewards"]}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise FormatError(f"{FILE} must hold averages") from None


def _averages(normalizer: VecNormalize) -> Mapping[str | None, RunningMeanStd]:
    """Of the observations, by their keys."""
    if not normalizer.norm_obs:
        return {}
    averages: Any = normalizer.obs_rms
    return averages if isinstance(averages, dict) else {None: averages}


def _to_json(normalizer: VecNormalize) -> dict[str, Any]:
    return {
        "observations": [{"key": key, **_numbers(average)} for key, average in _averages(normalizer).items()],
        "rewards": _numbers(normalizer.ret_rms),
        "clip_obs": normalizer.clip_obs,
        "epsilon": normalizer.epsilon,
    }


def _numbers(average: RunningMeanStd) -> dict[str, Any]:
    return {"mean": np.asarray(average.mean).tolist(), "var": np.asarray(average.var).tolist(), "count": float(average.count)}


def _fill(average: RunningMeanStd, found: Mapping[str, Any]) -> None:
    mean, var = (np.array(found[name], np.float64) for name in ("mean", "var"))
    if mean.shape != np.shape(average.mean) or var.shape != mean.shape or np.any(var < 0):
        raise ValueError
    average.mean, average.var, average.count = mean, var, float(found["count"])
