// The simulated cases of METHOD sections 4 and 9: latents with a known graph, observed through a random invertible map.
// docs/simulation.md lists every constant.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { Split } from './dataset.js';
import { RandomStream } from './random.js';
import { drawGraph, possibleCrossEdges } from './simulation-graph.js';
import {
  drawMechanism,
  drawMixing,
  drawNoise,
  drawTanhNet,
  MECHANISMS,
  mix,
  NOISE_SHARE,
  noiseScales,
  NOISES,
  standardise,
  type Mechanism,
  type MixingLayer,
  type Noise,
} from './simulation-mechanism.js';
import { SPLIT_STREAM, splitSubjects } from './split.js';

/** Modalities, columns and latents of each modality; every modality has one exogenous latent. */
export const CASES = {
  case1: { modalities: 2, columns: 15, latents: 2 },
  case2: { modalities: 2, columns: 20, latents: 3 },
  case3: { modalities: 4, columns: 30, latents: 2 },
  five: { modalities: 5, columns: 30, latents: 2 },
  six: { modalities: 6, columns: 30, latents: 2 },
  eight: { modalities: 8, columns: 30, latents: 2 },
} as const;

export type CaseName = keyof typeof CASES;
export const EXOGENOUS = 1;

export { MECHANISMS, NOISES };
export { SIMULATION_FORMATS, writeSimulation, type SimulationFormat } from './simulation-files.js';

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
  /** Whether the noise's scale depends on the parents. Default true. */
  readonly heteroscedastic?: boolean;
  /** Probability of each cross-modality edge beyond the one-to-one links. Default 0. */
  readonly extraEdges?: number;
  /** Cross-modality edges in all, instead of `extraEdges`. */
  readonly crossEdges?: number;
  /** Whether latents of one modality may cause each other. Default false. */
  readonly withinEdges?: boolean;
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
  /** Latents of each modality. */
  readonly latents: number;
  /** Subjects × (modalities · latents), row-major, modalities in order; mean 0 and sd 1: roots in expectation, others exactly. */
  readonly z: Float64Array;
  /** Subjects × modalities, row-major: the exogenous latents. */
  readonly eta: Float64Array;
  /** Row: child, column: parent. */
  readonly adjacency: Int8Array;
  readonly split: Split;
  /** The parts as a study file states them. */
  readonly parts: { readonly validation: number; readonly test: number; readonly seed: number };
  /** The layers that made each modality's observations. */
  readonly mixing: readonly (readonly MixingLayer[])[];
}

/**
 * Simulate a case. The same case, options and seed give the same numbers; graph, mechanisms and mixing do not change with
 * the number of subjects, nor the first subjects' noise.
 *
 * @throws InputError `unknown-case`, `invalid-option`
 */
export function simulate(caseName: string, options: SimulationOptions = {}): Simulation {
  if (!isCase(caseName))
    throw new InputError(
      'unknown-case',
      `no case '${caseName}'${didYouMean(caseName, Object.keys(CASES))}; there are ${Object.keys(CASES).join(', ')}`,
    );
  const { modalities, columns, latents } = CASES[caseName];
  const filled = fillOptions(options, { modalities, latents });
  const { seed, samples, test, extraEdges, crossEdges, withinEdges } = filled;
  const streams = new Streams(seed);
  const subjects = samples + test;
  const size = modalities * latents;

  const adjacency = drawGraph(streams.graph(), { modalities, latents }, { extraEdges, crossEdges, withinEdges });
  const z = drawLatents(streams, adjacency, { size, subjects, options: filled });
  const digits = String(subjects).length;
  const ids = Array.from({ length: subjects }, (_, i) => `s${String(i + 1).padStart(digits, '0')}`);
  const parts = { validation: Math.round(samples / 10), test, seed };
  const split = splitSubjects(ids, parts);
  const fitted = [...split.train, ...split.validation];

  const eta = new Float64Array(subjects * modalities);
  const mixing: MixingLayer[][] = [];
  const observed = Array.from({ length: modalities }, (_, m): SimulatedModality => {
    const noise = streams.exogenous(m);
    for (let row = 0; row < subjects; row++) eta[row * modalities + m] = noise.normal();
    const layers = drawMixing(streams.mixing(m), latents + EXOGENOUS, columns);
    mixing.push(layers);
    const x = new Float64Array(subjects * columns);
    for (let row = 0; row < subjects; row++) {
      const own = z.subarray(row * size + m * latents, row * size + (m + 1) * latents);
      x.set(mix(layers, Float64Array.of(...own, eta[row * modalities + m])), row * columns);
    }
    standardiseColumns(x, columns, fitted);
    return { name: `m${m + 1}`, x, columns };
  });
  return {
    case: caseName,
    options: filled,
    ids,
    modalities: observed,
    latents,
    z,
    eta,
    adjacency,
    split,
    parts,
    mixing,
  };
}

