"""Reading the value network out of a saved model without running anything that the file contains."""

import io
import pickle
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch as th

from trainer.errors import FormatError, ModelNotFoundError
from trainer.learning.evaluation import Layers
from trainer.run_files.files import read_document, sha256
from trainer.run_files.models import MODEL_FILE

MAX_MODEL_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class SavedNetwork:
    """What is needed to play a saved model's greedy games."""

    layers: Layers
    board_height: int
    randomizer: str
    step: int


def read_network(folder: Path, *, trust: bool = False) -> SavedNetwork:
    """Read the network of a model folder (`model.zip` and `metadata.json`, as in `best/`).

    Only the weights are read, as plain tensors: a stable-baselines3 zip also holds pickled code, which is not touched.

    Args:
        folder: holds the model.
        trust: the user says that a model other than the one its metadata describe is to be read too.

    Raises:
        ModelNotFoundError: the folder holds no model.
        FormatError: the model is not the one that its metadata describe, or is damaged.
    """
    path = folder / MODEL_FILE
    if not path.is_file():
        raise ModelNotFoundError(f"There is no {MODEL_FILE} in {folder}; give a run or a model folder such as runs/<run>/best.")
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise FormatError(f"{path} must be smaller than {MAX_MODEL_BYTES:,} bytes; this is no model of ours.")
    metadata = _metadata(folder)
    content = path.read_bytes()
    if sha256(content) != metadata.get("sha256") and not trust:
        raise FormatError(
            f"{path} must be the file that its metadata.json describes; its SHA-256 differs, so it is not loaded. "
            "If you know where it is from: evaluate --trust."
        )
    try:
        settings = metadata["settings"]
        return SavedNetwork(read_layers(content), int(settings["board_height"]), str(settings["randomizer"]), int(metadata["step"]))
    except pickle.UnpicklingError:
        raise FormatError(f"The weights in {path} must be plain tensors; these hold code, which is not run.") from None
    except (KeyError, ValueError, TypeError, RuntimeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise FormatError(f"{path} cannot be read as a model: {error}.") from None


def _metadata(folder: Path) -> dict[str, Any]:
    try:
        return read_document(folder / "metadata.json")
    except FileNotFoundError:
        raise ModelNotFoundError(f"There is no metadata.json in {folder}; a model is only played together with it.") from None


def read_layers(content: bytes) -> Layers:
    """Weights and biases of the network that plays, from the bytes of a `model.zip`; its pickled part is not touched."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.getinfo("policy.pth").file_size > MAX_MODEL_BYTES:  # a small file may unpack to more than the memory holds
            raise ValueError(f"its weights must be smaller than {MAX_MODEL_BYTES:,} bytes")
        weights = th.load(io.BytesIO(archive.read("policy.pth")), map_location="cpu", weights_only=True)
    prefix = "q_net_average.q_net."
    numbers = sorted({int(name[len(prefix) :].split(".")[0]) for name in weights if name.startswith(prefix)})
    return [(weights[f"{prefix}{number}.weight"].numpy(), weights[f"{prefix}{number}.bias"].numpy()) for number in numbers]
