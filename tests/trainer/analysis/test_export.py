"""Exports are read back with the tools that they are made for, and hold the same values."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext

from tests.pages.fake_runs import evaluation_row, fill, metrics_row, new_run
from trainer.analysis.export import csv_bytes, export_run, parquet_bytes
from trainer.errors import ExportError
from trainer.run_files.episodes import EpisodeRow, episodes_writer
from trainer.run_files.evaluations import evaluations_table, evaluations_writer
from trainer.run_files.metrics import metrics_table, metrics_writer
from trainer.run_files.rows import flat
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

    assert folder == tmp_path / "out" / run.run_id
    assert sorted(path.name for path in folder.iterdir()) == [f"episodes.{to}", f"evaluations.{to}", f"metrics.{to}"]
    for name, table in (("metrics", metrics_table(run)), ("evaluations", evaluations_table(run))):
        table.refresh()
        path = folder / f"{name}.{to}"
        frame = pd.read_csv(path) if to == "csv" else pd.read_parquet(path)
        assert tuple(frame.columns.drop(["rewards", "lengths", "lines"]) if name == "evaluations" else frame.columns) == table.names
        for column in table.names:
            np.testing.assert_array_equal(frame[column].to_numpy(np.float64), table.column(column))
        assert str(frame["step"].dtype) == "int64"


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_random_values_come_back_to_the_last_digit(run: RunDirectory, to: str, tmp_path: Path) -> None:
    """Read back without Control Room: Parquet by Arrow, CSV by Python's own reader and numbers."""
    random = np.random.default_rng(7)
    rows = [
        EpisodeRow(
            step=number, episode=2**53 + 1 + number, length=2**31 - 1, truncated=bool(number % 2), at=number,
            reward=float(random.normal() * 10.0 ** random.integers(-300, 300)),
            named={"lines": int(random.integers(2**62)), "seed": int(random.integers(2**64, dtype=np.uint64)), "odd": number % 2 or None},
        )
        for number in range(400)
    ]  # fmt: skip
    run.episodes.unlink()
    with episodes_writer(run) as log:
        log.append_all(rows)
    path = export_run(run, to, tmp_path) / f"episodes.{to}"  # type: ignore[arg-type]
    if to == "parquet":
        table = parquet.read_table(path)
        assert (str(table.schema.field("seed").type), str(table.schema.field("truncated").type)) == ("uint64", "bool")
        assert table.to_pylist() == [flat(row) for row in rows]
        return
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    for row, expected in zip(read, map(flat, rows), strict=True):
        assert float(row.pop("reward")) == expected.pop("reward")
        assert (row.pop("truncated"), expected.pop("truncated")) in (("true", True), ("false", False))
        assert (row.pop("odd"), expected.pop("odd")) in (("", None), ("1", 1)), "what is missing is an empty cell"
        assert {name: int(text) for name, text in row.items()} == expected


def test_tensorboard_reads_the_same_values_at_the_same_steps_and_times(run: RunDirectory, tmp_path: Path) -> None:
    with metrics_writer(run) as log:
        log.append(flat(metrics_row(ROWS + 1, loss=1e300, mean_q=0.1 + 0.2)) | {"at": None})
    folder = export_run(run, "tensorboard", tmp_path)
    export_run(run, "tensorboard", tmp_path)
    assert len(list(folder.iterdir())) == 1, "the second export replaces the first"
    files = EventMultiplexer().AddRunsFromDirectory(str(tmp_path)).Reload()
    everything = MultiplexerDataProvider(files, str(tmp_path)).read_scalars(
        RequestContext(), experiment_id="", plugin_name="scalars", downsample=10_000
    )[run.run_id]

    table = metrics_table(run)
    table.refresh()
    columns = {name if "/" in name else f"metrics/{name}": name for name in table.names if name not in ("step", "at")}
    assert set(columns) <= set(everything)
    assert {"rollout/ep_rew_mean", "train/loss", "time/fps", "metrics/updates"} <= set(columns), "those of stable-baselines3"
    assert {"eval/mean_reward", "eval/mean_lines", "eval/ci95_low", "episodes/reward", "episodes/lines"} <= set(everything)
    for tag, name in columns.items():
        values = table.column(name)
        known = np.abs(values) < np.finfo(np.float32).max
        scalars = everything[tag]
        np.testing.assert_array_equal([one.step for one in scalars], table.column("step")[known])
        np.testing.assert_array_equal([one.value for one in scalars], values[known].astype(np.float32))
        np.testing.assert_array_equal([one.wall_time for one in scalars], np.nan_to_num(table.column("at")[known]) / 1e3)


