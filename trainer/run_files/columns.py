"""JSON lines as columns of numbers: which columns a row type has, and two ways to parse them that agree.

Every field of the row type is a column of float64; what is missing, null or no number is NaN. A pair `x` is the columns `x_low` and
`x_high`, a longer tuple of a fixed length `x_1`, `x_2` and so on; any other list is left out. An export wants these too, and the last
digit of every number: see `trainer.run_files.exact_columns`.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ARROW_FROM_BYTES = 32 * 1024  # it parses a long piece faster and in less memory; a short one is done before it has begun
ARROW_BLOCK_BYTES = 1024 * 1024  # what one of its threads parses at a time
NEWLINE = 10
NUMBERS = frozenset({int, float, bool, type(None)})  # NumPy's NaN for None is what is meant


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row: a number, or so many of them."""

    name: str
    columns: tuple[str, ...]
    kind: type
    """`int`, `float` or `bool`: what its numbers are meant to be."""

    @property
    def several(self) -> bool:
        """Whether it is a tuple of numbers, with a column for each."""
        return self.columns != (self.name,)


@functools.cache
def column_parser(row_type: type) -> "ColumnParser":
    """The parser of a row type, one for all logs."""
    return ColumnParser(row_type)


class ColumnParser:
    """Makes columns of the rows of one type.

    Args:
        row_type: the dataclass of the rows.

    Attributes:
        fields: of the rows, those that have columns.
        names: of the columns.
        lists: the fields that are lists of any length, which have no columns: name → `int`, `float` or `bool`.
    """

    def __init__(self, row_type: type) -> None:
        described = (_field(one.name, one.type) for one in fields(row_type))
        self.fields = [one for one in described if one is not None]
        self.lists: dict[str, type] = {one.name: get_args(one.type)[0] for one in fields(row_type) if _is_list(one.type)}
        self.names = tuple(name for one in self.fields for name in one.columns)

    def of_rows(self, rows: list[dict[str, Any]]) -> dict[str, Floats]:
        """The columns (rows,) of parsed rows."""
        columns: dict[str, Floats] = {}
        for one in self.fields:
            values = [row.get(one.name) for row in rows]
            if one.several:
                columns |= _parts(one, values)
            else:
                columns[one.name] = _numbers(values)
        return columns

    def of_lines(self, lines: bytes | memoryview, slowly: Callable[[bytes | memoryview], list[dict[str, Any]]]) -> dict[str, Floats]:
        """The columns of lines as they are.

        Args:
            lines: whole lines.
            slowly: parses them one by one and counts bad ones; used for a short piece and for one that is not all well.
        """
        fast = self._by_arrow(lines) if len(lines) >= ARROW_FROM_BYTES else None
        return self.of_rows(slowly(lines)) if fast is None else fast

    def _by_arrow(self, lines: bytes | memoryview) -> dict[str, Floats] | None:
        """The columns, or None if a line is not one JSON object with numbers where they belong."""
        import pyarrow as pa  # noqa: PLC0415 - the trainer imports this module and must stay small

        number = pa.float64()
        types = {one.name: pa.list_(number) if one.several else pa.bool_() if one.kind is bool else number for one in self.fields}
        try:
            table = read_table(lines, types)
            columns: dict[str, Floats] = {}
            for one in self.fields:
                columns |= _of_lists(one, table[one.name]) if one.several else {one.name: _of_scalars(table[one.name], one)}
        except ValueError:  # Arrow's errors are too
            return None
        return columns


def read_table(lines: bytes | memoryview, types: Mapping[str, Any]) -> Any:
    """Lines as an Arrow table, parsed fast.

    Args:
        lines: whole lines.
        types: the name of a field → its Arrow type; other fields are passed over.

    Raises:
        ValueError: a line is not one JSON object with values of these types.
    """
    import pyarrow as pa  # noqa: PLC0415 - the trainer imports this module and must stay small
    from pyarrow import json  # noqa: PLC0415 - see above

    table = json.read_json(
        pa.BufferReader(lines),
        json.ReadOptions(block_size=ARROW_BLOCK_BYTES),
        json.ParseOptions(explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="ignore"),
    )
    if table.num_rows != np.count_nonzero(np.frombuffer(lines, np.uint8) == NEWLINE):
        raise ValueError("not one object a line")
    return table


def _field(name: str, kind: Any) -> Field | None:
    if get_origin(kind) in (Union, UnionType):  # perhaps null
        kind = get_args(kind)[0]
    if _is_list(kind):
        return None
    if get_origin(kind) is not tuple:
        return Field(name, (name,), kind)
    parts = len(get_args(kind))
    ends = ("low", "high") if parts == 2 else range(1, parts + 1)
    return Field(name, tuple(f"{name}_{end}" for end in ends), get_args(kind)[0])


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list or get_args(kind)[-1:] == (Ellipsis,)


def _numbers(values: list[Any]) -> Floats:
    """NaN for what is no number; the usual case in one call."""
    if NUMBERS.issuperset(map(type, values)):
        return np.array(values, np.float64)
    return np.array([value if isinstance(value, int | float) else np.nan for value in values], np.float64)


def _parts(one: Field, values: list[Any]) -> dict[str, Floats]:
    n = len(one.columns)
    parts = [part for value in values for part in (value if isinstance(value, list) and len(value) == n else [None] * n)]
    table = _numbers(parts).reshape(len(values), n)
    return {name: table[:, place].copy() for place, name in enumerate(one.columns)}


def _of_scalars(column: Any, one: Field) -> Floats:
    return _finite(column.cast("float64") if one.kind is bool else column)


def _of_lists(one: Field, column: Any) -> dict[str, Floats]:
    import pyarrow.compute as pc  # noqa: PLC0415 - see above

    n = len(one.columns)
    _finite(pc.list_flatten(column))
    whole = pc.fill_null(pc.equal(pc.list_value_length(column), n), fill_value=False)
    table = np.full((len(column), n), np.nan)
    table[whole.to_numpy()] = pc.list_flatten(column.filter(whole)).to_numpy().reshape(-1, n)
    return {name: table[:, place].copy() for place, name in enumerate(one.columns)}


def _finite(column: Any) -> Floats:
    """The numbers of an Arrow column, NaN for nulls; NaN and infinities are numbers to Arrow, but not JSON."""
    values: Floats = column.to_numpy()
    if len(values) - np.count_nonzero(np.isfinite(values)) != column.null_count:
        raise ValueError("not JSON")
    return values
