// Random tensors, a pure function of (seed, step, stream, element): the same graph gives the same numbers everywhere.

import { InputError } from '../errors.js';
import { uniformAt } from '../random/philox.js';
import { apply, flagAttribute, isInteger, numberAttribute } from './node.js';
import type { Node, Operation } from './operation.js';
import { everyInput } from './runs.js';
import { checkShape, formatShape, shapeError, sizeOf, type Shape } from './shapes.js';
import { normalQuantile } from './special.js';

interface Spec {
  readonly transform: (uniform: number) => number;
  /** As docs/engine.md numbers them. */
  readonly code: number;
}

function row(name: string, { transform, code }: Spec): Operation {
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
      const drawn = drawOf(node.shape.at(-1)!, perRun, partsOf(node));
      return new Float64Array(sizeOf(node.shape)).map((_, i) => {
        const run = Math.floor(i / perRun);
        const key = { low: seeds.values[2 * run], high: seeds.values[2 * run + 1] };
        return transform(uniformAt(key, step, stream, drawn(i % perRun)));
      });
    },
    takesIntegers: true,
    keepsRunsApart: everyInput,
    ofOneRun: (attributes, shape) => ({ ...attributes, shape }),
    lowering: {
      kind: 'opaque',
      kernel: 'random',
      record(node) {
        const [runs, ...own] = node.shape;
        const perTile = flagAttribute(node, 'sharedByTiles') ? 0 : 1;
        const parts = partsOf(node);
        const cut = parts > 1 ? [own.at(-1)!, parts] : [];
        return { ints: [code, numberAttribute(node, 'stream'), runs, sizeOf(own), perTile, ...cut] };
      },
    },
  };
}

export const randomRows = {
  randomUniform: row('randomUniform', { transform: (uniform) => uniform, code: 0 }),
  randomNormal: row('randomNormal', { transform: normalQuantile, code: 1 }),
} satisfies Record<string, Operation>;

const partsOf = (node: Node): number => Number(node.attributes['parts'] ?? 1);

/** The number, among those of a run, that an element of a tensor with so many columns is. */
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
   * Equal parts of the last axis, each with the numbers that a tile would draw were there so many tiles, 1 by default:
   * a whole mini-batch then sees the noise of one that is cut up.
   */
  readonly parts?: number;
  /** True if all tiles of a step draw the same numbers (docs/engine.md, "Blocks"). Default false. */
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
    throw new InputError('out-of-range', `[${operation.name}] ${columns} columns cannot be cut into ${parts} parts`);
  }
  return apply(operation, [seeds], { shape: [...shape], stream, sharedByTiles, ...(parts > 1 && { parts }) });
}

/**
 * Uniform in (0, 1), new in every step. shape[0] is the number of runs; seeds: int32 [runs, 2], the Philox key of each
 * run. Equal streams and shapes give equal numbers, so independent draws need streams of their own.
 */
export function randomUniform(shape: Shape, stream: number, seeds: Node, options: RandomOptions = {}): Node {
  return random(randomRows.randomUniform, shape, stream, seeds, options);
}

/** N(0, 1), new in every step; arguments as for `randomUniform`. */
export function randomNormal(shape: Shape, stream: number, seeds: Node, options: RandomOptions = {}): Node {
  return random(randomRows.randomNormal, shape, stream, seeds, options);
}
