// Coverage of the intervals of effects of latents, against the do() of the simulator (case 3):
//   scripts/bench latent-effects stand-in SUBJECTS STUDIES FIRST_SEED [EXTRA]   the true graph, and stand-ins for encoders
//   scripts/bench latent-effects fits SUBJECTS STUDIES FIRST_SEED [EXTRA]       whole fits
// EXTRA is the probability of each further edge; with 0, every latent has at most one parent.
// A stand-in is what a model of n subjects finds: each latent plus a smooth function of the other latents of the
// modality, drawn for each model, with variance 8 / n. Whole fits of 500 subjects have errors of this size.
// An effect is that of setting a latent to the rank of ±1 sd of the estimated latent, in standard deviations of the
// ranks of the other latent.

import { shareInterval } from '../reproduction/experiments/share-interval.js';
import { latentNodes } from '../src/causal/index.js';
import type { Dataset } from '../src/data/dataset.js';
import { crossFit, latentEffects, markovClass, type LatentEffects } from '../src/evidence/index.js';
import { fitRun } from '../src/fit/fit-run.js';
import { normalQuantile } from '../src/graph/special.js';
import { encodeDataset } from '../src/inference/inference.js';
import { meanCorrelation } from '../src/metrics/index.js';
import { RandomStream } from '../src/random/random-stream.js';
import { CASES, latentNames } from '../src/simulation/cases.js';
import { NO_CHANGE, type Changes } from '../src/simulation/changes.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { fillOptions } from '../src/simulation/fill-options.js';
import { drawTanhNet } from '../src/simulation/mechanism.js';
import { simulate, type Simulation } from '../src/simulation/simulate.js';
import { structuralModel } from '../src/simulation/structural-model.js';
import { fitConfigFor } from '../src/training/config.js';

const CASE = 'case3';
const LATENTS = 2;
const SIZES = CASES[CASE];
const NAMES = latentNames(SIZES, LATENTS);
/** Number of subjects of the truth. */
const POPULATION = 20_000;
const STEPS = [-1, 1];
/** Philox stream of the errors of the stand-ins. */
const ERRORS = 93;
/** Variance of the error of a model of n subjects, times n. */
const ERROR = 8;

const [mode = 'stand-in', subjects = '500', studies = '20', firstSeed = '1000', extra = '0'] = process.argv.slice(2);
const extraEdges = Number(extra);

/** Position of the set value among all values of a true latent, from 0 to 1. */
type ShareOf = (cause: number, step: number) => number;

/** Returns the true effects by cause, step and latent: in standard deviations of ranks. */
function trueEffects(seed: number, shareOf: ShareOf): Map<string, number[]> {
  const filled = fillOptions({ samples: POPULATION - 2, test: 2, seed, extraEdges }, SIZES);
  const model = structuralModel(SIZES, filled, POPULATION);
  const width = model.names.length;
  const scores = Float64Array.from({ length: POPULATION }, (_, i) => normalQuantile((i + 0.5) / POPULATION));
  const columns = (z: Float64Array, k: number) => Float64Array.from({ length: POPULATION }, (_, r) => z[r * width + k]);
  const z = model.latents(new Map());
  const sorted = model.names.map((_, k) => columns(z, k).sort());
  const scoreOf = (k: number, value: number): number => {
    let [low, high] = [0, POPULATION - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (sorted[k][middle] < value) low = middle + 1;
      else high = middle;
    }
    return scores[low];
  };
  const effects = new Map<string, number[]>();
  for (const [cause, from] of model.names.entries()) {
    const hasEffects = model.names.some((_, k) => model.adjacency[k * width + cause] === 1);
    for (const step of hasEffects ? STEPS : []) {
      const value = sorted[cause][Math.floor(shareOf(cause, step) * POPULATION)];
      const changes: Changes = new Map([
        [model.sources[cause], () => ({ ...NO_CHANGE, replacement: { mean: value, sd: 0 } })],
      ]);
      const after = model.latents(changes);
      for (const [k, to] of model.names.entries()) {
        const isReached = after.some((one, i) => i % width === k && one !== z[i]);
        const mean = isReached ? columns(after, k).reduce((sum, one) => sum + scoreOf(k, one), 0) / POPULATION : 0;
        effects.set(`${from} ${to}`, [...(effects.get(`${from} ${to}`) ?? []), mean]);
      }
    }
  }
  return effects;
}

/** Returns the share of subjects whose latent is at most `step` standard deviations above its mean. */
function shareBelow(encoded: Float32Array, latent: number, step: number): number {
  const values = encoded.filter((_, i) => i % NAMES.length === latent);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.filter((value) => value <= mean + step * sd).length / (values.length + 1);
}

function trueEdges({ adjacency }: Simulation): { readonly from: string; readonly to: string }[] {
  return NAMES.flatMap((to, i) =>
    NAMES.flatMap((from, j) => (adjacency[i * NAMES.length + j] === 1 ? [{ from, to }] : [])),
  );
}

