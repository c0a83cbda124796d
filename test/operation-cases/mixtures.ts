// Densities of the mixtures of the flow, and derivatives of ε.

import * as graph from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

const LIMITS = { logScaleMin: -1.5, logScaleMax: 1.5 };

/** Returns [..., rows, B] for z [..., B]. */
const withRows = (z: readonly number[], rows: number): number[] => [...z.slice(0, -1), rows, z[z.length - 1]];

/**
 * Derivatives of the sensitivity are differences of terms that are up to (1/σ)² times larger than their result. They
 * also depend on ε, which has an error of 1e-7.
 */
const STEEP = { singleTolerance: 2e-4 };

export const mixtures: OperationCase[] = [
  { z: [1], count: 1 },
  { z: [2, 3, 17], count: 5 },
  { z: [3, 64], count: 2 },
].flatMap(({ z, count }) => [
  row('mixtureLogDensity', [z, withRows(z, 3 * count)], (x, theta) => graph.mixtureLogDensity(x, theta, LIMITS), {
    twice: false,
  }),
  row(
    'mixtureLogDensityGrad',
    [z, withRows(z, 3 * count), z],
    (x, theta, up) => graph.mixtureLogDensityGrad(x, theta, up, LIMITS),
    { differentiable: false },
  ),
  row('mixtureEpsilon', [z, withRows(z, 3 * count)], (x, theta) => graph.mixtureEpsilon(x, theta, LIMITS), STEEP),
  row('mixtureSensitivity', [z, withRows(z, 3 * count)], (x, theta) => graph.mixtureSensitivity(x, theta, LIMITS), {
    twice: false,
    ...STEEP,
  }),
  row(
    'mixtureSensitivityGrad',
    [z, withRows(z, 3 * count), withRows(z, 1 + 3 * count)],
    (x, theta, up) => graph.mixtureSensitivityGrad(x, theta, up, LIMITS),
    { differentiable: false, ...STEEP },
  ),
]);
