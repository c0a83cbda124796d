// Variance explained by latents in the columns of each modality, in subjects on whom the model was not trained.
//
// Within the modality of a latent, the decoder predicts columns from the latents that the encoder reads from the same
// columns. R² is 1 − Σ (x − x̂)² / Σ (x − mean)² over subjects and columns, on the scales of the model. "Alone": all
// other latents are at their means. "Unique": R² of all latents minus R² with this one at its mean. The private noises
// are at their means throughout, and x̂ is shifted to the training mean of each column.
//
// In other modalities, ten-fold regressions on out-of-fold latents predict columns, and R² compares them with the means
// of the other folds. It is 0 or slightly below for latents without association. "Alone" is the regression on this
// latent, and "unique" the gain of the regression on all latents of its modality over that on the other latents.

import { presenceOf } from '../data/presence.js';
import { rescale } from '../data/rescale.js';
import { valuesPerSubject } from '../data/regular-array.js';
import type { Modality } from '../data/dataset.js';
import { spreadOver, tableOf, type Table } from '../quality/index.js';
import { nextTurn } from '../threads/next-turn.js';
import { alignedLatents } from './aligned-latents.js';
import { crossFittedErrors, foldsOf } from './cross-fitted-errors.js';
import {
  HeldOutSubjects,
  type DecodableSubjects,
  type Decoded,
  type DecodedModality,
  type LatentSetting,
} from './held-out-subjects.js';
import { subjectsOf, type InterpretationInput } from './input.js';
import { ratio, type Interval90 } from './ratio.js';
import { latentUnits, type LatentUnit } from './units.js';

/** Minimum number of subjects, or groups, of a figure. */
const MIN_SUBJECTS = 10;
/** Minimum number of subjects of a regression. */
const MIN_REGRESSED = 20;
/** Maximum number of subjects of a regression. */
const MAX_REGRESSED = 4096;
/** Maximum number of values of a regressed modality; of more, evenly spread columns are taken. */
const MAX_VALUES = 1e6;

/** Variance that a latent, a block, or all latents of a modality explain in one modality. */
export interface ExplainedVariance {
  /** The latent or block; undefined for all latents of the modality. */
  readonly unit: LatentUnit | undefined;
  /** Modality of the latents. */
  readonly from: string;
  /** Modality of the columns. */
  readonly to: string;
  /** R² of the latent alone, or of all latents. */
  readonly r2: Interval90;
  /** R² that is lost without the latent. Undefined for all latents. */
  readonly unique?: Interval90 | undefined;
  /** Number of subjects, or rows of groups. */
  readonly subjects: number;
  /** Number of columns, or pixels. */
  readonly columns: number;
}

/**
 * Returns the explained variance within each modality, and across modalities if the fit has out-of-fold latents.
 * @throws what `HeldOutSubjects.encode` throws; the signal's reason
 */
export async function explainedVariance(input: InterpretationInput): Promise<ExplainedVariance[]> {
  const units = latentUnits(input);
  return [...(await withinModalities(input, units)), ...(await acrossModalities(input, units))];
}

async function withinModalities(
  input: InterpretationInput,
  units: readonly LatentUnit[],
): Promise<ExplainedVariance[]> {
  const subjects = await HeldOutSubjects.encode(input, 'variance');
  try {
    return await varianceWithin(subjects, units, input.signal);
  } finally {
    await subjects.dispose();
  }
}

/** Returns the shares of each modality's latents in its columns. */
export async function varianceWithin(
  subjects: DecodableSubjects,
  units: readonly LatentUnit[],
  signal?: AbortSignal,
): Promise<ExplainedVariance[]> {
  const { modalities } = subjects;
  const ofModality = modalities.map(({ name }) => units.filter(({ modality }) => modality === name));
  const settings = modalities.map((one, m) => settingsOf(one, ofModality[m]));
  const results = settings.map((): SquaredErrors[] => []);
  for (let s = 0; s < Math.max(...settings.map(({ length }) => length)); s++) {
    signal?.throwIfAborted();
    const decoded = await subjects.decode(settings.map((some) => some.at(s)));
    decoded.forEach((one, m) => {
      if (one) results[m].push(squaredErrors(modalities[m], one));
    });
  }
  return modalities.flatMap((one, m) => sharesWithin(one, ofModality[m], results[m]));
}

/** Returns all latents, then for each unit this unit alone, then for each unit all other ones. */
function settingsOf({ z, latents, subjects }: DecodedModality, units: readonly LatentUnit[]): LatentSetting[] {
  const means = Float64Array.from({ length: latents }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < subjects; i++) sum += z[i * latents + k];
    return sum / Math.max(1, subjects);
  });
  const keeping = (isKept: (k: number) => boolean): LatentSetting =>
    z.map((value, at) => (isKept(at % latents) ? value : means[at % latents]));
  return [
    z,
    ...units.map(({ members }) => keeping((k) => members.includes(k))),
    ...units.map(({ members }) => keeping((k) => !members.includes(k))),
  ];
}

/** Σ (x − x̂)² over the columns of each subject, and 1 for subjects for whom x̂ exists. */
interface SquaredErrors {
  readonly errors: Float64Array;
  readonly valid: Uint8Array;
}

function sharesWithin(
  modality: DecodedModality,
  units: readonly LatentUnit[],
  results: readonly SquaredErrors[],
): ExplainedVariance[] {
  const { name, subjects, width, groups } = modality;
  const rows = [...Array(subjects).keys()].filter((i) => results.every(({ valid }) => valid[i] === 1));
  const known = groups && rows.map((row) => groups[row]);
  const [variation, ...errors] = [variationOf(modality), ...results.map((one) => one.errors)].map((all) =>
    Float64Array.from(rows, (row) => all[row]),
  );
  const tooFew = (known ? new Set(known).size : rows.length) < MIN_SUBJECTS;
  const share = (more: Float64Array, less: Float64Array): Interval90 =>
    tooFew
      ? UNKNOWN
      : ratio(
          more.map((error, i) => error - less[i]),
          variation,
          known,
        );
  const shared = { from: name, to: name, subjects: rows.length, columns: width };
  return [
    ...units.map((unit, u): ExplainedVariance => {
      const without = errors[1 + units.length + u];
      return { unit, r2: share(variation, errors[1 + u]), unique: share(without, errors[0]), ...shared };
    }),
    { unit: undefined, r2: share(variation, errors[0]), ...shared },
  ];
}

const UNKNOWN: Interval90 = { estimate: NaN, lower: NaN, upper: NaN };

/** Returns Σ (x − mean)² over the columns of each subject. */
function variationOf({ x, observed, width, subjects, centre }: DecodedModality): Float64Array {
  const variation = new Float64Array(subjects);
  x.forEach((value, at) => {
    if (observed?.[at] !== 0) variation[Math.floor(at / width)] += (value - centre[at % width]) ** 2;
  });
  return variation;
}

function squaredErrors(modality: DecodedModality, { x: decoded, valid }: Decoded): SquaredErrors {
  const { x, observed, width, subjects } = modality;
  const shifts = shiftsOf(modality, decoded, valid);
  const errors = new Float64Array(subjects);
  x.forEach((value, at) => {
    if (observed?.[at] !== 0) errors[Math.floor(at / width)] += (value - decoded[at] - shifts[at % width]) ** 2;
  });
  return { errors, valid };
}

/** Returns what moves the mean of each decoded column to the training mean. */
function shiftsOf(
  { observed, width, centre }: DecodedModality,
  decoded: Float32Array,
  valid: Uint8Array,
): Float64Array {
  const [sums, counts] = [new Float64Array(width), new Float64Array(width)];
  decoded.forEach((value, at) => {
    if (observed?.[at] === 0 || valid[Math.floor(at / width)] === 0) return;
    sums[at % width] += value;
    counts[at % width]++;
  });
  return sums.map((sum, c) => (counts[c] === 0 ? 0 : centre[c] - sum / counts[c]));
}

/** Returns the shares of each modality's latents in the columns of the other modalities. */
async function acrossModalities(
  input: InterpretationInput,
  units: readonly LatentUnit[],
): Promise<ExplainedVariance[]> {
  const { summary, graph, outOfFold, signal, seed = 0 } = input;
  const dataset = subjectsOf(input, 'variance');
  const aligned = outOfFold && alignedLatents(dataset.ids, graph.nodes, outOfFold);
  if (!aligned) return [];
  const values = rescale(dataset, summary.columns);
  const modalities = summary.columns.map((scales, m): Modality => {
    return { ...summary.model.modalities[m], ...scales, ...values[m] };
  });
  const result: ExplainedVariance[] = [];
  for (const source of modalities) {
    const ofSource = units.filter(({ modality }) => modality === source.name);
    const nodes = graph.nodes.flatMap(({ modality }, i) => (modality === source.name ? [i] : []));
    for (const target of modalities) {
      if (target === source) continue;
      await nextTurn();
      signal?.throwIfAborted();
      const present = presenceOf(target);
      const known = dataset.ids.flatMap((_, row) =>
        present[row] === 1 && nodes.every((node) => !Number.isNaN(aligned[node][row])) ? [row] : [],
      );
      const rows = spreadOver(Int32Array.from(known), MAX_REGRESSED);
      const groups = dataset.groups && Array.from(rows, (row) => dataset.groups![row]);
      if ((groups ? new Set(groups).size : rows.length) < MIN_REGRESSED + nodes.length) continue;
      const features = nodes.map((node) => Float64Array.from(rows, (row) => aligned[node][row]));
      const positions = ofSource.map((unit) => unit.nodes.map((node) => nodes.indexOf(node)));
      const all = [...nodes.keys()];
      const sets = [
        all,
        ...positions,
        ...positions.map((members) => all.filter((feature) => !members.includes(feature))),
      ];
      const table = sampledTable(target, rows);
      const { baseline, sets: errors } = crossFittedErrors(features, table, foldsOf(rows.length, groups, seed), sets);
      const share = (more: Float64Array, less: Float64Array): Interval90 =>
        ratio(
          more.map((error, i) => error - less[i]),
          baseline,
          groups,
        );
      const shared = {
        ...{ from: source.name, to: target.name, subjects: rows.length },
        columns: valuesPerSubject(target),
      };
      ofSource.forEach((unit, u) => {
        const without = errors[1 + ofSource.length + u];
        result.push({ unit, r2: share(baseline, errors[1 + u]), unique: share(without, errors[0]), ...shared });
      });
      result.push({ unit: undefined, r2: share(baseline, errors[0]), ...shared });
    }
  }
  return result;
}

/** Returns the columns of some subjects; evenly spread columns if there are very many values. */
function sampledTable(modality: Modality, rows: Int32Array): Table {
  const width = valuesPerSubject(modality);
  const count = Math.max(1, Math.min(width, Math.floor(MAX_VALUES / rows.length)));
  if (count === width) return tableOf([modality], rows);
  const chosen = spreadOver(
    Int32Array.from({ length: width }, (_, c) => c),
    count,
  );
  const values = new Float32Array(rows.length * count);
  const observed = new Uint8Array(values.length).fill(1);
  rows.forEach((row, i) => {
    const { samples, observed: marks } = tableOf([modality], Int32Array.of(row));
    chosen.forEach((column, c) => {
      values[i * count + c] = samples.values[column];
      if (marks) observed[i * count + c] = marks[column];
    });
  });
  return {
    samples: { values, rows: rows.length, columns: count },
    observed: observed.includes(0) ? observed : undefined,
  };
}
