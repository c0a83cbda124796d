#!/usr/bin/python3
"""Held-out R² of linear methods in scikit-learn beside a fit of ours, on the same split: the table of docs/results/wide.md.

    npm run build:ts && python3 bench/linear_baselines.py DATA

DATA holds mixomics/ and nhanes/. Everything is fitted on the training subjects, settings are chosen there by five-fold
cross-validation, and the test part is scored once: 1 − Σ residual² / Σ total² over all columns of the other modality,
about the training means, from k numbers of one. Nothing is written but the table, on standard output.
"""

import gzip
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.cross_decomposition import CCA, PLSRegression
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold

ROOT = Path(__file__).resolve().parent.parent
STEPS, BATCH = 2500, 32
FOLDS = KFold(5, shuffle=True, random_state=0)
COMPONENTS = [10, 20, 30, 50]
SHRINKAGES = [0.03, 0.1, 0.3, 0.6]
RIDGES = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1]

# Prints the data set of a study: what a fit trains on, and the split.
EXPORT = """
import { readStudy } from 'interlatent';
const { dataset } = await readStudy(process.argv[1]);
const modalities = dataset.modalities.map(({ name, columns, values }) => ({
  name, width: columns.length, values: Array.from(values),
}));
const { train, validation, test } = dataset.split;
process.stdout.write(JSON.stringify({ modalities, train: [...train], validation: [...validation], test: [...test] }));
"""


def dataset_of(study):
    command = ["node", "--input-type=module", "-e", EXPORT, str(study)]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    tables = {m["name"]: np.array(m["values"]).reshape(-1, m["width"]) for m in found["modalities"]}
    return tables, np.array(found["train"]), np.array(found["test"])


