// Data with a known truth: latents with a known graph, observed through a random invertible map (METHOD sections 4 and
// 9). docs/reference/simulation.md lists every constant.

import { checkArgument, checkOptions } from '../argument.js';
import type { Split } from '../data/dataset.js';
import { splitSubjects } from '../data/split.js';
import { observedGraph, observedLatents, sourcesOf } from './blocks.js';
import { caseSize, type CaseName } from './cases.js';
import { blocksOf, drawGraph, EXOGENOUS } from './graph.js';
import { punchHoles } from './holes.js';
import type { LikelihoodName } from '../likelihoods/index.js';
import { simulatedKinds, turnedColumns } from './kinds.js';
import { drawLatents } from './latents.js';
import { drawMixing, type MixingLayer } from './mechanism.js';
import { measurement, mixModality } from './observations.js';
import {
  fillOptions,
  SIMULATION_OPTIONS,
  trainingSubjects,
  type FilledOptions,
  type SimulationOptions,
} from './options.js';
import { Streams } from './streams.js';

export interface SimulatedModality {
  readonly name: string;
  /**
   * Subjects × columns, row-major; standardised over training and validation, rounded to six decimals. Of `kinds`:
   * positions of levels, counts.
   */
  readonly x: Float64Array;
  /** Of each column, where some are no measurements. */
  readonly kinds?: readonly LikelihoodName[] | undefined;
  /** Of the same size: 1 where a value is observed, 0 where it is missing; left out where none is missing. */
  readonly observed?: Uint8Array | undefined;
  readonly columns: number;
}

export interface Simulation {
  readonly case: CaseName;
  readonly options: FilledOptions;
  readonly ids: readonly string[];
  readonly modalities: readonly SimulatedModality[];
  /** Latents of each modality, the shared ones included. */
  readonly latents: number;
  /** How many of them, the last ones of every modality, are shared: the same numbers in every modality. */
  readonly shared: number;
  /**
   * Subjects × (modalities · latents), row-major, modalities in order; mean 0 and sd 1: roots in expectation, others
   * exactly.
   */
  readonly z: Float64Array;
  /** Subjects × modalities, row-major: the exogenous latents. */
  readonly eta: Float64Array;
  /** Row: child, column: parent. A shared latent's effects are those of its copy in the effect's modality. */
  readonly adjacency: Int8Array;
  /** Each modality's place in the causal order, from 0. */
  readonly order: readonly number[];
  readonly split: Split;
  /** The parts as a study file states them. */
  readonly parts: { readonly validation: number; readonly test: number; readonly seed: number };
  /** The layers that made each modality's observations. */
  readonly mixing: readonly (readonly MixingLayer[])[];
}

/** The graph of a simulation, by blocks: the shared latents first, then each modality's own. */
export interface SimulatedGraph {
  /** D × D over the latents of all blocks: row child, column parent. */
  readonly adjacency: Int8Array;
  /** The block of each latent. */
  readonly blocks: readonly number[];
  /** How many of the latents, the first ones, are shared. */
  readonly shared: number;
}

/**
 * The graph that `simulate` draws, modalities in their causal order.
 * @throws InputError `unknown-case`, `invalid-option`
 */
export function simulatedGraph(caseName: string, options: SimulationOptions = {}): SimulatedGraph {
  const size = caseSize(caseName);
  const filled = fillOptions(options, size);
  const adjacency = drawGraph(new Streams(filled.seed).graph(), size, filled);
  return { adjacency, blocks: blocksOf(size), shared: size.shared?.latents ?? 0 };
}

/**
 * Simulate a case. The same case, options and seed give the same numbers; graph, mechanisms and mixing do not change
 * with the number of subjects, nor the first subjects' noise; holes do not change the numbers beside them.
 *
 * @throws InputError `unknown-case`, `invalid-option`
 */
export function simulate(caseName: string, options: SimulationOptions = {}): Simulation {
  checkArgument('simulate: caseName', caseName, 'text');
  checkOptions('simulate', options, SIMULATION_OPTIONS);
  const size = caseSize(caseName);
  const { modalities, columns } = size;
  const filled = fillOptions(options, size);
  const { seed, samples, test } = filled;
  const streams = new Streams(seed);
  const subjects = samples + test;

  const causal = drawGraph(streams.graph(), size, filled);
  const blocks = drawLatents(streams, causal, { ...filled, size: blocksOf(size).length, subjects });
  const order = filled.shuffled
    ? [...streams.order().permutation(modalities)]
    : Array.from({ length: modalities }, (_, m) => m);
  const sources = sourcesOf(order, size);
  const z = observedLatents(blocks, sources, subjects);
  const latents = sources.length / modalities;
  const digits = String(subjects).length;
  const ids = Array.from({ length: subjects }, (_, i) => `s${String(i + 1).padStart(digits, '0')}`);
  const parts = { validation: samples - trainingSubjects(options), test, seed };
  const split = splitSubjects(ids, parts);

  const eta = new Float64Array(subjects * modalities);
  for (const [m, place] of order.entries()) {
    const noise = streams.exogenous(place);
    for (let row = 0; row < subjects; row++) eta[row * modalities + m] = noise.normal();
  }
  const mixing = order.map((place) => drawMixing(streams.mixing(place), latents + EXOGENOUS, columns));
  const spared = new Set(filled.missingInTest ? [] : split.test);
  const holes = punchHoles(streams, { ...filled, subjects, columns, order, spared });
  const observed = order.map((place, m): SimulatedModality => {
    const mixed = mixModality(mixing[m], m, { subjects, z, eta, latents });
    const measure = measurement(mixed, { columns, ...measurementOf({ options: filled, split }, place, mixed.length) });
    const turned = turn(measure(mixed), place, { columns, options: filled });
    return { name: `m${m + 1}`, ...turned, ...(holes && { observed: holes[m] }), columns };
  });
  return {
    case: size.name,
    options: filled,
    ids,
    modalities: observed,
    latents,
    shared: latents - size.latents,
    z,
    eta,
    adjacency: observedGraph(causal, sources, size),
    order,
    split,
    parts,
    mixing,
  };
}

/** Columns of other kinds in the place of some of the measured ones. */
export function turn(
  x: Float64Array,
  place: number,
  { columns, options }: { readonly columns: number; readonly options: FilledOptions },
): Pick<SimulatedModality, 'x' | 'kinds'> {
  const { seed, mixedColumns } = options;
  if (mixedColumns === 0) return { x };
  const kinds = simulatedKinds(columns, mixedColumns);
  return { x: turnedColumns(x, kinds, new Streams(seed).kinds(place)), kinds };
}

/** How a modality's columns are measured: rows that scales are taken of, and the noise of each value. */
export function measurementOf(
  { options: { seed, measurementNoise }, split }: Pick<Simulation, 'options' | 'split'>,
  place: number,
  values: number,
): { readonly fitted: readonly number[]; readonly noise?: Float64Array } {
  const fitted = [...split.train, ...split.validation];
  if (measurementNoise === 0) return { fitted };
  const random = new Streams(seed).measurement(place);
  return { fitted, noise: Float64Array.from({ length: values }, () => measurementNoise * random.normal()) };
}
