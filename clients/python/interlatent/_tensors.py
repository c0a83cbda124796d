"""Reads files of weights."""

from __future__ import annotations

import json
import os
import struct
from typing import Dict, Union

import numpy as np

from ._errors import InputError

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}


def read_safetensors(path: Union[str, os.PathLike]) -> Dict[str, np.ndarray]:
    """Returns the tensors of a .safetensors file by name. Raises InputError `damaged-file`, `unsupported-type`."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        (length,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + length].decode("utf-8"))
        data = content[8 + length :]
    except (struct.error, ValueError) as error:
        raise InputError("damaged-file", f"{path} is not a safetensors file.", {"path": str(path)}) from error
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in _TYPES:
            raise InputError(
                "unsupported-type", f"{path}: NumPy has no type for {name} ({entry['dtype']}).", {"path": str(path)}
            )
        start, end = entry["data_offsets"]
        if not 0 <= start <= end <= len(data):
            raise InputError("damaged-file", f"{path}: {name} is truncated.", {"path": str(path)})
        tensors[name] = np.frombuffer(data[start:end], dtype=_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors
