"""Tables that the program reads and writes."""

from __future__ import annotations

import csv
import html
import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Union

import numpy as np

from ._errors import InputError

_SHOWN_ROWS = 12


class Table:
    """Columns of equal length by name: `table["q"]` is an array. `to_pandas()` returns a data frame.

    A table of results also has a `title`, `notes` and `warnings` for its reader, and `descriptions` of its columns.
    """

    def __init__(
        self,
        columns: Mapping[str, Any],
        *,
        title: str = "",
        notes: Sequence[str] = (),
        warnings: Sequence[str] = (),
        descriptions: Optional[Mapping[str, str]] = None,
    ) -> None:
        self._columns = {name: np.asarray(values) for name, values in columns.items()}
        lengths = {len(values) for values in self._columns.values()}
        if len(lengths) > 1:
            raise InputError("invalid-columns", "The columns of a table have different lengths.")
        self.title = title
        self.notes = list(notes)
        self.warnings = list(warnings)
        self.descriptions = dict(descriptions or {})

    @property
    def names(self) -> List[str]:
        """Names of the columns."""
        return list(self._columns)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._columns:
            raise KeyError(f"{name}: the columns are {', '.join(self.names)}")
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(next(iter(self._columns.values()), ()))

    def rows(self) -> List[Dict[str, Any]]:
        """Returns a dictionary for each row."""
        lists = {name: values.tolist() for name, values in self._columns.items()}
        return [{name: values[i] for name, values in lists.items()} for i in range(len(self))]

    def to_dict(self) -> Dict[str, np.ndarray]:
        return dict(self._columns)

    def to_numpy(self, names: Optional[Sequence[str]] = None) -> np.ndarray:
        """Returns the columns, or all columns of numbers, as a matrix of rows × columns."""
        chosen = self.number_names if names is None else names
        if not chosen:
            return np.empty((len(self), 0))
        return np.column_stack([self[name] for name in chosen])

    @property
    def number_names(self) -> List[str]:
        """Names of the columns that are numbers."""
        return [name for name, values in self._columns.items() if values.dtype.kind in "fiub"]

    def to_pandas(self, index: Optional[str] = None) -> Any:
        """Returns a data frame. `index` is the column of the row names; by default there is none."""
        import pandas

        frame = pandas.DataFrame(self._columns)
        return frame if index is None else frame.set_index(index)

    def to_csv(self, path: Union[str, os.PathLike]) -> None:
        """Writes the table. An empty cell is a missing value."""
        write_csv(path, self._columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table) or other.names != self.names:
            return NotImplemented if not isinstance(other, Table) else False
        return all(_same(self[name], other[name]) for name in self.names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        cells = [[_text(value) for value in self[name][:_SHOWN_ROWS].tolist()] for name in self.names]
        widths = [max([len(name), *map(len, column)]) for name, column in zip(self.names, cells)]
        lines = [self.title] if self.title else []
        lines.append("  ".join(name.ljust(width) for name, width in zip(self.names, widths)).rstrip())
        for row in zip(*cells):
            lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if len(self) > _SHOWN_ROWS:
            lines.append(f"… {len(self)} rows")
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th title="{html.escape(self.descriptions.get(name, ""))}">{html.escape(name)}</th>' for name in self.names
        )
        shown = [self[name][: 5 * _SHOWN_ROWS].tolist() for name in self.names]
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_text(value))}</td>" for value in row) + "</tr>" for row in zip(*shown)
        )
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        more = f"<p>{len(self)} rows</p>" if len(self) > 5 * _SHOWN_ROWS else ""
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}{notes}"


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    numbers = one.dtype.kind == "f" and other.dtype.kind == "f"
    return bool(np.array_equal(one, other, equal_nan=True) if numbers else np.array_equal(one, other))


def read_table(path: Union[str, os.PathLike], texts: Sequence[str] = ("id",)) -> Table:
    """Returns the table of a .csv or .npz file.

    `texts` names columns of a .csv file that remain texts, such as ids of digits. Other columns are numbers if all of
    their cells are numbers or empty.
    """
    name = os.fspath(path)
    if name.endswith(".npz"):
        with np.load(name, allow_pickle=False) as archive:
            return Table({key: archive[key] for key in archive.files})
    with open(name, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    if not rows:
        raise InputError("empty-table", f"{name} is empty.", {"path": name})
    header, cells = rows[0], [row for row in rows[1:] if row]
    columns = list(zip(*cells)) if cells else [()] * len(header)
    return Table({title: _values(column, title in texts) for title, column in zip(header, columns)})


def _values(cells: Iterable[str], as_text: bool) -> np.ndarray:
    cells = list(cells)
    if not as_text:
        try:
            return np.array([float(cell) if cell != "" else np.nan for cell in cells])
        except ValueError:
            pass
    return np.array(cells, dtype=str)


def result_table(content: Mapping[str, Any]) -> Table:
    """Returns a table of results as the program prints it."""
    columns: Dict[str, Any] = {}
    for at, column in enumerate(content["columns"]):
        cells = [row[at] for row in content["rows"]]
        if column["kind"] == "number":
            columns[column["name"]] = np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
        else:
            columns[column["name"]] = np.array(["" if cell is None else cell for cell in cells], dtype=str)
    return Table(
        columns,
        title=content.get("title", ""),
        notes=content.get("notes", ()),
        descriptions={column["name"]: column.get("description", "") for column in content["columns"]},
    )


def records_table(records: Sequence[Mapping[str, Any]], warnings: Sequence[Mapping[str, Any]] = ()) -> Table:
    """Returns a table with a column for each key of the records."""
    names = list(records[0]) if records else []
    columns = {name: np.array([record[name] for record in records]) for name in names}
    return Table(columns, warnings=[warning["text"] for warning in warnings])


def write_csv(path: Union[str, os.PathLike], columns: Mapping[str, Any]) -> None:
    lists = [np.asarray(values).tolist() for values in columns.values()]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(list(columns))
        writer.writerows([_cell(value) for value in row] for row in zip(*lists))


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
