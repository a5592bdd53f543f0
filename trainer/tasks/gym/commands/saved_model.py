"""A saved model, ready to play: its network with its weights, and an environment in the wrappers that it was trained in.

Nothing pickled is read: network and wrappers are made again from the settings in `metadata.json`, then filled with plain numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from ....errors import FormatError, SettingError
from ....learning.any_learner.learner_state import load_policy
from ....learning.any_learner.normalization import load_statistics
from ....run_files.files import sha256
from ....run_files.models import BestMetadata, metadata_of, read_model_folder
from ....run_files.slots import StoredModel
from ..about import GymSettings
from ..algorithms import ALGORITHMS
from ..environments import make_envs
from ..learner import make_learner

ALONE: dict[str, Any] = {"n_envs": 1, "vec_env": "dummy"}
SMALL = 64  # transitions in its buffers: a model that only plays learns nothing


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A saved model, read.

    Attributes:
        config: the settings of its training.
        learner: with the weights of its policy.
        envs: one environment, as it is evaluated in.
        step: environment steps that it had been trained for.
        sha256: of the `model.zip`.
        more_envs: makes one more environment like `envs`.
    """

    config: GymSettings
    learner: BaseAlgorithm
    envs: VecEnv
    step: int
    sha256: str
    more_envs: Callable[[], VecEnv]


def model_in_folder(folder: Path, *, trust: bool = False) -> SavedModel:
    """The model in a folder (`model.zip` and `metadata.json`, as in `best/`).

    Args:
        folder: holds it.
        trust: the user says that a model other than the one its metadata describe is to be read too.

    Raises:
        ModelNotFoundError: the folder holds no model.
        FormatError, SpecialFileError: it is not the one that its metadata describe, or is damaged.
        SettingError: its environment cannot be made here.
    """
    content, document = read_model_folder(folder, trust=trust)
    name = str(folder)
    try:
        metadata = metadata_of(document)
    except FormatError as error:
        raise FormatError(f"The metadata.json in {name} is damaged: {error}.") from None
    return _model_of(content, metadata, name)


def stored_model(model: StoredModel, content: bytes) -> SavedModel:
    """A model of a run, from the bytes of its `model.zip`; raises as `model_in_folder` does."""
    return _model_of(content, model.metadata, f"The model {model.name!r} of {model.run.run_id}")


def settings_of(values: Mapping[str, Any], name: str) -> GymSettings:
    """The settings that a model was trained with.

    Raises:
        FormatError: one cannot be one.
    """
    try:
        return GymSettings.from_json(values)
    except SettingError as error:
        raise FormatError(f"{name} cannot be read as a model: {error}") from None


def new_learner(config: GymSettings) -> tuple[BaseAlgorithm, VecEnv]:
    """A learner that has learned nothing, with next to no buffer, and one environment as it is evaluated in.

    Raises:
        SettingError: the environment cannot be made here.
    """
    known = ALGORITHMS[config.algo].hyperparameters
    small: dict[str, Any] = {**ALONE, "device": "cpu", "n_steps": None, "batch_size": None}
    if "buffer_size" in known:
        small["buffer_size"] = SMALL
    else:
        small |= {name: SMALL for name in ("n_steps", "batch_size") if name in known}
    plays = replace(config, **small)
    envs = make_envs(plays, 1, training=False)
    return make_learner(plays, envs), envs


def _model_of(content: bytes, metadata: BestMetadata, name: str) -> SavedModel:
    config = settings_of(metadata.settings, name)
    learner, envs = new_learner(config)
    try:
        load_policy(learner.policy, content)
        load_statistics(envs, content)
    except FormatError as error:
        raise FormatError(f"{name} cannot be read as a model: {error}.") from None

    def more_envs() -> VecEnv:
        more = make_envs(replace(config, **ALONE), 1, training=False)
        load_statistics(more, content)
        return more

    return SavedModel(config, learner, envs, metadata.step, sha256(content), more_envs)
