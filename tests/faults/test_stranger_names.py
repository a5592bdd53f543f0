"""The fault: names of numbers that no trainer has written, in the logs of measurements."""

import tracemalloc
from pathlib import Path

import orjson
import pytest

from tests.faults.trainers import app_on, said
from tests.pages.fake_runs import LOG_EVERY, ended, fill, new_run
from trainer.analysis.export import export_run
from trainer.run_files.metrics import metrics_table
from trainer.run_files.rows import MAX_COLUMNS
from trainer.run_files.run_directory import RunDirectory

STRANGE = ("", "x" * 500, "a\nb", "\u202eabc", "\x1b[2J", "<script>alert(1)</script>", "**bold**", "=1+1", "../../etc/passwd", "__proto__")
TAKEN = STRANGE[5:]


@pytest.fixture
def run(runs_dir: Path) -> RunDirectory:
    """A run whose last rows have strange names."""
    made = new_run(runs_dir)
    fill(made)
    for log in (made.metrics, made.episodes, made.evaluations):
        row = orjson.loads(log.read_bytes().splitlines()[-1]) | dict.fromkeys(STRANGE, 1.5)
        with log.open("ab") as file:
            file.write(orjson.dumps(row | {"step": 40 * LOG_EVERY}) + b"\n")
    return ended(made, "finished")


def test_a_page_shows_the_run_and_says_what_it_left_out(run: RunDirectory, runs_dir: Path) -> None:
    text = said(app_on(runs_dir))
    for log in ("metrics", "episodes", "evaluations"):
        assert f"{log}.jsonl is read in part: 5 of its values have a name beyond the first 500" in text
    assert "This part could not be shown" not in text
    assert not any(name in text for name in TAKEN), "nobody has asked for them"
    assert run.run_id in text


@pytest.mark.parametrize("to", ["csv", "parquet", "tensorboard"])
def test_an_export_holds_what_can_be_read(run: RunDirectory, tmp_path: Path, to: str) -> None:
    folder = export_run(run, to, tmp_path / "out")  # type: ignore[arg-type]
    assert all(path.stat().st_size > 100 for path in folder.iterdir())
    if to == "csv":
        heading = (folder / "metrics.csv").read_text(encoding="utf-8").splitlines()[0]
        assert '"\'=1+1"' in heading
        assert "x" * 500 not in heading


@pytest.mark.long
def test_a_log_in_which_every_row_has_a_name_of_its_own_stays_small_in_memory(run: RunDirectory) -> None:
    run.metrics.write_bytes(b"".join(b'{"n%d":1}\n' % number for number in range(300_000)))
    tracemalloc.start()
    table = metrics_table(run)
    table.refresh()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(table.names) <= 5 + MAX_COLUMNS
    assert table.problem is not None
    assert "read in part" in table.problem
    assert peak < 800_000_000