/** Returns what models of the training subjects of a fold would find. */
function standIn(simulation: Simulation): (dataset: Dataset, seed: number) => Float32Array {
  const { z, eta, ids, modalities } = simulation;
  const width = NAMES.length;
  return ({ split }, seed) => {
    const random = new RandomStream(seed, ERRORS);
    const size = Math.sqrt(ERROR / (split.train.length + split.validation.length));
    const encoded = new Float32Array(ids.length * width);
    for (const m of modalities.keys()) {
      for (let k = 0; k < LATENTS; k++) {
        const net = drawTanhNet(random, LATENTS);
        const inputs = (row: number): number[] => [
          ...[...Array(LATENTS).keys()]
            .filter((other) => other !== k)
            .map((other) => z[row * width + m * LATENTS + other]),
          eta[row * modalities.length + m],
        ];
        const errors = Float64Array.from(ids, (_, row) => net.value(inputs(row)));
        const mean = errors.reduce((sum, value) => sum + value, 0) / ids.length;
        const sd = Math.sqrt(errors.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ids.length);
        const at = m * LATENTS + k;
        errors.forEach((value, row) => {
          encoded[row * width + at] = z[row * width + at] + (size * (value - mean)) / sd;
        });
      }
    }
    return encoded;
  };
}

/** Numbers of effects, and of those whose intervals contain the truth. */
interface Counts {
  effects: number;
  covered: number;
  error: number;
  width: number;
  sets: number;
  contained: number;
}

/** @param nameOf name of the true latent and sign, by fitted latent @param isTrue true for a member with a true path */
function count(
  counts: Counts,
  { steps, pairs }: LatentEffects,
  truth: ReadonlyMap<string, readonly number[]>,
  nameOf: (name: string) => { readonly name: string; readonly sign: number },
): void {
  for (const { from, to, effects } of pairs) {
    const [cause, outcome] = [nameOf(from), nameOf(to)];
    const known = truth.get(`${cause.name} ${outcome.name}`) ?? STEPS.map(() => 0);
    for (const [s, step] of STEPS.entries()) {
      const value = outcome.sign * known[cause.sign > 0 ? s : STEPS.length - 1 - s];
      const at = steps.indexOf(step);
      const bounds = effects.map(({ curve }) =>
        curve ? [curve.lower90[at], curve.upper90[at], curve.estimate[at]] : [0, 0, 0],
      );
      if (effects[0].curve && value !== 0) {
        const [lower, upper, estimate] = bounds[0];
        counts.effects++;
        counts.covered += Number(lower <= value && value <= upper);
        counts.error += Math.sign(value) * (estimate - value);
        counts.width += upper - lower;
      }
      if (effects.length < 2) continue;
      counts.sets++;
      const isIn = Math.min(...bounds.map(([lower]) => lower)) <= value;
      counts.contained += Number(isIn && value <= Math.max(...bounds.map(([, upper]) => upper)));
    }
  }
}

async function studied(subjects: number, seed: number, counts: Counts): Promise<string> {
  const test = Math.round(subjects / 10);
  const simulation = simulate(CASE, { samples: subjects - test, test, seed, extraEdges });
  const dataset = simulatedDataset(simulation);
  if (mode === 'stand-in') {
    const nodes = latentNodes(dataset.modalities);
    const encode = standIn(simulation);
    const fitted = encode(dataset, seed);
    const truth = trueEffects(seed, (cause, step) => shareBelow(fitted, cause, step));
    let model = 0;
    const crossFitted = await crossFit(dataset, fitConfigFor(dataset, { seed }), {
      fitted,
      splits: 3,
      fitAndEncode: (fold) => Promise.resolve({ encoded: encode(fold, seed + 1e6 * ++model) }),
    });
    const edges = trueEdges(simulation);
    const members = markovClass(edges, () => true).map((graph) => ({ edges: graph, hasStudyOrder: true }));
    const same = (name: string) => ({ name, sign: 1 });
    count(counts, await latentEffects({ nodes, members, crossFitted, fitted }), truth, same);
    return `${members.length} graphs`;
  }
  const { run } = await fitRun(dataset, { seed, threads: 1, infersMissing: false });
  const columns = NAMES.length;
  const encoded = await encodeDataset(dataset, run.summary.model, run.parameters, { threads: 1 });
  const table = { rows: subjects, columns };
  const modalities = dataset.modalities.map(({ latents }) => latents);
  const { spearman } = meanCorrelation(
    { ...table, values: simulation.z },
    { ...table, values: encoded },
    { modalities },
  );
  const nameOf = (name: string): { readonly name: string; readonly sign: number } => {
    const at = run.graph.nodes.findIndex((node) => node.name === name);
    const partner = spearman.matching.indexOf(at);
    let product = 0;
    for (let row = 0; row < subjects; row++) {
      product += simulation.z[row * columns + partner] * encoded[row * columns + at];
    }
    return { name: NAMES[partner], sign: Math.sign(product) };
  };
  const truth = trueEffects(seed, (partner, step) => {
    const at = spearman.matching[partner];
    const { sign } = nameOf(run.graph.nodes[at].name);
    return sign > 0 ? shareBelow(encoded, at, step) : 1 - shareBelow(encoded, at, -step);
  });
  const { latentEffects: effects } = run.summary.evidence!;
  if (effects) count(counts, effects, truth, nameOf);
  return `${effects?.members.length ?? 0} graphs`;
}

const counts: Counts = { effects: 0, covered: 0, error: 0, width: 0, sets: 0, contained: 0 };
for (let i = 0; i < Number(studies); i++) {
  const seed = Number(firstSeed) + i;
  const text = await studied(Number(subjects), seed, counts);
  const { effects, covered, error, width, sets, contained } = counts;
  console.log(
    `${i + 1} of ${studies}, seed ${seed}, ${text}: 90 % intervals cover ${covered} of ${effects} ` +
      `(${shareInterval(covered, Math.max(1, effects))}), mean error ${(error / effects).toFixed(3)}, ` +
      `mean width ${(width / effects).toFixed(3)}; sets contain ${contained} of ${sets}`,
  );
}
