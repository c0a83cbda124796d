// Variables in the answers to questions: latents in their units, columns in the units of the tables.

import type { Transform } from '../data/dataset.js';
import { isMeasured, isSize } from '../data/kinds.js';
import { inUnits } from '../data/units.js';
import { InputError } from '../errors/errors.js';
import { latentNodes } from '../causal/graph.js';
import type { RunSummary } from '../training/run-folder.js';

/** `table`: as in the table; `cpm`, `clr`: log2 counts per million and log-ratios, which need the total of a row. */
export type ColumnUnit = 'table' | 'cpm' | 'clr';

export interface ColumnVariable {
  /** `<modality>.<column>`. */
  readonly name: string;
  readonly modality: string;
  readonly column: string;
  readonly unit: ColumnUnit;
  /** Positions of the modality, of the column in it, and of the column among the columns of all modalities. */
  readonly m: number;
  readonly c: number;
  readonly at: number;
  /** Number of columns of the modality. */
  readonly width: number;
  /** False for levels and counts. */
  readonly measured: boolean;
  /** Converts a standardised value to the unit of the column. */
  readonly inUnits: (value: number) => number;
}

/** Returns the names of the latents of all modalities, in order. */
export function latentNames({ model }: Pick<RunSummary, 'model'>): string[] {
  return latentNodes(model.modalities.map(({ name, latents }) => ({ name, latents }))).map(({ name }) => name);
}

/** Returns the columns of all modalities except sizes, in order. */
export function columnVariables({ columns }: Pick<RunSummary, 'columns'>): ColumnVariable[] {
  let at = 0;
  return columns.flatMap(({ name: modality, columns: scales, transform }, m) =>
    scales.flatMap((scale, c): ColumnVariable[] => {
      const position = at++;
      if (isSize(scale.kind)) return [];
      return [
        {
          name: `${modality}.${scale.name}`,
          modality,
          column: scale.name,
          unit: unitOf(transform),
          m,
          c,
          at: position,
          width: scales.length,
          measured: isMeasured(scale.kind),
          inUnits: (value) => inUnits(scale, value, transform),
        },
      ];
    }),
  );
}

/** Refuses columns that have no unit alone. @throws InputError `no-inverse` for counts per million or log-ratios */
export function checkUnits(columns: readonly ColumnVariable[]): void {
  const without = columns.find(({ unit }) => unit !== 'table');
  if (!without) return;
  throw new InputError(
    'no-inverse',
    `Modality "${without.modality}" was fitted as ${without.unit}: its values are relative to the total of a row, ` +
      'which the model does not know, so they have no value in the units of the table. Fit it with log1p, arcsinh or ' +
      'rank.',
    { modality: without.modality },
  );
}

function unitOf(transform: Transform | undefined): ColumnUnit {
  return transform?.kind === 'cpm' || transform?.kind === 'clr' ? transform.kind : 'table';
}
