// The operation table: every operation of a graph, one row each.

import { InternalError } from '../errors.js';
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

export const operations: ReadonlyMap<string, Operation> = new Map(
  [
    leafRows,
    unaryRows,
    binaryRows,
    matmulRows,
    reductionRows,
    layoutRows,
    gatherRows,
    randomRows,
    mixtureRows,
    determinantRows,
    jacobianRows,
  ].flatMap((rows): [string, Operation][] => Object.entries(rows)),
);

export function operationOf(name: string): Operation {
  const operation = operations.get(name);
  if (operation === undefined) throw new InternalError('unknown-operation', `no operation is called "${name}"`);
  return operation;
}
