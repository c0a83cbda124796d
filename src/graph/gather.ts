// Gathers mini-batches: rows of a resident data set, selected by a resident index, transposed to features × batch and
// standardised.

import { InputError } from '../errors/errors.js';
import { leafRows } from './leaves.js';
import { apply, isInteger, listAttribute } from './node.js';
import { opaque, type Node, type Operation } from './operation.js';
import { extent, kernel, list, precise, runsOfPlan, size, writes } from './kernel-record.js';
import { formatShape, shapeError } from './shapes.js';

/**
 * Mean and standard deviation of every channel. A row holds the features of the first channel, then those of the next.
 */
export interface ChannelScale {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

/** Returns the scale of each channel; empty lists leave the values as they are. */
function scaleOf(node: Node): { readonly mean: readonly number[]; readonly sd: readonly number[] } {
  return 'mean' in node.attributes
    ? { mean: listAttribute(node, 'mean'), sd: listAttribute(node, 'sd') }
    : { mean: [], sd: [] };
}

/** Scales are none, or the means of the channels and then their standard deviations. */
export const gatherKernel = kernel({
  name: 'gather',
  extended: true,
  floats: { scales: list('rest', precise) },
  ints: { features: size, batch: size, batches: size, rows: extent, runs: runsOfPlan, tiles: size },
  operands: {
    out: writes('runs', 'features', 'batch'),
    data: { access: 'values', shape: ['rows', 'features'] },
    index: { access: 'words', shape: ['runs', 'batches', 'batch'] },
  },
});

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
      const { mean, sd } = scaleOf(node);
      const perChannel = features / mean.length;
      const result = new Float64Array(runs * features * batch);
      for (let run = 0; run < runs; run++) {
        for (let column = 0; column < batch; column++) {
          const row = index.values[(run * batches + (step % batches)) * batch + column];
          if (!(row >= 0 && row < rows.shape[0])) {
            throw new InputError('index-out-of-range', `[gather] row ${row} of ${rows.shape[0]} does not exist`);
          }
          for (let feature = 0; feature < features; feature++) {
            const value = rows.values[row * features + feature];
            const channel = Math.floor(feature / perChannel);
            result[(run * features + feature) * batch + column] =
              mean.length === 0 ? value : (value - mean[channel]) / sd[channel];
          }
        }
      }
      return result;
    },
    takesIntegers: true,
    keepsRunsApart: ({ inputs }, hasRuns) => hasRuns(inputs[1]),
    wholeInputs: [0],
    lowering: opaque(gatherKernel, (node, tiles) => {
      const [rows, index] = node.inputs;
      const [runs, features, batch] = node.shape;
      const batches = index.shape[1];
      const { mean, sd } = scaleOf(node);
      if (batches % tiles === 0) {
        return { features, batch, batches, rows: rows.shape[0], runs, tiles, scales: [...mean, ...sd] };
      }
      throw new InputError(
        'out-of-range',
        `[gather] ${batches} rows of an index are not enough for steps of ${tiles} tiles`,
      );
    }),
  },
} satisfies Record<string, Operation>;

/**
 * Returns mini-batches: column b of run r is data row `index[r, step mod batches, b]`, standardised if `scale` is
 * given. Not differentiable.
 * @param rows `[rows, features]`: a data leaf of float32, uint8 or int16
 * @param index `[runs or 1, batches, B]`: a data leaf of int32
 * @param scale of the channels; each channel has the same number of a row's features
 * @returns `[runs or 1, features, B]`
 * @throws InputError `wrong-dtype`, `shape-mismatch`, `out-of-range`
 */
export function gather(rows: Node, index: Node, scale?: ChannelScale): Node {
  if (!isInteger(index) || rows.operation !== leafRows.data || isInteger(rows)) {
    const expected = 'a data leaf of float32, uint8 or int16 and an int32 data leaf as its index';
    throw new InputError('wrong-dtype', `[gather] takes ${expected}`);
  }
  if (scale === undefined) return apply(gatherRows.gather, [rows, index]);
  const { mean, sd } = scale;
  const features = rows.shape[1];
  if (mean.length === 0 || sd.length !== mean.length || features % mean.length !== 0) {
    const shown = `${mean.length} means and ${sd.length} standard deviations`;
    throw shapeError('gather', `${features} features cannot be divided among channels with ${shown}`);
  }
  if (!mean.every(Number.isFinite) || !sd.every((value) => value > 0 && value < Infinity)) {
    throw new InputError('out-of-range', '[gather] means must be finite, standard deviations finite and above 0');
  }
  return apply(gatherRows.gather, [rows, index], { mean, sd });
}
