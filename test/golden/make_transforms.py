#!/usr/bin/python3
"""Writes transforms.json, expected values for test/data/wide-data.test.ts, with NumPy and SciPy.

Run: python3 test/golden/make_transforms.py

cpm follows edgeR's cpm(y, log = TRUE, prior.count = 2), with the mean library size of the training split. clr uses
geometric means. Rank-normal scores come from rankdata, interp and norm.ppf. Rows before `train` are the training split.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import gmean, norm, rankdata

rng = np.random.default_rng(47)
rows, columns, train = 20, 6, 14
counts = rng.poisson(np.array([[0.7, 2, 5, 12, 40, 150]]) * rng.uniform(0.3, 2, size=(rows, 1)))

library = counts.sum(axis=1)
prior = library / library[:train].mean() * 2
cpm = np.log2((counts + prior[:, None]) / (library + 2 * prior)[:, None] * 1e6)

composition = np.where(counts == 0, counts[:train][counts[:train] > 0].min() / 2, counts.astype(float))
clr = np.log(composition / gmean(composition, axis=1)[:, None])


def rank_normal(column):
    known = column[:train]
    knots, first = np.unique(known, return_index=True)
    places = np.interp(column, knots, rankdata(known)[first])
    return norm.ppf((places - 0.375) / (train + 0.25))


rank = np.column_stack([rank_normal(counts[:, c].astype(float)) for c in range(columns)])

golden = {
    "train": train,
    "counts": counts.tolist(),
    "cpm": cpm.tolist(),
    "clr": clr.tolist(),
    "rank": rank.tolist(),
    "log1p": np.log1p(counts).tolist(),
    "arcsinh": np.arcsinh(counts / 5).tolist(),
}
Path(__file__).with_name("transforms.json").write_text(json.dumps(golden) + "\n")
print({name: np.round(values[0], 3).tolist() for name, values in golden.items() if name != "train"})
print("zeros", int((counts == 0).sum()))
