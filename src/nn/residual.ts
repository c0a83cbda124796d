// The residual network of 18 layers (He, Zhang, Ren and Sun, CVPR 2016): eight blocks of two convolutions, each added
// to the block's input. It either normalises groups of channels, or uses pretrained weights with the batch norm folded
// into them.

import { add, conv2d, leakyRelu, maxPool2d, mean, withScope, type Node } from '../graph/index.js';
import { groupNorm } from './group-norm.js';
import { normal, type ParameterList, type RateGroup } from './parameters.js';

/** Channels of the four stages of the network. */
export const RESIDUAL_WIDTHS: readonly number[] = [64, 128, 256, 512];
const BLOCKS = 2;
/** `small` has 3 × 3 taps. `large` has 7 × 7 taps at stride 2, followed by 3 × 3 max pooling at stride 2. */
export const STEMS = ['small', 'large'] as const;
export type Stem = (typeof STEMS)[number];
export const STEM_TAPS: Readonly<Record<Stem, number>> = { small: 3, large: 7 };
/** Minimum rows and columns for which every halving still halves. */
export const MIN_SIDE: Readonly<Record<Stem, number>> = { small: 8, large: 32 };
const LARGE_FROM = 128;
/** Minimum number of channels that are normalised together (Wu and He, ECCV 2018, table 3). */
const MIN_NORMALISED_CHANNELS = 16;

export interface ResidualShape {
  /** Channels of an image. */
  readonly channels: number;
  /** Channels of the four stages of the network. */
  readonly widths: readonly number[];
  readonly stem: Stem;
}

/** One convolution, with the names of torchvision. */
export interface ResidualConvolution {
  readonly name: string;
  /** Name of the batch norm after it. */
  readonly norm: string;
  /** Outputs, inputs, rows and columns of taps. */
  readonly shape: readonly [number, number, number, number];
  readonly stride: number;
}

/** Returns the default stem for images of these rows and columns. */
export function stemOf(size: readonly number[]): Stem {
  return Math.min(...size) < LARGE_FROM ? 'small' : 'large';
}

/** Returns all convolutions, in the order of computation. */
export function residualConvolutions({ channels, widths, stem }: ResidualShape): ResidualConvolution[] {
  const taps = STEM_TAPS[stem];
  const first = { shape: [widths[0], channels, taps, taps], stride: stem === 'large' ? 2 : 1 } as const;
  const blocks = widths.flatMap((outputs, stage) =>
    Array.from({ length: BLOCKS }, (_, block) => {
      const inputs = block > 0 ? outputs : widths[Math.max(0, stage - 1)];
      return residualBlock(blockName(stage, block), [outputs, inputs], stage > 0 && block === 0 ? 2 : 1);
    }).flat(),
  );
  return [{ name: 'conv1', norm: 'bn1', ...first }, ...blocks];
}

/** Returns the convolutions of a block. If it halves the map, a convolution of one tap adapts the skip connection. */
function residualBlock(
  name: string,
  [outputs, inputs]: readonly [number, number],
  stride: number,
): ResidualConvolution[] {
  const skip = { shape: [outputs, inputs, 1, 1], stride } as const;
  return [
    { name: `${name}.conv1`, norm: `${name}.bn1`, shape: [outputs, inputs, 3, 3], stride },
    { name: `${name}.conv2`, norm: `${name}.bn2`, shape: [outputs, outputs, 3, 3], stride: 1 },
    ...(stride > 1 ? [{ name: `${name}.downsample.0`, norm: `${name}.downsample.1`, ...skip }] : []),
  ];
}

function blockName(stage: number, block: number): string {
  return `layer${stage + 1}.${block}`;
}

/** Weights and biases of a convolution into which its batch norm is folded. */
export interface FoldedConvolution {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

export interface ResidualOptions {
  readonly members: number;
  /**
   * Pretrained weights by name of convolution. Default: random weights (He et al., ICCV 2015) and group normalisation.
   */
  readonly pretrained?: ((convolution: string) => FoldedConvolution) | undefined;
  /** True if the pretrained weights are not trained. */
  readonly isFrozen?: boolean | undefined;
}

/**
 * Creates `name.<convolution>.weight`, and `.bias` or `.norm.{gain,bias}`. Returns the network without its last layer:
 * `[runs or 1, members, C, H, W, batch]` → the mean of every last channel, `[runs, members, C′, batch]`.
 */
export function residualStack(
  parameters: ParameterList,
  name: string,
  shape: ResidualShape,
  { members, pretrained, isFrozen = false }: ResidualOptions,
): (x: Node) => Node {
  // All members share frozen weights.
  const copies = isFrozen ? 1 : members;
  const rate: RateGroup = isFrozen ? 'fixed' : 'weights';
  const layers = new Map(
    residualConvolutions(shape).map(({ name: convolution, shape: taps, stride }) => {
      const [outputs, inputs, rows] = taps;
      const spacing = { stride: [stride, stride], padding: [(rows - 1) / 2, (rows - 1) / 2] } as const;
      const deviation = Math.sqrt(2 / (inputs * rows * rows));
      const folded = (field: keyof FoldedConvolution) =>
        pretrained && (() => repeated(pretrained(convolution)[field], copies));
      const weight = parameters.create(
        `${name}.${convolution}.weight`,
        [copies, ...taps],
        folded('weight') ?? normal(deviation),
        rate,
      );
      const bias = folded('bias');
      const normalised = bias
        ? addedBias(parameters.create(`${name}.${convolution}.bias`, [copies, outputs, 1, 1, 1], bias, rate))
        : groupNorm(parameters, `${name}.${convolution}.norm`, {
            members,
            channels: outputs,
            groups: normalisedGroups(outputs),
            positions: 2,
          });
      return [convolution, (x: Node) => withScope(convolution, () => normalised(conv2d(x, weight, spacing)))] as const;
    }),
  );
  const apply = (layer: string, x: Node): Node => layers.get(layer)!(x);
  const block = (convolution: string, x: Node): Node => {
    const inner = apply(`${convolution}.conv2`, relu(apply(`${convolution}.conv1`, x)));
    const skip = `${convolution}.downsample.0`;
    return relu(add(inner, layers.has(skip) ? apply(skip, x) : x));
  };
  return (x) => {
    const first = relu(apply('conv1', x));
    const pooled = shape.stem === 'large' ? maxPool2d(first, { size: [3, 3], stride: [2, 2], padding: [1, 1] }) : first;
    const names = shape.widths.flatMap((_, stage) => Array.from({ length: BLOCKS }, (__, i) => blockName(stage, i)));
    return mean(
      names.reduce((map, convolution) => block(convolution, map), pooled),
      [3, 4],
    );
  };
}

function addedBias(bias: Node): (x: Node) => Node {
  return (x) => add(x, bias);
}

function relu(x: Node): Node {
  return leakyRelu(x, 0);
}

/**
 * Returns the largest number of equal groups with at least `MIN_NORMALISED_CHANNELS` channels each; 1 if there are
 * fewer channels.
 */
function normalisedGroups(channels: number): number {
  const maxGroups = Math.max(1, Math.floor(channels / MIN_NORMALISED_CHANNELS));
  return Array.from({ length: maxGroups }, (_, i) => maxGroups - i).find((groups) => channels % groups === 0) ?? 1;
}

function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(times * values.length);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}
