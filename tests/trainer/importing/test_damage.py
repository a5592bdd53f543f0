"""Damaged at any place, a log costs its rows: it is read as far as it can be, or refused in one sentence."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.importing.conftest import TRACKIO, ZOO, Truth
from trainer.errors import FormatError
from trainer.importing.recognise import find_sources
from trainer.importing.write_run import Chosen, import_source
from trainer.probing import probe
from trainer.run_files.episodes import episodes_table
from trainer.run_files.evaluations import evaluations_table
from trainer.run_files.metrics import metrics_table

pytestmark = pytest.mark.long

DAMAGES = 40  # of each file, of each kind
CSV = b'Step,"a - loss","a - loss__MIN"\n' + b"".join(b"%d,0.5,0.5\n" % step for step in range(50))
HISTORY = b"_step,_runtime,_timestamp,loss\n" + b"".join(b"%d,1.5,1700000000.5,0.5\n" % step for step in range(50))


def damaged(content: bytes, seed: int) -> Iterator[bytes]:
    """The content cut off, changed in a byte, and with bytes of something else in it."""
    generator = np.random.default_rng(seed)
    for place in generator.integers(0, len(content), DAMAGES).tolist():
        yield content[:place]
        yield content[:place] + bytes([content[place] ^ int(generator.integers(1, 256))]) + content[place + 1 :]
        yield content[:place] + generator.bytes(20) + content[place:]


@pytest.fixture(
    params=[
        "0.monitor.csv",
        "progress.csv",
        "progress.json",
        "evaluations.npz",
        "events",
        "cartpole.db",
        "chart.csv",
        "history.csv",
        "args.yml",
    ]
)
def content(request: pytest.FixtureRequest, trained: Truth) -> bytes:
    """Of one file of each kind."""
    own = {"cartpole.db": TRACKIO, "args.yml": ZOO / "ppo" / "CartPole-v1_1" / "CartPole-v1" / "args.yml"}
    written = {"chart.csv": CSV, "history.csv": HISTORY}
    if request.param in written:
        return written[request.param]
    return (own.get(request.param) or next(trained.folder.glob(f"{request.param}*"))).read_bytes()


def test_whatever_is_damaged_a_file_is_read_or_refused_in_one_sentence(content: bytes, tmp_path: Path) -> None:
    run = Path(shutil.copytree(ZOO / "ppo" / "CartPole-v1_1", tmp_path / "PPO_1"))
    is_settings = content.startswith(b"!!python")
    path = run / "CartPole-v1" / "args.yml" if is_settings else tmp_path / "log"
    read, refused = 0, list[str]()
    for number, broken in enumerate(damaged(content, seed=len(content))):
        path.write_bytes(broken)
        try:
            for source in find_sources(run if is_settings else path):
                made = import_source(source, Chosen(tmp_path / f"runs-{number}"))
                tables = [metrics_table(made.run), episodes_table(made.run), evaluations_table(made.run)]
                assert sum(table.refresh() for table in tables)
                assert [(table.bad_lines, table.problem) for table in tables] == [(0, None)] * 3
                assert (probe(made.run).state, probe(made.run).problem) == ("imported", None)
                read += 1
        except FormatError as error:
            refused.append(str(error))
    assert read, "some are read"
    assert [sentence for sentence in refused if "\n" in sentence or not sentence.endswith((".", "?"))] == []
