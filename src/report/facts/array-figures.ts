// The numbers behind the images and curves of the page, for programs: places and sizes, without the arrays.

import type { Augmentation } from '../../data/augmentation.js';
import type { RegularArray } from '../../data/regular-array.js';
import type { RunSummary } from '../../training/run-folder.js';
import { largestPlace, type ArrayFacts, type LargestPlace, type Rebuilt } from './regular-arrays.js';
import { mean } from '../../metrics/vectors.js';

/** Figures of one modality of images or series. */
export interface ArrayFigures {
  readonly modality: string;
  readonly regularArray: RegularArray;
  readonly augment?: Augmentation | undefined;
  readonly channels: readonly string[];
  readonly rebuilt: Rebuilt;
  readonly latents: readonly {
    readonly name: string;
    /** True if the study declares it. It is not estimated. */
    readonly shiftInvariant: boolean;
    /** Change as the latent goes from −2 to +2 sd: its maximum, and its root mean square, in sd of the channel. */
    readonly change: LargestPlace & { readonly rms: number };
    /** Mean |∂x̂ / ∂z| over subjects, in standard deviations of both: its maximum, and the mean over all values. */
    readonly attribution: LargestPlace & { readonly mean: number };
  }[];
  /** Ids of the subjects that the page shows, in its order. The page itself does not contain the ids. */
  readonly shown: readonly string[];
}

export function arrayFigures(facts: readonly ArrayFacts[]): ArrayFigures[] {
  return facts.map((one) => ({
    modality: one.modality,
    regularArray: one.regularArray,
    ...(one.augment && { augment: one.augment }),
    channels: one.channels.map(({ label }) => label),
    rebuilt: one.rebuilt,
    latents: one.latents.map(({ name, shiftInvariant, difference, attribution }) => ({
      name,
      shiftInvariant,
      change: { ...largestPlace(one, difference), rms: Math.sqrt(mean(difference.map((value) => value ** 2))) },
      attribution: { ...largestPlace(one, attribution), mean: mean(attribution) },
    })),
    shown: one.shown.map(({ id }) => id),
  }));
}

/** Information that deep canonical correlation, the first stage of a fit with images or series, found. */
export interface SharedInformation {
  /** −½ Σ ln(1 − ρ²) of the chosen restart. */
  readonly nats: number;
  /** Number of subjects of the validation split. */
  readonly subjects: number;
}

/** Returns undefined if the subspaces do not come from deep canonical correlation. */
export function sharedInformation({ subspaces, stages, subjects }: RunSummary): SharedInformation | undefined {
  const stage = stages.find(({ name }) => name === 'subspaces');
  const objective = stage?.objectives[stage.chosenRestart] ?? undefined;
  if (subspaces?.chosen !== 'correlation' || objective === undefined) return undefined;
  return { nats: -objective, subjects: subjects.validation };
}
