// The simulated cases of METHOD sections 4 and 9: latents with a known graph, observed through a random invertible map.
// docs/simulation.md lists every constant.

import { checkArgument } from '../argument.js';
import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { Split } from '../data/dataset.js';
import { RandomStream } from '../random/random-stream.js';
import {
  blocksOf,
  CYCLES,
  EXOGENOUS,
  drawGraph,
  linkedEdges,
  possibleCrossEdges,
  type Cycles,
  type GraphSize,
} from './graph.js';
import { drawLatents } from './latents.js';
import { drawMixing, MECHANISMS, mix, NOISES, type Mechanism, type MixingLayer, type Noise } from './mechanism.js';
import { SPLIT_STREAM, splitSubjects } from '../data/split.js';

export interface SimulatedCase extends GraphSize {
  readonly columns: number;
}

/** Modalities, columns and latents of each modality; every modality has one exogenous latent. */
export const CASES = {
  case1: { modalities: 2, columns: 15, latents: 2 },
  case2: { modalities: 2, columns: 20, latents: 3 },
  case3: { modalities: 4, columns: 30, latents: 2 },
  five: { modalities: 5, columns: 30, latents: 2 },
  six: { modalities: 6, columns: 30, latents: 2 },
  eight: { modalities: 8, columns: 30, latents: 2 },
  shared2: { modalities: 2, columns: 30, latents: 2, shared: { latents: 1, cause: 'nothing' } },
  shared3: { modalities: 3, columns: 30, latents: 2, shared: { latents: 2, cause: 'second' } },
  'shared2-first': { modalities: 2, columns: 30, latents: 2, shared: { latents: 2, cause: 'first' } },
} as const satisfies Record<string, SimulatedCase>;

export type CaseName = keyof typeof CASES;

export interface SimulationOptions {
  /** Integer from 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  /** Subjects that train and validate (9 : 1). Default 10,000. */
  readonly samples?: number;
  /** Subjects of the test part. Default 2,000. */
  readonly test?: number;
  /** Default `monotone`. */
  readonly mechanism?: Mechanism;
  /** Default `gaussian`. */
  readonly noise?: Noise;
  /** True if the noise's scale depends on the parents. Default true. */
  readonly heteroscedastic?: boolean;
  /** Probability of each cross-modality edge beyond the one-to-one links. Default 0. */
  readonly extraEdges?: number;
  /** Cross-modality edges in all, instead of `extraEdges`. */
  readonly crossEdges?: number;
  /** True if latents of one modality may cause each other. Default false. */
  readonly withinEdges?: boolean;
  /** Latents that cause each other: in every modality, or one pair of each two linked modalities. Default `none`. */
  readonly cycles?: Cycles;
  /** True if modalities come in a random order instead of their causal one. Default false. */
  readonly shuffled?: boolean;
  /** Sd of normal noise on every observed value, in sd of its column without it. Default 0. */
  readonly measurementNoise?: number;
}

export interface SimulatedModality {
  readonly name: string;
  /** Subjects × columns, row-major; standardised over training and validation, rounded to six decimals. */
  readonly x: Float64Array;
  readonly columns: number;
}

export interface Simulation {
  readonly case: CaseName;
  readonly options: Required<Omit<SimulationOptions, 'crossEdges'>> & { readonly crossEdges: number | undefined };
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
  const size = sizeOf(caseName);
  const filled = fillOptions(options, size);
  const adjacency = drawGraph(new Streams(filled.seed).graph(), size, filled);
  return { adjacency, blocks: blocksOf(size), shared: size.shared?.latents ?? 0 };
}

const SAMPLES = 10_000;

/** How many subjects of a simulation train. */
export function trainingSubjects({ samples = SAMPLES }: Pick<SimulationOptions, 'samples'>): number {
  return samples - Math.round(samples / 10);
}

