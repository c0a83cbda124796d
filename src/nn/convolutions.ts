// Strided convolutions over images and series, and their reverse. Each layer halves the number of rows and columns
// unless it is 1. Layouts: docs/explanation/kernels.md, "Convolutions".

import { add, conv2d, conv2dTranspose, leakyRelu, withScope, type Node } from '../graph/index.js';
import { LEAKY_SLOPE } from './dense.js';
import { constantValue, uniformWithin, type ParameterList } from './parameters.js';

/** Taps along an axis that is halved. */
const TAPS = 4;

type Pair = readonly [number, number];

/** Channels, rows and columns of a map. */
export interface MapSize {
  readonly channels: number;
  readonly size: Pair;
}

/** One layer: the sizes of its input and output. */
interface Layer {
  readonly from: MapSize;
  readonly to: MapSize;
}

/** Returns the layers of a stack of convolutions with these numbers of channels. */
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

/** Returns the rows and columns of a layer's output. */
export function halved([rows, columns]: Pair): Pair {
  return [Math.max(1, Math.floor(rows / 2)), Math.max(1, Math.floor(columns / 2))];
}

/** Returns taps, stride and padding of a layer. An axis of one position remains unchanged. */
function spacing({ size }: MapSize) {
  const perAxis = (wide: number, narrow: number): Pair => [size[0] > 1 ? wide : narrow, size[1] > 1 ? wide : narrow];
  return { taps: perAxis(TAPS, 1), stride: perAxis(2, 1), padding: perAxis(1, 0) };
}

/**
 * Creates `name.<layer>.{weight,bias}` and returns the stack, with a LeakyReLU after every layer:
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
    return nodes.map(({ weight, bias, spacing: layerSpacing }, index) => {
      map = withScope(`convolution.${index}`, () =>
        leakyRelu(add(conv2d(map, weight, layerSpacing), bias), LEAKY_SLOPE),
      );
      return map;
    });
  };
}

/**
 * Creates `name.<layer>.{weight,bias}` and returns the reverse of `layers`, from the last to the first:
 * `[runs, groups, C′, H′, W′, batch]` → `[runs, groups, C, H, W, batch]`. A LeakyReLU follows every layer except the
 * last.
 */
export function transposedConvolutions(
  parameters: ParameterList,
  name: string,
  groups: number,
  layers: readonly Layer[],
): (x: Node) => Node {
  const nodes = [...layers].reverse().map(({ from, to }, index) => {
    const { taps, stride, padding } = spacing(from);
    // Number of products that each value of the result sums.
    const fanIn = (to.channels * taps[0] * taps[1]) / (stride[0] * stride[1]);
    const outputPadding = (axis: 0 | 1): number =>
      from.size[axis] - ((to.size[axis] - 1) * stride[axis] - 2 * padding[axis] + taps[axis]);
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, to.channels, from.channels, ...taps],
        uniformWithin(1 / Math.sqrt(fanIn)),
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, from.channels, 1, 1, 1], constantValue(0)),
      spacing: { stride, padding, outputPadding: [outputPadding(0), outputPadding(1)] as const },
    };
  });
  return (x) =>
    nodes.reduce(
      (map, { weight, bias, spacing: layerSpacing }, index) =>
        withScope(`transposed.${index}`, () => {
          const linear = add(conv2dTranspose(map, weight, layerSpacing), bias);
          return index === nodes.length - 1 ? linear : leakyRelu(linear, LEAKY_SLOPE);
        }),
      x,
    );
}
