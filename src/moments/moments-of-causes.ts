// Moments of the combinations of levels that occur, gates of causes, and their prices.

import { causeTerms, selectCauses, termCount, type Cause } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import { allowedTargets, type RemovedCauses } from './allowed-targets.js';
import { causeGates, type CauseGate } from './cause-gates.js';
import type { GateGroup, MomentEnvironment, MomentProblem } from './moment-problem.js';

export interface MomentProblemOptions {
  /** Latents by modality. */
  readonly modalities: readonly { readonly name: string; readonly latents: number }[];
  readonly order: 'given' | 'free';
  /** D × D, row child, column parent. Default: all edges. */
  readonly allowedEdges?: Uint8Array | undefined;
  /** Nats of an edge; default 0.01. */
  readonly edgePrice?: number | undefined;
  /** Nats of an open gate, divided by w (1 − w) for environments with the share w; default 0.1. */
  readonly gatePrice?: number | undefined;
  readonly starts?: readonly Float64Array[] | undefined;
  /** Causes whose means were removed from the values of a modality; default: none. */
  readonly removed?: RemovedCauses | undefined;
  readonly seed: number;
}

/** Subjects in addition to two per number of a regression that an environment needs. */
const MIN_SUBJECTS = 10;

/**
 * Returns the problem of some subjects.
 *
 * Environments are the combinations of levels of categorical causes whose effect is `soft` or `perfect`. Subjects of a
 * combination with fewer than 10 + 2 (D + T) subjects are left out, and gates of levels that occur nowhere else stay
 * closed: their covariance would be noise. All other causes become terms.
 *
 * Environments count equally, as experiments of one size do, except that a smaller one than the average counts in
 * proportion to its subjects. So a large reference does not outvote the levels, and the noise of a small level does not
 * outvote the others.
 *
 * A gate whose environments have the share w costs 0.1 w (1 − w) nats: an effect of 0.45 standard deviations on the
 * mean is worth that, whatever the share. An edge
 * or a term of a number costs 0.01, a partial correlation of 0.14. With few subjects they cost more: log(n) / 2n for
 * each number that they add, including a direction within the modality (BIC).
 *
 * @param values whitened values of all modalities, rows × D
 * @param subjects position among the values of the causes, by row; a subject with several rows (imputed copies) counts
 *   once in all counts of subjects
 * @throws InputError `lengths-differ`; `too-few-subjects` if every combination has too few; `invalid-argument` if a
 *   target is neither a modality nor a latent
 */
export function momentProblem(
  values: Float32Array,
  subjects: Int32Array,
  causes: readonly Cause[],
  options: MomentProblemOptions,
): MomentProblem {
  const { modalities, order, allowedEdges, edgePrice = 0.01, gatePrice = 0.1, starts, seed } = options;
  const blocks = modalities.map(({ latents }) => latents);
  const latents = blocks.reduce((sum, block) => sum + block, 0);
  if (values.length !== subjects.length * latents) {
    const expected = `${subjects.length} × ${latents}`;
    throw new InputError('lengths-differ', `values must have ${expected} elements, not ${values.length}`);
  }
  const selected = selectCauses(causes, subjects);
  const gates = causeGates(causes);
  const used = gates.flatMap(termsOf);
  const table = usedTerms(selected, used);
  const size = latents + used.length;
  const combinations = combinationsOf(selected, subjects.length);
  const counted = combinations.map((one) => ({ ...one, count: distinctCount(one.rows, subjects) }));
  const retained = counted.filter(({ count }) => count >= MIN_SUBJECTS + 2 * size);
  if (retained.length === 0) {
    const largest = Math.max(0, ...counted.map(({ count }) => count));
    throw new InputError(
      'too-few-subjects',
      `every combination of levels of the causes has fewer than ${MIN_SUBJECTS + 2 * size} subjects, the largest ` +
        `${largest}. Use fewer latents, join levels, or leave out causes`,
    );
  }
  const total = retained.reduce((sum, { count }) => sum + count, 0);
  const shares = retained.map(({ count }) => Math.min(count, total / retained.length));
  const sum = shares.reduce((a, b) => a + b);
  const environments = retained.map(({ rows }, i): MomentEnvironment => ({
    weight: shares[i] / sum,
    ...momentsOf(rows, values, table, latents),
  }));
  const groups = gates.map((gate): GateGroup => groupOf(gate, retained, used));
  const pricePerEdge = Math.max(edgePrice, pricePerNumber(total));
  // A rotation can turn a latent to the effect, so an effect has a direction within its modality.
  const direction = Math.max(...blocks);
  const gatePrices = gates.map((gate, g) => {
    if (gate.level === undefined) return termsOf(gate).length * pricePerEdge;
    const at = retained.map(({ rows }) =>
      distinctCount(
        rows.filter((row) => selected[gate.cause].values[row] === gate.level),
        subjects,
      ),
    );
    const count = at.reduce((a, b) => a + b);
    const weight = at.reduce((part, here, i) => part + (environments[i].weight * here) / retained[i].count, 0);
    const numbers = direction + { shift: 0, perfect: 1, soft: 1 + (latents - 1) / 2 }[groups[g].effect];
    return Math.max(gatePrice * weight * (1 - weight), weight * numbers * pricePerNumber(count));
  });
  const { allowed, known } = allowedTargets(causes, gates, modalities, options.removed);
  groups.forEach((group, g) => {
    const occurs = group.effect === 'shift' || group.environments.length > 0;
    if (occurs) return;
    allowed.fill(0, g * latents, (g + 1) * latents);
    known.fill(0, g * latents, (g + 1) * latents);
  });
  return {
    blocks,
    terms: used.length,
    environments,
    gates: groups,
    allowedEdges: allowedEdges ?? allEdges(latents),
    order,
    allowedGates: allowed,
    known,
    edgePrices: new Float64Array(latents * latents).fill(pricePerEdge),
    gatePrices: Float64Array.from(gatePrices),
    starts,
    seed,
  };
}

