"""Studies of data in memory, written to a folder that the program reads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

from ._errors import InputError
from ._table import Table, write_csv
from ._temporary import TemporaryFolder

PathLike = Union[str, os.PathLike]
_ID = "id"


class Study:
    """A study file. One of data in memory is in a temporary folder, which exists as long as this object."""

    def __init__(self, path: PathLike, folder: Optional[TemporaryFolder] = None) -> None:
        self.path = Path(path)
        self._folder = folder

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Study({str(self.path)!r})"


def study(
    data: Mapping[str, Any],
    latents: Union[int, Mapping[str, int]],
    *,
    name: str = "study",
    ids: Optional[Sequence[Any]] = None,
    modalities: Optional[Mapping[str, Mapping[str, Any]]] = None,
    tables: Optional[Mapping[str, Any]] = None,
    folder: Optional[PathLike] = None,
    **keys: Any,
) -> Study:
    """Writes data in memory as a study.

    `data` is a MuData, or has a table by modality: a data frame whose index has the ids, an AnnData, or a matrix of
    subjects × columns. A Table, a dictionary of columns with the ids as `id`, and the path of a file are tables too.
    `ids` names the rows of tables that have no ids. `latents` is the number of latents, for all modalities or by name.

    `modalities` has more keys of the study file by modality. `tables` has more tables, which are written as NAME.csv for
    keys such as `causes`. `keys` are all other keys of the study file (docs/reference/study-keys.md).
    """
    temporary = TemporaryFolder() if folder is None else None
    where = temporary.path if temporary else Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    sources = _modalities_of(data)
    content: Dict[str, Any] = {"study": name, "id": _ID, **keys, "modalities": {}}
    for modality, source in sources.items():
        entry: Dict[str, Any] = {"table": _write(where, modality, source, ids)}
        entry["latents"] = latents if isinstance(latents, int) else latents[modality]
        content["modalities"][modality] = {**entry, **(modalities or {}).get(modality, {})}
    for table, source in (tables or {}).items():
        _write_columns(where / f"{table}.csv", frame_of(source, ids, table))
    path = where / "study.json"
    path.write_text(json.dumps(content, indent=2, default=_plain), encoding="utf-8")
    return Study(path, temporary)


def as_study(source: Any, latents: Any = None, **keys: Any) -> Study:
    """Returns the study that a path, a Study or data in memory stands for."""
    if isinstance(source, Study):
        return source
    if isinstance(source, (str, os.PathLike)):
        return Study(source)
    if latents is None:
        raise InputError(
            "invalid-option", "Data in memory need the number of latents: latents=2, or a number for each modality."
        )
    return study(source, latents, **keys)


class Frame(NamedTuple):
    """The table of a modality in memory."""

    ids: List[str]
    columns: Dict[str, np.ndarray]


def frames_of(data: Any, ids: Optional[Sequence[Any]] = None) -> Dict[str, Frame]:
    """Returns the tables of all modalities of data in memory."""
    return {name: frame_of(source, ids, name) for name, source in _modalities_of(data).items()}


def frame_of(source: Any, ids: Optional[Sequence[Any]], name: str) -> Frame:
    """Returns a table in memory as columns of numbers or texts. Raises InputError `invalid-columns`."""
    if hasattr(source, "obs_names") and hasattr(source, "var_names"):
        values = source.X.toarray() if hasattr(source.X, "toarray") else np.asarray(source.X)
        return _matrix(values, source.obs_names, list(source.var_names))
    if hasattr(source, "iloc") and hasattr(source, "columns"):
        columns = {str(title): _array(source.iloc[:, at]) for at, title in enumerate(source.columns)}
        if len(columns) != source.shape[1]:
            raise InputError("duplicate-column", f"{name}: two columns have the same name.", {"modality": name})
        names = columns.pop(_ID) if _ID in columns else source.index
        return Frame([str(one) for one in names], columns)
    if isinstance(source, Table):
        source = source.to_dict()
    if isinstance(source, Mapping):
        columns = {str(title): _array(values) for title, values in source.items()}
        rows = len(next(iter(columns.values()), ()))
        names = columns.pop(_ID) if _ID in columns else _row_names(ids, rows, name)
        if any(len(values) != len(names) for values in columns.values()):
            raise InputError("invalid-columns", f"{name}: the columns have different lengths.", {"modality": name})
        return Frame([str(one) for one in names], columns)
    values = np.asarray(source)
    if values.ndim != 2 or values.dtype.kind not in "fiub":
        raise InputError(
            "invalid-columns",
            f"{name} is a {type(source).__name__}. Give a data frame, an AnnData, columns by name, or a matrix of "
            "numbers, subjects × columns.",
            {"modality": name},
        )
    titles = [f"x{i + 1}" for i in range(values.shape[1])]
    return _matrix(values, _row_names(ids, len(values), name), titles)


def _modalities_of(data: Any) -> Dict[str, Any]:
    if hasattr(data, "mod") and not isinstance(data, Mapping):
        return dict(data.mod)
    if not isinstance(data, Mapping):
        raise InputError("invalid-dataset", "Give a table for each modality: {'proteins': …, 'clinic': …}.")
    return dict(data)


def _matrix(values: np.ndarray, ids: Any, titles: Sequence[Any]) -> Frame:
    columns = {str(title): values[:, at] for at, title in enumerate(titles)}
    if len(columns) != values.shape[1]:
        raise InputError("duplicate-column", "Two columns have the same name.")
    return Frame([str(one) for one in ids], columns)


def _row_names(ids: Optional[Sequence[Any]], rows: int, name: str) -> Sequence[Any]:
    if ids is None:
        return [f"s{i + 1}" for i in range(rows)]
    if len(ids) != rows:
        raise InputError("invalid-columns", f"{name} has {rows} rows, but there are {len(ids)} ids.", {"modality": name})
    return ids


def _array(values: Any) -> np.ndarray:
    """Returns a column as float64, or as objects with None for a missing text."""
    dtype = getattr(values, "dtype", None)
    if dtype is not None and not isinstance(dtype, np.dtype):
        # A categorical or another extension type of pandas.
        values = np.asarray(values, dtype=object)
    array = np.asarray(values)
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    cells = [None if _is_missing(cell) else cell for cell in array.tolist()]
    if all(cell is None or isinstance(cell, (int, float)) for cell in cells):
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    return np.array([None if cell is None else str(cell) for cell in cells], dtype=object)


def _is_missing(cell: Any) -> bool:
    """True for None, NaN, NaT, and the missing value of pandas, which has no truth value."""
    return cell is None or str(cell) == "<NA>" or cell != cell


def _write(where: Path, modality: str, source: Any, ids: Optional[Sequence[Any]]) -> str:
    """Writes the table of a modality. Returns its path for the study file."""
    if isinstance(source, (str, os.PathLike)):
        return str(Path(source).resolve())
    frame = frame_of(source, ids, modality)
    if any(values.dtype.kind != "f" for values in frame.columns.values()):
        _write_columns(where / f"{modality}.csv", frame)
        return f"{modality}.csv"
    # A matrix of numbers keeps its bits and is read quickly.
    values = np.column_stack(list(frame.columns.values())) if frame.columns else np.empty((len(frame.ids), 0))
    np.savez(
        where / f"{modality}.npz",
        **{_ID: np.array(frame.ids, dtype=str), "x": values, "columns": np.array(list(frame.columns), dtype=str)},
    )
    return f"{modality}.npz"


def _write_columns(path: Path, frame: Frame) -> None:
    write_csv(path, {_ID: np.array(frame.ids, dtype=object), **frame.columns})


def _plain(value: Any) -> Any:
    """Returns numbers and arrays of NumPy as JSON."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{value!r} is not possible in a study file")
