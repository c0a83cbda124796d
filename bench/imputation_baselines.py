#!/usr/bin/python3
"""Imputes the values that `npm run reproduce -- imputation` removed with other methods: same studies, splits and cells.

    npm run build:ts
    npm run reproduce -- imputation --out OUT      # our fits
    python3 bench/imputation_baselines.py OUT           # prints the table with all methods, writes OUT/baselines.md

From interlatent, the script uses only the reader of the study files in OUT/studies. The fingerprint of each data set must
equal that of its record in OUT/fits. INTERLATENT_DATA has the same meaning as for `reproduce`. Methods learn from training
and validation subjects together, as our fits do. Five-fold cross-validation over these subjects chooses settings; a fifth
of the cells, or a modality, of the held-out fold is hidden. Held-out subjects are scored once:
1 − Σ (x − x̂)² / Σ (x − c)² over all removed values of a modality, where c are the means of the training subjects' observed
values.
"""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 5
HIDDEN = 0.2
NEIGHBOURS = [5, 10, 20, 40]
COMPONENTS = [1, 2, 4, 8, 12, 16, 24]
RIDGES = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3]
ITERATED_RIDGES = [0.01, 0.1, 0.3, 1]
FACTORS = 25
STEPS = 200

# Prints the values of a study as a fit reads them, and the split.
EXPORT = """
import { readStudy } from 'interlatent';
const { dataset } = await readStudy(process.argv[1]);
const modalities = dataset.modalities.map(({ name, columns, values }) => ({
  name, width: columns.length, values: Array.from(values),
}));
const { train, validation, test } = dataset.split;
const { fingerprint } = dataset;
process.stdout.write(JSON.stringify({
  fingerprint, modalities, train: [...train], validation: [...validation], test: [...test],
}));
"""


