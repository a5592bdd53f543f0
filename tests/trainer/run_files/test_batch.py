"""`batch.json`: runs that are trained one after another."""

from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.run_files.batch import BATCH_FILE, Batch, read_batch, write_batch
from trainer.run_files.process_identity import ProcessIdentity

BATCH = Batch(ProcessIdentity(4711, 1732370000.5, "here", "b", 12), "training", ("third", "fourth"), ("20260102-030405-first",))
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


def test_batch_json_is_as_documented(tmp_path: Path) -> None:
    assert read_batch(tmp_path) is None
    write_batch(tmp_path, BATCH)
    assert (tmp_path / BATCH_FILE).read_bytes() == GOLDEN
    assert read_batch(tmp_path) == BATCH


def test_a_batch_cut_anywhere_is_refused(tmp_path: Path) -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        (tmp_path / BATCH_FILE).write_bytes(content)
        with pytest.raises(FormatError, match=r"batch\.json"):
            read_batch(tmp_path)
