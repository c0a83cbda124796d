// Compares an estimate with a known truth: MCC, R² and structural distance, per modality and in total.

import { checkArgument, type Shape } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import { aboveChance, chanceFloors } from './chance-floor.js';
import { meanCorrelation } from './mean-correlation.js';
import { pearson } from './correlation.js';
import {
  effectCoverage,
  targetScore,
  type CauseEffects,
  type CauseTargets,
  type EffectCoverage,
  type EstimatedEffect,
  type TargetScore,
} from './cause-metrics.js';
import { r2, type R2Options } from './r2.js';
import { sharingScore, type SharedSet, type SharingScore } from './sharing.js';
import { selectColumns, type MetricWarning, type Samples } from './samples.js';
import { structuralHammingDistance, type StructuralDistance } from './structural-distance.js';

/** One side of an evaluation. Latents are named `<modality>.z1`, `<modality>.z2`, … */
export interface LatentTable {
  /** Subjects × latents, concatenated over modalities. Both sides have the same subjects in the same order. */
  readonly z: Samples;
  readonly modalities: readonly { readonly name: string; readonly latents: number }[];
  /** Latents × latents, row child, column parent, non-zero an edge. Graphs are compared if both sides have one. */
  readonly adjacency?: ArrayLike<number>;
  /** Edges of observed causes. They are compared if both sides have them. */
  readonly targets?: CauseTargets | undefined;
}

/** The true side. A modality without true latents has 0; the latents that were estimated for it have no partners. */
export interface TrueLatents extends LatentTable {
  /** Variable of each latent, by number: copies in several modalities have the same one. */
  readonly variables?: readonly number[] | undefined;
  readonly effects?: CauseEffects | undefined;
}

export interface EstimatedLatents extends LatentTable {
  /** Sets of modalities that share latents. They are compared with the true ones, if `variables` are known. */
  readonly shared?: readonly SharedSet[] | undefined;
  /** Effects of observed causes. They are compared with true effects, if there are some. */
  readonly effects?: readonly EstimatedEffect[] | undefined;
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
  /** Edges of observed causes; left out unless both sides have them. */
  readonly targets?: TargetScore;
  /** Effects of observed causes; left out unless both sides have them. */
  readonly effects?: EffectCoverage;
  /** Latents that modalities share; left out unless both sides have them. */
  readonly sharing?: SharingScore;
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
  truth: TrueLatents,
  estimate: EstimatedLatents,
  options: Pick<R2Options, 'fitRows' | 'scoreRows' | 'alpha'> = {},
): Evaluation {
  for (const [name, table] of Object.entries({ truth, estimate })) {
    checkArgument(`evaluate: ${name}`, table, TABLE);
  }
  checkModalities(truth, estimate);
  const { modalities: known, positions, z: zHat } = withTrueLatents(truth, estimate);
  const layout = {
    modalities: known.map(([{ latents }]) => latents),
    estimated: known.map(([, { latents }]) => latents),
  };
  const all = latentNames(estimate);
  const names = { truth: latentNames(truth), estimate: positions.map((position) => all[position]) };
  const correlation = meanCorrelation(truth.z, zHat, layout, names);
  // The matching across modalities also has the latents of modalities without true ones.
  const whole = { modalities: [truth.z.columns], estimated: [estimate.z.columns] };
  const everything = zHat === estimate.z ? correlation : meanCorrelation(truth.z, estimate.z, whole);
  const floors = chanceFloors(truth.z, layout);
  const regression = r2(zHat, truth.z, { ...options, ...layout });
  const matching = correlation.spearman.matching.map((partner) => (partner < 0 ? -1 : positions[partner]));
  const structure =
    truth.adjacency === undefined || estimate.adjacency === undefined
      ? null
      : structuralHammingDistance(truth.adjacency, estimate.adjacency, matching, layout);

  const latents = names.truth.map((name, i): LatentEvaluation => ({
    name,
    estimate: all[matching[i]] ?? null,
    pearson: correlation.pearson.perLatent[i],
    spearman: correlation.spearman.perLatent[i],
    r2: regression.perLatent[i],
  }));
  let start = 0;
  const modalities = known.map(([{ name, latents: count }], m): [string, ModalityEvaluation] => [
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
    globalMcc: everything.pearson.global,
    globalMccSpearman: everything.spearman.global,
    modalities: Object.fromEntries(modalities),
    structure,
    ...causeMetrics(truth, estimate, matching),
    ...(truth.variables &&
      estimate.shared && { sharing: sharingScore(truth.modalities, truth.variables, estimate.shared) }),
    r2Rows: { fitted: regression.fitRows, scored: regression.scoreRows },
    warnings: [...correlation.warnings, ...regression.warnings, ...unmatchedEdges(structure)],
  };
}

/** Returns the modalities that have true latents, with their estimated latents and the positions of these. */
function withTrueLatents(truth: TrueLatents, estimate: EstimatedLatents) {
  const pairs = truth.modalities.map((modality, m) => [modality, estimate.modalities[m]] as const);
  const modalities = pairs.filter(([{ latents }]) => latents !== 0);
  if (modalities.length === pairs.length) {
    return { modalities, positions: Array.from({ length: estimate.z.columns }, (_, i) => i), z: estimate.z };
  }
  let next = 0;
  const positions = pairs.flatMap(([{ latents }, { latents: count }]) => {
    const first = next;
    next += count;
    return latents === 0 ? [] : Array.from({ length: count }, (_, i) => first + i);
  });
  return { modalities, positions, z: selectColumns(estimate.z, positions) };
}

function causeMetrics(
  truth: TrueLatents,
  estimate: EstimatedLatents,
  matching: Int32Array,
): Pick<Evaluation, 'targets' | 'effects'> {
  const matched = { matching, estimated: estimate.z.columns };
  const targets = truth.targets && estimate.targets && targetScore(truth.targets, estimate.targets, matched);
  if (!truth.effects || !estimate.effects) return targets ? { targets } : {};
  const { values, columns } = pearson(truth.z, estimate.z);
  const signs = Array.from(matching, (partner, latent) => (partner < 0 ? 0 : values[latent * columns + partner]));
  return { ...(targets && { targets }), effects: effectCoverage(truth.effects, estimate.effects, { matching, signs }) };
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
