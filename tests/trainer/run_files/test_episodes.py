"""`episodes.jsonl`: the golden row and its columns."""

import numpy as np

from trainer.run_files.episodes import EpisodeRow, episodes_table, episodes_writer
from trainer.run_files.run_directory import RunDirectory

GOLDEN = b'{"step":512,"episode":1,"reward":2.0,"length":41,"truncated":false,"at":1795446245123,"lines":3,"seed":18014398509481984}\n'


def test_an_episode_is_written_as_documented_and_read_as_columns(run: RunDirectory) -> None:
    row = EpisodeRow(step=512, episode=1, reward=2.0, length=41, truncated=False, at=1_795_446_245_123, named={"lines": 3, "seed": 2**54})
    with episodes_writer(run) as writer:
        writer.append(row)
    assert run.episodes.read_bytes() == GOLDEN
    table = episodes_table(run)
    assert table.refresh() == 1
    assert table.names == ("step", "episode", "reward", "length", "truncated", "at", "lines", "seed")
    np.testing.assert_array_equal(table.column("lines"), [3])
    np.testing.assert_array_equal(table.column("length"), [41])
    np.testing.assert_array_equal(table.column("truncated"), [0])
