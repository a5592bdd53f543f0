"""The fault: the process of the queue is killed with SIGKILL at any moment, again and again, while somebody changes the order.

`make test` kills a few times; `make faults` kills fifty times.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.processes import PROJECT_DIR

KILLS = int(os.environ.get("CONTROL_ROOM_QUEUE_KILLS", "12"))

pytestmark = pytest.mark.timeout(120 + 5 * KILLS)


def test_a_queue_whose_process_is_killed_loses_no_run_and_trains_none_twice(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.faults.queue_driver", str(tmp_path), str(KILLS), "1"]
    done = subprocess.run(words, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=100 + 5 * KILLS, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["trained"] == [1] * (2 * KILLS)
    assert (found["states"], found["waiting"]) == (["finished"], 0)
    assert len(set(found["left"])) > 3, "they were killed while runs were being started"
