"""Preranked gene set enrichment (Subramanian et al. 2005), computed from its definition over all positions of the list.

Writes enrichment.json. P values are exact: they count all sets of the same size.
"""

import json
from itertools import combinations
from pathlib import Path

import numpy as np


def running_sum(scores, members, exponent):
    """Returns the genes by descending score and the running sum after each gene."""
    order = np.argsort(-scores, kind="stable")
    is_hit = np.isin(order, members)
    weights = np.where(is_hit, np.abs(scores[order]) ** exponent, 0.0)
    return order, np.cumsum(weights) / weights.sum() - np.cumsum(~is_hit) / (~is_hit).sum()


def enrichment(scores, members, exponent=1.0):
    order, total = running_sum(scores, members, exponent)
    high, low = int(np.argmax(total)), int(np.argmin(total))
    is_up = total[high] >= -total[low]
    edge = order[: high + 1] if is_up else order[low + 1 :]
    leading = [int(gene) for gene in edge if gene in members]
    return float(total[high] if is_up else total[low]), sorted(leading)


def tied(scores, members):
    """Returns the score of a list with ties: the running sum is only read between groups of equal scores."""
    order, total = running_sum(scores, members, 1.0)
    ends = np.append(np.diff(scores[order]) != 0, True)
    total = np.append(total[ends], 0.0)
    return float(total.max() if total.max() >= -total.min() else total.min())


def exact(scores, members):
    """Returns p among all sets of the same size with the same sign, and the normalised score."""
    score = enrichment(scores, members)[0]
    null = np.array([enrichment(scores, np.array(each))[0] for each in combinations(range(len(scores)), len(members))])
    same = np.abs(null[np.sign(null) == np.sign(score)])
    return {"p": float(np.mean(same >= abs(score) - 1e-12)), "normalised": score / float(np.mean(same))}


if __name__ == "__main__":
    rng = np.random.default_rng(43)
    scores = rng.normal(size=150) * 2
    cases = []
    for size in (1, 4, 15, 40, 120):
        for exponent in (0.0, 1.0, 2.0):
            members = rng.choice(150, size, replace=False)
            score, leading = enrichment(scores, members, exponent)
            cases.append({"set": members.tolist(), "exponent": exponent, "score": score, "leading": leading})
    rounded = np.round(scores)
    ties = [rng.choice(150, size, replace=False) for size in (3, 10, 60)]
    few = rng.normal(size=16)
    sets = [np.argsort(-few)[[0, 1, 2, 5]], np.argsort(few)[[0, 1, 3]], np.array([0, 5, 9, 14])]
    golden = {
        "scores": scores.tolist(),
        "cases": cases,
        "rounded": rounded.tolist(),
        "ties": [{"set": members.tolist(), "score": tied(rounded, members)} for members in ties],
        "few": few.tolist(),
        "exact": [{"set": members.tolist(), "score": enrichment(few, members)[0], **exact(few, members)} for members in sets],
    }
    Path(__file__).with_name("enrichment.json").write_text(json.dumps(golden) + "\n")
