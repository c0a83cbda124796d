// The names of the entries of (z, η), and the labels of columns.

import type { RunSummary } from '../../training/run-folder.js';
import type { ReportSubjects } from '../input.js';

/** One of the `width` entries of an examination. */
export interface Entry {
  /** `<modality>.z1` for a latent, as in the graph, and `<modality>.η1` for private noise. */
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

/** Returns the positions of the latents z among all entries. */
export function latentPositions(entries: readonly Entry[]): number[] {
  return entries.flatMap(({ latent }, i) => (latent ? [i] : []));
}

/** Returns the label of a column in the study, or its name. */
export function labelOf({ labels }: Pick<ReportSubjects, 'labels'>, modality: string, column: string): string {
  const ofModality = labels !== undefined && Object.hasOwn(labels, modality) ? labels[modality] : undefined;
  return ofModality !== undefined && Object.hasOwn(ofModality, column) ? ofModality[column] : column;
}
