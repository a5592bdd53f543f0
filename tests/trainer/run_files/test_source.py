"""`source.json`: where an imported run is from."""

from pathlib import Path

import pytest

from trainer.errors import FormatError
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.source import SourceFile, read_source, write_source

GOLDEN = """\
{
  "version": 4,
  "program": "stable-baselines3",
  "path": "PPO_1",
  "key": "a1",
  "content": "b2",
  "part": "",
  "files": [
    "monitor.csv"
  ],
  "began_at": "2026-11-23T15:04:05.123Z",
  "imported_at": "2026-11-24T15:04:05.123Z",
  "lost": {
    "monitor.csv": 2
  },
  "notes": []
}
"""
SOURCE = SourceFile(
    program="stable-baselines3", path="PPO_1", key="a1", content="b2", files=["monitor.csv"], began_at="2026-11-23T15:04:05.123Z",
    imported_at="2026-11-24T15:04:05.123Z", lost={"monitor.csv": 2},
)  # fmt: skip


def test_the_file_is_written_and_read_as_documented(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert read_source(run) is None
    write_source(run, SOURCE)
    assert run.source.read_text() == GOLDEN
    assert read_source(run) == SOURCE


@pytest.mark.parametrize("text", ["", "{}", GOLDEN.replace('"a1"', "7"), GOLDEN.replace("2026-11-23", "1950-11-23")])
def test_a_damaged_source_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "source.json").write_text(text)
    with pytest.raises(FormatError, match=r"^source\.json "):
        read_source(RunDirectory(tmp_path))
