"""JSON lines as columns of numbers: which columns a log has, and two ways to parse it that agree.

A log has the columns of its core fields (a dataclass) from its start, and one more for every named
number (see `trainer.run_files.rows`) from the row in which it first occurs. A column is float64;
what is missing, null or no number is NaN. A core field that is a pair `x` has the columns `x_low`
and `x_high`, a longer tuple `x_1`, `x_2` and so on. A list of any length has none: an export wants
it, and the last digit of every number too (see `trainer.run_files.exact_columns`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np
import orjson
from numpy.typing import NDArray

from .limits import FREE_NUMBERS, MAX_NUMBERS, MAX_ROW_BYTES, NUMBERS_A_BYTE
from .rows import MAX_COLUMNS, NAMED, is_name

Floats = NDArray[np.float64]
Lines = bytes | memoryview
ParseLines = Callable[[Lines], list[dict[str, Any]]]

ARROW_FROM_BYTES = 32 * 1024  # a shorter piece is parsed in Python before Arrow has begun
ARROW_BLOCK_BYTES = 1024 * 1024  # what one of Arrow's threads parses at a time
SLOW_BYTES = 64 * 1024  # of a piece that Arrow refuses are parsed in Python, then more and more
SLOW_GROWTH = 8
COUNTED_BYTES = 256 * 1024  # of lines at a time
NEWLINE = 10
NUMBERS = frozenset({int, float, bool, type(None)})  # NumPy's NaN for None is what is meant


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row: a number, or so many of them."""

    name: str
    columns: tuple[str, ...]

    @property
    def several(self) -> bool:
        """Whether it is a tuple of numbers, with a column for each."""
        return self.columns != (self.name,)


class Schema:
    """The columns of one log, which grow with its rows.

    Args:
        core: the dataclass of the fields that every row has.
        whole: whether the other fields of the rows get columns; else they are passed over.

    Attributes:
        core_names: of the columns of the core fields, which come first.
        names: of all columns.
        fields: those that have columns.
        kinds: the name of a field → `int`, `float`, `bool` or `list`; None while it was only null.
        lists: the names of fields that hold lists of any length.
        left_out: values so far whose names are beyond the limits.
        bytes: of the log so far; how many numbers there may be depends on it.
        full: whether rows were left out because there would be more numbers than that.
    """

    def __init__(self, core: type, *, whole: bool = True) -> None:
        self.fields: list[Field] = []
        self.kinds: dict[str, type | None] = {}
        self.lists: list[str] = []
        self.left_out = self.bytes = 0
        self.full = False
        self.whole = whole
        for one in fields(core):
            if one.name != NAMED:
                self._add_core(one.name, one.type)
        self.names = [name for field in self.fields for name in field.columns]
        self.core_names = tuple(self.names)
        self._taken = {*self.names, *self.kinds}
        self._core_fields = len(self.kinds)

    def grow(self, names: Iterable[str]) -> None:
        """Take the columns that an earlier reader of the same log has found."""
        for name in names:
            if name not in self._taken:
                self._add(name, None)

    def learn(self, rows: Iterable[Mapping[str, Any]], total: int) -> None:
        """Take the columns that are new in parsed rows.

        Args:
            rows: some rows.
            total: how many rows of the log there are with these.
        """
        if self.whole:
            for row in rows:
                for name, value in row.items():
                    if self.kinds.get(name) is None:
                        self._meet(name, value, total)

    def of_rows(self, rows: list[dict[str, Any]]) -> dict[str, Floats]:
        """The columns (rows,) of parsed rows, as far as they are known."""
        columns: dict[str, Floats] = {}
        for one in self.fields:
            values = [row.get(one.name) for row in rows]
            columns |= _parts(one, values) if one.several else {one.name: _numbers(values)}
        return columns

    def blocks(self, lines: Lines, parse: ParseLines, before: int) -> Iterator[dict[str, Floats]]:
        """The columns of lines as they are, piece by piece; each may have more than the one before.

        Args:
            lines: whole lines.
            parse: parses them one by one and counts bad ones; used where Arrow refuses a piece.
            before: how many rows of the log were read before.
        """
        rest, size = memoryview(lines), SLOW_BYTES
        self.bytes += len(rest)
        while rest:
            end = len(rest)
            if end < ARROW_FROM_BYTES or (made := self._by_arrow(rest, before)) is None:
                end = end_of_line(rest, size)
                rows = parse(rest[:end])
                self.learn(rows, before + len(rows))
                made = self.of_rows(rows) if self._has_room(before + len(rows)) else None
                size *= SLOW_GROWTH
            if made is None:
                return
            yield made
            before += len(made[self.names[0]])
            rest = rest[end:]

    def learn_ends(self, lines: Lines, total: int) -> None:
        """Learn from the first and the last of some lines: of most pieces these have every field."""
        left_out = self.left_out  # who parses these lines counts
        last = bytes(lines[-MAX_ROW_BYTES:]).rstrip(b"\n").rpartition(b"\n")[2]
        for line in (bytes(lines[:MAX_ROW_BYTES]).partition(b"\n")[0], last):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            self.learn([row] if isinstance(row, dict) else [], total)
        self.left_out = left_out

    def read_table(self, lines: Lines, types: Mapping[str, Any]) -> Any:
        """Lines as an Arrow table, parsed fast.

        Args:
            lines: whole lines.
            types: the name of every field → its Arrow type.

        Raises:
            ValueError: a line is not one JSON object with values of these types, or has another
                field although all of them are wanted.
        """
        import pyarrow as pa  # noqa: PLC0415 - the trainer imports this module and must stay small
        from pyarrow import json  # noqa: PLC0415 - see above

        unknown = "error" if self.whole else "ignore"
        schema = pa.schema(list(types.items()))
        table = json.read_json(
            pa.BufferReader(lines),
            json.ReadOptions(block_size=ARROW_BLOCK_BYTES),
            json.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unknown),
        )
        if table.num_rows != count_lines(lines):
            raise ValueError("not one object a line")
        return table

    def _by_arrow(self, lines: Lines, before: int) -> dict[str, Floats] | None:
        """The columns; None if a line is not one JSON object with numbers where they belong."""
        import pyarrow as pa  # noqa: PLC0415 - see above
        import pyarrow.compute as pc  # noqa: PLC0415 - see above

        total = before + count_lines(lines)
        self.learn_ends(lines, total)
        if not self._has_room(total):
            return None
        number, kinds, columns = pa.float64(), self.kinds, dict[str, Floats]()
        types = {one.name: pa.bool_() if kinds[one.name] is bool else number for one in self.fields}
        types |= {one.name: pa.list_(number) for one in self.fields if one.several}
        lists = self.lists if self.whole else []
        types |= dict.fromkeys(lists, pa.list_(number))
        try:
            table = self.read_table(lines, types)
            for name in lists:
                _finite(pc.list_flatten(table[name]))
            for one in self.fields:
                if one.several:
                    columns |= _of_lists(one, table[one.name])
                elif kinds[one.name] is list:  # where there was null before
                    columns[one.name] = np.full(table.num_rows, np.nan)
                else:
                    columns[one.name] = _finite(table[one.name].cast(number))
        except ValueError:  # Arrow's errors are too
            return None
        return columns

    def _has_room(self, rows: int) -> bool:
        self.full = self.full or not self._fits(rows, len(self.names))
        return not self.full

    def _fits(self, rows: int, columns: int) -> bool:
        core = rows * len(self.core_names)
        most = min(MAX_NUMBERS, max(core, FREE_NUMBERS + NUMBERS_A_BYTE * self.bytes))
        return rows * columns <= most

    def _add_core(self, name: str, kind: Any) -> None:
        if get_origin(kind) in (Union, UnionType):  # perhaps null
            kind = get_args(kind)[0]
        origin, parts = get_origin(kind), get_args(kind)
        self.kinds[name] = list if origin is list else parts[0] if origin is tuple else kind
        if origin is list:
            self.lists.append(name)
            return
        ends = ("low", "high") if len(parts) == 2 else range(1, len(parts) + 1)
        self.fields.append(Field(name, tuple(f"{name}_{end}" for end in ends) or (name,)))

    def _meet(self, name: str, value: Any, total: int) -> None:
        """A field that is new, or was only null so far."""
        kind = None if value is None else type(value)
        if kind not in (None, int, float, bool, list):
            return
        if name not in self.kinds and not self._may_take(name, total):
            self.left_out += 1
        elif kind is list:
            self.kinds[name] = list
            self.lists.append(name)
        elif name in self.kinds:
            self.kinds[name] = kind
        else:
            self._add(name, kind)

    def _may_take(self, name: str, total: int) -> bool:
        within = len(self.kinds) - self._core_fields < MAX_COLUMNS and is_name(name)
        return within and name not in self._taken and self._fits(total, len(self.names) + 1)

    def _add(self, name: str, kind: type | None) -> None:
        self.kinds[name] = kind
        self.fields.append(Field(name, (name,)))
        self.names.append(name)
        self._taken.add(name)