/** Returns the price of a number that is estimated from some subjects, nats per subject (Schwarz 1978). */
function pricePerNumber(subjects: number): number {
  return subjects < 2 ? 0 : Math.log(subjects) / (2 * subjects);
}

function distinctCount(rows: readonly number[], subjects: Int32Array): number {
  return new Set(rows.map((row) => subjects[row])).size;
}

function termsOf(gate: CauseGate): readonly number[] {
  return gate.effect === 'shift' ? gate.terms : [];
}

interface Combination {
  /** Position of the level by cause; only of causes with environments. */
  readonly levels: ReadonlyMap<number, number>;
  readonly rows: readonly number[];
}

/** Returns the combinations of levels that occur, in the order of their first subjects. */
export function combinationsOf(causes: readonly Cause[], rows: number): Combination[] {
  const factors = [...causes.keys()].filter((i) => hasEnvironments(causes[i]));
  const combinations = new Map<string, Combination & { rows: number[] }>();
  for (let row = 0; row < rows; row++) {
    const levels = factors.map((i): [number, number] => [i, causes[i].values[row]]);
    const key = levels.map(([, level]) => level).join();
    const known = combinations.get(key);
    if (known) known.rows.push(row);
    else combinations.set(key, { levels: new Map(levels), rows: [row] });
  }
  return [...combinations.values()];
}

function hasEnvironments({ kind, effect }: Cause): boolean {
  return kind === 'categorical' && effect !== 'shift';
}

function groupOf(gate: CauseGate, retained: readonly Combination[], used: readonly number[]): GateGroup {
  if (gate.effect === 'shift') return { effect: 'shift', terms: gate.terms.map((term) => used.indexOf(term)) };
  const holds = ({ levels }: Combination): boolean => levels.get(gate.cause) === gate.level;
  return { effect: gate.effect, environments: [...retained.keys()].filter((e) => holds(retained[e])) };
}

/** Returns the terms that gates use, rows × used. */
function usedTerms(causes: readonly Cause[], used: readonly number[]): Float32Array {
  const width = termCount(causes);
  const all = causeTerms(causes);
  const rows = width === 0 ? 0 : all.length / width;
  const table = new Float32Array(rows * used.length);
  for (let row = 0; row < rows; row++) {
    used.forEach((term, i) => (table[row * used.length + i] = all[row * width + term]));
  }
  return table;
}

/** Returns mean and covariance of values and terms. */
function momentsOf(
  rows: readonly number[],
  values: Float32Array,
  table: Float32Array,
  latents: number,
): Pick<MomentEnvironment, 'mean' | 'covariance'> {
  const terms = values.length === 0 ? 0 : (table.length * latents) / values.length;
  const size = latents + terms;
  const read = (row: number, into: Float64Array): void => {
    for (let i = 0; i < latents; i++) into[i] = values[row * latents + i];
    for (let i = 0; i < terms; i++) into[latents + i] = table[row * terms + i];
  };
  const [mean, covariance, one] = [new Float64Array(size), new Float64Array(size * size), new Float64Array(size)];
  for (const row of rows) {
    read(row, one);
    for (let i = 0; i < size; i++) mean[i] += one[i] / rows.length;
  }
  for (const row of rows) {
    read(row, one);
    for (let i = 0; i < size; i++) one[i] -= mean[i];
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) covariance[i * size + j] += one[i] * one[j];
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) covariance[j * size + i] = covariance[i * size + j] /= rows.length;
  }
  return { mean, covariance };
}

function allEdges(latents: number): Uint8Array {
  return Uint8Array.from({ length: latents * latents }, (_, at) => (at % (latents + 1) === 0 ? 0 : 1));
}
