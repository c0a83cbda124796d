// What a compared method is: it is fitted on the training subjects, and gives latents of each modality for all
// subjects.

import type { Samples } from '../metrics/index.js';
import type { Study } from '../study/study.js';
import type { ComparedData } from './compared-data.js';

/** Latents of all subjects. */
export interface MethodLatents {
  /** By modality, subjects × latents. Rows of subjects who lack the modality are NaN. */
  readonly latents: readonly Samples[];
  /** Graph over the latents of all modalities: row child, column parent, non-zero an edge. Left out without a graph. */
  readonly adjacency?: ArrayLike<number> | undefined;
}

export interface MethodInput {
  /** The study, with the data that {@link data} describes. */
  readonly study: Study;
  readonly data: ComparedData;
  readonly seed: number;
  /** True if subjects of the modalities were shuffled, so that nothing is associated. */
  readonly isShuffled: boolean;
  readonly signal: AbortSignal;
}

export interface MethodResult extends MethodLatents {
  /** Peak memory of a separate process in bytes; null if unknown. Left out for a method that runs in this process. */
  readonly memory?: number | null;
}

export interface Method {
  readonly name: string;
  /** One line for readers. */
  readonly title: string;
  /** True for another program, which may fail at once. It is fitted first. */
  readonly isForeign?: boolean;
  readonly fit: (input: MethodInput) => Promise<MethodResult>;
}

/** Returns latents with NaN for the subjects who lack the modality. */
export function withoutAbsent({ values, rows, columns }: Samples, present: Uint8Array): Samples<Float64Array> {
  return {
    rows,
    columns,
    values: Float64Array.from(values, (value, at) => (present[Math.floor(at / columns)] === 1 ? value : NaN)),
  };
}
