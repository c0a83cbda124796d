// The residual network of 18 layers (He, Zhang, Ren and Sun, CVPR 2016): eight blocks of two convolutions, each added
// to what it read. Either groups of channels are normalised, or weights are given that have their batch norm in them.

import { add, conv2d, leakyRelu, maxPool2d, mean, withScope, type Node } from '../graph/index.js';
import { groupNorm } from './group-norm.js';
import { normal, type ParameterList, type RateGroup } from './parameters.js';

/** Channels of the four stages. */
export const RESIDUAL_WIDTHS: readonly number[] = [64, 128, 256, 512];
const BLOCKS = 2;
/** small: 3 × 3 taps; large: 7 × 7 at every second position, then the largest of 3 × 3 at every second. */
export const STEMS = ['small', 'large'] as const;
export type Stem = (typeof STEMS)[number];
export const STEM_TAPS: Readonly<Record<Stem, number>> = { small: 3, large: 7 };
/** Rows and columns that every halving halves. */
export const MIN_SIDE: Readonly<Record<Stem, number>> = { small: 8, large: 32 };
const LARGE_FROM = 128;
/** Channels that are normalised together (Wu and He, ECCV 2018, table 3), at least. */
const NORMALISED_TOGETHER = 16;

export interface ResidualShape {
  /** Channels of a picture. */
  readonly channels: number;
  /** Of the four stages. */
  readonly widths: readonly number[];
  readonly stem: Stem;
}

/** One convolution, under the names that torchvision gave it. */
export interface ResidualConvolution {
  readonly name: string;
  /** Of the batch norm behind it. */
  readonly norm: string;
  /** Outputs, inputs, rows and columns of taps. */
  readonly shape: readonly [number, number, number, number];
  readonly stride: number;
}

/** The stem of pictures of so many rows and columns, where nothing else says it. */
export function stemOf(size: readonly number[]): Stem {
  return Math.min(...size) < LARGE_FROM ? 'small' : 'large';
}

/** All convolutions, in the order in which they are computed. */
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

/** What a block reads is brought to its result's shape by one tap where it halves the map. */
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
  /** What the convolutions begin with; left out: drawn (He et al., ICCV 2015), and channels normalised in groups. */
  readonly given?: ((convolution: string) => FoldedConvolution) | undefined;
  /** The weights that are given stay as they are. */
  readonly isFrozen?: boolean | undefined;
}

/**
 * Creates `name.<convolution>.weight`, and `.bias` or `.norm.{gain,bias}`, and returns the network without its last
 * layer: `[runs or 1, members, C, H, W, batch]` → the mean of every last channel, `[runs, members, C′, batch]`.
 */
export function residualStack(
  parameters: ParameterList,
  name: string,
  shape: ResidualShape,
  { members, given, isFrozen = false }: ResidualOptions,
): (x: Node) => Node {
  // What stays the same is the same for all members.
  const owners = isFrozen ? 1 : members;
  const rate: RateGroup = isFrozen ? 'fixed' : 'weights';
  const layers = new Map(
    residualConvolutions(shape).map(({ name: own, shape: taps, stride }) => {
      const [outputs, inputs, rows] = taps;
      const spacing = { stride: [stride, stride], padding: [(rows - 1) / 2, (rows - 1) / 2] } as const;
      const deviation = Math.sqrt(2 / (inputs * rows * rows));
      const folded = (part: keyof FoldedConvolution) => given && (() => repeated(given(own)[part], owners));
      const weight = parameters.create(
        `${name}.${own}.weight`,
        [owners, ...taps],
        folded('weight') ?? normal(deviation),
        rate,
      );
      const bias = folded('bias');
      const normalised = bias
        ? addedBias(parameters.create(`${name}.${own}.bias`, [owners, outputs, 1, 1, 1], bias, rate))
        : groupNorm(parameters, `${name}.${own}.norm`, {
            members,
            channels: outputs,
            groups: normalisedGroups(outputs),
            positions: 2,
          });
      return [own, (x: Node) => withScope(own, () => normalised(conv2d(x, weight, spacing)))] as const;
    }),
  );
  const apply = (layer: string, x: Node): Node => layers.get(layer)!(x);
  const block = (own: string, x: Node): Node => {
    const inner = apply(`${own}.conv2`, relu(apply(`${own}.conv1`, x)));
    const skip = `${own}.downsample.0`;
    return relu(add(inner, layers.has(skip) ? apply(skip, x) : x));
  };
  return (x) => {
    const first = relu(apply('conv1', x));
    const pooled = shape.stem === 'large' ? maxPool2d(first, { size: [3, 3], stride: [2, 2], padding: [1, 1] }) : first;
    const names = shape.widths.flatMap((_, stage) => Array.from({ length: BLOCKS }, (__, i) => blockName(stage, i)));
    return mean(
      names.reduce((map, own) => block(own, map), pooled),
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

/** As many as leave each at least so many channels, all of them equally many. */
function normalisedGroups(channels: number): number {
  const most = Math.max(1, Math.floor(channels / NORMALISED_TOGETHER));
  return Array.from({ length: most }, (_, i) => most - i).find((groups) => channels % groups === 0) ?? 1;
}

function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(times * values.length);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}
