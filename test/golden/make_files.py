"""Writes files for test/files/files.test.ts: arrays that NumPy saves, one safetensors file, and their values in
expected.json. Run with NumPy: python3 test/golden/make_files.py"""

import json
import struct
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "files"

ARRAYS = {
    "f8": np.array([[0.1, -2.5, 1e300], [5e-324, 0.0, np.pi]]),
    "f4_fortran": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4) / 7),
    "f8_big_endian": np.array([1.5, -0.25, 1e-10], dtype=">f8"),
    "i1": np.array([-128, 0, 127], dtype="i1"),
    "i2_big_endian": np.array([[-32768, 5], [7, 32767]], dtype=">i2"),
    "i4": np.array([-2147483648, 2147483647], dtype="<i4"),
    "i8": np.array([-9223372036854775808, 9223372036854775807], dtype="<i8"),
    "u1": np.array([0, 255], dtype="u1"),
    "u2": np.array([0, 65535], dtype="<u2"),
    "u4_big_endian": np.array([0, 4294967295], dtype=">u4"),
    "u8": np.array([0, 18446744073709551615], dtype="<u8"),
    "b1": np.array([True, False, True]),
    "texts": np.array(["s1", "Zürich", "", "日本", "😀 two"]),
    "texts_fortran": np.asfortranarray(np.array([["a", "bb"], ["ccc", "d"]])),
    "bytes": np.array([b"SEQN", b"7", b""]),
    "scalar": np.array(3.25),
    "empty": np.zeros((0, 3)),
}


def plain(value):
    """Returns a value for JSON: bytes as text, and integers beyond 2**53 as text, because JSON numbers round them."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (np.integer, int)) and not isinstance(value, bool):
        return str(int(value)) if abs(int(value)) > 2**53 else int(value)
    return value


def save(name, array, version=None):
    with open(FOLDER / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def main():
    FOLDER.mkdir(exist_ok=True)
    expected = {}
    for name, array in ARRAYS.items():
        save(name, array)
        values = [plain(v) for v in array.ravel(order="C").tolist()]
        expected[name] = {"shape": list(array.shape), "values": values}
    save("version2", ARRAYS["f8"], (2, 0))
    save("version3", ARRAYS["texts"], (3, 0))
    expected["version2"] = expected["f8"]
    expected["version3"] = expected["texts"]

    table = {"id": np.array(["a", "b", "c"]), "x": np.arange(6.0).reshape(3, 2), "age": np.array([30, 41, 52])}
    np.savez(FOLDER / "stored.npz", **table)
    np.savez_compressed(FOLDER / "deflated.npz", **table)

    # The layout is that of the safetensors library: spaces pad the header to a multiple of 8.
    tensors = {"w": np.array([[1.5, -2], [0.25, 8]], "<f4"), "n": np.array([-5, 2**40], "<i8"), "s": np.array(7.0)}
    header, data = {"__metadata__": {"made": "by hand"}}, b""
    for name, (kind, key) in {"n": ("I64", "n"), "s": ("F64", "s"), "w": ("F32", "w")}.items():
        raw = tensors[key].tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": kind, "shape": list(tensors[key].shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (FOLDER / "weights.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)

    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
