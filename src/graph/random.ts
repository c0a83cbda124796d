// Random tensors. Each element is a pure function of (seed, step, stream, element), so the same graph gives the same
// numbers on every backend.

import { InputError } from '../errors/errors.js';
import { uniformAt } from '../random/philox.js';
import { apply, flagAttribute, isInteger, numberAttribute } from './node.js';
import { opaque, type Node, type Operation } from './operation.js';
import { between, flag, kernel, runsOfPlan, writes } from './kernel-record.js';
import { everyInput } from './runs.js';
import { checkShape, formatShape, shapeError, sizeOf, type Shape } from './shapes.js';
import { normalQuantile } from './special.js';

/** Numbers per run: the counter of the generator has 32 bits for blocks of four numbers. */
const count = between(1, 2 ** 34);

/**
 * With perTile, tile t begins t · ⌈perRun / 4⌉ blocks later; otherwise all tiles draw the same numbers. Each of the
 * equal parts of the columns has the numbers that a tile would draw if there were `parts` times the tiles.
 */
export const randomKernel = kernel({
  name: 'random',
  extended: true,
  floats: {},
  ints: {
    normal: flag,
    stream: between(0, 2 ** 32 - 1),
    runs: runsOfPlan,
    perRun: count,
    perTile: flag,
    columns: { ...count, absent: 'perRun' },
    parts: { ...count, absent: '1' },
  },
  requires: { 'perRun % columns == 0 && columns % parts == 0': 'its columns cannot be divided into the parts' },
  operands: { out: writes('runs', 'perRun'), seeds: { access: 'words', shape: ['runs', '2'] } },
});

interface Spec {
  readonly transform: (uniform: number) => number;
  readonly normal: boolean;
}

function row(name: string, { transform, normal }: Spec): Operation {
  return {
    name,
    shape([seeds], attributes) {
      const shape = attributes['shape'] as Shape;
      if (seeds.shape.length !== 2 || seeds.shape[0] !== shape[0] || seeds.shape[1] !== 2) {
        throw shapeError(name, `${formatShape(shape)} needs seeds [${shape[0]}, 2], got ${formatShape(seeds.shape)}`);
      }
      return shape;
    },
    reference(node, [seeds], { step }) {
      const perRun = sizeOf(node.shape.slice(1));
      const stream = numberAttribute(node, 'stream');
      const positionOf = drawOf(node.shape.at(-1)!, perRun, partsOf(node));
      return new Float64Array(sizeOf(node.shape)).map((_, i) => {
        const run = Math.floor(i / perRun);
        const key = { low: seeds.values[2 * run], high: seeds.values[2 * run + 1] };
        return transform(uniformAt(key, step, stream, positionOf(i % perRun)));
      });
    },
    takesIntegers: true,
    keepsRunsApart: everyInput,
    singleRunAttributes: (attributes, shape) => ({ ...attributes, shape }),
    lowering: opaque(randomKernel, (node) => {
      const [runs, ...shapeOfRun] = node.shape;
      const perTile = !flagAttribute(node, 'sharedByTiles');
      const parts = partsOf(node);
      const cut = parts > 1 ? { columns: shapeOfRun.at(-1)!, parts } : {};
      return { normal, stream: numberAttribute(node, 'stream'), runs, perRun: sizeOf(shapeOfRun), perTile, ...cut };
    }),
  };
}

export const randomRows = {
  randomUniform: row('randomUniform', { transform: (uniform) => uniform, normal: false }),
  randomNormal: row('randomNormal', { transform: normalQuantile, normal: true }),
} satisfies Record<string, Operation>;

const partsOf = (node: Node): number => Number(node.attributes['parts'] ?? 1);

/**
 * Returns a function from an element of a run's tensor with `columns` columns to its position in the run's sequence of
 * random numbers.
 */
export function drawOf(columns: number, perRun: number, parts: number): (element: number) => number {
  const width = columns / parts;
  const ofPart = 4 * Math.ceil(perRun / parts / 4);
  return (element) => {
    const [row, column] = [Math.floor(element / columns), element % columns];
    return parts === 1 ? element : Math.floor(column / width) * ofPart + row * width + (column % width);
  };
}

export interface RandomOptions {
  /**
   * Number of equal parts of the last axis. Each part has the numbers that a tile would draw if there were `parts`
   * tiles, so a whole mini-batch sees the same noise as one that is divided into tiles. Default 1.
   */
  readonly parts?: number;
  /** True if all tiles of a step draw the same numbers (docs/explanation/engine.md, "Blocks"). Default false. */
  readonly sharedByTiles?: boolean;
}

function random(operation: Operation, shape: Shape, stream: number, seeds: Node, options: RandomOptions): Node {
  checkShape(operation.name, shape);
  if (!isInteger(seeds)) throw new InputError('wrong-dtype', `[${operation.name}] seeds must be an int32 data leaf`);
  if (!Number.isInteger(stream) || stream < 0 || stream > 0xffffffff) {
    throw new InputError(
      'out-of-range',
      `[${operation.name}] stream must be a whole number in 0 … 2³² − 1, got ${stream}`,
    );
  }
  const { parts = 1, sharedByTiles = false } = options;
  const columns = shape.at(-1)!;
  if (parts !== 1 && (shape.length < 2 || !Number.isInteger(parts) || parts < 1 || columns % parts !== 0)) {
    const shown = `${columns} columns cannot be divided into ${parts} equal parts`;
    throw new InputError('out-of-range', `[${operation.name}] ${shown}`);
  }
  return apply(operation, [seeds], { shape: [...shape], stream, sharedByTiles, ...(parts > 1 && { parts }) });
}

/**
 * Returns uniform numbers in (0, 1), new in every step. shape[0] is the number of runs. Equal streams and shapes give
 * equal numbers, so independent draws need different streams.
 * @param seeds int32 `[runs, 2]`, the Philox key of each run
 */
export function randomUniform(shape: Shape, stream: number, seeds: Node, options: RandomOptions = {}): Node {
  return random(randomRows.randomUniform, shape, stream, seeds, options);
}

/** Returns N(0, 1), new in every step, with the arguments of `randomUniform`. */
export function randomNormal(shape: Shape, stream: number, seeds: Node, options: RandomOptions = {}): Node {
  return random(randomRows.randomNormal, shape, stream, seeds, options);
}