/**
 * Simulate a case. The same case, options and seed give the same numbers; graph, mechanisms and mixing do not change
 * with the number of subjects, nor the first subjects' noise.
 *
 * @throws InputError `unknown-case`, `invalid-option`
 */
export function simulate(caseName: string, options: SimulationOptions = {}): Simulation {
  checkArgument('simulate: caseName', caseName, 'text');
  checkArgument('simulate: options', options, {});
  const size = sizeOf(caseName);
  const { modalities, columns } = size;
  const filled = fillOptions(options, size);
  const { seed, samples, test } = filled;
  const streams = new Streams(seed);
  const subjects = samples + test;

  const causal = drawGraph(streams.graph(), size, filled);
  const latentsInOrder = drawLatents(streams, causal, { ...filled, size: blocksOf(size).length, subjects });
  const order = filled.shuffled
    ? [...streams.order().permutation(modalities)]
    : Array.from({ length: modalities }, (_, m) => m);
  const { z, adjacency, latents } = observedLatents(latentsInOrder, causal, order, size);
  const digits = String(subjects).length;
  const ids = Array.from({ length: subjects }, (_, i) => `s${String(i + 1).padStart(digits, '0')}`);
  const parts = { validation: samples - trainingSubjects(options), test, seed };
  const split = splitSubjects(ids, parts);
  const fitted = [...split.train, ...split.validation];

  const width = modalities * latents;
  const eta = new Float64Array(subjects * modalities);
  const mixing: MixingLayer[][] = [];
  const observed = order.map((place, m): SimulatedModality => {
    const noise = streams.exogenous(place);
    for (let row = 0; row < subjects; row++) eta[row * modalities + m] = noise.normal();
    const layers = drawMixing(streams.mixing(place), latents + EXOGENOUS, columns);
    mixing.push(layers);
    const x = new Float64Array(subjects * columns);
    for (let row = 0; row < subjects; row++) {
      const latent = z.subarray(row * width + m * latents, row * width + (m + 1) * latents);
      x.set(mix(layers, Float64Array.of(...latent, eta[row * modalities + m])), row * columns);
    }
    standardiseColumns(x, columns, fitted);
    if (filled.measurementNoise > 0) {
      const measured = streams.measurement(place);
      for (let at = 0; at < x.length; at++) x[at] += filled.measurementNoise * measured.normal();
      standardiseColumns(x, columns, fitted);
    }
    return { name: `m${m + 1}`, x, columns };
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
    adjacency,
    order,
    split,
    parts,
    mixing,
  };
}

/**
 * Latents and graph as the modalities see them: in the study's order, the shared block repeated after the latents of
 * every modality.
 * @param z subjects × (blocks · latents), a shared block first @param order each modality's place in the causal order
 */
function observedLatents(
  z: Float64Array,
  adjacency: Int8Array,
  order: readonly number[],
  size: SimulatedCase,
): Pick<Simulation, 'z' | 'adjacency' | 'latents'> {
  const shared = size.shared?.latents ?? 0;
  const from = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i);
  const sources = order.map((place) => [...from(shared + place * size.latents, size.latents), ...from(0, shared)]);
  const all = sources.flat();
  const latents = sources[0].length;
  const width = shared + order.length * size.latents;
  const isShared = (source: number) => source < shared;
  const isEdge = (child: number, parent: number) => {
    const sameModality = Math.floor(child / latents) === Math.floor(parent / latents);
    if (isShared(all[child]) && !sameModality) return 0;
    if (isShared(all[parent]) && !sameModality) return 0;
    return adjacency[all[child] * width + all[parent]];
  };
  const subjects = z.length / width;
  const observed = new Float64Array(subjects * all.length);
  for (let row = 0; row < subjects; row++) {
    for (const [at, source] of all.entries()) observed[row * all.length + at] = z[row * width + source];
  }
  return {
    z: observed,
    latents,
    adjacency: Int8Array.from({ length: all.length ** 2 }, (_, at) =>
      isEdge(Math.floor(at / all.length), at % all.length),
    ),
  };
}

