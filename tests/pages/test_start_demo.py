"""The app starts players that outlive it, and they end by themselves."""

from pathlib import Path

import psutil
import pytest

from pages.ui.tetris.watch.start_demo import start_demo
from tests.waiting import wait_until
from trainer.tasks.tetris.files.demos import DemoControl, moments_reader


@pytest.mark.long
def test_a_started_player_plays_obeys_a_stop_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    demo = start_demo(["bcts", "dt20"], DemoControl(pieces_per_second=60, seed=3), tmp_path)
    reader = moments_reader(demo)
    wait_until(lambda: len(reader.refresh()) > 5, 60, "the first moves")
    assert demo.is_played
    assert all(len(moment.boards) == 2 for moment in reader.rows)
    demo.ask(DemoControl(run="stopped"))
    wait_until(lambda: not demo.files.path.exists(), 20, "the folder to be deleted")
    wait_until(lambda: set(psutil.Process().children()) <= before, 20, "it to be collected: no zombie stays behind")


def test_a_player_that_is_no_player_says_why(tmp_path: Path) -> None:
    demo = start_demo(["no-such-run"], DemoControl(), tmp_path)
    wait_until(lambda: (status := demo.status()) and status.state == "failed", 60, "the reason")
    status = demo.status()
    assert status is not None
    assert status.error is not None
    assert "There is no run 'no-such-run'" in status.error
