// Parameters of a model: a graph node, its initialiser, and its learning-rate group.

import { parameter, type Node } from '../graph/index.js';
import { normalQuantile } from '../graph/special.js';
import { seedKey, uniforms } from '../random/streams.js';

/** Learning-rate groups. The control `rates` holds one value for each, in this order. */
export const RATE_GROUPS = ['weights', 'gates'] as const;
/** `fixed` parameters are initialised like the others but never trained. */
export type RateGroup = (typeof RATE_GROUPS)[number] | 'fixed';

/** Returns the values of one run, without the runs axis. `uniform(count)` draws from the run's stream. */
export type Initialiser = (shape: readonly number[], uniform: (count: number) => Float64Array) => Float32Array;

export interface ModelParameter {
  readonly name: string;
  /** Shape in the program, runs first. */
  readonly shape: readonly number[];
  readonly node: Node;
  readonly rate: RateGroup;
  readonly initialise: Initialiser;
}

/** First stream of initial values. Training noise uses the streams below. */
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
   * Returns initial values of every parameter, `[runs, ...shape]` by name.
   * @param seeds one seed per run; the values of a run depend only on its seed
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

/**
 * Returns an initialiser of U(±scale·√(3 / fan-in)), where fan-in is the last axis: a linear layer then preserves unit
 * variance.
 */
export function fanIn(scale = 1): Initialiser {
  return (shape, uniform) => uniformWithin(scale * Math.sqrt(3 / shape[shape.length - 1]))(shape, uniform);
}

/** Returns an initialiser of U(±bound). */
export function uniformWithin(bound: number): Initialiser {
  return (shape, uniform) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return Float32Array.from(uniform(count), (u) => (2 * u - 1) * bound);
  };
}

export function constantValue(value: number): Initialiser {
  return (shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
}

/** Returns an initialiser of N(0, scale²). */
export function normal(scale: number): Initialiser {
  return (shape, uniform) =>
    Float32Array.from(uniform(shape.reduce((a, b) => a * b, 1)), (u) => scale * normalQuantile(u));
}

/**
 * Initialises random orthogonal matrices `[groups, d, d]`: the orthonormalised rows of a Gaussian matrix (Gram and
 * Schmidt).
 */
export const orthogonal: Initialiser = (shape, uniform) => {
  const [groups, d] = shape;
  const values = normal(1)(shape, uniform);
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
  for (let group = 0; group < groups; group++) {
    const row = (i: number): Float32Array => values.subarray((group * d + i) * d, (group * d + i + 1) * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < i; j++) {
        const projection = dot(row(i), row(j));
        row(i).forEach((_, k, values) => (values[k] -= projection * row(j)[k]));
      }
      const norm = Math.sqrt(dot(row(i), row(i)));
      row(i).forEach((_, k, values) => (values[k] /= norm));
    }
  }
  return values;
};
