"""`python -m trainer import`: a bundle becomes a run that is not trained: its best model, and the settings that it was trained with.

Only plain numbers are read of it: `weights.npz` and `normalization.json`. The model file is made anew from them, so that nothing
pickled by a stranger stays on this machine; what is lost is the optimiser's state.
"""

import io
from pathlib import Path

import numpy as np
import torch as th

from ....errors import EnvironmentFaultError, FormatError, SettingError, reason
from ....learning.any_learner.learner_state import load_policy, model_bytes
from ....learning.any_learner.normalization import FILE as AVERAGES_FILE
from ....learning.any_learner.normalization import load_statistics, set_statistics
from ....run_files.archives import require_plain_arrays
from ....run_files.bundle import Bundle
from ....run_files.imported_run import descriptions_in, trusted_model, trusted_report, unfit_bundle, write_imported_run
from ....run_files.jobs import Work
from ....run_files.models import BestMetadata
from ....run_files.run_directory import RunDirectory
from ..about import GymSettings
from .bundling import WEIGHTS_FILE
from .saved_model import new_learner


def import_bundle(bundle: Bundle, *, runs_dir: Path, name: str = "", trust: bool = False, work: Work) -> RunDirectory:
    """Make a run of a bundle. Nothing is left behind when it is refused.

    Args:
        bundle: what was unpacked.
        runs_dir: where runs are kept.
        name: what to call the run; the name it had, if empty.
        trust: the user knows where the bundle is from: its own `model.zip` is kept, and its evaluation.
        work: is told how far it is, and may be cancelled.

    Raises:
        FormatError: it does not fit its settings, or its environment is not here.
        RunDirectoryError: the run cannot be written.
        JobCancelledError: it was cancelled.
    """
    settings, metadata = _described(bundle, trust=trust)
    try:
        model = _trusted_model(bundle, settings, metadata) if trust else _rebuilt_model(bundle, settings, metadata)
    except (FormatError, SettingError, EnvironmentFaultError) as error:
        raise unfit_bundle(error) from None
    report = trusted_report(bundle) if trust else None
    work.begin("Writing the run")
    return write_imported_run(bundle, model, runs_dir=runs_dir, name=name, total_timesteps=settings.total_timesteps, report=report)


def _described(bundle: Bundle, *, trust: bool) -> tuple[GymSettings, BestMetadata]:
    """The descriptions of the model, if they agree with each other and name no code that nobody here knows."""
    config, metadata = descriptions_in(bundle)
    try:
        settings, own = GymSettings.from_json(config.settings), GymSettings.from_json(metadata.settings)
    except SettingError as error:
        raise unfit_bundle(error) from None
    if own.of_learning != settings.of_learning:
        raise unfit_bundle("its metadata.json and its config.json name other settings")
    if ":" in settings.env and not trust:
        module = settings.env.split(":")[0]
        raise unfit_bundle(f"{settings.env} would run the code of {module} here. If you know who made the bundle, trust it: --trust")
    return settings, metadata


def _trusted_model(bundle: Bundle, settings: GymSettings, metadata: BestMetadata) -> bytes:
    """The bundle's own file; even so, only its plain numbers are ever read here."""
    model = trusted_model(bundle, metadata)
    learner, envs = new_learner(settings)
    load_policy(learner.policy, model)
    load_statistics(envs, model)
    return model


def _rebuilt_model(bundle: Bundle, settings: GymSettings, metadata: BestMetadata) -> bytes:
    """A `model.zip` of our own, with the bundle's weights and averages."""
    weights = _weights(bundle)
    learner, envs = new_learner(settings)
    try:
        learner.policy.load_state_dict(weights)
    except RuntimeError as error:  # how torch says what does not fit
        raise FormatError(f"{WEIGHTS_FILE} must fit the settings ({reason(error)})") from None
    set_statistics(envs, bundle.contents.get(AVERAGES_FILE))
    learner.num_timesteps = metadata.step
    return model_bytes(learner)


def _weights(bundle: Bundle) -> dict[str, th.Tensor]:
    """The plain arrays of the bundle."""
    if WEIGHTS_FILE not in bundle.contents:
        raise FormatError(f"it must hold {WEIGHTS_FILE}")
    content = bundle.contents[WEIGHTS_FILE]
    try:
        require_plain_arrays(content)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: th.from_numpy(arrays[name]) for name in arrays.files}
    except Exception as error:  # noqa: BLE001 - NumPy's reader raises many kinds for what is no file of its own
        raise FormatError(f"{WEIGHTS_FILE} must hold plain arrays; it cannot be read ({reason(error)})") from None
