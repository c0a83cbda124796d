// The structural model of a simulation: its graph, its causes, and its latents under any change of mechanisms. The same
// options give the same model, so questions about a simulation draw it again.

import { drawCauses, type DrawnCauses } from './causes.js';
import { latentNames, type SimulatedCase } from './cases.js';
import type { Changes } from './changes.js';
import { blocksOf, drawGraph, observedLatents, sourcesOf } from './graph.js';
import { drawLatents, type LatentStreams } from './latents.js';
import { drawNoiseShare } from './mechanism.js';
import type { FilledOptions } from './options.js';
import { Streams } from './streams.js';

export interface StructuralModel {
  /** Position of each modality in the causal order, from 0. */
  readonly order: readonly number[];
  /** Position of each latent of the simulation in the causal blocks. */
  readonly sources: readonly number[];
  /** Names of the latents of the simulation. */
  readonly names: readonly string[];
  /** Row child, column parent, over the latents of the blocks. */
  readonly adjacency: Int8Array;
  readonly causes: DrawnCauses | undefined;
  /**
   * Returns the latents of the simulation, subjects × latents.
   * @param changes default: those of the assigned causes @param streams default: those of the simulation
   */
  latents(changes?: Changes, streams?: LatentStreams): Float64Array;
}

/** @throws InputError `unknown-latent` for an unknown target */
export function structuralModel(size: SimulatedCase, options: FilledOptions, subjects: number): StructuralModel {
  const streams = new Streams(options.seed);
  const { modalities } = size;
  const adjacency = drawGraph(streams.graph(), size, options);
  const order = options.shuffled
    ? [...streams.order().permutation(modalities)]
    : Array.from({ length: modalities }, (_, m) => m);
  const sources = sourcesOf(order, size);
  const latents = sources.length / modalities;
  const names = latentNames(size, latents);
  const causes = drawCauses(streams, { options, subjects, sources, names, adjacency });
  const request = {
    ...options,
    size: blocksOf(size).length,
    subjects,
    ...(size.noiseShare && { noiseShare: (latent: number) => drawNoiseShare(streams.noiseShare(latent)) }),
  };
  return {
    order,
    sources,
    names,
    adjacency,
    causes,
    latents: (changes = causes?.changes() ?? new Map(), from = streams) =>
      observedLatents(drawLatents(from, adjacency, request, changes), sources, subjects),
  };
}