/** The random streams of a simulation, separate from each other and from the split's. */
class Streams {
  constructor(readonly seed: number) {}

  #stream(kind: number, index: number): RandomStream {
    return new RandomStream(this.seed, SPLIT_STREAM + 1 + kind * 0x10000 + index);
  }

  graph = () => this.#stream(0, 0);
  mechanism = (latent: number) => this.#stream(1, latent);
  noise = (latent: number) => this.#stream(2, latent);
  exogenous = (modality: number) => this.#stream(3, modality);
  mixing = (modality: number) => this.#stream(4, modality);
  order = () => this.#stream(5, 0);
  measurement = (modality: number) => this.#stream(6, modality);
}

function standardiseColumns(x: Float64Array, columns: number, rows: readonly number[]): void {
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (const row of rows) sum += x[row * columns + column];
    const mean = sum / rows.length;
    let square = 0;
    for (const row of rows) square += (x[row * columns + column] - mean) ** 2;
    const sd = Math.sqrt(square / rows.length);
    for (let at = column; at < x.length; at += columns) x[at] = Math.round(((x[at] - mean) / sd) * 1e6) / 1e6;
  }
}

function fillOptions(options: SimulationOptions, size: GraphSize): Simulation['options'] {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const filled: Simulation['options'] = {
    seed: 0,
    samples: SAMPLES,
    test: 2_000,
    mechanism: 'monotone',
    noise: 'gaussian',
    heteroscedastic: true,
    extraEdges: 0,
    crossEdges: undefined,
    withinEdges: false,
    cycles: 'none',
    shuffled: false,
    measurementNoise: 0,
    ...given,
  };
  const minEdges = linkedEdges(size);
  const maxEdges = possibleCrossEdges(size);
  const { seed, samples, test, mechanism, noise, extraEdges, crossEdges, cycles, measurementNoise } = filled;
  const check = (option: string, value: unknown, isValid: boolean, accepted: string) => {
    if (!isValid) {
      throw new InputError('invalid-option', `option ${option} is ${String(value)}; accepted is ${accepted}`, {
        option,
      });
    }
  };
  const isWhole = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max;
  check('seed', seed, isWhole(seed, 0, Number.MAX_SAFE_INTEGER), 'a whole number from 0');
  check('samples', samples, isWhole(samples, 20, 10_000_000), 'a whole number from 20 to 10000000');
  check('test', test, isWhole(test, 2, 10_000_000), 'a whole number from 2 to 10000000');
  check(
    'measurementNoise',
    measurementNoise,
    measurementNoise >= 0 && measurementNoise <= 100,
    'a number from 0 to 100',
  );
  check('mechanism', mechanism, MECHANISMS.includes(mechanism), MECHANISMS.join(', '));
  check('noise', noise, NOISES.includes(noise), NOISES.join(', '));
  check('cycles', cycles, CYCLES.includes(cycles), CYCLES.join(', '));
  check('extraEdges', extraEdges, extraEdges >= 0 && extraEdges <= 1, 'a probability from 0 to 1');
  if (crossEdges !== undefined) {
    check(
      'crossEdges',
      crossEdges,
      isWhole(crossEdges, minEdges, maxEdges),
      `a whole number from ${minEdges} to ${maxEdges}`,
    );
  }
  return filled;
}

function sizeOf(caseName: string): SimulatedCase & { readonly name: CaseName } {
  if (!isCase(caseName)) {
    throw new InputError(
      'unknown-case',
      `no case '${caseName}'${didYouMean(caseName, Object.keys(CASES))}; there are ${Object.keys(CASES).join(', ')}`,
    );
  }
  return { ...CASES[caseName], name: caseName };
}

function isCase(name: string): name is CaseName {
  return Object.hasOwn(CASES, name);
}
