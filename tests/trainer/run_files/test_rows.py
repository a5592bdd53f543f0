"""Named numbers: what a row holds besides its core fields, and whose names a reader takes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from trainer.run_files.rows import flat, is_name


@dataclass(frozen=True, slots=True)
class _Core:
    step: int
    at: int | None = None
    named: dict[str, Any] = field(default_factory=dict)


def test_named_values_come_after_the_core_and_never_in_its_place() -> None:
    row = flat(_Core(5, named={"train/loss": 0.5, "step": 9, "lines": [1, 2]}))
    assert list(row.items()) == [("step", 5), ("at", None), ("train/loss", 0.5), ("lines", [1, 2])]


def test_a_row_without_named_values_is_written_as_it_is() -> None:
    plain = {"step": 5, "named": 7}
    assert flat(plain) is plain
    assert list(flat(_Core(5))) == ["step", "at"]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("rollout/ep_rew_mean", True), ("ε", True), ("x" * 100, True), ("x" * 101, False), ("", False), ("a\nb", False),
        ("\u202eevil", False), ("\x1b[31m", False),
    ],
)  # fmt: skip
def test_a_name_is_short_and_every_character_of_it_can_be_seen(name: str, taken: bool) -> None:
    assert is_name(name) is taken
