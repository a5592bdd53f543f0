"""The columns of a log to the last digit, for exports: what a line says is what a file gets.

Charts read every number as float64 (see `trainer.run_files.columns`), in which 2⁵³ + 1 does not
exist. Here whole numbers stay whole numbers, whatever their size, and true stays true. The columns
are the same, and each field that holds lists has one too. A column has the first of these types that
holds all its values:

| values | type |
|---|---|
| true and false | bool |
| whole numbers | int64, uint64, a decimal of up to 76 digits, or text |
| numbers | float64 |
| numbers, among them whole ones that float64 cannot hold | text, as short as it can be read back |
| lists of any length | list of one of these; anything in them that is no number is null |
| others (of a table of a page): text, times | text, timestamp in UTC |

What is missing, null or of another kind than its field is null. Whole numbers of a core field that
is a float become floats; nothing but nulls is a column of whole numbers where the core says so, else
of floats.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from .columns import Field, Lines, Schema, count_lines
from .jsonl import JsonlReader

EXACT_IN_FLOATS = 2**53  # every whole number below is a float64 of its own
LONG_NUMBER = re.compile(rb"[0-9]{19}")  # orjson makes a float of a whole number of more than 64 bits
DECIMAL_DIGITS = 76  # Arrow's largest


def exact_columns(log: Path, core: type) -> dict[str, Any]:
    """The columns of a log as Arrow arrays (rows,), by their names; lines that cannot be read are passed over.

    Args:
        log: the file; if it is not there, the columns are empty.
        core: the dataclass of the fields that every row has.
    """
    import pyarrow as pa  # noqa: PLC0415 - the trainer imports this package and must stay small

    schema, reader, rows = Schema(core), JsonlReader(log), 0
    kinds = {name: schema.kinds[one.name] for one in schema.fields for name in one.columns}
    parts: dict[str, list[Any]] = {name: [] for name in schema.names}
    lists: dict[str, list[Any]] = {name: [] for name in schema.lists}
    while lines := reader.read_lines():
        schema.bytes += len(lines)
        made, found = _exactly(lines, schema, rows)
        for name, values in made.items():
            parts.setdefault(name, [pa.nulls(rows)]).append(values)
        for name, values in found.items():
            lists.setdefault(name, [None] * rows).extend(values)
        rows += len(made[schema.names[0]])
    columns = {name: _joined(arrays, kinds.get(name)) for name, arrays in parts.items()}
    return columns | {name: _list_array(found) for name, found in lists.items()}


def exact_array(values: Sequence[Any], kind: type | None = int) -> Any:
    """Values of one column as an Arrow array of the type that holds all of them.

    Args:
        values: numbers, truths, texts, times or None.
        kind: what a column of numbers is meant to be: `int`, or `float` even if all of its values are
            whole; None: what they are.
    """
    import pyarrow as pa  # noqa: PLC0415 - the trainer imports this package and must stay small

    found = {type(value) for value in values if value is not None}
    if not found <= {bool, int, float}:
        return _others(values, found)
    if found <= {bool}:
        empty = {int: pa.int64(), bool: pa.bool_()}.get(kind or float, pa.float64())
        return pa.array(values, pa.bool_() if found else empty)
    whole = found <= {bool, int}
    if whole and kind is not float:
        return _whole_numbers(values)
    if all(map(_is_float, values)):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return _whole_numbers(values) if whole else pa.array([None if value is None else str(value) for value in values], pa.string())


def _is_float(value: float | None) -> bool:
    """Whether a number is one of those of float64; Python compares whole numbers with floats exactly."""
    try:
        return value is None or isinstance(value, float) or float(value) == value
    except OverflowError:
        return False


def _whole_numbers(values: Sequence[int | None]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - see above

    numbers = [None if value is None else int(value) for value in values]
    known = [number for number in numbers if number is not None]
    low, high = min(known), max(known)
    for kind, bounds in ((pa.int64(), (-(2**63), 2**63)), (pa.uint64(), (0, 2**64))):
        if bounds[0] <= low and high < bounds[1]:
            return pa.array(numbers, kind)
    if max(-low, high) < 10**DECIMAL_DIGITS:
        return pa.array([None if number is None else Decimal(number) for number in numbers], pa.decimal256(DECIMAL_DIGITS, 0))
    return pa.array([None if number is None else str(number) for number in numbers], pa.string())


def _others(values: Sequence[Any], found: set[type]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - see above

    if found == {datetime}:
        return pa.array(values, pa.timestamp("us", "UTC"))
    texts = (None if value is None else str(value) for value in values)
    return pa.array([text if text is None else text.encode("utf-8", "replace").decode() for text in texts], pa.string())


Parts = tuple[dict[str, Any], dict[str, list[Any]]]
"""Columns as Arrow arrays, and fields that hold lists as Python lists."""


def _exactly(lines: Lines, schema: Schema, before: int) -> Parts:
    """Lines parsed as they are, else one by one; `before` is how many rows were read before."""
    schema.learn_ends(lines, before + count_lines(lines))
    fast = None if schema.lists else _by_arrow(lines, schema)
    if fast is not None:
        return fast, {}
    rows = list(_rows(lines))
    schema.learn(rows, before + len(rows))
    return _one_by_one(rows, schema), {name: [row.get(name) for row in rows] for name in schema.lists}


def _by_arrow(lines: Lines, schema: Schema) -> dict[str, Any] | None:
    """The columns of lines; None if a line or a number is not what it usually is."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    arrow: dict[type | None, Any] = {bool: pa.bool_(), int: pa.int64()}
    types: dict[str, Any] = {}
    for one in schema.fields:
        kind = arrow.get(schema.kinds[one.name], pa.float64())
        types[one.name] = pa.list_(kind) if one.several else kind
    try:
        table = schema.read_table(lines, types)
        parts = [_exact_parts(one, table[one.name], schema.kinds[one.name]) for one in schema.fields]
        return dict(chain.from_iterable(parts))
    except ValueError:  # Arrow's errors are too
        return None


