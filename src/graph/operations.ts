// The operation table: every operation of a graph, one row each.

import { binaryRows } from './binary.js';
import { determinantRows } from './determinant.js';
import { gatherRows } from './gather.js';
import { jacobianRows } from './jacobian.js';
import { layoutRows } from './layout.js';
import { leafRows } from './leaves.js';
import { matmulRows } from './matmul.js';
import { mixtureRows } from './mixture.js';
import type { Operation } from './operation.js';
import { randomRows } from './random.js';
import { reductionRows } from './reduction.js';
import { unaryRows } from './unary.js';

/** By name; a node's operation is one of them. */
export const rows = {
  ...leafRows,
  ...unaryRows,
  ...binaryRows,
  ...matmulRows,
  ...reductionRows,
  ...layoutRows,
  ...gatherRows,
  ...randomRows,
  ...mixtureRows,
  ...determinantRows,
  ...jacobianRows,
} satisfies Record<string, Operation>;

export const operations: ReadonlyMap<string, Operation> = new Map(Object.entries<Operation>(rows));
