#!/usr/bin/python3
"""Held-out R² of linear methods of scikit-learn, on the studies, splits and subjects of `npm run reproduce -- wide`.

    npm run build:ts
    npm run reproduce -- wide --out OUT     # default settings; wide.md has our fits and our linear methods
    python3 bench/linear_baselines.py OUT        # the same table from scikit-learn: prints it, writes OUT/scikit-learn.md

This is an independent check. From interlatent, the script uses only the reader of the study files in OUT/studies. The
fingerprint of each data set must equal that of its record in OUT/fits. INTERLATENT_DATA has the same meaning as for
`reproduce`. Everything is fitted on the training subjects, where five-fold cross-validation also chooses settings. The
held-out subjects that `fit` measures are scored once: 1 − Σ residual² / Σ total² about the training means, over all columns
of a modality, predicted from k scores of the other one.
"""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cross_decomposition import CCA, PLSRegression
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold

ROOT = Path(__file__).resolve().parent.parent
FOLDS = KFold(5, shuffle=True, random_state=0)
COMPONENTS = [10, 20, 30, 50]
SHRINKAGES = [0.03, 0.1, 0.3, 0.6]
RIDGES = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1]

# Prints the values of a study as a fit reads them, and the split.
EXPORT = """
import { readStudy } from 'interlatent';
const { dataset } = await readStudy(process.argv[1]);
const modalities = dataset.modalities.map(({ name, columns, values }) => ({
  name, width: columns.length, values: Array.from(values),
}));
const { train, test } = dataset.split;
const { fingerprint } = dataset;
process.stdout.write(JSON.stringify({ fingerprint, modalities, train: [...train], test: [...test] }));
"""


def dataset_of(study, record):
    """Returns tables by modality, training rows, and the evenly spaced test rows on which R² is measured."""
    environment = {"INTERLATENT_DATA": str(ROOT.parent / "shared/data"), **os.environ}
    command = ["node", "--input-type=module", "-e", EXPORT, str(study.resolve())]
    output = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    dataset = json.loads(output)
    if dataset["fingerprint"] != record["fingerprint"]:
        sys.exit(f"{study}: the data differ from those of the record")
    tables = {m["name"]: np.array(m["values"]).reshape(-1, m["width"]) for m in dataset["modalities"]}
    test, measured = np.array(dataset["test"]), record["subjects"]["measured"]
    return tables, np.array(dataset["train"]), test[np.arange(measured) * len(test) // measured]


def pooled(y, predicted, centre):
    return 1 - ((y - predicted) ** 2).sum() / ((y - centre) ** 2).sum()


def by_numbers(numbers, x, y):
    model = LinearRegression().fit(numbers(x), y)
    return lambda new: model.predict(numbers(new))


def pca(x, y, k):
    return by_numbers(PCA(min(k, x.shape[1])).fit(x).transform, x, y)


def factors(x, y, k):
    """Factor analysis of the columns of both modalities together. A regression predicts its scores from x."""
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


# Names of the same methods in `fit`.
OURS = {"PCA": "PCA", "PLS": "PLS", "shrunk CCA": "CCA", "reduced-rank ridge": "reduced-rank regression"}


def scores_of(folder, record):
    """Yields for each direction the R² of every method and of our latents, and the differences from our linear methods."""
    study = folder / "studies" / f"{record['experiment']}-seed{record['seed']}.json"
    k = json.loads(record["settings"])["latents"]
    tables, train, test = dataset_of(study, record)
    for direction in record["directions"]:
        x, y = tables[direction["from"]], tables[direction["to"]]
        centre = y[train].mean(0)
        theirs = {name: pooled(y[test], fit(x[train], y[train], k)(x[test]), centre) for name, fit in METHODS.items()}
        linear = {one["method"]: one["heldOut"] for one in direction["linear"]}
        both = {**theirs, "ours": direction["latents"]}
        title = (record["experiment"].removeprefix("wide-"), f"{direction['from']} → {direction['to']}")
        yield title, record["subjects"], both, {name: abs(theirs[name] - linear[mine]) for name, mine in OURS.items()}


def main():
    folder = Path(sys.argv[1])
    warnings.filterwarnings("ignore")
    rows, differences = {}, []
    for path in sorted((folder / "fits").glob("wide-*.json")):
        print(path.name, file=sys.stderr, flush=True)
        for title, subjects, scores, apart in scores_of(folder, json.loads(path.read_text())):
            rows.setdefault(title, []).append((subjects, scores))
            differences.append(apart)
    names = [*METHODS, "ours"]
    lines = [
        "# Linear methods of scikit-learn on the studies of wide.md",
        "",
        f"`python3 bench/linear_baselines.py` with scikit-learn {sklearn.__version__}: held-out R² in %, means over seeds, on "
        "the subjects of [wide.md](wide.md), which also has our column.",
        "",
        "| study | from → to | training / test (measured) | seeds | " + " | ".join(names) + " |",
        "|---|---|---|---|" + "---|" * len(names),
    ]
    for (study, direction), fits in rows.items():
        subjects = fits[0][0]
        sizes = f"{subjects['train']} / {subjects['test']} ({subjects['measured']})"
        cells = [f"{100 * np.mean([scores[name] for _, scores in fits]):.1f}" for name in names]
        lines.append(f"| {study} | {direction} | {sizes} | {len(fits)} | " + " | ".join(cells) + " |")
    maxima = [f"{name} {100 * max(apart[name] for apart in differences):.1f}" for name in OURS]
    lines += ["", f"Maximal difference from our implementation over rows and seeds, in points of R²: {', '.join(maxima)}."]
    text = "\n".join(lines) + "\n"
    (folder / "scikit-learn.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
