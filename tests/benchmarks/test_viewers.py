"""Viewers of the benchmark are real sessions: each draws the whole page, then parts of it again and again, and leaves nothing behind."""

from pathlib import Path

import pytest

from tests.benchmarks.viewers import look_on
from tests.pages.fake_runs import fill, live, new_run
from tests.serving import SharedApp

pytestmark = pytest.mark.long


def test_three_viewers_look_on_over_real_websockets(shared: SharedApp, tmp_path: Path) -> None:
    run = new_run(tmp_path / "runs", "Looked at")
    fill(run)
    with live(run):
        app = shared.show(tmp_path / "runs")
        look = look_on(app, run, 3, seconds=6.0)
        assert look.refreshes >= 3
        assert len(look.waits) >= 1
        assert all(waited > 0 for waited in look.waits)
    assert "Traceback" not in shared.said()