def _exact_parts(one: Field, column: Any, kind: type | None) -> Iterator[tuple[str, Any]]:
    """The columns of a field.

    Raises:
        ValueError: a number may be a whole one that was rounded, or is none that JSON has.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - see above

    parts = [column]
    if one.several:
        n = len(one.columns)
        whole = pc.fill_null(pc.equal(pc.list_value_length(column), n), fill_value=False)
        parts = [pc.list_element(pc.if_else(whole, column, None), place) for place in range(n)]
    for name, values in zip(one.columns, parts, strict=True):
        if kind is None and values.null_count < len(values):
            raise ValueError("of a kind that is not known yet")
        if kind is float:
            numbers = values.to_numpy()
            if len(numbers) - np.count_nonzero(np.abs(numbers) < EXACT_IN_FLOATS) != values.null_count:
                raise ValueError("perhaps rounded")
        yield name, values


def _rows(lines: Lines) -> Iterator[dict[str, Any]]:
    """The rows that a reader of the log reads too, with every digit."""
    for line in bytes(lines).split(b"\n"):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield json.loads(line) if LONG_NUMBER.search(line) else row


def _one_by_one(rows: Sequence[dict[str, Any]], schema: Schema) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for one in schema.fields:
        kind = schema.kinds[one.name] if one.columns[0] in schema.core_names else None
        n, values = len(one.columns), [row.get(one.name) for row in rows]
        lists = values if one.several else [[value] for value in values]
        parts = [value if isinstance(value, list) and len(value) == n else [None] * n for value in lists]
        for place, name in enumerate(one.columns):
            columns[name] = exact_array([_number(part[place], kind) for part in parts], kind)
    return columns


def _number(value: Any, kind: type | None = None) -> Any:
    """A number of a field; true and false are numbers where numbers are meant."""
    if not isinstance(value, bool | int | float):
        return None
    return int(value) if isinstance(value, bool) and kind in (int, float) else value


def _joined(arrays: Sequence[Any], kind: type | None) -> Any:
    """The pieces of a column as one, of a type that holds them all."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    pieces = [piece for array in arrays for piece in (array.chunks if isinstance(array, pa.ChunkedArray) else [array])]
    types = {piece.type for piece in pieces if piece.null_count < len(piece)}
    if len(types) == 1:
        return pa.chunked_array([piece.cast(*types) for piece in pieces])
    return exact_array([_read_back(value) for piece in pieces for value in piece.to_pylist()], kind)


def _list_array(values: Sequence[Any]) -> Any:
    """Lists of numbers (rows,) as an Arrow array of lists; what is no list is null."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    lists = [value if isinstance(value, list) else None for value in values]
    ends = np.cumsum([0, *(len(one or ()) for one in lists)])
    numbers = exact_array([_number(value) for one in lists if one for value in one], None)
    return pa.LargeListArray.from_arrays(ends, numbers, mask=pa.array([one is None for one in lists], pa.bool_()))


def _read_back(value: Any) -> Any:
    """The number again that a decimal or a text was made of."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, str):
        return int(value) if value.removeprefix("-").isdigit() else float(value)
    return value
