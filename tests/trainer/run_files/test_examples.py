"""`examples.json`: example runs."""

from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.run_files.examples import EXAMPLES_FILE, ExampleRuns, read_examples, write_examples
from trainer.run_files.process_identity import ProcessIdentity

EXAMPLES = ExampleRuns(ProcessIdentity(4711, 1732370000.5, "here", "b", 12), "training", ("third", "fourth"), ("20260102-030405-first",))
GOLDEN = b"""{
  "version": 3,
  "process": {
    "pid": 4711,
    "started_at": 1732370000.5,
    "host": "here",
    "boot_id": "b",
    "start_ticks": 12
  },
  "state": "training",
  "waiting": [
    "third",
    "fourth"
  ],
  "runs": [
    "20260102-030405-first"
  ]
}
"""


def test_examples_json_is_as_documented(tmp_path: Path) -> None:
    assert read_examples(tmp_path) is None
    write_examples(tmp_path, EXAMPLES)
    assert (tmp_path / EXAMPLES_FILE).read_bytes() == GOLDEN
    assert read_examples(tmp_path) == EXAMPLES


def test_an_examples_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        (tmp_path / EXAMPLES_FILE).write_bytes(content)
        with pytest.raises(FormatError, match=r"examples\.json"):
            read_examples(tmp_path)
