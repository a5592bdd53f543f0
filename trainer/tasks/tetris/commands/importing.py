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

from ....errors import FormatError, RunDirectoryError, SettingError, reason
from ....run_files.archives import require_plain_arrays
from ....run_files.bundle import CONFIG_FILE, EVALUATION_FILE, Bundle
from ....run_files.config_file import ConfigFile, Parent, parse_config, write_config
from ....run_files.control import update_control
from ....run_files.files import parse_document
from ....run_files.jobs import Work
from ....run_files.models import METADATA_FILE, MODEL_FILE, BestMetadata, metadata_of, save_best
from ....run_files.opening import remove_folder
from ....run_files.process_identity import ProcessIdentity
from ....run_files.reports import Report, report_of, save_report
from ....run_files.run_directory import RunDirectory, make_run_directory
from ....run_files.status import Best, Status, write_status
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
    config, settings, metadata = _described(bundle)
    model = _trusted_model(bundle, settings, metadata) if trust else _rebuilt_model(bundle, settings)
    report = _report(bundle) if trust else None
    work.begin("Writing the run")
    run = make_run_directory(runs_dir, name or config.name)
    try:
        save_best(run, model, metadata)
        if report is not None:
            save_report(run, report)
        write_status(run, _status(metadata, settings))
        update_control(run, by="import")
        parent = Parent(bundle.manifest.run, "bundle", metadata.step)
        write_config(run, ConfigFile(name or config.name, config.seed, config.task, config.settings, parent, versions=config.versions))
    except OSError as error:
        remove_folder(run.path)
        raise RunDirectoryError(f"The imported run cannot be written ({reason(error)}); nothing was imported.") from None
    return run


def _described(bundle: Bundle) -> tuple[ConfigFile, TetrisSettings, BestMetadata]:
    """The three descriptions of the model, if they agree with each other."""
    try:
        config = parse_config(bundle.contents[CONFIG_FILE])
        settings = TetrisSettings.from_json(config.settings)
        metadata = metadata_of(parse_document(bundle.contents[METADATA_FILE], METADATA_FILE))
    except (FormatError, SettingError) as error:
        raise FormatError(f"The bundle cannot be imported: {error}") from None
    if metadata.settings != settings.problem:
        said = f"its model plays {metadata.settings}, and its config.json says {settings.problem}"
        raise FormatError(f"The bundle cannot be imported: {said}.")
    return config, settings, metadata


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
    content = bundle.contents[MODEL_FILE]
    _check(network_of(content, asdict(metadata), f"{MODEL_FILE} of the bundle").layers, FEATURE_SCALES, settings)
    if bundle.manifest.sha256[MODEL_FILE] != metadata.sha256:
        raise FormatError(f"{MODEL_FILE} of the bundle must be the file that its {METADATA_FILE} describes; its SHA-256 differs.")
    return content


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


def _report(bundle: Bundle) -> Report:
    try:
        report = report_of(parse_document(bundle.contents[EVALUATION_FILE], EVALUATION_FILE))
    except FormatError as error:
        raise FormatError(f"The bundle cannot be imported: {error}") from None
    return replace(report, sha256=bundle.manifest.sha256[MODEL_FILE], model="best")


def _status(metadata: BestMetadata, settings: TetrisSettings) -> Status:
    return Status(
        state="imported", process=ProcessIdentity.own(), total_timesteps=settings.total_timesteps,
        num_timesteps=metadata.step, episodes=metadata.episode, active_seconds=metadata.active_seconds,
        best=Best(metadata.metric, metadata.value, metadata.step),
    )  # fmt: skip
