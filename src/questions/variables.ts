// What questions are answered about: latents in their own units, columns in the units of the tables.

import type { Transform } from '../data/dataset.js';
import { isMeasured, isSize } from '../data/kinds.js';
import { inUnits } from '../data/units.js';
import { InputError } from '../errors.js';
import { latentNodes } from '../causal/graph.js';
import type { RunSummary } from '../training/run-folder.js';

/** `table`: as in the tables; `cpm`, `clr`: log2 counts per million and log-ratios, which have no other unit alone. */
export type ColumnUnit = 'table' | 'cpm' | 'clr';

export interface ColumnVariable {
  /** `<modality>.<column>`. */
  readonly name: string;
  readonly modality: string;
  readonly column: string;
  readonly unit: ColumnUnit;
  /** Position of the modality, of the column in it, and among the columns of all modalities. */
  readonly m: number;
  readonly c: number;
  readonly at: number;
  /** Columns of the modality. */
  readonly width: number;
  /** False for a yes or no, a level, a count. */
  readonly measured: boolean;
  /** A standardised value in the column's unit. */
  readonly inUnits: (value: number) => number;
}

/** Names of the latents of all modalities, in order. */
export function latentNames({ model }: Pick<RunSummary, 'model'>): string[] {
  return latentNodes(model.modalities.map(({ name, latents }) => ({ name, latents }))).map(({ name }) => name);
}

/** Columns of all modalities that can be answered for, in order: all but sizes. */
export function columnVariables({ columns }: Pick<RunSummary, 'columns'>): ColumnVariable[] {
  let at = 0;
  return columns.flatMap(({ name: modality, columns: scales, transform }, m) =>
    scales.flatMap((scale, c): ColumnVariable[] => {
      const own = at++;
      if (isSize(scale.kind)) return [];
      return [
        {
          name: `${modality}.${scale.name}`,
          modality,
          column: scale.name,
          unit: unitOf(transform),
          m,
          c,
          at: own,
          width: scales.length,
          measured: isMeasured(scale.kind),
          inUnits: (value) => inUnits(scale, value, transform),
        },
      ];
    }),
  );
}

/** @throws InputError `no-inverse` for a column of counts per million or log-ratios */
export function checkUnits(columns: readonly ColumnVariable[]): void {
  const without = columns.find(({ unit }) => unit !== 'table');
  if (!without) return;
  throw new InputError(
    'no-inverse',
    `Modality "${without.modality}" was fitted as ${without.unit}: its values are shares of a row's total, which the ` +
      'model does not know, so they cannot be given in the units of the table. Fit it with log1p, arcsinh or rank.',
    { modality: without.modality },
  );
}

function unitOf(transform: Transform | undefined): ColumnUnit {
  return transform?.kind === 'cpm' || transform?.kind === 'clr' ? transform.kind : 'table';
}
