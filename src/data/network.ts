// Which network reads a modality, as a study and a saved model have it.

import { MAX_UNITS } from '../graph/index.js';
import { MIN_SIDE, RESIDUAL_WIDTHS, stemOf, type FoldedConvolution, type Stem } from '../nn/residual.js';

/** conv, resnet18: of pictures; conv1d, lstm, gru: of series; mlp: of everything. */
export const NETWORK_KINDS = ['mlp', 'conv', 'resnet18', 'conv1d', 'lstm', 'gru'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** frozen: weights of a file stay as they are; tuned: they are trained like all others. */
export const WEIGHT_TRAINING = ['frozen', 'tuned'] as const;

/** Weights of a file that a network begins with. */
export interface NetworkWeights {
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /**
   * Standardised values times `gain` plus `bias`, channel by channel, are what the weights were trained on. More gains
   * than channels repeat the one channel.
   */
  readonly gain: readonly number[];
  readonly bias: readonly number[];
  /** A convolution by its name; a saved model, whose parameters have them, and JSON are without. */
  readonly convolution?: ((name: string) => FoldedConvolution) | undefined;
}

export interface NetworkConfig {
  readonly kind: NetworkKind;
  /** Channels of each layer or of the four stages of resnet18, units of each recurrent layer; left out: by the size. */
  readonly widths?: readonly number[] | undefined;
  /** Units of the last hidden layer; `NETWORK_DENSE` when left out. */
  readonly dense?: number | undefined;
  /** Of resnet18; by the size when left out. */
  readonly stem?: Stem | undefined;
  /** Of resnet18; drawn when left out. */
  readonly weights?: NetworkWeights | undefined;
  /** What becomes of `weights`; frozen when left out. */
  readonly train?: (typeof WEIGHT_TRAINING)[number] | undefined;
}

/** Units of the last hidden layer where a network says nothing of them. */
export const NETWORK_DENSE = 128;

/** Why a kind of recurrent unit cannot be so many, a sentence without its subject; undefined where it can. */
export function recurrentProblem({ kind, widths }: Pick<NetworkConfig, 'kind' | 'widths'>): string | undefined {
  if (kind !== 'lstm' && kind !== 'gru') return undefined;
  const wide = widths?.find((units) => units > MAX_UNITS);
  return wide === undefined
    ? undefined
    : `is ${kind} with ${wide} units in a layer; a layer has at most ${MAX_UNITS}: take more layers`;
}

/** Why resnet18 cannot read pictures of so many pixels, a sentence without its subject; undefined where it can. */
export function residualProblem(
  { widths, stem: given }: Pick<NetworkConfig, 'widths' | 'stem'>,
  { height, width }: { readonly height: number; readonly width: number },
): string | undefined {
  if (widths && widths.length !== RESIDUAL_WIDTHS.length) {
    return `is resnet18 with ${widths.length} widths; it has four stages, by default of ${RESIDUAL_WIDTHS.join(', ')}`;
  }
  const stem = given ?? stemOf([height, width]);
  const least = MIN_SIDE[stem];
  if (Math.min(height, width) >= least) return undefined;
  return (
    `is resnet18 with the ${stem} stem, which needs pictures of at least ${least} × ${least} pixels, not ` +
    `${height} × ${width}; take larger pictures${stem === 'large' ? ', the small stem' : ''} or kind: conv`
  );
}
