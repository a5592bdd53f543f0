"""Where a cluster is."""

import pytest

from trainer.engines.ray.address import parse_address
from trainer.errors import SettingError


@pytest.mark.parametrize(("on", "address"), [("ray", ""), ("ray:10.0.0.7:6379", "10.0.0.7:6379"), ("ray:[::1]:99", "[::1]:99")])
def test_an_address(on: str, address: str) -> None:
    assert parse_address(on) == address


@pytest.mark.parametrize("on", ["ray:", "ray:host", "ray:host:0", "ray:host:99999", "ray://host:10001", "rays", "ray:a b:1", "slurm"])
def test_what_is_no_address_is_refused_in_one_sentence(on: str) -> None:
    with pytest.raises(SettingError, match="--on must be ray or ray:HOST:PORT"):
        parse_address(on)
