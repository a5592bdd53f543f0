"""The tensors in a `model.zip`: loaded only after everything in it was found to be plain and of its stated size.

Torch's own loader for weights runs no code of the file, but it believes what the file says of sizes, unpacks archives in archives
and lets a tensor show one number a billion times. All this is checked before, or before anything is copied.
"""

import io
import pickle
import pickletools
import zipfile
from collections.abc import Iterator
from typing import Any

import torch as th

from ..errors import FormatError, reason
from ..run_files.archives import read_members

STORAGES = ("BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short")
PLAIN = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", *(f"torch {name}Storage" for name in STORAGES)}
CALLS = ("STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4")
"""Operations of a pickle that name or make anything else; what torch writes has none of them."""


def load_weights(content: bytes, ending: str = ".pth") -> dict[str, Any]:
    """What torch has saved in a `model.zip`, by the names of its files.

    Args:
        content: of the `model.zip`.
        ending: only files whose names end like this.

    Raises:
        FormatError: it is no whole archive, or would take more memory than a model of ours does.
        pickle.UnpicklingError: it holds more than plain tensors.
    """
    loaded = dict[str, Any]()
    for name, member in read_members(content, ending=ending):
        sizes = _checked_sizes(name, member)
        loaded[name] = th.load(io.BytesIO(member), map_location="cpu", weights_only=True)
        for tensor in _tensors(loaded[name]):
            held, shown = tensor.untyped_storage().nbytes(), tensor.numel() * tensor.element_size()
            if held not in sizes or shown > held:
                raise FormatError(f"a tensor in {name} must have as many numbers as it shows")
    return loaded


def _checked_sizes(name: str, member: bytes) -> set[int]:
    """The sizes of the blocks of numbers in a file of torch, once its pickle is known to hold nothing but tensors."""
    if not zipfile.is_zipfile(io.BytesIO(member)):  # torch's old files are pickles and nothing else
        raise pickle.UnpicklingError(f"{name} is no archive of torch")
    sizes = {0}
    for inner, part in read_members(member):
        if inner.endswith(".pkl"):
            _require_plain(name, part)
        else:
            sizes.add(len(part))
    return sizes


def _require_plain(name: str, pickled: bytes) -> None:
    try:
        operations = [(one.name, argument) for one, argument, _ in pickletools.genops(pickled)]
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise FormatError(f"{name} must be a whole pickle ({reason(error)})") from None
    strange = [argument or call for call, argument in operations if call in CALLS or (call == "GLOBAL" and argument not in PLAIN)]
    if strange:
        raise pickle.UnpicklingError(f"{name} holds {str(strange[0])[:60]}")


def _tensors(value: Any) -> Iterator[th.Tensor]:
    if isinstance(value, th.Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _tensors(one)
