// Errors of the linear prediction of all other columns from features of a modality: errors of held-out subjects by
// least squares on training subjects.

import type { Samples } from '../metrics/index.js';
import type { SubjectErrors } from './nonlinear-errors.js';
import type { PerSplit, TwoSplits } from './two-splits.js';

/** Returns errors over observed values only. @param features features of the same subjects as the columns */
export function straightErrors(features: PerSplit<Samples>, columns: TwoSplits): SubjectErrors {
  const readOut = columns.readOutOf(features);
  const predicted = readOut.features.heldOut.mmul(readOut.weights);
  const actual = columns.centred('heldOut');
  const { observed } = columns.heldOut;
  const errors = new Float64Array(actual.rows);
  let total = 0;
  for (let row = 0; row < actual.rows; row++) {
    for (let c = 0; c < actual.columns; c++) {
      if (observed?.[row * actual.columns + c] === 0) continue;
      const value = actual.get(row, c);
      errors[row] += (value - predicted.get(row, c)) ** 2;
      total += value ** 2;
    }
  }
  return {
    heldOut: Int32Array.from(errors.keys()),
    errors: errors.map((error) => (total > 0 ? error / total : 0)),
  };
}
