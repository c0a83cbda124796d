// Draws a study with one link of a known size, between two latents of one pair of modalities.

import { modalityOfColumns } from '../data/columns-modality.js';
import type { Dataset } from '../data/dataset.js';
import { RandomStream } from '../random/random-stream.js';
import { loadingsOf, pairsOf, type KnownLink, type PowerDesign } from './design.js';

/** Philox stream of the draws. */
const STREAM = 43;
/** Minimum share of the variance of a latent that links leave, and of a column that latents leave. */
const MIN_REST = 0.1;
const MIN_NOISE = 1e-6;

export interface DrawnStudy {
  readonly dataset: Dataset;
  /** Position of the pair of modalities that has the link, and the link. */
  readonly pair: number;
  readonly planted: Ends;
  /** All links. */
  readonly links: readonly KnownLink[];
  readonly names: readonly string[];
  /** Latents × subjects. */
  readonly latents: readonly Float64Array[];
  /** Latents as their columns measure them, subjects × latents. */
  readonly measured: Float32Array;
}

/** Draws a study. @param options `number` of the study: it chooses the pair, and the draws */
export function drawStudy(
  design: PowerDesign,
  subjects: number,
  { number, seed }: { readonly number: number; readonly seed: number },
): DrawnStudy {
  const pairs = pairsOf(design);
  const pair = number % pairs.length;
  const random = new RandomStream(seed, STREAM + 2 ** 16 * number);
  const names = design.modalities.flatMap(({ name, latents }) =>
    Array.from({ length: latents }, (_, k) => `${name}.z${k + 1}`),
  );
  const planted = plantedLink(design, pairs[pair], Math.floor(number / pairs.length));
  const links = [...design.links, { ...planted, correlation: design.effect }];
  const latents = drawLatents(names, links, { subjects, random });
  return { pair, planted, links, names, latents, ...drawColumns(design, latents, { subjects, random }) };
}

export interface Ends {
  readonly first: string;
  readonly second: string;
}

/** Returns two latents of a pair of modalities that have no link yet. Studies of the same pair take turns. */
function plantedLink({ modalities, links }: PowerDesign, [i, j]: readonly [number, number], turn: number): Ends {
  const ofPair = Array.from({ length: modalities[i].latents }, (_, a) =>
    Array.from({ length: modalities[j].latents }, (__, b) => ({
      first: `${modalities[i].name}.z${a + 1}`,
      second: `${modalities[j].name}.z${b + 1}`,
    })),
  ).flat();
  const free = ofPair.filter(
    ({ first, second }) => !links.some((link) => link.first === first && link.second === second),
  );
  const possible = free.length > 0 ? free : ofPair;
  return possible[turn % possible.length];
}

interface Drawing {
  readonly subjects: number;
  readonly random: RandomStream;
}

/** Draws latents with a mean of 0 and a variance of 1. A link acts from the earlier to the later latent. */
function drawLatents(
  names: readonly string[],
  links: PowerDesign['links'],
  { subjects, random }: Drawing,
): Float64Array[] {
  const latents: Float64Array[] = [];
  for (const [position, name] of names.entries()) {
    const parents = links.flatMap(({ first, second, correlation }) => {
      const other = names.indexOf(first === name ? second : first);
      return (first === name || second === name) && other < position ? [{ values: latents[other], correlation }] : [];
    });
    const explained = parents.reduce((sum, { correlation }) => sum + correlation ** 2, 0);
    const rest = Math.sqrt(Math.max(MIN_REST, 1 - explained));
    const drawn = Float64Array.from({ length: subjects }, (_, row) =>
      parents.reduce((sum, { values, correlation }) => sum + correlation * values[row], rest * random.normal()),
    );
    latents.push(parents.length > 1 ? standardised(drawn) : drawn);
  }
  return latents;
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
}

/** Draws the columns of all modalities. @returns the data set, and the measured latents, subjects × latents */
function drawColumns(
  design: PowerDesign,
  latents: readonly Float64Array[],
  { subjects, random }: Drawing,
): { readonly dataset: Dataset; readonly measured: Float32Array } {
  const ids = Array.from({ length: subjects }, (_, row) => `s${row}`);
  const rows = Int32Array.from(ids.keys());
  const split = { train: rows.subarray(2), validation: rows.subarray(0, 2), test: new Int32Array(0) };
  const measured = new Float32Array(subjects * latents.length);
  let first = 0;
  const modalities = design.modalities.map((modality) => {
    const { name, latents: count } = modality;
    const ofModality = latents.slice(first, first + count);
    const all = loadingsOf(modality, design.reliability);
    const factors = modality.noise && drawFactors(modality.noise[0].length, { subjects, random });
    const columns = all.map((loadings, c) => {
      const square = 1 - loadings.reduce((sum, loading) => sum + loading ** 2, 0);
      const spread = Math.sqrt(Math.max(MIN_NOISE, square));
      const noise = factors && combined(factors, modality.noise[c]);
      const values = Float64Array.from({ length: subjects }, (_, row) =>
        loadings.reduce(
          (sum, loading, k) => sum + loading * ofModality[k][row],
          noise ? noise[row] : spread * random.normal(),
        ),
      );
      // The best linear estimate of uncorrelated latents has these weights, apart from scales.
      for (const [k, loading] of loadings.entries()) {
        for (let row = 0; row < subjects; row++) {
          measured[row * latents.length + first + k] += (loading / spread ** 2) * values[row];
        }
      }
      return { name: `${name}.${c}`, values };
    });
    first += count;
    return modalityOfColumns({ name, latents: count, exogenous: 0, columns }, ids, split.train);
  });
  return { dataset: { ids, modalities, split, fingerprint: '' }, measured };
}

function drawFactors(count: number, { subjects, random }: Drawing): Float64Array[] {
  return Array.from({ length: count }, () => Float64Array.from({ length: subjects }, () => random.normal()));
}

function combined(factors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(factors[0].length);
  for (const [f, factor] of factors.entries()) {
    if (weights[f] === 0) continue;
    for (let row = 0; row < sum.length; row++) sum[row] += weights[f] * factor[row];
  }
  return sum;
}
