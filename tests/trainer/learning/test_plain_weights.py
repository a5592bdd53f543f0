"""Weights of a stranger's model: plain tensors of the sizes they say, or nothing is loaded."""

import io
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import torch as th

from tests.trainer.run_files.test_archives import peak_bytes, zipped
from trainer.errors import FormatError
from trainer.learning.plain_weights import load_weights


def _saved(value: Any) -> bytes:
    written = io.BytesIO()
    th.save(value, written)
    return written.getvalue()


def _repacked(saved: bytes, **changes: bytes) -> bytes:
    """A file of torch with other contents, packed as small as can be."""
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    root = next(iter(files)).split("/")[0]
    return zipped(*(files | {f"{root}/{name}": content for name, content in changes.items()}).items())


def _model(policy: bytes) -> bytes:
    return zipped(("data", b"a pickle that nobody opens"), ("policy.pth", policy))


def test_networks_and_their_optimiser_are_loaded() -> None:
    layer = th.nn.Linear(3, 2)
    optimiser = th.optim.Adam(layer.parameters())
    layer(th.ones(3)).sum().backward()
    optimiser.step()
    packed = zipped(("policy.pth", _saved(layer.state_dict())), ("policy.optimizer.pth", _saved(optimiser.state_dict())))
    loaded = load_weights(packed)
    assert th.equal(loaded["policy.pth"]["weight"], layer.weight)
    assert list(loaded) == ["policy.pth", "policy.optimizer.pth"]
    assert list(load_weights(packed, "policy.pth")) == ["policy.pth"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: _repacked(_saved({"a": th.zeros(60_000_000)})), "it must unpack to less than 200,000,000 bytes"),
        (lambda: _saved({"a": th.zeros(1).expand(1_000_000_000)}), "a tensor in policy.pth must have as many numbers as it shows"),
        (lambda: _saved({"a": [th.zeros(4).expand(500, 4)]}), "as many numbers as it shows"),
        (lambda: _repacked(_saved({"a": th.zeros(1_000)}), **{"data/0": bytes(4)}), "."),
        (lambda: _repacked(_saved({"a": th.zeros(1)}), **{"data.pkl": b"\x80\x02}"}), "must be a whole pickle"),
    ],
)
def test_weights_that_swell_or_lie_are_refused(make: Callable[[], bytes], complaint: str) -> None:
    content = _model(make())
    assert len(content) < 300_000
    tracemalloc.start()
    with pytest.raises((FormatError, RuntimeError), match=complaint):
        load_weights(content)
    assert peak_bytes() < 10_000_000


def test_a_pickle_that_asks_for_memory_or_code_is_never_run() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"policy\.pth is no archive of torch"):
        load_weights(_model(pickle.dumps(print)))
    for value in (bytearray(3), complex(1, 2), print):
        with pytest.raises(pickle.UnpicklingError, match=r"policy\.pth holds"):
            load_weights(_model(_saved({"a": th.zeros(1), "b": value})))
