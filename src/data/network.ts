// Configuration of the network of a modality, in a study and in a saved model.

import { MAX_UNITS } from '../graph/index.js';
import { MIN_SIDE, RESIDUAL_WIDTHS, stemOf, type FoldedConvolution, type Stem } from '../nn/residual.js';

/** `ARRAY_KINDS` in regular-array.ts says which of them read images, and which read series; `mlp` reads all. */
export const NETWORK_KINDS = ['mlp', 'conv', 'resnet18', 'conv1d', 'lstm', 'gru'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** `frozen`: the weights of a file do not change. `tuned`: they are trained like all other weights. */
export const WEIGHT_TRAINING = ['frozen', 'tuned'] as const;

/** Weights of a file from which the training of a network starts. */
export interface NetworkWeights {
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /**
   * The weights were trained on standardised values times `gain` plus `bias`, by channel. If there are more gains than
   * channels, there is one channel and it is repeated.
   */
  readonly gain: readonly number[];
  readonly bias: readonly number[];
  /** Returns a convolution by its name. Absent in a saved model, whose parameters include them, and in JSON. */
  readonly convolution?: ((name: string) => FoldedConvolution) | undefined;
}

export interface NetworkConfig {
  readonly kind: NetworkKind;
  /** Channels of each layer (resnet18: of its four stages), or units of each recurrent layer. Default: by the size. */
  readonly widths?: readonly number[] | undefined;
  /** Units of the last hidden layer. Default: `NETWORK_DENSE`. */
  readonly dense?: number | undefined;
  /** resnet18 only. Default: by the size. */
  readonly stem?: Stem | undefined;
  /** resnet18 only. Default: random. */
  readonly weights?: NetworkWeights | undefined;
  /** Training of `weights`. Default: frozen. */
  readonly train?: (typeof WEIGHT_TRAINING)[number] | undefined;
}

/** Default number of units of the last hidden layer. */
export const NETWORK_DENSE = 128;

/** Returns why a recurrent network has too many units, as a sentence without its subject; undefined if it has not. */
export function recurrentProblem({ kind, widths }: Pick<NetworkConfig, 'kind' | 'widths'>): string | undefined {
  if (kind !== 'lstm' && kind !== 'gru') return undefined;
  const wide = widths?.find((units) => units > MAX_UNITS);
  return wide === undefined
    ? undefined
    : `is ${kind} with ${wide} units in a layer; a layer has at most ${MAX_UNITS}: take more layers`;
}

/** Returns why resnet18 cannot read images of this height and width, as a sentence without its subject; undefined if it can. */
export function residualProblem(
  { widths, stem: configured }: Pick<NetworkConfig, 'widths' | 'stem'>,
  [height, width]: readonly number[],
): string | undefined {
  if (widths && widths.length !== RESIDUAL_WIDTHS.length) {
    return `is resnet18 with ${widths.length} widths; it has four stages, by default ${RESIDUAL_WIDTHS.join(', ')}`;
  }
  const stem = configured ?? stemOf([height, width]);
  const minSide = MIN_SIDE[stem];
  if (Math.min(height, width) >= minSide) return undefined;
  return (
    `is resnet18 with the ${stem} stem, which needs images of at least ${minSide} × ${minSide} pixels, not ` +
    `${height} × ${width}; use larger images${stem === 'large' ? ', the small stem' : ''} or kind: conv`
  );
}

/** Returns why a network cannot read arrays with axes of these lengths; undefined if it can. */
export function networkProblem(network: NetworkConfig, sizes: readonly number[]): string | undefined {
  return network.kind === 'resnet18' ? residualProblem(network, sizes) : recurrentProblem(network);
}
