"""`episodes.jsonl`: the golden row and its columns."""

import numpy as np

from trainer.run_files.episodes import EpisodeRow, episodes_table, episodes_writer
from trainer.run_files.run_directory import RunDirectory

GOLDEN = b'{"step":512,"episode":1,"lines":3,"pieces":41,"reward":2.0,"seed":18014398509481984,"cut":false,"at":1795446245123}\n'


def test_a_finished_game_is_written_as_documented_and_read_as_columns(run: RunDirectory) -> None:
    with episodes_writer(run) as writer:
        writer.append(EpisodeRow(step=512, episode=1, lines=3, pieces=41, reward=2.0, seed=2**54, cut=False, at=1_795_446_245_123))
    assert run.episodes.read_bytes() == GOLDEN
    table = episodes_table(run)
    assert table.refresh() == 1
    np.testing.assert_array_equal(table.column("lines"), [3])
    np.testing.assert_array_equal(table.column("cut"), [0])