def test_a_step_that_tensorboard_cannot_hold_is_left_out_there(run: RunDirectory, tmp_path: Path) -> None:
    with episodes_writer(run) as log:
        log.append({"step": 2**63, "lines": 1})
        log.append({"step": 1.5, "lines": 1})
    folder = export_run(run, "tensorboard", tmp_path)
    assert len(EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload().Scalars("episodes/lines")) == ROWS


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠A1",
        '=cmd|"x"',
    ],
)
def test_a_text_that_a_spreadsheet_takes_for_a_formula_is_disarmed_in_a_csv(text: str) -> None:
    made = csv_bytes({text: [text, "harmless"], "Number": [-1.5, None]})
    read = list(csv.reader(io.StringIO(made.decode(), newline="")))
    assert read == [["'" + text, "Number"], ["'" + text, "-1.5"], ["harmless", ""]]
    assert parquet.read_table(io.BytesIO(parquet_bytes({"Run": [text]})))["Run"].to_pylist() == [text]


@pytest.mark.parametrize("text", ["", "-1.5", "-3", "-1e-300", "a=1", "2026-01-01", "1 = 1", "it's", 'two\n"lines", and a comma', "–"])
def test_every_other_text_is_kept_as_it_is(text: str) -> None:
    made = csv_bytes({"Run": [text, None]})
    assert list(csv.reader(io.StringIO(made.decode(), newline="")))[1] == [text]
    assert made.endswith(b"\n\n"), "nothing is an empty cell"


def test_excel_gets_the_mark_by_which_it_knows_the_encoding(run: RunDirectory, tmp_path: Path) -> None:
    assert csv_bytes({"γ": ["ε"]}, bom=True) == b"\xef\xbb\xbf" + csv_bytes({"γ": ["ε"]})
    folder = export_run(run, "csv", tmp_path, bom=True)
    assert {path.read_bytes()[:3] for path in folder.iterdir()} == {b"\xef\xbb\xbf"}
    assert pd.read_csv(folder / "metrics.csv").columns[0] == "step"


def test_a_table_of_a_page_becomes_csv_and_parquet_with_its_words_and_gaps() -> None:
    columns = {"Run": ["a, “b”", 'c\n"d"', "1+1"], "Best": np.array([1.5, np.nan, -2.0]), "Steps": [1, None, 3]}
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
    with pytest.raises(ExportError, match=r"cannot be \(File exists\)\. Choose another --out\.$"):
        export_run(run, to, tmp_path / "file")  # type: ignore[arg-type]


def test_the_lines_of_each_game_of_an_evaluation_are_taken_home_too(run: RunDirectory, tmp_path: Path) -> None:
    with evaluations_writer(run) as log:
        log.append(evaluation_row(9_999, 5.0, lines=[2**53 + 1, 0, 7]))
    table = parquet.read_table(export_run(run, "parquet", tmp_path) / "evaluations.parquet")
    assert table["lines"].to_pylist()[-1] == [2**53 + 1, 0, 7]
    with (export_run(run, "csv", tmp_path) / "evaluations.csv").open(encoding="utf-8", newline="") as file:
        *_, last = csv.DictReader(file)
    assert json.loads(last["lines"]) == [2**53 + 1, 0, 7]
