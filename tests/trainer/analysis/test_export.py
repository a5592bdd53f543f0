"""Exports are read back with the tools that they are made for, and hold the same values."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.pages.fake_runs import fill, new_run
from trainer.analysis.export import csv_bytes, export_run, parquet_bytes
from trainer.errors import ExportError
from trainer.run_files.evaluations import evaluations_table
from trainer.run_files.metrics import metrics_table
from trainer.run_files.run_directory import RunDirectory

ROWS = 30


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run with rows in all logs; some values are missing."""
    made = new_run(tmp_path / "runs")
    fill(made, ROWS)
    return made


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_pandas_reads_the_same_values(run: RunDirectory, to: str, tmp_path: Path) -> None:
    folder = export_run(run, to, tmp_path / "out")  # type: ignore[arg-type]

    read = pd.read_csv if to == "csv" else pd.read_parquet
    assert folder == tmp_path / "out" / run.run_id
    assert sorted(path.name for path in folder.iterdir()) == [f"episodes.{to}", f"evaluations.{to}", f"metrics.{to}"]
    for name, table in (("metrics", metrics_table(run)), ("evaluations", evaluations_table(run))):
        table.refresh()
        frame = read(folder / f"{name}.{to}")
        assert tuple(frame.columns) == table.names
        for column in table.names:
            np.testing.assert_array_equal(frame[column].to_numpy(np.float64), table.column(column))
    assert str(read(folder / f"metrics.{to}")["step"].dtype) == "int64"


def test_tensorboard_reads_the_same_values_at_the_same_steps_and_times(run: RunDirectory, tmp_path: Path) -> None:
    folder = export_run(run, "tensorboard", tmp_path)
    export_run(run, "tensorboard", tmp_path)
    assert len(list(folder.iterdir())) == 1, "the second export replaces the first"

    board = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()

    table = metrics_table(run)
    table.refresh()
    plotted = {f"metrics/{name}" for name in table.names if np.isfinite(table.column(name)).any()} - {
        "metrics/step",
        "metrics/at",
    }
    tags = set(board.Tags()["scalars"])
    assert plotted <= tags
    assert {"evaluations/mean_lines", "evaluations/ci95_low", "episodes/lines"} <= tags
    for tag in plotted:
        values = table.column(tag.removeprefix("metrics/"))
        known = np.isfinite(values)
        scalars = board.Scalars(tag)
        np.testing.assert_array_equal([one.step for one in scalars], table.column("step")[known])
        np.testing.assert_array_equal([one.value for one in scalars], values[known].astype(np.float32))
        np.testing.assert_allclose([one.wall_time for one in scalars], table.column("at")[known] / 1e3, rtol=0, atol=1e-9)


def test_a_table_of_a_page_becomes_csv_and_parquet_with_its_words_and_gaps() -> None:
    columns = {"Run": ["a, “b”", 'c\n"d"', "=1+1"], "Best": np.array([1.5, np.nan, -2.0]), "Steps": [1, None, 3]}
    for frame in (pd.read_csv(io.BytesIO(csv_bytes(columns))), pd.read_parquet(io.BytesIO(parquet_bytes(columns)))):
        assert frame["Run"].tolist() == columns["Run"]
        np.testing.assert_array_equal(frame["Best"], [1.5, np.nan, -2.0])
        np.testing.assert_array_equal(frame["Steps"], [1, np.nan, 3])


def test_a_run_without_rows_has_nothing_to_export(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    with pytest.raises(ExportError, match=r"no rows yet; there is nothing to export\.$"):
        export_run(run, "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("to", ["csv", "tensorboard"])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(run: RunDirectory, to: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ExportError, match=r"cannot be \(Not a directory\)\. Choose another --out\.$"):
        export_run(run, to, tmp_path / "file")  # type: ignore[arg-type]
