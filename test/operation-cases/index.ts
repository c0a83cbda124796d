// The cases of all operations: each operation on shapes with ones, primes and powers of two. They are used for
// gradients against finite differences, and for native kernels against the float64 reference.

import type { OperationCase } from './case.js';
import { convolutions } from './convolutions.js';
import { determinants } from './determinants.js';
import { elementwise } from './elementwise.js';
import { jacobians } from './jacobians.js';
import { layouts } from './layouts.js';
import { mixtures } from './mixtures.js';
import { moves } from './moves.js';
import { endings, networks } from './networks.js';
import { poolings } from './poolings.js';
import { products } from './products.js';
import { gatedUnits, layers, recurrences } from './recurrences.js';
import { reductions, softmaxes } from './reductions.js';

export type { OperationCase } from './case.js';
export { operationEntry, roundingTolerances, roundsFactors, singleTolerance } from './entry.js';

/** Cases with floating-point inputs. `gather` and the random operations have separate tests. */
export const operationCases: readonly OperationCase[] = [
  ...elementwise,
  ...products,
  ...reductions,
  ...softmaxes,
  ...convolutions,
  ...poolings,
  ...moves,
  ...recurrences,
  ...layers,
  ...gatedUnits,
  ...layouts,
  ...mixtures,
  ...determinants,
  ...jacobians,
  ...networks,
  ...endings,
];
