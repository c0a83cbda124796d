// The entries of (z, η) by name, and what people call columns.

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

/** What people call a column. */
export function labelOf({ labels }: Pick<ReportSubjects, 'labels'>, modality: string, column: string): string {
  const own = labels !== undefined && Object.hasOwn(labels, modality) ? labels[modality] : undefined;
  return own !== undefined && Object.hasOwn(own, column) ? own[column] : column;
}
