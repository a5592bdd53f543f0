"""Reading the value network out of a saved model without running anything that the file contains.

A `model.zip` is parsed once: whoever needs more of it than the layers passes the `SavedNetwork` on.
"""

import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch as th

from ....errors import FormatError, SettingError, reason
from ....learning.plain_weights import load_weights
from ....run_files.fields import require_range
from ....run_files.files import sha256
from ....run_files.models import MODEL_FILE, read_model_folder
from ....run_files.slots import StoredModel
from ..game.features import FEATURE_SCALES, N_FEATURES
from ..game.greedy import packed_network
from ..game.rules import check_height, check_randomizer
from .evaluation import Layers

PLAYS = "q_net_average.q_net."  # the network that plays, among the tensors of all networks
UNUSABLE = (KeyError, IndexError, ValueError, TypeError, RuntimeError, AttributeError, EOFError, OverflowError, FormatError)
"""What reading a model raises that is none of ours."""


@dataclass(frozen=True, slots=True)
class SavedNetwork:
    """A saved model, read: what is needed to play its greedy games."""

    layers: Layers
    """Weight (out, in) and bias (out,) of each layer of the network that plays, first to last."""
    weights: Mapping[str, th.Tensor] = field(repr=False)
    """The tensors of all networks, by their names in the policy of stable-baselines3."""
    board_height: int
    randomizer: str
    step: int
    sha256: str
    """Of the `model.zip`."""


def read_network(folder: Path, *, trust: bool = False) -> SavedNetwork:
    """Read the network of a model folder (`model.zip` and `metadata.json`, as in `best/`).

    Only the weights are read, as plain tensors: a stable-baselines3 zip also holds pickled code, which is not touched.

    Args:
        folder: holds the model.
        trust: the user says that a model other than the one its metadata describe is to be read too.

    Raises:
        ModelNotFoundError: the folder holds no model.
        FormatError, SpecialFileError: it is not the one that its metadata describe, or is damaged.
    """
    content, metadata = read_model_folder(folder, trust=trust)
    return network_of(content, metadata, str(folder / MODEL_FILE))


def network_of(content: bytes, metadata: Mapping[str, Any], name: str) -> SavedNetwork:
    """The network in the bytes of a `model.zip`.

    Args:
        content: of the file.
        metadata: the fields of its `metadata.json`.
        name: what to call it in an error.

    Raises:
        FormatError: it is damaged, or does not fit the game.
    """
    weights, layers = _parse(content, name)
    try:
        settings = metadata["settings"]
        height, randomizer, step = check_height(settings["board_height"]), settings["randomizer"], metadata["step"]
        check_randomizer(randomizer)
        require_range("step", step)
        return SavedNetwork(layers, weights, height, randomizer, int(step), sha256(content))
    except UNUSABLE as error:
        raise FormatError(f"{name} cannot be read as a model: {reason(error)}.") from None


def stored_network(model: StoredModel, content: bytes) -> SavedNetwork:
    """The network of a model of a run, from the bytes of its `model.zip`; see `network_of`."""
    return network_of(content, asdict(model.metadata), f"The model {model.name!r} of {model.run.run_id}")


def layers_of(content: bytes, name: str) -> Layers:
    """The network that plays, from the bytes of a `model.zip`, once it is known to fit the game.

    Args:
        content: of the file.
        name: what to call it in an error.

    Raises:
        FormatError: it is damaged, or does not fit.
    """
    return _parse(content, name)[1]


def _parse(content: bytes, name: str) -> tuple[dict[str, th.Tensor], Layers]:
    """The tensors of all networks, and the layers of the one that plays; the pickled part of the file is not touched."""
    try:
        weights: dict[str, th.Tensor] = load_weights(content, "policy.pth")["policy.pth"]
        layers = _playing_layers(weights)
        takes = layers[0][0].shape[-1]
    except pickle.UnpicklingError:
        raise FormatError(f"The weights in {name} must be plain tensors; these hold code, which is not run.") from None
    except UNUSABLE as error:
        raise FormatError(f"{name} cannot be read as a model: {reason(error)}.") from None
    require_features(takes)
    try:
        packed_network(layers, FEATURE_SCALES)
    except SettingError as error:
        raise FormatError(f"{name} does not fit the game: {error}") from None
    return weights, layers


def _playing_layers(weights: Mapping[str, th.Tensor]) -> Layers:
    numbers = sorted({int(name[len(PLAYS) :].split(".")[0]) for name in weights if name.startswith(PLAYS)})
    return [(weights[f"{PLAYS}{number}.weight"].numpy(), weights[f"{PLAYS}{number}.bias"].numpy()) for number in numbers]


def require_features(takes: int) -> None:
    """Refuse a network for other observations than this game's.

    Args:
        takes: how many numbers describe a placement in its observations.

    Raises:
        FormatError: it is not as many as here.
    """
    if takes != N_FEATURES:
        raise FormatError(
            f"A model must take the {N_FEATURES} features of this game for each placement; this one takes {takes}: "
            "it was made for another version of the game, and does not fit the board."
        )
