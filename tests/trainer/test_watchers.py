"""The app starts players that outlive it, and they end by themselves."""

from pathlib import Path

import psutil

from tests.waiting import wait_until
from trainer.tasks.tetris.files.watching import WatchControl, moments_reader
from trainer.watchers import start_watching


def test_a_started_player_plays_obeys_a_stop_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    watch = start_watching(["bcts", "dt20"], WatchControl(pieces_per_second=60, seed=3), tmp_path)
    reader = moments_reader(watch)
    wait_until(lambda: len(reader.refresh()) > 5, 60, "the first moves")
    assert watch.is_played
    assert all(len(moment.boards) == 2 for moment in reader.rows)
    watch.ask(WatchControl(run="stopped"))
    wait_until(lambda: not watch.files.path.exists(), 20, "the folder to be deleted")
    wait_until(lambda: set(psutil.Process().children()) <= before, 20, "it to be collected: no zombie stays behind")


def test_a_player_that_is_no_player_says_why(tmp_path: Path) -> None:
    watch = start_watching(["no-such-run"], WatchControl(), tmp_path)
    wait_until(lambda: (status := watch.status()) and status.state == "failed", 60, "the reason")
    status = watch.status()
    assert status is not None
    assert status.error is not None
    assert "There is no run 'no-such-run'" in status.error