def fit_of(study, folder, train):
    epochs = -(-STEPS // (len(train) // BATCH))
    command = ["node", ROOT / "dist/cli/main.js", "fit", study, "--out", folder, "--json"]
    command += ["--batch", str(BATCH), "--epochs", str(epochs)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["quality"]


def pooled(y, predicted, centre):
    return 1 - ((y - predicted) ** 2).sum() / ((y - centre) ** 2).sum()


def by_numbers(numbers, x, y):
    model = LinearRegression().fit(numbers(x), y)
    return lambda new: model.predict(numbers(new))


def pca(x, y, k):
    return by_numbers(PCA(min(k, x.shape[1])).fit(x).transform, x, y)


def factors(x, y, k):
    """Factor analysis of both modalities' columns together, read from x by the regression of its scores on x."""
    both = FactorAnalysis(k, random_state=0).fit(np.hstack([x, y]))
    scores = Ridge(alpha=len(x) * 0.1).fit(x, both.transform(np.hstack([x, y])))
    return by_numbers(scores.predict, x, y)


def pls(x, y, k):
    model = PLSRegression(min(k, x.shape[1], y.shape[1]), scale=False).fit(x, y)
    return model.predict


def classical_cca(x, y, k, q):
    px = PCA(min(q, *x.shape)).fit(x)
    py = PCA(min(q, *y.shape)).fit(y)
    model = CCA(k, scale=False, max_iter=2000).fit(px.transform(x), py.transform(y))
    return by_numbers(lambda new: model.transform(px.transform(new)), x, y)


def shrunk_cca(x, y, k, q, shrinkage):
    px, py = PCA(min(q, *x.shape)).fit(x), PCA(min(q, *y.shape)).fit(y)
    a, b = px.transform(x), py.transform(y)

    def white(t):
        s = t.T @ t / len(t)
        s = (1 - shrinkage) * s + shrinkage * np.trace(s) / len(s) * np.eye(len(s))
        return np.linalg.inv(np.linalg.cholesky(s)).T

    wa, wb = white(a), white(b)
    u, _, _ = np.linalg.svd(wa.T @ (a.T @ b / len(a)) @ wb)
    return by_numbers(lambda new: px.transform(new) @ wa @ u[:, :k], x, y)


def reduced_rank(x, y, k, ridge):
    mx, my = x.mean(0), y.mean(0)
    alpha = ridge * np.linalg.norm(x - mx, 2) ** 2
    weights = Ridge(alpha=alpha, fit_intercept=False).fit(x - mx, y - my).coef_.T
    augmented = np.vstack([(x - mx) @ weights, np.sqrt(alpha) * weights])
    v = np.linalg.svd(augmented, full_matrices=False)[2][:k].T
    return lambda new: my + (new - mx) @ weights @ v @ v.T


def tuned(method, grid):
    def fit(x, y, k):
        def error(setting):
            parts = [(method(x[a], y[a], k, *setting)(x[b]), y[b]) for a, b in FOLDS.split(x)]
            return sum(((predicted - actual) ** 2).sum() for predicted, actual in parts)

        return method(x, y, k, *min(grid, key=error))

    return fit


METHODS = {
    "PCA": pca,
    "joint FA": factors,
    "PLS": pls,
    "CCA on components": tuned(classical_cca, [(q,) for q in COMPONENTS]),
    "shrunk CCA": tuned(shrunk_cca, [(q, s) for q in COMPONENTS for s in SHRINKAGES]),
    "reduced-rank ridge": tuned(reduced_rank, [(r,) for r in RIDGES]),
}


def mixomics(data, folder):
    """150 training subjects of the published split, and its 70 held-out ones, together: the split is drawn anew."""
    modalities = {}
    for name in ("mrna", "mirna"):
        tables = []
        for part in ("train", "test"):
            source = data / "mixomics" / f"breastTCGA_data.{part}_{name}.csv.gz"
            header, rest = gzip.open(source, "rt").read().split("\n", 1)
            tables.append(folder / f"{part}_{name}.csv")
            tables[-1].write_text(f"id{header}\n{rest}")
        modalities[name] = {"table": [str(table) for table in tables]}
    return {"study": "mixomics", "id": "id", "modalities": modalities, "split": {"validation": 25, "test": 70}}


def nhanes(pair, subjects):
    def make(data, _):
        path = ROOT / "examples/phenotype/nhanes-2005-2008/study.yaml"
        script = "import YAML from 'yaml'; import fs from 'fs'; const s = YAML.parse(fs.readFileSync(process.argv[1], "
        script += "'utf8')); process.stdout.write(JSON.stringify(s.modalities))"
        command = ["node", "--input-type=module", "-e", script, str(path)]
        known = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)

        def located(value):
            if isinstance(value, list):
                return [located(one) for one in value]
            return str(data / value.split("}/", 1)[1])

        keys = ("columns", "omit", "log", "missing", "recode", "limits", "where")
        modalities = {
            name: {"table": located(known[name]["table"]), **{k: known[name][k] for k in keys if k in known[name]}}
            for name in pair
        }
        return {"study": "-".join(pair), "id": "SEQN", "modalities": modalities, "subjects": subjects}

    return make


STUDIES = {
    "mixomics": mixomics,
    "body, chemistry": nhanes(("body", "chemistry"), 300),
    "chemistry, counts": nhanes(("chemistry", "counts"), 300),
}


def with_split(study, path):
    """Of a study with a number of training subjects: 50 more to validate, all others held out."""
    subjects = study.pop("subjects", None)
    path.write_text(json.dumps(study))
    if subjects is None:
        return
    tables, _, _ = dataset_of(path)
    everybody = len(next(iter(tables.values())))
    path.write_text(json.dumps({**study, "split": {"validation": 50, "test": everybody - subjects - 50}}))


def main():
    data = Path(sys.argv[1]).resolve()
    warnings.filterwarnings("ignore")
    names = [*METHODS, "ours: linear, best", "ours: latents"]
    print("| study | k | from → to | train / test | " + " | ".join(names) + " |")
    print("|---|---|---|---|" + "---|" * len(names))
    for title, make in STUDIES.items():
        for k in (2, 4):
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch)
                study = make(data, folder)
                for modality in study["modalities"].values():
                    modality["latents"] = k
                path = folder / "study.json"
                with_split(study, path)
                tables, train, test = dataset_of(path)
                quality = fit_of(path, folder / "run", train)
                for own in quality["modalities"]:
                    other = next(name for name in tables if name != own["name"])
                    x, y = tables[own["name"]], tables[other]
                    centre = y[train].mean(0)
                    scores = [pooled(y[test], fit(x[train], y[train], k)(x[test]), centre) for fit in METHODS.values()]
                    scores += [own["linear"][0]["heldOut"], own["others"]["heldOut"]]
                    cells = " | ".join(f"{100 * score:.1f}" for score in scores)
                    sizes = f"{len(train)} / {len(test)}"
                    print(f"| {title} | {k} | {own['name']} → {other} | {sizes} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