def data_of(folder, record):
    """Returns all columns, complete; the same with NaN for removed cells; the modality of each column; rows."""
    name = f"{record['experiment']}-seed{record['seed']}.json"
    environment = {"INTERLATENT_DATA": str(ROOT.parent / "shared/data"), **os.environ}
    command = ["node", "--input-type=module", "-e", EXPORT, str((folder / "studies" / name).resolve())]
    output = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    dataset = json.loads(output)
    if dataset["fingerprint"] != record["fingerprint"]:
        sys.exit(f"{name}: the data differ from those of the record")
    tables = [np.array(m["values"]).reshape(-1, m["width"]) for m in dataset["modalities"]]
    shown = [table.copy() for table in tables]
    if record["question"] == "cells":
        holes = json.loads((folder / "holes" / name).read_text())
        for modality, table in zip(dataset["modalities"], shown):
            table.reshape(-1)[holes[modality["name"]]] = np.nan
    test, measured = np.array(dataset["test"]), record["subjects"]["measured"]
    rows = {
        "learn": np.array(dataset["train"] + dataset["validation"]),
        "train": np.array(dataset["train"]),
        "test": test[np.arange(measured) * len(test) // measured],
    }
    return np.hstack(tables), np.hstack(shown), np.repeat(np.arange(len(tables)), [t.shape[1] for t in tables]), rows


def pooled(actual, predicted, centre, where):
    return 1 - ((actual - predicted)[where] ** 2).sum() / ((actual - centre)[where] ** 2).sum()


# A method takes a table to learn from, a table to complete, both with NaN, and a setting. It returns the completed table.


def mean(learn, ask, _):
    return np.where(np.isnan(ask), np.nanmean(learn, 0), ask)


def neighbours(learn, ask, k):
    return KNNImputer(n_neighbors=k, weights="distance").fit(learn).transform(ask)


def pca_em(learn, ask, k):
    """Probabilistic PCA by EM over the observed cells (Tipping and Bishop 1999; Ilin and Raiko 2010)."""
    centre, d = np.nanmean(learn, 0), learn.shape[1]
    k = min(k, d - 1, len(learn) - 1)
    filled = np.nan_to_num(learn - centre)
    u, s, v = np.linalg.svd(filled, full_matrices=False)
    w = v[:k].T * s[:k] / np.sqrt(len(learn))
    noise = max(1e-3, np.nanvar(learn - centre) - (w**2).sum() / d)
    seen = ~np.isnan(learn)
    x = np.nan_to_num(learn)
    for _ in range(STEPS):
        before = w
        z, zz = scores(x - centre, seen, w, noise)
        centre = (seen * (x - z @ w.T)).sum(0) / seen.sum(0)
        rest = seen * (x - centre)
        grams = flat(seen.T, zz)
        w = np.linalg.solve(grams + 1e-8 * np.eye(k), np.einsum("nd,ni->di", rest, z)[..., None])[..., 0]
        errors = rest**2 - 2 * rest * (z @ w.T) + np.einsum("di,nij,dj->nd", w, zz, w, optimize=True)
        noise = max(1e-4, (seen * errors).sum() / seen.sum())
        if np.abs(w - before).max() < 1e-3:
            break
    here = ~np.isnan(ask)
    z, _ = scores(np.nan_to_num(ask) - centre, here, w, noise)
    return np.where(here, ask, centre + z @ w.T)


def flat(weights, matrices):
    """Returns weighted sums of matrices: a × b and b × i × j give a × i × j."""
    return (weights @ matrices.reshape(len(matrices), -1)).reshape(-1, *matrices.shape[1:])


def scores(rest, seen, w, noise):
    """Returns posterior means of the components, subjects × k, and expected products, subjects × k × k."""
    noise = np.broadcast_to(noise, w.shape[:1])
    precision = flat(seen / noise, w[:, :, None] * w[:, None, :]) + np.eye(w.shape[1])
    covariance = np.linalg.inv(precision)
    z = np.einsum("nij,nj->ni", covariance, (seen * rest) @ (w / noise[:, None]))
    return z, covariance + z[:, :, None] * z[:, None, :]


def mice(learn, ask, alpha):
    """Iterative ridge regressions of every column on all other ones, or on 30 of them if there are more than 100 columns:
    scikit-learn's IterativeImputer."""
    wide = learn.shape[1] > 100
    model = Ridge(alpha=alpha * len(learn))
    imputer = IterativeImputer(model, max_iter=5 if wide else 20, n_nearest_features=30 if wide else None, random_state=0)
    return imputer.fit(learn).transform(ask)


def factors(learn, ask, _):
    """
    Linear factors with a variance for each column and automatic relevance determination of each factor per modality, by
    mean-field variational inference: MOFA for Gaussian views (Argelaguet et al. 2018) without its spike and slab.
    """
    seen, here = ~np.isnan(learn), ~np.isnan(ask)
    centre = np.nanmean(learn, 0)
    x, d = np.nan_to_num(learn - centre), learn.shape[1]
    k = min(FACTORS, d - 1, len(learn) - 1)
    u, s, v = np.linalg.svd(x, full_matrices=False)
    w = v[:k].T * s[:k] / np.sqrt(len(x))
    ww = w[:, :, None] * w[:, None, :]
    tau, alpha = np.full(d, 2.0), np.ones((factors.views.max() + 1, k))
    for _ in range(STEPS):
        before = w
        z, zz = variational_scores(x, seen, w, ww, tau)
        grams = flat(seen.T, zz)
        covariance = np.linalg.inv(tau[:, None, None] * grams + alpha[factors.views][:, :, None] * np.eye(k))
        w = np.einsum("dij,dj->di", covariance, tau[:, None] * ((seen * x).T @ z))
        ww = covariance + w[:, :, None] * w[:, None, :]
        errors = (seen * x**2).sum(0) - 2 * (w * ((seen * x).T @ z)).sum(1) + np.einsum("dij,dij->d", ww, grams)
        tau = (1e-3 + seen.sum(0) / 2) / (1e-3 + errors / 2)
        squares = np.einsum("dii->di", ww)
        for view in range(len(alpha)):
            columns = factors.views == view
            alpha[view] = (1e-3 + columns.sum() / 2) / (1e-3 + squares[columns].sum(0) / 2)
        if np.abs(w - before).max() < 1e-3:
            break
    z, _ = variational_scores(np.nan_to_num(ask - centre), here, w, ww, tau)
    return np.where(here, ask, centre + z @ w.T)


def variational_scores(x, seen, w, ww, tau):
    covariance = np.linalg.inv(flat(seen * tau, ww) + np.eye(w.shape[1]))
    z = np.einsum("nij,nj->ni", covariance, (seen * x * tau) @ w)
    return z, covariance + z[:, :, None] * z[:, None, :]


def ridge(learn, ask, alpha):
    """Predicts a whole modality from the columns of the other modalities, with complete tables."""
    lack = np.isnan(ask).all(0)
    model = Ridge(alpha=alpha * len(learn)).fit(learn[:, ~lack], learn[:, lack])
    completed = ask.copy()
    completed[:, lack] = model.predict(ask[:, ~lack])
    return completed


METHODS = {
    "mean": (mean, [None], ["cells", "modality"]),
    "kNN": (neighbours, NEIGHBOURS, ["cells", "modality"]),
    "PCA, EM": (pca_em, COMPONENTS, ["cells", "modality"]),
    "ridge": (ridge, RIDGES, ["modality"]),
    "iterative ridge": (mice, ITERATED_RIDGES, ["cells", "modality"]),
    "factors, ARD": (factors, [None], ["cells", "modality"]),
}


def chosen(method, settings, learn, hide):
    """Returns the setting with the minimal error in cells that are hidden in held-out folds."""
    if len(settings) == 1:
        return settings[0]
    errors = dict.fromkeys(settings, 0.0)
    for fold, (rest, held) in enumerate(KFold(FOLDS, shuffle=True, random_state=0).split(learn)):
        actual = learn[held]
        hidden = hide(np.random.default_rng(fold), actual)
        incomplete = np.where(hidden, np.nan, actual)
        known = hidden & ~np.isnan(actual)
        for setting in settings:
            errors[setting] += ((method(learn[rest], incomplete, setting) - actual)[known] ** 2).sum()
    return min(settings, key=errors.get)


def scores_of(folder, record):
    """Returns for each modality the R² of every method, and ours from the record."""
    complete, shown, views, rows = data_of(folder, record)
    factors.views = views
    learn = shown[rows["learn"]]
    centre = np.nanmean(shown[rows["train"]], 0)
    scored = {m["name"]: {} for m in record["modalities"]}
    for name, (method, settings, questions) in METHODS.items():
        if record["question"] not in questions:
            continue
        print(f"  {name}", file=sys.stderr, flush=True)
        if record["question"] == "cells":
            setting = chosen(method, settings, learn, lambda random, table: random.uniform(size=table.shape) < HIDDEN)
            predicted = [method(learn, shown[rows["test"]], setting)] * len(scored)
        else:
            predicted = []
            for view in range(len(scored)):
                lack = views == view
                setting = chosen(method, settings, learn, lambda _, table: np.broadcast_to(lack, table.shape))
                predicted.append(method(learn, np.where(lack, np.nan, shown[rows["test"]]), setting))
        for view, modality in enumerate(scored):
            isCells = record["question"] == "cells"
            removed = np.isnan(shown[rows["test"]]) if isCells else np.ones_like(predicted[view], bool)
            where = removed & (views == view)
            scored[modality][name] = pooled(complete[rows["test"]], predicted[view], centre, where)
    for modality in record["modalities"]:
        scored[modality["name"]]["ours"] = modality["r2"]
    return scored


def main():
    folder = Path(sys.argv[1])
    warnings.filterwarnings("ignore")
    rows = {}
    for path in sorted((folder / "fits").glob("imputation-*.json")):
        print(path.name, file=sys.stderr, flush=True)
        record = json.loads(path.read_text())
        for modality, scores in scores_of(folder, record).items():
            study = record["experiment"].removeprefix("imputation-").rsplit("-", 1)[0]
            rows.setdefault((study, record["question"], modality), []).append((record["subjects"], scores))
    names = [*METHODS, "ours"]
    lines = [
        "# Removed values, imputed by other methods",
        "",
        f"`python3 bench/imputation_baselines.py` with scikit-learn {sklearn.__version__}: R² in % of the values of "
        "[imputation.md](imputation.md), which also has our column; means over seeds.",
        "",
        "| study | missing | modality | learn / measured | seeds | " + " | ".join(names) + " | ours minus the best |",
        "|---|---|---|---|---|" + "---|" * (len(names) + 1),
    ]
    for (study, question, modality), fits in rows.items():
        subjects = fits[0][0]
        means = {name: 100 * np.mean([scores[name] for _, scores in fits]) for name in names if name in fits[0][1]}
        ahead = means["ours"] - max(value for name, value in means.items() if name != "ours")
        cells = [f"{means[name]:.1f}" if name in means else "–" for name in names]
        sizes = f"{subjects['train'] + subjects['validation']} / {subjects['measured']}"
        lines.append(f"| {study} | {question} | {modality} | {sizes} | {len(fits)} | " + " | ".join(cells) + f" | {ahead:.1f} |")
    text = "\n".join(lines) + "\n"
    (folder / "baselines.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
