"""Runs taken home: a run's logs as CSV, Parquet or TensorBoard files, and any table of values as bytes of the first two.

A run becomes the folder `<out>/<run id>/` with `metrics`, `episodes` and `evaluations`, as `.csv` or `.parquet`, or with one TensorBoard
event file that holds each number as the scalar `<log>/<column>` at its step (TensorBoard's scalars have 32 bits), at the time when its row
was written; a row of an older version does not tell it, and stands in 1970. What has no value is an empty cell, null, or no scalar.
Files of an earlier export of the same kind are replaced.
"""

import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from trainer.errors import ExportError
from trainer.run_files.episodes import episodes_table
from trainer.run_files.evaluations import evaluations_table
from trainer.run_files.files import replace_bytes
from trainer.run_files.metrics import metrics_table
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.table import Table

Format = Literal["csv", "parquet", "tensorboard"]
EVENT_FILE = "events.out.tfevents.0.control-room"  # one name, so that a later export replaces it
NOT_PLOTTED = frozenset({"step", "at"})  # TensorBoard has both with every scalar


def export_run(run: RunDirectory, to: Format, out: Path) -> Path:
    """Write the files of one run; returns their folder.

    Raises:
        ExportError: the run has no rows, or the files cannot be written.
    """
    tables = {"metrics": metrics_table(run), "episodes": episodes_table(run), "evaluations": evaluations_table(run)}
    if not sum(table.refresh() for table in tables.values()):
        raise ExportError(f"The run {run.run_id} has no rows yet; there is nothing to export.")
    folder = out / run.run_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if to == "tensorboard":
            _write_events(tables, folder)
        else:
            as_bytes = csv_bytes if to == "csv" else parquet_bytes
            for name, table in tables.items():
                replace_bytes(folder / f"{name}.{to}", as_bytes(_columns(table)))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ExportError(f"An export must be written to a folder; {folder} cannot be ({reason}). Choose another --out.") from None
    return folder


def csv_bytes(columns: Mapping[str, Any]) -> bytes:
    """A table as CSV with a line of names, in UTF-8; columns are arrays or lists of one length."""
    from pyarrow import csv  # noqa: PLC0415 - the other commands need no Arrow

    written = io.BytesIO()
    csv.write_csv(_arrow_table(columns), written)
    return written.getvalue()


def parquet_bytes(columns: Mapping[str, Any]) -> bytes:
    """A table as a Parquet file; columns are arrays or lists of one length."""
    from pyarrow import parquet  # noqa: PLC0415 - see above

    written = io.BytesIO()
    parquet.write_table(_arrow_table(columns), written)
    return written.getvalue()


def _columns(table: Table) -> dict[str, Any]:
    """Whole numbers as such, where all of a column are."""
    made: dict[str, Any] = {}
    for name, values in table.columns().items():
        whole = np.isfinite(values).all() and (values == np.floor(values)).all()
        made[name] = values.astype(np.int64) if whole else values
    return made


def _arrow_table(columns: Mapping[str, Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - see above

    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


def _write_events(tables: Mapping[str, Table], folder: Path) -> None:
    """One event file, whole when it gets its name; one of an earlier export is replaced."""
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 - see above
    from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415 - see above

    path = folder / EVENT_FILE
    aside = path.with_name(f".{EVENT_FILE}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            writer = RecordWriter(file)
            writer.write(Event(file_version="brain.Event:2").SerializeToString())
            for event in _events(tables):
                writer.write(event.SerializeToString())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _events(tables: Mapping[str, Table]) -> Iterator[Any]:
    """One event a row, with all its numbers."""
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 - see above
    from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415 - see above

    for log, table in tables.items():
        columns = table.columns()
        steps, times = columns["step"], np.nan_to_num(columns["at"]) / 1e3
        plotted = [(f"{log}/{name}", columns[name]) for name in columns if name not in NOT_PLOTTED]
        for row in range(columns.rows):
            values = [Summary.Value(tag=tag, simple_value=value) for tag, column in plotted if np.isfinite(value := float(column[row]))]
            if values and np.isfinite(steps[row]):
                yield Event(wall_time=float(times[row]), step=int(steps[row]), summary=Summary(value=values))