/** The random streams of a simulation, apart from each other and from the split's. */
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
}

interface LatentRequest {
  readonly size: number;
  readonly subjects: number;
  readonly options: Simulation['options'];
}

/** z = √0.8 · std(f(parents)) + √0.2 · s(parents) · ε, then standardised; roots z = ε. */
function drawLatents(streams: Streams, adjacency: Int8Array, { size, subjects, options }: LatentRequest): Float64Array {
  const columns: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const noise = streams.noise(i);
    const epsilon = Float64Array.from({ length: subjects }, () => drawNoise(noise, options.noise));
    const parents = columns.filter((_, j) => adjacency[i * size + j] === 1);
    if (parents.length === 0) {
      columns.push(epsilon);
      continue;
    }
    const random = streams.mechanism(i);
    const mechanism = drawMechanism(random, options.mechanism, parents.length);
    const scaleNet = drawTanhNet(random, parents.length);
    const apply = (net: typeof mechanism) =>
      Float64Array.from({ length: subjects }, (_, row) => net(parents.map((parent) => parent[row])));
    const signal = standardise(apply(mechanism));
    const scales = options.heteroscedastic ? noiseScales(apply(scaleNet)) : undefined;
    const mixed = signal.map(
      (value, row) => Math.sqrt(1 - NOISE_SHARE) * value + Math.sqrt(NOISE_SHARE) * (scales?.[row] ?? 1) * epsilon[row],
    );
    columns.push(standardise(mixed));
  }
  const z = new Float64Array(subjects * size);
  for (const [i, column] of columns.entries()) for (const [row, value] of column.entries()) z[row * size + i] = value;
  return z;
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

function fillOptions(options: SimulationOptions, size: { modalities: number; latents: number }): Simulation['options'] {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const filled: Simulation['options'] = {
    seed: 0,
    samples: 10_000,
    test: 2_000,
    mechanism: 'monotone',
    noise: 'gaussian',
    heteroscedastic: true,
    extraEdges: 0,
    crossEdges: undefined,
    withinEdges: false,
    ...given,
  };
  const least = (size.modalities - 1) * size.latents;
  const most = possibleCrossEdges(size);
  const { seed, samples, test, mechanism, noise, extraEdges, crossEdges } = filled;
  const check = (option: string, value: unknown, isValid: boolean, accepted: string) => {
    if (!isValid)
      throw new InputError('invalid-option', `option ${option} is ${String(value)}; accepted is ${accepted}`, {
        option,
      });
  };
  const isWhole = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max;
  check('seed', seed, isWhole(seed, 0, Number.MAX_SAFE_INTEGER), 'a whole number from 0');
  check('samples', samples, isWhole(samples, 20, 10_000_000), 'a whole number from 20 to 10000000');
  check('test', test, isWhole(test, 2, 10_000_000), 'a whole number from 2 to 10000000');
  check('mechanism', mechanism, MECHANISMS.includes(mechanism), MECHANISMS.join(', '));
  check('noise', noise, NOISES.includes(noise), NOISES.join(', '));
  check('extraEdges', extraEdges, extraEdges >= 0 && extraEdges <= 1, 'a probability from 0 to 1');
  if (crossEdges !== undefined)
    check('crossEdges', crossEdges, isWhole(crossEdges, least, most), `a whole number from ${least} to ${most}`);
  return filled;
}

function isCase(name: string): name is CaseName {
  return Object.hasOwn(CASES, name);
}
