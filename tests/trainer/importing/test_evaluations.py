"""`evaluations.npz`: every episode of every evaluation, and nothing that is pickled."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.importing.conftest import Truth
from trainer.errors import FormatError
from trainer.importing.evaluations import is_evaluations, read_evaluations


def test_the_episodes_of_every_evaluation_are_kept(trained: Truth) -> None:
    logs = read_evaluations(trained.folder / "evaluations.npz")

    assert len(trained.evaluations) == 4
    assert {one.step: (one.rewards, one.lengths) for one in logs.evaluations} == trained.evaluations


def test_successes_are_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.npz"
    np.savez(path, timesteps=[10], results=[[1.0, 2.0]], ep_lengths=[[3, 4]], successes=[[True, False]])
    assert read_evaluations(path).evaluations[0].named == {"mean_is_success": 0.5, "is_success": [1.0, 0.0]}


class Boom:
    """Would run if it were unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("it was unpickled",)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.npz"
    np.savez(path, timesteps=[10], results=np.array([[Boom()]], dtype=object), ep_lengths=[[3]], allow_pickle=True)
    with pytest.raises(FormatError, match=r"^evaluations\.npz must hold plain arrays of evaluations; .*objects"):
        read_evaluations(path)


def test_a_damaged_evaluation_costs_itself_and_a_damaged_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.npz"
    np.savez(path, timesteps=[10, -1, 30], results=[[1.0], [2.0], [np.nan]], ep_lengths=[[3], [3], [3]])
    logs = read_evaluations(path)
    assert ([one.step for one in logs.evaluations], logs.lost["evaluations.npz"]) == ([10], 2)

    np.savez(path, timesteps=[10], results=[[1.0]], ep_lengths=[[3], [3]])
    with pytest.raises(FormatError, match="their shapes differ"):
        read_evaluations(path)

    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="it cannot be read"):
        read_evaluations(path)


def test_it_is_told_by_its_first_array(trained: Truth, tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", other=[1])
    assert is_evaluations((trained.folder / "evaluations.npz").read_bytes()[:100])
    assert not is_evaluations((tmp_path / "other.npz").read_bytes()[:100])
