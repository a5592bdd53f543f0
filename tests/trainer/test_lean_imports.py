"""What processes of ours leave out of libraries is left out, and is there for whoever asks for it later."""

import subprocess
import sys

import pytest

from trainer.processes import PROJECT_DIR

pytestmark = pytest.mark.long

ASKED_FOR_LATER = """
import sys
from trainer import lean_imports

lean_imports.leave_out()
import torch, stable_baselines3

assert not {*lean_imports.LEFT_OUT.values(), "torch._decomp", "tensorboard"} & {*sys.modules}
assert not hasattr(torch, "_meta_registrations")

from torch._subclasses.fake_tensor import FakeTensorMode
with FakeTensorMode():  # as torch's compiler follows shapes
    assert torch.linalg.eigh(torch.empty(3, 3))[1].shape == (3, 3)
assert "torch._dynamo" in sys.modules
assert torch._meta_registrations.__file__
from torch.utils.tensorboard import SummaryWriter
assert SummaryWriter.add_scalar
"""


def test_what_was_left_out_is_there_for_whoever_asks_for_it_later() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED_FOR_LATER], cwd=PROJECT_DIR, capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
