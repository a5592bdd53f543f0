"""`python -m trainer import`: a bundle becomes a run that is not trained: its best model, and the settings that it was trained with.

Only `weights.npz` is read of it: plain arrays. The model file is made anew from them, so that nothing pickled by a stranger stays on
this machine; what is lost is the optimiser's state and the newest weights beside their average, which plays.
"""

import io
import itertools
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch as th
from numpy.typing import NDArray

from ....errors import FormatError, SettingError, reason
from ....run_files.archives import require_plain_arrays
from ....run_files.bundle import Bundle
from ....run_files.imported_run import descriptions_in, trusted_model, trusted_report, unfit_bundle, write_imported_run
from ....run_files.jobs import Work
from ....run_files.models import MODEL_FILE, BestMetadata
from ....run_files.run_directory import RunDirectory
from ..about import TetrisSettings
from ..game.features import FEATURE_SCALES, N_FEATURES
from ..game.numpy_player import NumpyPlayer
from ..learner.evaluation import Layers
from ..learner.model import make_model
from ..learner.saved_model import network_of, require_features
from .bundling import WEIGHTS_FILE

SMALL_BUFFER = 100  # transitions: a model that is only imported learns nothing


def import_bundle(bundle: Bundle, *, runs_dir: Path, name: str = "", trust: bool = False, work: Work) -> RunDirectory:
    """Make a run of a bundle. Nothing is left behind when it is refused.

    Args:
        bundle: what was unpacked.
        runs_dir: where runs are kept.
        name: what to call the run; the name it had, if empty.
        trust: the user knows where the bundle is from: its own `model.zip` is kept, and its evaluation.
        work: is told how far it is, and may be cancelled.

    Raises:
        FormatError: it does not fit the game.
        RunDirectoryError: the run cannot be written.
        JobCancelledError: it was cancelled.
    """
    settings, metadata = _described(bundle)
    model = _trusted_model(bundle, settings, metadata) if trust else _rebuilt_model(bundle, settings)
    report = trusted_report(bundle) if trust else None
    work.begin("Writing the run")
    return write_imported_run(bundle, model, runs_dir=runs_dir, name=name, total_timesteps=settings.total_timesteps, report=report)


def _described(bundle: Bundle) -> tuple[TetrisSettings, BestMetadata]:
    """The descriptions of the model, if they agree with each other."""
    config, metadata = descriptions_in(bundle)
    try:
        settings = TetrisSettings.from_json(config.settings)
    except SettingError as error:
        raise unfit_bundle(error) from None
    if metadata.settings != settings.problem:
        raise unfit_bundle(f"its model plays {metadata.settings}, and its config.json says {settings.problem}")
    return settings, metadata


def _rebuilt_model(bundle: Bundle, settings: TetrisSettings) -> bytes:
    """A `model.zip` of our own, with the bundle's weights in all three networks."""
    if WEIGHTS_FILE not in bundle.contents:
        raise FormatError(f"A bundle of Tetris must hold {WEIGHTS_FILE}; this one does not.")
    try:
        require_plain_arrays(bundle.contents[WEIGHTS_FILE])
        player = NumpyPlayer(io.BytesIO(bundle.contents[WEIGHTS_FILE]))
    except Exception as error:  # noqa: BLE001 - NumPy's reader raises many kinds for what is no file of its own
        raise FormatError(f"{WEIGHTS_FILE} of the bundle must hold plain arrays; it cannot be read ({reason(error)}).") from None
    _check(player.layers, player.scales, settings)
    model = make_model(replace(settings, n_envs=1, buffer_size=SMALL_BUFFER))
    for network in (model.q_net, model.q_net_target, model.policy.q_net_average):
        linear = [module for module in network.q_net if isinstance(module, th.nn.Linear)]
        for module, (weight, bias) in zip(linear, player.layers, strict=True):
            module.weight.data.copy_(th.from_numpy(weight))
            module.bias.data.copy_(th.from_numpy(bias))
    return model.to_bytes()


def _trusted_model(bundle: Bundle, settings: TetrisSettings, metadata: BestMetadata) -> bytes:
    """The bundle's own file; even so, only its weights are ever read here."""
    _check(network_of(bundle.contents[MODEL_FILE], asdict(metadata), f"{MODEL_FILE} of the bundle").layers, FEATURE_SCALES, settings)
    return trusted_model(bundle, metadata)


def _check(layers: Layers, scales: NDArray[np.float32], settings: TetrisSettings) -> None:
    """Refuse a network that does not fit the game or its own settings."""
    require_features(layers[0][0].shape[-1] if layers and layers[0][0].ndim else 0)
    if not np.array_equal(scales, FEATURE_SCALES):
        raise FormatError("A model must scale the features as this game does; this one was made for another version of the game.")
    sizes = [N_FEATURES, *settings.net_arch, 1]
    expected = [((units, inputs), (units,)) for inputs, units in itertools.pairwise(sizes)]
    found = [(weight.shape, bias.shape) for weight, bias in layers]
    if found != expected or any(array.dtype != np.float32 for layer in layers for array in layer):
        raise FormatError(f"A model must have layers of the shapes {expected}, as its config.json says, in float32; got {found}.")
