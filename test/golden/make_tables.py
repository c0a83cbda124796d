"""Writes test/golden/tables: files in the formats of Cell Ranger, AnnData, MuData and Excel, and expected.json.

h5py writes the HDF5 files according to the documents of AnnData and MuData, because anndata is not in Debian.
Run: python3 test/golden/make_tables.py (Debian: python3-numpy, python3-scipy, python3-h5py, python3-openpyxl)
"""

import datetime
import gzip
import json
import pathlib

import h5py
import numpy as np
import openpyxl
import scipy.io
import scipy.sparse

here = pathlib.Path(__file__).parent / "tables"
rng = np.random.default_rng(0)
cells = [f"AAAC{i:03d}-1" for i in range(12)]
genes = ["CD3D", "CD19", "TBCE", "TBCE", "MS4A1"]
ids = [f"ENSG{i:05d}" for i in range(5)]
counts = rng.poisson(1.0, (12, 5)).astype(np.float32)
counts[:, 0] += 1
proteins = rng.poisson(9.0, (12, 2)).astype(np.float32)
expected = {"cells": cells, "counts": counts.tolist(), "proteins": proteins.tolist()}


def gz(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def matrix_market(matrix, **options):
    import io

    target = io.BytesIO()
    scipy.io.mmwrite(target, scipy.sparse.coo_matrix(matrix), **options)
    return target.getvalue().decode()


# Cell Ranger 3 and later write features × barcodes, here with two types of features.
both = np.hstack([counts, proteins]).T.astype(int)
gz(here / "tenx/matrix.mtx.gz", matrix_market(both, field="integer"))
gz(here / "tenx/barcodes.tsv.gz", "\n".join(cells) + "\n")
rows = [f"{i}\t{g}\tGene Expression" for i, g in zip(ids, genes)]
rows += ["CD3\tCD3_TotalSeqB\tAntibody Capture", "CD19\tCD19_TotalSeqB\tAntibody Capture"]
gz(here / "tenx/features.tsv.gz", "\n".join(rows) + "\n")
# Cell Ranger 2 writes genes.tsv and compresses nothing. GEO adds a prefix to the names.
old = here / "geo"
old.mkdir(parents=True, exist_ok=True)
(old / "GSM1_matrix.mtx").write_text(matrix_market(counts.T, field="real", precision=6))
(old / "GSM1_barcodes.tsv").write_text("\n".join(cells) + "\n")
(old / "GSM1_genes.tsv").write_text("\n".join(f"{i}\t{g}" for i, g in zip(ids, genes)) + "\n")
# A file without names has subjects × columns.
(here / "alone.mtx").write_text(matrix_market(counts, field="real", comment="made by scipy"))
symmetric = np.array([[1.5, 0, 2], [0, 0, -3e-5], [2, -3e-5, 4]])
(here / "symmetric.mtx").write_text(matrix_market(symmetric, symmetry="symmetric", field="real", precision=17))
array = open(here / "array.mtx", "wb")
scipy.io.mmwrite(array, symmetric, symmetry="general", precision=17)
array.close()
expected["symmetric"] = symmetric.tolist()

texts = h5py.string_dtype()


def encode(group, kind, version="0.1.0"):
    group.attrs["encoding-type"] = kind
    group.attrs["encoding-version"] = version


def strings(group, name, values):
    encode(group.create_dataset(name, data=np.array(values, dtype=object), dtype=texts), "string-array", "0.2.0")


def categorical(group, name, codes, categories, ordered=False):
    column = group.create_group(name)
    encode(column, "categorical", "0.2.0")
    column.attrs["ordered"] = ordered
    column.create_dataset("codes", data=np.array(codes, dtype=np.int8))
    if isinstance(categories[0], str):
        strings(column, "categories", categories)
    else:
        column.create_dataset("categories", data=np.array(categories))


def frame(parent, name, index, columns, index_name="_index"):
    group = parent.create_group(name)
    encode(group, "dataframe", "0.2.0")
    group.attrs["_index"] = index_name
    group.attrs.create("column-order", np.array(list(columns), dtype=object), dtype=texts)
    strings(group, index_name, index)
    for column, write in columns.items():
        write(group, column)
    return group


def numbers(values, **options):
    return lambda group, name: encode(group.create_dataset(name, data=np.array(values), **options), "array", "0.2.0")


def dense(group, name, matrix, **options):
    encode(group.create_dataset(name, data=matrix, **options), "array", "0.2.0")


def sparse(group, name, matrix, kind="csr"):
    array = group.create_group(name)
    encode(array, f"{kind}_matrix")
    array.attrs["shape"] = np.array(matrix.shape)
    compressed = getattr(scipy.sparse, f"{kind}_matrix")(matrix)
    array.create_dataset("data", data=compressed.data, chunks=True, compression="gzip")
    array.create_dataset("indices", data=compressed.indices.astype(np.int32))
    array.create_dataset("indptr", data=compressed.indptr.astype(np.int64))


unique = ["CD3D", "CD19", "TBCE", "TBCE-1", "MS4A1"]
pca = rng.normal(size=(12, 3))
donors = [0, 0, 0, 0, 1, 1, 1, 1, -1, 2, 2, 2]
depth = np.arange(12) * 10.0


def anndata(parent, matrix, names, x, obs=cells):
    encode(parent, "anndata")
    n = len(obs)

    def nullable(group, name):
        column = group.create_group(name)
        encode(column, "nullable-integer")
        column.create_dataset("values", data=np.arange(n))
        column.create_dataset("mask", data=np.arange(n) == 2)

    frame(
        parent,
        "obs",
        obs,
        {
            "donor": lambda group, name: categorical(group, name, donors[:n], ["d1", "d2", "d3"]),
            "grade": lambda group, name: categorical(group, name, [0, 1, 2] * (n // 3), [1, 2, 3], True),
            "depth": numbers(depth[:n]),
            "doublet": numbers(np.arange(n) % 2 == 1),
            "age": nullable,
        },
    )
    frame(parent, "var", names, {"mean": numbers(matrix.mean(0))}, "gene")
    x(parent, "X", matrix)


with h5py.File(here / "cells.h5ad", "w", libver="earliest") as file:
    anndata(file, counts, unique, sparse)
    layers = file.create_group("layers")
    sparse(layers, "by_gene", counts * 2, "csc")
    dense(layers, "scaled", (counts - 1) / 2, chunks=(5, 2), compression="gzip")
    raw = file.create_group("raw")
    encode(raw, "raw")
    wide = np.hstack([counts, np.ones((12, 1), np.float32)])
    sparse(raw, "X", wide)
    frame(raw, "var", [*unique, "ONE"], {})
    obsm = file.create_group("obsm")
    dense(obsm, "X_pca", pca)
    frame(obsm, "clinic", cells, {"age": numbers(np.arange(12) + 30)})
expected |= {"pca": pca.tolist(), "depth": depth.tolist()}

with h5py.File(here / "dense.h5ad", "w", libver="earliest") as file:
    anndata(file, proteins, ["CD3", "CD19"], dense)

with h5py.File(here / "other.h5ad", "w", libver="earliest") as file:
    file["x"] = np.arange(3)

with h5py.File(here / "cite.h5mu", "w", libver="earliest") as file:
    file.attrs["encoding-type"] = "MuData"
    mod = file.create_group("mod")
    anndata(mod.create_group("rna"), counts, unique, sparse)
    anndata(mod.create_group("prot"), proteins[:9], ["CD3", "CD19"], dense, cells[:9])
    frame(file, "obs", cells, {"batch": numbers(np.arange(12) % 2)})
    obsmap = file.create_group("obsmap")
    obsmap["rna"] = np.arange(1, 13, dtype=np.uint32)
    obsmap["prot"] = np.array([*range(1, 10), 0, 0, 0], dtype=np.uint32)

book = openpyxl.Workbook()
visits = book.active
visits.title = "Visits"
visits.append(["id", "weight", "smoker", "seen", "note", "ratio"])
for i in range(12):
    weight = None if i == 3 else 60 + i / 4
    visits.append([f"s{i}", weight, i % 2 == 0, datetime.date(2024, 3, i + 1), "ok", f"=B{i + 2}/2"])
blood = book.create_sheet("Blood")
blood.append(["id", " iron ", "crp"])
for i in range(12):
    blood.append([f"s{i}", 10 + i * 0.5, "<0.5" if i == 1 else i])
blood.append([None, None, None])
merged = book.create_sheet("Merged")
merged.append(["id", "pressure", None])
merged.append(["s0", 120, 80])
merged.merge_cells("B1:C1")
book.create_sheet("Empty")
book.properties.created = book.properties.modified = datetime.datetime(2024, 1, 1)
book.save(here / "clinic.xlsx")
single = openpyxl.Workbook()
single.active.append(["id", "a"])
single.active.append(["s0", 1])
single.properties.created = single.properties.modified = datetime.datetime(2024, 1, 1)
single.save(here / "single.xlsx")

(here / "expected.json").write_text(json.dumps(expected) + "\n")