def count_lines(lines: Lines) -> int:
    """How many whole lines there are; looked at in parts, as the memory of a long answer takes longer than the answer."""
    content = np.frombuffer(lines, np.uint8)
    parts = range(0, len(content), COUNTED_BYTES)
    return sum(int(np.count_nonzero(content[start : start + COUNTED_BYTES] == NEWLINE)) for start in parts)


def end_of_line(lines: memoryview, size: int) -> int:
    """Where the line ends that holds a place; the end of all if the place is beyond."""
    while size < len(lines):
        found = bytes(lines[size - 1 : 2 * size]).find(b"\n")
        if found >= 0:
            return size + found
        size *= 2
    return len(lines)


def _numbers(values: list[Any]) -> Floats:
    """NaN for what is no number; the usual case in one call."""
    if NUMBERS.issuperset(map(type, values)):
        return np.array(values, np.float64)
    numbers = [value if isinstance(value, int | float) else np.nan for value in values]
    return np.array(numbers, np.float64)


def _parts(one: Field, values: list[Any]) -> dict[str, Floats]:
    n = len(one.columns)
    lists = (value if isinstance(value, list) and len(value) == n else [None] * n for value in values)
    table = _numbers([part for parts in lists for part in parts]).reshape(len(values), n)
    return {name: table[:, place].copy() for place, name in enumerate(one.columns)}


def _of_lists(one: Field, column: Any) -> dict[str, Floats]:
    import pyarrow.compute as pc  # noqa: PLC0415 - the trainer imports this module and must stay small

    n = len(one.columns)
    _finite(pc.list_flatten(column))
    whole = pc.fill_null(pc.equal(pc.list_value_length(column), n), fill_value=False)
    table = np.full((len(column), n), np.nan)
    table[whole.to_numpy()] = pc.list_flatten(column.filter(whole)).to_numpy().reshape(-1, n)
    return {name: table[:, place].copy() for place, name in enumerate(one.columns)}


def _finite(column: Any) -> Floats:
    """The numbers of an Arrow column, NaN for nulls; NaN and infinities are no JSON, but numbers to Arrow."""
    values: Floats = column.to_numpy()
    if len(values) - np.count_nonzero(np.isfinite(values)) != column.null_count:
        raise ValueError("not JSON")
    return values
