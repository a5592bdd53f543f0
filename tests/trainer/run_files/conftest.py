"""An empty run directory."""

from pathlib import Path

import pytest

from trainer.run_files.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run directory without any file."""
    path = tmp_path / "runs" / "20260102-030405-story"
    path.mkdir(parents=True)
    return RunDirectory(path)
