// A data set's values in a fitted model's units: columns found by name, the data set's own standardisation undone, the model's applied.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { ColumnScale, Dataset, ModalityScales } from './dataset.js';

/**
 * @param scales the model's modalities in its order, each with the columns it was trained on
 * @returns per modality, subjects × columns
 * @throws InputError `modality-mismatch`, `missing-column`, `not-finite` (a value that cannot be logged as in training)
 */
export function rescale(dataset: Dataset, scales: readonly ModalityScales[]): Float32Array[] {
  return scales.map(({ name, columns: wanted }) => {
    const modality = dataset.modalities.find((m) => m.name === name);
    if (!modality) {
      const names = dataset.modalities.map((m) => m.name).join(', ');
      throw new InputError('modality-mismatch', `The model needs modality "${name}"; the data set has: ${names}.`);
    }
    const { columns, values } = modality;
    if (sameScales(columns, wanted)) return values;
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
        const value = apply(to, undo(from, values[row * columns.length + source]));
        if (!Number.isFinite(value)) {
          throw new InputError(
            'not-finite',
            `Modality "${name}", column "${to.name}", subject ${dataset.ids[row]}: the value cannot be logged as in training.`,
          );
        }
        result[row * wanted.length + target] = value;
      }
    });
    return result;
  });
}

function undo(scale: ColumnScale, value: number): number {
  const raw = value * scale.sd + scale.mean;
  return scale.log ? Math.exp(raw) - scale.offset : raw;
}

function apply(scale: ColumnScale, raw: number): number {
  return ((scale.log ? Math.log(raw + scale.offset) : raw) - scale.mean) / scale.sd;
}

function sameScales(a: readonly ColumnScale[], b: readonly ColumnScale[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
