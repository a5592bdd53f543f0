"""One thread of torch: small networks are slower with more, on a busy machine a hundred times."""

from collections.abc import Iterator

import pytest
import torch as th


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As long as these tests run."""
    before = th.get_num_threads()
    th.set_num_threads(1)
    yield
    th.set_num_threads(before)
