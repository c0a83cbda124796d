// The numbers behind the page's pictures and curves, for programs: places and sizes, not the arrays.

import type { Augmentation } from '../../data/augmentation.js';
import type { Grid } from '../../data/grid.js';
import type { RunSummary } from '../../training/run-folder.js';
import { largestPlace, type GridFacts, type GridPlace, type Rebuilt } from './grids.js';

/** Of one modality of pictures or series. */
export interface GridFigures {
  readonly modality: string;
  readonly grid: Grid;
  readonly augment?: Augmentation | undefined;
  readonly channels: readonly string[];
  readonly rebuilt: Rebuilt;
  readonly latents: readonly {
    readonly name: string;
    /** Declared in the study, not found. */
    readonly shiftInvariant: boolean;
    /** What changes as the latent goes from −2 to +2 sd: where most, and the root mean square; in sd of the channel. */
    readonly change: GridPlace & { readonly rms: number };
    /** Mean |∂x̂ / ∂z| over subjects, in standard deviations of both: where most, and the mean over all values. */
    readonly attribution: GridPlace & { readonly mean: number };
  }[];
  /** Ids of the subjects that the page shows, in its order; it does not have them itself. */
  readonly shown: readonly string[];
}

export function gridFigures(facts: readonly GridFacts[]): GridFigures[] {
  return facts.map((one) => ({
    modality: one.modality,
    grid: one.grid,
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

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What deep canonical correlation, the first part of a fit with pictures or series, found. */
export interface SharedInformation {
  /** −½ Σ ln(1 − ρ²) of the chosen run. */
  readonly nats: number;
  /** Of the validation part. */
  readonly subjects: number;
}

/** Undefined where latents were found in another way. */
export function sharedInformation({ subspaces, parts, subjects }: RunSummary): SharedInformation | undefined {
  const part = parts.find(({ name }) => name === 'subspaces');
  const objective = part?.objectives[part.chosenRun] ?? undefined;
  if (subspaces?.chosen !== 'correlation' || objective === undefined) return undefined;
  return { nats: -objective, subjects: subjects.validation };
}
