#!/usr/bin/python3
"""Writes moments.json, expected likelihoods for test/moments/likelihood.test.ts, with NumPy.

Run: python3 test/golden/make_moments.py

The likelihood is computed from rows: every latent is regressed by least squares in every group of environments, and
the normal densities of all rows are averaged with the weights of the environments. The package sees moments only.
"""

import json
from pathlib import Path

import numpy as np


def rows_of(rng, count, size):
    mean = rng.normal(size=size)
    return mean + rng.normal(size=(count, size)) @ rng.normal(size=(size, size))


def log_likelihood(case, rows):
    """Returns the mean log density of a row."""
    blocks, terms = case["blocks"], case["terms"]
    latents = sum(blocks)
    maps = np.array(case["maps"]).reshape(latents, latents)
    edges = np.array(case["edges"]).reshape(latents, latents)
    gates = np.array(case["open"]).reshape(-1, latents)
    weights = np.concatenate([np.full(len(x), w / len(x)) for x, w in zip(rows, case["weights"])])
    environment = np.concatenate([np.full(len(x), e) for e, x in enumerate(rows)])
    table = np.concatenate(rows)
    z, t = table[:, :latents] @ maps.T, table[:, latents:]
    total = np.linalg.slogdet(maps)[1]
    for i in range(latents):
        opened = [gate for gate, row in zip(case["gates"], gates) if row[i]]
        acting = [
            tuple(k for k, gate in enumerate(opened) if gate["effect"] != "shift" and e in gate["members"])
            for e in range(len(rows))
        ]
        columns = sorted({c for gate in opened if gate["effect"] == "shift" for c in gate["members"]})
        for group in set(acting):
            here = np.array([acting[e] == group for e in environment])
            perfect = any(opened[k]["effect"] == "perfect" for k in group)
            parts = [np.ones((here.sum(), 1))]
            if not perfect:
                parts += [z[here][:, edges[i] == 1], t[here][:, columns]]
            x = np.concatenate(parts, axis=1)
            root = np.sqrt(weights[here])
            slopes = np.linalg.lstsq(x * root[:, None], z[here, i] * root, rcond=None)[0]
            residual = z[here, i] - x @ slopes
            variance = (weights[here] * residual**2).sum() / weights[here].sum()
            density = -0.5 * (np.log(2 * np.pi * variance) + residual**2 / variance)
            total += (weights[here] * density).sum()
    return total


def case_of(rng, blocks, terms, environments, effects):
    latents = sum(blocks)
    weights = rng.uniform(0.5, 1.5, environments)
    maps = np.zeros((latents, latents))
    first = 0
    for block in blocks:
        maps[first : first + block, first : first + block] = rng.normal(size=(block, block))
        first += block
    gates = []
    for effect in effects:
        count = terms if effect == "shift" else environments - 1
        members = rng.choice(count, size=min(count, 1 + rng.integers(2)), replace=False)
        gates.append({"effect": effect, "members": sorted(int(m) + (effect != "shift") for m in members)})
        if effect == "shift":
            gates[-1]["members"] = sorted(int(m) for m in members)
    case = {
        "blocks": blocks,
        "terms": terms,
        "weights": (weights / weights.sum()).tolist(),
        "gates": gates,
        "maps": maps.ravel().tolist(),
        "edges": np.tril(rng.integers(2, size=(latents, latents)), -1).ravel().tolist(),
        "open": rng.integers(2, size=(len(effects), latents)).ravel().tolist(),
    }
    rows = [rows_of(rng, 40 + 10 * e, latents + terms) for e in range(environments)]
    case["means"] = [x.mean(axis=0).tolist() for x in rows]
    case["covariances"] = [np.cov(x.T, bias=True).reshape(-1).tolist() for x in rows]
    case["likelihood"] = log_likelihood(case, rows)
    return case


def main():
    rng = np.random.default_rng(41)
    cases = [
        case_of(rng, [3], 0, 4, ["perfect", "perfect", "perfect"]),
        case_of(rng, [3], 0, 4, ["soft", "soft", "perfect"]),
        case_of(rng, [2, 2], 2, 1, ["shift", "shift"]),
        case_of(rng, [2, 3], 3, 5, ["soft", "perfect", "shift", "soft", "shift"]),
        case_of(rng, [1, 1, 2], 1, 3, ["perfect", "shift"]),
        case_of(rng, [4], 0, 1, []),
    ]
    path = Path(__file__).with_name("moments.json")
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
