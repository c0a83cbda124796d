// The entries of (z, η) by name, and the units of columns.

import type { ColumnScale, Transform } from '../../data/dataset.js';
import { isMeasured } from '../../data/kinds.js';
import { untransformed } from '../../data/transform.js';
import type { RunSummary } from '../../training/run-folder.js';
import type { ReportSubjects } from '../input.js';

/** One entry of an examination's `width`. */
export interface Entry {
  /** `<modality>.z1` as in the graph, `<modality>.η1` for private noise. */
  readonly name: string;
  readonly modality: string;
  /** Position of the modality. */
  readonly m: number;
  readonly latent: boolean;
}

export function entriesOf({ model }: Pick<RunSummary, 'model'>): Entry[] {
  return model.modalities.flatMap(({ name, latents, exogenous }, m) => {
    const named = (letter: string, length: number, latent: boolean): Entry[] =>
      Array.from({ length }, (_, k) => ({ name: `${name}.${letter}${k + 1}`, modality: name, m, latent }));
    return [...named('z', latents, true), ...named('η', exogenous, false)];
  });
}

/** Positions of the latents z among all entries. */
export function latentPositions(entries: readonly Entry[]): number[] {
  return entries.flatMap(({ latent }, i) => (latent ? [i] : []));
}

/**
 * A standardised value in the column's own units; at the means of the covariates where the modality is adjusted. Values
 * of `cpm` stay log2 counts per million and those of `clr` log-ratios: they have no unit of their own without the row.
 */
export function inUnits(scale: ColumnScale, value: number, transform?: Transform): number {
  const { log, offset, mean, sd } = scale;
  const raw = value * sd + mean;
  if (transform && isMeasured(scale.kind)) return untransformed(transform, scale, raw);
  return log ? Math.exp(raw) - offset : raw;
}

/** What people call a column. */
export function labelOf({ labels }: Pick<ReportSubjects, 'labels'>, modality: string, column: string): string {
  return labels?.[modality]?.[column] ?? column;
}
