"""Fits natural cubic splines by least squares, with SciPy's natural interpolating splines as the basis.

Writes splines.json. The cardinal splines are 1 at one knot and 0 at all other knots, and straight beyond the outer
knots. They span the same functions as `splines::ns` of R. Knots are quantiles of type 7, like those of `ns(x, df)`.
"""

import json
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline


def basis(x, knots):
    spline = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    inside = np.clip(x, knots[0], knots[-1])
    ends = np.where((x < knots[0])[:, None], spline(knots[0], 1), spline(knots[-1], 1))
    return spline(inside) + (x - inside)[:, None] * ends


def fitted(x, y, new, knots):
    slope = np.linalg.lstsq(basis(x, knots), y, rcond=None)[0]
    return basis(new, knots) @ slope


def case(name, x, terms, knots=None):
    x = np.round(x, 6)
    y = np.round(np.sin(x / x.std()) + 0.3 * rng.normal(size=len(x)), 6)
    knots = np.quantile(x, np.linspace(0, 1, terms + 1)) if knots is None else knots
    span = x.max() - x.min()
    new = np.linspace(x.min() - 2 * span, x.max() + 2 * span, 41)
    return {
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        "knots": list(map(float, knots)),
        "new": new.tolist(),
        "fitted": fitted(x, y, x, knots).tolist(),
        "predicted": fitted(x, y, new, knots).tolist(),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(20)
    few = rng.integers(0, 3, size=80).astype(float)
    # More than a quarter of the values are 0, so quantiles of all values would be equal.
    zeros = np.where(rng.uniform(size=220) < 0.6, 0, rng.gamma(2, 10, size=220))
    zeros = np.round(zeros, 6)
    cases = [
        case("40 subjects", rng.normal(50, 10, size=40), 2),
        case("150 subjects", rng.uniform(2000, 2020, size=150), 3),
        case("300 subjects", rng.gamma(2, 3, size=300), 4),
        case("1000 subjects", rng.normal(0, 1e-6, size=1000) * 1e6, 5),
        case("three distinct values", few, 2, np.unique(few)),
        case("many equal values", zeros, 4, np.quantile(np.unique(zeros), np.linspace(0, 1, 5))),
    ]
    path = Path(__file__).parent / "splines.json"
    path.write_text(json.dumps({"cases": cases}) + "\n")
