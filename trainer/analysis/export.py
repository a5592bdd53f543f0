"""Runs taken home: a run's logs as CSV, Parquet or TensorBoard files, and any table of values as bytes of the first two.

A run becomes the folder `<out>/<run id>/` with `metrics`, `episodes` and `evaluations`, as `.csv` or
`.parquet`, whose columns have the names that the rows have; or with one TensorBoard event file, which
holds each number at its step and at the time when its row was written. Its tags are those of
stable-baselines3: the names of the metrics as they are (`rollout/ep_rew_mean`, `train/loss`), and
`eval/mean_reward` for a number of an evaluation. What has no such name is `<log>/<column>`
(`episodes/reward`, `metrics/updates`). What has no value is an empty cell, null, or no scalar. Files
of an earlier export of the same kind are replaced.

What an evaluation knows of each episode is one list, in CSV as a JSON text, and not in TensorBoard,
which has no lists.

Every value of a CSV or Parquet file is the one in the log, to the last digit (see `trainer.run_files.exact_columns`). TensorBoard's
scalars have 32 bits, about seven digits, and a value beyond ±3.4e38 is none: the loader that it starts with (2.21) passes over scalars
of 64 bits, though the format has them. Who needs every digit takes one of the others.
"""

import codecs
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import ExportError, reason
from ..run_files.episodes import EpisodeRow
from ..run_files.evaluations import EvaluationRow
from ..run_files.exact_columns import exact_array, exact_columns
from ..run_files.metrics import MetricsRow
from ..run_files.opening import make_folder, make_named_folder, real, replace_bytes, replacing
from ..run_files.run_directory import RunDirectory

Format = Literal["csv", "parquet", "tensorboard"]
EVENT_FILE = "events.out.tfevents.0.control-room"  # one name, so that a later export replaces it
FORMULA = r"^[\s\p{Z}\p{C}]*[=+\-@＝＋－＠]|^[\t\r\n]"  # as a spreadsheet sees it, wide characters and what is not seen included
NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
NOT_PLOTTED = frozenset({"step", "at"})  # TensorBoard has both with every scalar


def export_run(run: RunDirectory, to: Format, out: Path, *, bom: bool = False) -> Path:
    """Write the files of one run; returns their folder.

    Args:
        run: the run.
        to: the kind of files.
        out: where the folder is made.
        bom: see `csv_bytes`.

    Raises:
        ExportError: the run has no rows, or the files cannot be written.
    """
    logs = {"metrics": (run.metrics, MetricsRow), "episodes": (run.episodes, EpisodeRow), "evaluations": (run.evaluations, EvaluationRow)}
    tables = {name: exact_columns(*log) for name, log in logs.items()}
    if not any(len(columns["step"]) for columns in tables.values()):
        raise ExportError(f"The run {run.run_id} has no rows yet; there is nothing to export.")
    folder = real(out) / run.run_id
    try:
        make_named_folder(folder.parent)
        make_folder(folder)
        if to == "tensorboard":
            _write_events(tables, folder)
        else:
            for name, columns in tables.items():
                content = csv_bytes(columns, bom=bom) if to == "csv" else parquet_bytes(columns)
                replace_bytes(folder / f"{name}.{to}", content)
    except OSError as error:
        raise ExportError(f"An export must be written to a folder; {folder} cannot be ({reason(error)}). Choose another --out.") from None
    return folder


def csv_bytes(columns: Mapping[str, Any], *, bom: bool = False) -> bytes:
    """A table as CSV with a line of names, in UTF-8.

    A spreadsheet takes a text that begins with `=`, `+`, `-` or `@` for a formula, and runs what somebody else has typed. Such a text
    gets an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection); one that is a number stays one.

    Args:
        columns: name → array, Arrow array or list, all of one length.
        bom: begin with a byte-order mark: without one Excel takes UTF-8 for something else.
    """
    import pyarrow as pa  # noqa: PLC0415 - the other commands need no Arrow
    from pyarrow import csv  # noqa: PLC0415 - see above

    table = arrow_table({name: _json_lists(values) for name, values in columns.items()})
    names = _disarmed(pa.array(table.column_names, pa.string())).to_pylist()
    harmless = [_disarmed(column) if pa.types.is_string(column.type) else column for column in table.columns]
    written = io.BytesIO()
    written.write(codecs.BOM_UTF8 if bom else b"")
    csv.write_csv(pa.table(harmless, names), written)
    return written.getvalue()


def parquet_bytes(columns: Mapping[str, Any]) -> bytes:
    """A table as a Parquet file; columns are arrays, Arrow arrays or lists of one length."""
    from pyarrow import parquet  # noqa: PLC0415 - see above

    written = io.BytesIO()
    parquet.write_table(arrow_table(columns), written)
    return written.getvalue()


def arrow_table(columns: Mapping[str, Any]) -> Any:
    """Columns as an Arrow table: NaN is null, and every other value is what it was."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    return pa.table({name: _array(values) for name, values in columns.items()})


def _json_lists(values: Any) -> Any:
    """Lists as JSON texts, since a CSV file has none; any other values as they are."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    if not isinstance(values, pa.LargeListArray):
        return values
    return [None if one is None else f"[{', '.join(map(_json_number, one))}]" for one in values.to_pylist()]


def _json_number(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _array(values: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - see above

    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    return pa.array(values, from_pandas=True) if isinstance(values, np.ndarray) else exact_array(values)


def _disarmed(texts: Any) -> Any:
    """Texts that no spreadsheet takes for formulas."""
    import pyarrow.compute as pc  # noqa: PLC0415 - see above

    live = pc.and_(pc.match_substring_regex(texts, FORMULA), pc.invert(pc.match_substring_regex(texts, NUMBER)))
    return pc.if_else(live, pc.binary_join_element_wise("'", texts, ""), texts)


def _write_events(tables: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """One event file, whole when it gets its name; one of an earlier export is replaced."""
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 - see above
    from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415 - see above

    path = folder / EVENT_FILE
    with replacing(path) as file:
        writer = RecordWriter(file)
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        for event in _events(tables):
            writer.write(event.SerializeToString())


def _events(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    """One event a row, with all its numbers."""
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 - see above
    from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415 - see above

    for log, columns in tables.items():
        times = columns["at"].to_pylist()
        plotted = [(_tag(log, name), _floats(column)) for name, column in columns.items() if _is_plotted(name, column)]
        for row, step in enumerate(columns["step"].to_pylist()):
            values = [Summary.Value(tag=tag, simple_value=column[row]) for tag, column in plotted if np.isfinite(column[row])]
            if values and (whole := _step(step)) is not None:
                yield Event(wall_time=float(times[row] or 0) / 1e3, step=whole, summary=Summary(value=values))


def _tag(log: str, name: str) -> str:
    """The name of a scalar: stable-baselines3's own, wherever it has one."""
    return name if "/" in name else f"{'eval' if log == 'evaluations' else log}/{name}"


def _is_plotted(name: str, column: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415 - see above

    return name not in NOT_PLOTTED and not isinstance(column, pa.LargeListArray)


def _step(value: Any) -> int | None:
    """A step as TensorBoard can hold it: a whole number of 64 bits."""
    try:
        step = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return step if abs(step) < 2**63 and step == float(value) else None


def _floats(column: Any) -> list[float]:
    """An Arrow column as TensorBoard can hold it: what is null or beyond 32 bits is not finite."""
    with np.errstate(over="ignore"):
        numbers = np.array([np.nan if value is None else float(value) for value in column.to_pylist()], np.float64)
        return list(map(float, numbers.astype(np.float32)))
