// Strided convolutions over pictures and series, and their way back: each layer halves the rows and columns that are
// more than one. Layouts: docs/engine.md, "Networks".

import { add, conv2d, conv2dTranspose, leakyRelu, withScope, type Node } from '../graph/index.js';
import { LEAKY_SLOPE } from './dense.js';
import { constantValue, uniformWithin, type ParameterList } from './parameters.js';

/** Taps along an axis that is halved. */
const TAPS = 4;

type Pair = readonly [number, number];

/** Channels, rows and columns. */
export interface MapSize {
  readonly channels: number;
  readonly size: Pair;
}

/** One layer: what it reads and what it makes of it. */
interface Layer {
  readonly from: MapSize;
  readonly to: MapSize;
}

/** What a stack of convolutions of so many channels makes of maps of a size, layer by layer. */
export function convolutionLayers(input: MapSize, widths: readonly number[]): Layer[] {
  const layers: Layer[] = [];
  let from = input;
  for (const channels of widths) {
    const to = { channels, size: halved(from.size) };
    layers.push({ from, to });
    from = to;
  }
  return layers;
}

/** Rows and columns that are left by a layer. */
export function halved([rows, columns]: Pair): Pair {
  return [Math.max(1, Math.floor(rows / 2)), Math.max(1, Math.floor(columns / 2))];
}

/** An axis of one position stays as it is. */
function spacing({ size }: MapSize) {
  const perAxis = (wide: number, narrow: number): Pair => [size[0] > 1 ? wide : narrow, size[1] > 1 ? wide : narrow];
  return { taps: perAxis(TAPS, 1), stride: perAxis(2, 1), padding: perAxis(1, 0) };
}

/**
 * Creates `name.<layer>.{weight,bias}` and returns the stack, LeakyReLU behind every layer:
 * `[runs or 1, groups, C, H, W, batch]` → by layer `[runs, groups, C′, H′, W′, batch]`.
 */
export function convolutions(
  parameters: ParameterList,
  name: string,
  groups: number,
  layers: readonly Layer[],
): (x: Node) => Node[] {
  const nodes = layers.map(({ from, to }, index) => {
    const { taps, ...rest } = spacing(from);
    const fanIn = from.channels * taps[0] * taps[1];
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, to.channels, from.channels, ...taps],
        uniformWithin(1 / Math.sqrt(fanIn)),
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, to.channels, 1, 1, 1], constantValue(0)),
      spacing: rest,
    };
  });
  return (x) => {
    let map = x;
    return nodes.map(({ weight, bias, spacing: own }, index) => {
      map = withScope(`convolution.${index}`, () => leakyRelu(add(conv2d(map, weight, own), bias), LEAKY_SLOPE));
      return map;
    });
  };
}

/**
 * The way back through `layers`, from the last to the first; LeakyReLU between them and none behind the last:
 * `[runs, groups, C′, H′, W′, batch]` → `[runs, groups, C, H, W, batch]`. Creates `name.<layer>.{weight,bias}`.
 */
export function transposedConvolutions(
  parameters: ParameterList,
  name: string,
  groups: number,
  layers: readonly Layer[],
): (x: Node) => Node {
  const nodes = [...layers].reverse().map(({ from, to }, index) => {
    const { taps, stride, padding } = spacing(from);
    // Each value of the result is a sum over so many.
    const fanIn = (to.channels * taps[0] * taps[1]) / (stride[0] * stride[1]);
    const left = (axis: 0 | 1): number =>
      from.size[axis] - ((to.size[axis] - 1) * stride[axis] - 2 * padding[axis] + taps[axis]);
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, to.channels, from.channels, ...taps],
        uniformWithin(1 / Math.sqrt(fanIn)),
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, from.channels, 1, 1, 1], constantValue(0)),
      spacing: { stride, padding, outputPadding: [left(0), left(1)] as const },
    };
  });
  return (x) =>
    nodes.reduce(
      (map, { weight, bias, spacing: own }, index) =>
        withScope(`transposed.${index}`, () => {
          const linear = add(conv2dTranspose(map, weight, own), bias);
          return index === nodes.length - 1 ? linear : leakyRelu(linear, LEAKY_SLOPE);
        }),
      x,
    );
}
