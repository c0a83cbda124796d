// Compares an estimate with a known truth: MCC, R² and structural distance, per modality and in total.

import { checkArgument, type Shape } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import { aboveChance, chanceFloors } from './chance-floor.js';
import { meanCorrelation } from './mean-correlation.js';
import { r2, type R2Options } from './r2.js';
import type { MetricWarning, Samples } from './samples.js';
import { structuralHammingDistance, type StructuralDistance } from './structural-distance.js';

/** One side of an evaluation. Latents are named `<modality>.z1`, `<modality>.z2`, … */
export interface LatentTable {
  /** Subjects × latents, concatenated over modalities. Both sides have the same subjects in the same order. */
  readonly z: Samples;
  readonly modalities: readonly { readonly name: string; readonly latents: number }[];
  /** Latents × latents, row child, column parent, non-zero an edge. Graphs are compared if both sides have one. */
  readonly adjacency?: ArrayLike<number>;
}

const TABLE: Shape = {
  z: { values: 'typed array', rows: 'number', columns: 'number' },
  modalities: [{ name: 'text', latents: 'number' }],
  'adjacency?': 'numbers',
};

export interface LatentEvaluation {
  readonly name: string;
  /** The estimated latent that |Spearman| matches within the modality; null for none. */
  readonly estimate: string | null;
  /** |Pearson| with the partner of the Pearson matching. */
  readonly pearson: number;
  readonly spearman: number;
  readonly r2: number;
}

/** Chance floor of an MCC, and the MCC corrected for it. */
export interface AgainstChance {
  /** Mean MCC of random rotations of the true latents within each modality; 1 if every modality has one latent. */
  readonly floor: number;
  /** (MCC − floor)/(1 − floor): 0 is chance, 1 is perfect; null for a floor of 1. */
  readonly corrected: number | null;
}

export interface ModalityEvaluation {
  readonly mcc: number;
  readonly mccSpearman: number;
  readonly chance: { readonly mcc: AgainstChance; readonly mccSpearman: AgainstChance };
  readonly r2: number;
  /** Number of different edges between this modality and other modalities. A reversal counts 1. */
  readonly shd: number | null;
  readonly latents: readonly LatentEvaluation[];
}

export interface Evaluation {
  readonly subjects: number;
  /** Mean over modalities of the mean |Pearson| after matching within the modality. */
  readonly mcc: number;
  readonly mccSpearman: number;
  /** Chance floors of both: means over modalities of `draws` random rotations each. */
  readonly chance: { readonly mcc: AgainstChance; readonly mccSpearman: AgainstChance; readonly draws: number };
  /** Mean over modalities. */
  readonly r2: number;
  /** Number of different edges between modalities. A reversal counts 1. null without graphs. */
  readonly shd: number | null;
  /** As `shd`, but a reversal counts 2. */
  readonly shdReversalTwice: number | null;
  /** MCC of a matching across all modalities. */
  readonly globalMcc: number;
  readonly globalMccSpearman: number;
  readonly modalities: Readonly<Record<string, ModalityEvaluation>>;
  readonly structure: StructuralDistance | null;
  readonly r2Rows: { readonly fitted: number; readonly scored: number };
  readonly warnings: readonly MetricWarning[];
}

/**
 * Compares `estimate` with `truth` on the same subjects, which should be held out from training.
 * The Spearman matching within modalities aligns the graphs.
 * @throws InputError `modality-mismatch` and the errors of {@link meanCorrelation}, {@link r2} and
 *   {@link structuralHammingDistance}.
 */
export function evaluate(
  truth: LatentTable,
  estimate: LatentTable,
  options: Pick<R2Options, 'fitRows' | 'scoreRows' | 'alpha'> = {},
): Evaluation {
  for (const [name, table] of Object.entries({ truth, estimate })) {
    checkArgument(`evaluate: ${name}`, table, TABLE);
  }
  checkModalities(truth, estimate);
  const layout = {
    modalities: truth.modalities.map(({ latents }) => latents),
    estimated: estimate.modalities.map(({ latents }) => latents),
  };
  const names = { truth: latentNames(truth), estimate: latentNames(estimate) };
  const correlation = meanCorrelation(truth.z, estimate.z, layout, names);
  const floors = chanceFloors(truth.z, layout);
  const regression = r2(estimate.z, truth.z, { ...options, ...layout });
  const { matching } = correlation.spearman;
  const structure =
    truth.adjacency === undefined || estimate.adjacency === undefined
      ? null
      : structuralHammingDistance(truth.adjacency, estimate.adjacency, matching, layout);

  const latents = names.truth.map((name, i): LatentEvaluation => ({
    name,
    estimate: names.estimate[matching[i]] ?? null,
    pearson: correlation.pearson.perLatent[i],
    spearman: correlation.spearman.perLatent[i],
    r2: regression.perLatent[i],
  }));
  let start = 0;
  const modalities = truth.modalities.map(({ name, latents: count }, m): [string, ModalityEvaluation] => [
    name,
    {
      mcc: correlation.pearson.perModality[m],
      mccSpearman: correlation.spearman.perModality[m],
      chance: {
        mcc: againstChance(correlation.pearson.perModality[m], floors.pearson.perModality[m]),
        mccSpearman: againstChance(correlation.spearman.perModality[m], floors.spearman.perModality[m]),
      },
      r2: regression.perModality[m],
      shd: structure === null ? null : structure.perModality[m].distance,
      latents: latents.slice(start, (start += count)),
    },
  ]);
  return {
    subjects: truth.z.rows,
    mcc: correlation.pearson.mean,
    mccSpearman: correlation.spearman.mean,
    chance: {
      mcc: againstChance(correlation.pearson.mean, floors.pearson.mean),
      mccSpearman: againstChance(correlation.spearman.mean, floors.spearman.mean),
      draws: floors.draws,
    },
    r2: regression.mean,
    shd: structure === null ? null : structure.cross.distance,
    shdReversalTwice: structure === null ? null : structure.cross.distanceReversalTwice,
    globalMcc: correlation.pearson.global,
    globalMccSpearman: correlation.spearman.global,
    modalities: Object.fromEntries(modalities),
    structure,
    r2Rows: { fitted: regression.fitRows, scored: regression.scoreRows },
    warnings: [...correlation.warnings, ...regression.warnings, ...unmatchedEdges(structure)],
  };
}

function againstChance(mcc: number, floor: number): AgainstChance {
  return { floor, corrected: aboveChance(mcc, floor) };
}

function checkModalities(truth: LatentTable, estimate: LatentTable): void {
  const [expected, actual] = [truth, estimate].map(({ modalities }) => modalities.map(({ name }) => name));
  if (expected.length !== actual.length || expected.some((name, m) => name !== actual[m])) {
    throw new InputError(
      'modality-mismatch',
      `the truth has the modalities ${expected.join(', ')}, the estimate ${actual.join(', ')}; ` +
        'both must list the same names in the same order',
    );
  }
}

function latentNames({ modalities }: LatentTable): string[] {
  return modalities.flatMap(({ name, latents }) => Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`));
}

function unmatchedEdges(structure: StructuralDistance | null): MetricWarning[] {
  if (structure === null || structure.unmatchedEdges === 0) return [];
  return [
    {
      code: 'unmatched-edge',
      message:
        `${structure.unmatchedEdges} estimated edges involve a latent without a true partner; they are not counted ` +
        'in the distance',
    },
  ];
}
