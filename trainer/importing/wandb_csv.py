"""CSV that Weights & Biases exports: of a chart, or of the history of one run.

A chart's file has a column for the x axis (`Step`, or the metric that was chosen for it), then for each
run `RUN - METRIC`, with `RUN - METRIC__MIN` and `RUN - METRIC__MAX` beside it, which repeat or bound the
same and are dropped. The history of a run (`run.history()`) has a column a metric, and W&B's own
`_step`, `_runtime` and `_timestamp`.

Which column counts the steps: the one that a person names, else `global_step`, else the x axis or `_step`.
"""

from collections import Counter
from functools import lru_cache
from pathlib import Path

from ..errors import FormatError, shown
from ..run_files.opening import Stamp, stamp
from .logs import Logs, Row, Source, cells_of, csv_rows, number_in, step_in, whole_lines

PROGRAM = "Weights & Biases"
JOINT, TWINS = " - ", ("__MIN", "__MAX")
STEPS = ("global_step", "Step", "_step")
TIMES = ("_runtime", "_timestamp")


def is_wandb_csv(head: bytes) -> bool:
    """Whether a file begins like one."""
    names = cells_of(head.partition(b"\n")[0].decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r"))
    if "_step" in names:
        return any(name in names for name in TIMES)
    return len(names) > 1 and JOINT not in names[0] and all(JOINT in name for name in names[1:])


def find_runs(path: Path, step: str) -> list[Source]:
    """The runs of a file.

    Args:
        path: the file.
        step: the column, or the metric, that counts the steps; empty: see above.

    Raises:
        FormatError: it cannot be read, or has no such column.
    """
    lines, _ = _read_once(path, stamp(path))
    names = cells_of(lines[0]) if lines else []
    runs = list(dict.fromkeys(_parts(name)[0] for name in names)) if "_step" not in names else [""]
    made = []
    for run in (run for run in runs if run or runs == [""]):
        _step_column(names, run, step, path)  # refuse it now
        made.append(Source(PROGRAM, path, (path,), run or path.stem, lambda _, run=run: read_run(path, run, step), run))  # type: ignore[misc]
    return made


def read_run(path: Path, run: str, step: str) -> Logs:
    """What was logged of one run; see `find_runs`.

    Args:
        path: the file.
        run: its name in the columns of a chart; empty: the file is the history of one run.
        step: see `find_runs`.
    """
    logs = Logs()
    lines, torn = _read_once(path, stamp(path))
    logs.lost += torn
    names = cells_of(lines[0]) if lines else []
    at_step = _step_column(names, run, step, path)
    metrics = {at: _parts(name)[1] if run else name for at, name in enumerate(names) if _is_metric(name, run)}
    for cells in csv_rows(lines[1:], len(names), path.name, logs.lost):
        values = {name: value for at, name in metrics.items() if (value := number_in(cells[at])) is not None}
        count = step_in(number_in(cells[at_step]))
        if count is None:
            logs.lost[path.name] += bool(values)
        elif values:
            runtime, timestamp = (_seconds(cells[names.index(name)]) if name in names else None for name in TIMES)
            if logs.began_ms is None and timestamp is not None:
                logs.began_ms = int(1_000 * (timestamp - (runtime or 0.0)))
            logs.metrics.append(Row(count, runtime, values))
    return logs


@lru_cache(1)
def _read_once(path: Path, _seen: Stamp | None) -> tuple[list[str], Counter[str]]:
    """Of a chart with many runs once, not for each of them: its lines, and what is torn."""
    lost = Counter[str]()
    return whole_lines(path, lost), lost


def _seconds(cell: str) -> float | None:
    value = number_in(cell)
    return float(value) if value is not None and 0 <= value < 1e10 else None


def _parts(name: str) -> tuple[str, str]:
    """The run and the metric of a column; no run: it is the x axis."""
    run, joint, metric = name.rpartition(JOINT)
    return (run, metric) if joint else ("", name)


def _is_metric(name: str, run: str) -> bool:
    if run:
        return _parts(name)[0] == run and not name.endswith(TWINS)
    return bool(name) and not name.startswith("_") and name not in STEPS


def _step_column(names: list[str], run: str, chosen: str, path: Path) -> int:
    """Where the column is that counts the steps of a run.

    Raises:
        FormatError: there is none.
    """
    wanted = (chosen,) if chosen else STEPS
    for name in wanted:
        for column in (f"{run}{JOINT}{name}", name) if run else (name,):
            if column in names:
                return names.index(column)
    expected = f"a column {shown(chosen)}" if chosen else f"a column of steps ({', '.join(STEPS)})"
    advice = "Name the column that counts them with --step."
    raise FormatError(f"{path.name} must have {expected}; its columns are {', '.join(map(shown, names[:5]))}. {advice}")
