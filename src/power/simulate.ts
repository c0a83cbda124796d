// Searches for the link of a simulated study as a fit does. In each of two folds, latents are learned from columns and
// found in the other subjects. Then come the replication of latents, the tests of all pairs of modalities, and the
// search for direct links. Latents are the linear ones from which fits start.

import { latentNodes } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import {
  crossCorrelations,
  crossFit,
  latentEvidence,
  pairEvidence,
  partners,
  searchLatents,
} from '../evidence/index.js';
import { fitConfigFor } from '../training/config.js';
import type { PowerDesign } from './design.js';
import { drawStudy, type Ends } from './draw-study.js';
import { encodeLinearly, interleaved, simpleAxes } from './linear-encoding.js';

/** What the search says about one simulated study. */
export interface SimulatedStudy {
  /** Position of the pair of modalities that has the link. */
  readonly pair: number;
  readonly isDetected: boolean;
  /** Number of latents that replicate between the folds. */
  readonly replicated: number;
  /** Number of supported links between modalities that have no link. */
  readonly falseLinks: number;
}

/**
 * How latents are found. `linear`: by the linear maps from which fits start. `networks`: by a fit; it takes minutes.
 * `known`: not at all; means of the columns of each latent measure it, as nobody can do before a fit.
 */
export type Encoder = 'linear' | 'networks' | 'known';

export interface SimulationOptions {
  readonly number: number;
  readonly seed: number;
  /** Default: `linear`. */
  readonly encoder?: Encoder;
}

/**
 * Simulates a study and searches for its link, which is between two latents of one pair of modalities.
 * @param options `number` of the study: it chooses the pair, and the draws
 */
export async function simulateStudy(
  design: PowerDesign,
  subjects: number,
  { number, seed, encoder = 'linear' }: SimulationOptions,
): Promise<SimulatedStudy> {
  const { pair, planted, links, names, latents, dataset, measured } = drawStudy(design, subjects, { number, seed });
  const config = { ...fitConfigFor(dataset, {}), seed: seed + number };
  const crossFitted = await crossFit(dataset, config, {
    splits: 1,
    comparesModalities: false,
    ...(await encodingOf(encoder, dataset, measured)),
  });
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
  // Names of latents are arbitrary. A found latent is the true one with which it correlates most.
  const trueName = matchedNames(design, names, { encoded: crossFitted.latents, latents });
  const isOf = (link: Ends, { first, second }: Ends) =>
    (link.first === first && link.second === second) || (link.first === second && link.second === first);
  const trueLinks = supported.map(({ first, second }) => ({
    first: trueName.get(first)!,
    second: trueName.get(second)!,
  }));
  const modalitiesOf = ({ first, second }: Ends) => ({ first: modalityOf(first), second: modalityOf(second) });
  return {
    pair,
    isDetected: trueLinks.some((link) => isOf(link, planted)),
    replicated: evidence.latents.filter(({ replicated }) => replicated).length,
    falseLinks: trueLinks.filter((link) => !links.some((one) => isOf(modalitiesOf(one), modalitiesOf(link)))).length,
  };
}

/** Returns how `crossFit` finds latents. */
async function encodingOf(encoder: Encoder, dataset: Dataset, measured: Float32Array) {
  if (encoder === 'networks') return {};
  if (encoder === 'known') {
    return { fitted: measured, fitAndEncode: () => Promise.resolve({ encoded: measured }) };
  }
  return {
    fitted: interleaved(simpleAxes(await encodeLinearly(dataset))),
    fitAndEncode: async (of: Dataset) => ({ encoded: interleaved(await encodeLinearly(of)) }),
  };
}

function modalityOf(latent: string): string {
  return latent.slice(0, latent.lastIndexOf('.'));
}

/** Returns the names of the true latents by those of the found ones, matched within modalities. */
function matchedNames(
  { modalities }: PowerDesign,
  names: readonly string[],
  { encoded, latents }: { readonly encoded: readonly Float64Array[]; readonly latents: readonly Float64Array[] },
): ReadonlyMap<string, string> {
  let first = 0;
  const entries = modalities.flatMap(({ latents: count }) => {
    const [from, to] = [first, first + count];
    first = to;
    const known = encoded.slice(from, to).map((values) => values.map((value) => (Number.isNaN(value) ? 0 : value)));
    const order = partners(crossCorrelations(known, latents.slice(from, to)));
    return order.map((partner, k) => [names[from + k], names[from + partner]] as const);
  });
  return new Map(entries);
}
