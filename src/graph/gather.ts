// Mini-batches: rows of a resident data set, picked by a resident index and turned to features × batch.

import { InputError } from '../errors.js';
import { leafRows } from './leaves.js';
import { apply, isInteger } from './node.js';
import type { Node, Operation } from './operation.js';
import { formatShape, shapeError } from './shapes.js';

export const gatherRows = {
  gather: {
    name: 'gather',
    shape([rows, index]) {
      if (rows.shape.length !== 2 || index.shape.length !== 3) {
        const shown = `${formatShape(rows.shape)} by ${formatShape(index.shape)}`;
        throw shapeError('gather', `needs data [rows, features] and an index [runs, batches, batch], got ${shown}`);
      }
      return [index.shape[0], rows.shape[1], index.shape[2]];
    },
    reference(node, [rows, index], { step }) {
      const [runs, features, batch] = node.shape;
      const batches = index.shape[1];
      const result = new Float64Array(runs * features * batch);
      for (let run = 0; run < runs; run++) {
        for (let column = 0; column < batch; column++) {
          const row = index.values[(run * batches + (step % batches)) * batch + column];
          if (!(row >= 0 && row < rows.shape[0])) {
            throw new InputError('index-out-of-range', `[gather] row ${row} of ${rows.shape[0]} does not exist`);
          }
          for (let feature = 0; feature < features; feature++) {
            result[(run * features + feature) * batch + column] = rows.values[row * features + feature];
          }
        }
      }
      return result;
    },
    takesIntegers: true,
    keepsRunsApart: ({ inputs }, hasRuns) => hasRuns(inputs[1]),
    wholeInputs: [0],
    lowering: {
      kind: 'opaque',
      kernel: 'gather',
      record({ inputs: [rows, index], shape: [runs, features, batch] }, tiles) {
        const batches = index.shape[1];
        if (batches % tiles === 0) return { ints: [features, batch, batches, rows.shape[0], runs, tiles] };
        throw new InputError(
          'out-of-range',
          `[gather] ${batches} rows of an index are not enough for steps of ${tiles} tiles`,
        );
      },
    },
  },
} satisfies Record<string, Operation>;

/**
 * Column b of run r is data row `index[r, step mod batches, b]`. data [rows, features], index int32 [runs or 1,
 * batches, B] → [runs or 1, features, B]. Not differentiable. Throws `wrong-dtype` when the index is not an int32 data
 * leaf or the data are.
 */
export function gather(rows: Node, index: Node): Node {
  if (!isInteger(index) || rows.operation !== leafRows.data || isInteger(rows)) {
    throw new InputError('wrong-dtype', '[gather] takes a float32 data leaf and an int32 data leaf as its index');
  }
  return apply(gatherRows.gather, [rows, index]);
}
