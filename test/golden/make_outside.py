"""Writes AnnData files whose matrix is in another file, in each of the four ways of HDF5: test/golden/tables/outside-*.

Run: python3 test/golden/make_outside.py (Debian: python3-h5py)
"""

from pathlib import Path

import h5py
import numpy as np

here = Path(__file__).parent / "tables"
texts = h5py.string_dtype()
values = np.arange(12.0).reshape(4, 3)


def frame(file, name, index):
    group = file.create_group(name)
    group.attrs["encoding-type"] = "dataframe"
    group.attrs["encoding-version"] = "0.2.0"
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = np.array([], dtype=texts)
    group.create_dataset("_index", data=index, dtype=texts)


def write(name, x):
    with h5py.File(here / f"outside-{name}.h5ad", "w", libver="earliest") as file:
        file.attrs["encoding-type"] = "anndata"
        file.attrs["encoding-version"] = "0.1.0"
        frame(file, "obs", ["c1", "c2", "c3", "c4"])
        frame(file, "var", ["g1", "g2", "g3"])
        x(file)


def virtual(source, dataset):
    def x(file):
        file["own"] = values
        layout = h5py.VirtualLayout((4, 3), "f8")
        layout[:] = h5py.VirtualSource(source, dataset, (4, 3))
        file.create_virtual_dataset("X", layout)

    return x


def soft(target, link=None):
    def x(file):
        if link is None:
            file["own"] = values
        else:
            file["other"] = link
        file["X"] = h5py.SoftLink(target)

    return x


with h5py.File(here / "outside.h5", "w", libver="earliest") as file:
    file["X"] = values
outside = h5py.ExternalLink("outside.h5", "/X")
write("link", lambda file: file.__setitem__("X", outside))
write("soft-link", soft("/other", outside))
write("storage", lambda file: file.create_dataset("X", (4, 3), "f8", external=[("outside.h5", 0, 96)]))
write("virtual", virtual("outside.h5", "X"))
write("virtual-missing", virtual("nowhere.h5", "X"))
# Links within the file are read.
write("none-virtual", virtual(".", "own"))
write("none-soft-link", soft("/own"))
