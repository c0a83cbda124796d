// Parameters of a model: a graph node, how each run initialises it, and which learning rate it follows.

import { parameter, type Node } from '../graph/index.js';
import { normalQuantile } from '../graph/special.js';
import { seedKey, uniforms } from '../random/streams.js';

/** Learning-rate groups; the controls `rates` hold one value for each, in this order. */
export const RATE_GROUPS = ['weights', 'gates'] as const;
/** `fixed`: drawn like a parameter, never trained. */
export type RateGroup = (typeof RATE_GROUPS)[number] | 'fixed';

/** Values of one run, without the runs axis. `uniform(count)` draws from the run's own stream. */
export type Initialiser = (shape: readonly number[], uniform: (count: number) => Float64Array) => Float32Array;

export interface ModelParameter {
  readonly name: string;
  /** Shape in the program, runs first. */
  readonly shape: readonly number[];
  readonly node: Node;
  readonly rate: RateGroup;
  readonly initialise: Initialiser;
}

/** Streams below this number belong to training noise; initial values use the ones from here on. */
const INITIAL_STREAM = 0x10000;

export class ParameterList {
  readonly runs: number;
  readonly #all: ModelParameter[] = [];

  constructor(runs: number) {
    this.runs = runs;
  }

  get all(): readonly ModelParameter[] {
    return this.#all;
  }

  /** Adds a parameter `[runs, ...shape]` and returns its node. */
  create(name: string, shape: readonly number[], initialise: Initialiser, rate: RateGroup = 'weights'): Node {
    const full = [this.runs, ...shape];
    const node = parameter(name, full);
    this.#all.push({ name, shape: full, node, rate, initialise });
    return node;
  }

  /**
   * Initial values of every parameter, `[runs, ...shape]` by name.
   * @param seeds one seed per run; a run's values depend on its seed only, not on its neighbours
   */
  initialValues(seeds: readonly number[]): Map<string, Float32Array> {
    const values = new Map<string, Float32Array>();
    this.#all.forEach((p, index) => {
      const shape = p.shape.slice(1);
      const perRun = shape.reduce((a, b) => a * b, 1);
      const all = new Float32Array(perRun * this.runs);
      seeds.forEach((seed, run) => {
        const draw = (count: number) => uniforms(seedKey(seed), INITIAL_STREAM + index, 0, count);
        all.set(p.initialise(shape, draw), run * perRun);
      });
      values.set(p.name, all);
    });
    return values;
  }
}

/** U(±scale·√(3 / fan-in)), fan-in being the last axis: unit variance is kept through a linear layer. */
export function fanIn(scale = 1): Initialiser {
  return (shape, uniform) => uniformWithin(scale * Math.sqrt(3 / shape[shape.length - 1]))(shape, uniform);
}

/** U(±bound). */
export function uniformWithin(bound: number): Initialiser {
  return (shape, uniform) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return Float32Array.from(uniform(count), (u) => (2 * u - 1) * bound);
  };
}

export function constantValue(value: number): Initialiser {
  return (shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
}

/** N(0, scale²). */
export function normal(scale: number): Initialiser {
  return (shape, uniform) =>
    Float32Array.from(uniform(shape.reduce((a, b) => a * b, 1)), (u) => scale * normalQuantile(u));
}

/** Random orthogonal matrices `[groups, d, d]`: the rows of a Gaussian matrix, orthonormalised (Gram and Schmidt). */
export const orthogonal: Initialiser = (shape, uniform) => {
  const [groups, d] = shape;
  const values = normal(1)(shape, uniform);
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
  for (let group = 0; group < groups; group++) {
    const row = (i: number): Float32Array => values.subarray((group * d + i) * d, (group * d + i + 1) * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < i; j++) {
        const projection = dot(row(i), row(j));
        row(i).forEach((_, k, own) => (own[k] -= projection * row(j)[k]));
      }
      const norm = Math.sqrt(dot(row(i), row(i)));
      row(i).forEach((_, k, own) => (own[k] /= norm));
    }
  }
  return values;
};
