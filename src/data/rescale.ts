// A data set's values in a fitted model's units: columns found by name, the data set's own standardisation undone, the model's applied.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { ColumnScale, Dataset, ModalityScales } from './dataset.js';
import { encodeValue, notEncoded } from './standardise.js';

/**
 * @param scales the model's modalities in its order, each with the columns it was trained on
 * @returns per modality, subjects × columns
 * @throws InputError `modality-mismatch`, `missing-column`, and for a value that cannot be encoded as in training
 *   `log-domain`, `too-wide-range` or `not-finite`
 */
export function rescale(dataset: Dataset, scales: readonly ModalityScales[]): Float32Array[] {
  return scales.map(({ name, columns: wanted }) => {
    const modality = dataset.modalities.find((m) => m.name === name);
    if (!modality) {
      const names = dataset.modalities.map((m) => m.name).join(', ');
      throw new InputError('modality-mismatch', `The model needs modality "${name}"; the data set has: ${names}.`);
    }
    const { columns, values } = modality;
    if (sameScales(columns, wanted)) {
      // Nothing to encode; the check of every value is the same.
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0)
        throw notEncoded(values[bad], columns[bad % columns.length], {
          modality: name,
          subject: dataset.ids[Math.floor(bad / columns.length)],
        });
      return values;
    }
    const rows = dataset.ids.length;
    const result = new Float32Array(rows * wanted.length);
    wanted.forEach((to, target) => {
      const source = columns.findIndex((column) => column.name === to.name);
      if (source === -1) {
        const names = columns.map((column) => column.name);
        throw new InputError(
          'missing-column',
          `Modality "${name}" lacks column "${to.name}", which the model was trained on${didYouMean(to.name, names)}.`,
        );
      }
      const from = columns[source];
      for (let row = 0; row < rows; row++) {
        result[row * wanted.length + target] = encodeValue(
          undo(from, values[row * columns.length + source]),
          to,
          () => ({
            modality: name,
            subject: dataset.ids[row],
          }),
        );
      }
    });
    return result;
  });
}

function undo(scale: ColumnScale, value: number): number {
  const raw = value * scale.sd + scale.mean;
  return scale.log ? Math.exp(raw) - scale.offset : raw;
}

function sameScales(a: readonly ColumnScale[], b: readonly ColumnScale[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
