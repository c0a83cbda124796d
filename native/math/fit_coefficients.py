"""Fits the polynomials of native/math/coefficients.h by minimax approximation and prints them.

Run: python3 native/math/fit_coefficients.py   (numpy, scipy, mpmath)
Method: iteratively reweighted least squares (Lawson) in float64. Then the
coefficients are rounded to float32 one by one, lowest order first. The other
coefficients are fitted again each time, so that rounding costs little accuracy.
"""

import mpmath
import numpy as np
from scipy.special import ndtri

mpmath.mp.dps = 40
SAMPLES = 4000


def nodes(low, high):
    """Returns Chebyshev nodes, which are dense near both ends, where minimax errors are largest."""
    angles = (np.arange(SAMPLES) + 0.5) * np.pi / SAMPLES
    return (low + high) / 2 - (high - low) / 2 * np.cos(angles)


def lawson(basis, target, weight, rounds=60):
    importance = np.ones_like(target)
    best, best_error = None, np.inf
    for _ in range(rounds):
        root = np.sqrt(importance) * weight
        scale = np.abs(basis * root[:, None]).max(axis=0)
        solution = np.linalg.lstsq(basis * root[:, None] / scale, target * root, rcond=None)[0] / scale
        error = np.abs((basis @ solution - target) * weight)
        if error.max() < best_error:
            best, best_error = solution, error.max()
        importance = importance * (error + 1e-3 * error.max())
        importance /= importance.mean()
    return best, best_error


def fit(name, basis, target, weight):
    """Prints a linear minimax fit with float32 coefficients."""
    fixed, rest = [], target.copy()
    for column in range(basis.shape[1]):
        solution, _ = lawson(basis[:, column:], rest, weight)
        value = np.float32(solution[0])
        fixed.append(value)
        rest = rest - basis[:, column] * float(value)
    report(name, fixed, np.abs(rest * weight).max())


def rational(name, x, target, weight, numerator, denominator, rounds=80):
    """Prints a minimax fit of P(x)/Q(x), Q(0) = 1, by Lawson's method on the linearised error."""
    powers = np.vander(x, max(numerator, denominator) + 1, increasing=True)
    q = np.ones_like(x)
    importance = np.ones_like(x)
    best, best_error = None, np.inf
    for _ in range(rounds):
        root = np.sqrt(importance) * weight / np.abs(q)
        matrix = np.hstack([powers[:, : numerator + 1], -target[:, None] * powers[:, 1 : denominator + 1]])
        scaled = matrix * root[:, None]
        scale = np.abs(scaled).max(axis=0)
        solution = np.linalg.lstsq(scaled / scale, target * root, rcond=None)[0] / scale
        p = powers[:, : numerator + 1] @ solution[: numerator + 1]
        q = 1 + powers[:, 1 : denominator + 1] @ solution[numerator + 1 :]
        error = np.abs((p / q - target) * weight)
        if error.max() < best_error:
            best, best_error = solution, error.max()
        importance = importance * (error + 1e-3 * error.max())
        importance /= importance.mean()
    values = [np.float32(v) for v in best]
    report(name + " P", values[: numerator + 1], best_error)
    report(name + " Q (after 1)", values[numerator + 1 :], best_error)


def report(name, values, error):
    print(f"{name}: relative error {error:.2e}")
    print("  " + ", ".join(f"{float(v):.9g}f" for v in values))


def apply(function, x):
    return np.array([float(function(mpmath.mpf(float(v)))) for v in x])


def powers_of(x, first, count, step=1):
    return np.stack([x ** (first + step * i) for i in range(count)], axis=1)


def main():
    x = nodes(-0.3467, 0.3467)
    fit("exp(r) = 1 + r + r^2 (...)", powers_of(x, 2, 5), apply(lambda v: mpmath.expm1(v) - v, x), np.exp(-x))

    x = nodes(2**-0.5 - 1, 2**0.5 - 1)
    x = x[np.abs(x) > 1e-4]
    exact = np.log1p(x)
    fit(
        "log1p(f) = f - f^2/2 + f^3 (...)",
        powers_of(x, 3, 8),
        apply(lambda v: mpmath.log1p(v) - v + v * v / 2, x),
        1 / np.abs(exact),
    )

    x = nodes(1e-3, 0.625)
    fit("tanh(x) = x + x^3 (...x^2)", powers_of(x, 3, 5, 2), apply(lambda v: mpmath.tanh(v) - v, x), 1 / np.tanh(x))

    x = nodes(1e-3, 1.0)
    exact = apply(mpmath.erf, x)
    fit("erf(x) = x (...x^2)", powers_of(x, 1, 7, 2), exact, 1 / exact)

    x = nodes(0, 15)
    mills = apply(lambda v: mpmath.erfc(v / mpmath.sqrt(2)) / 2 * mpmath.exp(v * v / 2), x)
    u = (x - 4) / (x + 4)
    fit("(1 + 2x) Phi(-x) exp(x^2/2), u = (x-4)/(x+4)", powers_of(u, 0, 11), mills * (1 + 2 * x), 1 / (mills * (1 + 2 * x)))

    d = nodes(1e-4, 0.376)
    exact = ndtri(0.5 + d)
    rational("quantile, d = p - 1/2: d P(d^2)/Q(d^2)", d * d, exact / d, d / exact, 3, 3)

    r = nodes(2.0, 13.3)
    tail = np.exp(-r * r / 2)
    exact = -ndtri(tail)
    rational("quantile tail, r = sqrt(-2 log q): P(r)/Q(r)", r, exact, 1 / exact, 4, 3)


if __name__ == "__main__":
    main()
