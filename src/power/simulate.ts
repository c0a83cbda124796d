// Simulates studies with one link of a known size, and searches for it as a fit does: cross-fitting in two folds, the
// tests of all pairs of modalities, and the search for direct links. Without networks, encodings are means of columns,
// with the reliability of the design.

import { latentNodes } from '../causal/index.js';
import { modalityOfColumns } from '../data/columns-modality.js';
import type { Dataset } from '../data/dataset.js';
import { crossFit, latentEvidence, pairEvidence, searchLatents } from '../evidence/index.js';
import { RandomStream } from '../random/random-stream.js';
import { fitConfigFor } from '../training/config.js';
import { pairsOf, type PowerDesign } from './design.js';

/** Philox stream of the draws. */
const STREAM = 43;
/** Number of columns of a simulated latent. */
const COLUMNS = 6;
/** Minimum share of the variance of a latent that links leave. */
const MIN_REST = 0.1;

/** What the search says about one simulated study. */
export interface SimulatedStudy {
  /** Position of the pair of modalities that has the link. */
  readonly pair: number;
  readonly isDetected: boolean;
  /** Number of latents that replicate between the folds. */
  readonly replicated: number;
  /** Number of links that are supported and do not exist. */
  readonly falseLinks: number;
}

export interface SimulationOptions {
  readonly number: number;
  readonly seed: number;
  /** True if networks are fitted to the columns, as in a fit. It takes minutes. Default: false. */
  readonly fitsNetworks?: boolean;
}

/**
 * Simulates a study and searches for its link, which is between two latents of one pair of modalities.
 * @param options `number` of the study: it chooses the pair, and the draws
 */
export async function simulateStudy(
  design: PowerDesign,
  subjects: number,
  { number, seed, fitsNetworks = false }: SimulationOptions,
): Promise<SimulatedStudy> {
  const { modalities, reliability } = design;
  const pairs = pairsOf(design);
  const pair = number % pairs.length;
  const random = new RandomStream(seed, STREAM + 2 ** 16 * number);
  const names = modalities.flatMap(({ name, latents }) =>
    Array.from({ length: latents }, (_, k) => `${name}.z${k + 1}`),
  );
  const planted = plantedLink(design, pairs[pair], Math.floor(number / pairs.length));
  const links = [...design.links, { ...planted, correlation: design.effect }];
  const latents = drawLatents(names, links, { subjects, random });
  const noise = Math.sqrt((COLUMNS * (1 - reliability)) / reliability);
  const columns = latents.map((latent) =>
    Array.from({ length: COLUMNS }, () => latent.map((value) => value + noise * random.normal())),
  );
  const dataset = datasetOf(design, columns, subjects);
  const encoded = Float32Array.from({ length: subjects * names.length }, (_, at) =>
    columns[at % names.length].reduce((sum, column) => sum + column[Math.floor(at / names.length)], 0),
  );
  const config = { ...fitConfigFor(dataset, {}), seed: seed + number };
  const fitAndEncode = () => Promise.resolve({ encoded });
  const means = { fitted: encoded, fitAndEncode };
  const crossFitted = await crossFit(dataset, config, { splits: 1, ...(!fitsNetworks && means) });
  const nodes = latentNodes(dataset.modalities);
  const evidence = {
    pairs: pairEvidence(nodes, crossFitted, config.seed),
    latents: latentEvidence(nodes, crossFitted),
  };
  const search = await searchLatents({
    ...{ nodes, splits: crossFitted.splits, ...evidence },
    ...{ seed: config.seed, halfSamples: 0 },
  });
  const supported = search.links.filter(({ verdict }) => verdict === 'supported');
  const isOf = (link: Ends, { first, second }: Ends) =>
    (link.first === first && link.second === second) || (link.first === second && link.second === first);
  return {
    pair,
    isDetected: supported.some((link) => isOf(link, planted)),
    replicated: evidence.latents.filter(({ replicated }) => replicated).length,
    falseLinks: supported.filter((link) => !links.some((one) => isOf(link, one))).length,
  };
}

interface Ends {
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

function datasetOf(design: PowerDesign, columns: readonly (readonly Float64Array[])[], subjects: number): Dataset {
  const ids = Array.from({ length: subjects }, (_, row) => `s${row}`);
  const rows = Int32Array.from(ids.keys());
  const split = { train: rows.subarray(2), validation: rows.subarray(0, 2), test: new Int32Array(0) };
  let first = 0;
  const modalities = design.modalities.map(({ name, latents }) => {
    const ofModality = columns
      .slice(first, first + latents)
      .flatMap((ofLatent, k) => ofLatent.map((values, c) => ({ name: `${name}.${k}.${c}`, values })));
    first += latents;
    return modalityOfColumns({ name, latents, exogenous: 0, columns: ofModality }, ids, split.train);
  });
  return { ids, modalities, split, fingerprint: '' };
}
