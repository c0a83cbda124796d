// The interface of networks between a modality's values and its latents, which every kind of observation provides.

import type { Node } from '../graph/index.js';
import type { Initialiser, ParameterList } from '../nn/parameters.js';

/** A mini-batch of one group of modalities. */
export interface Observed {
  /** `[runs or 1, members, values, batch]`, standardised; 0 for missing values. */
  readonly values: Node;
  /** 1 for observed values, 0 for missing ones; undefined if none is missing. */
  readonly observed?: Node | undefined;
  /**
   * 1 for subjects with at least one value of the modality, `[runs or 1, members, 1, batch]`; undefined if that holds
   * for every subject.
   */
  readonly present?: Node | undefined;
}

export interface NetworkOptions {
  /** Number of modalities that share the layers' shapes. */
  readonly members: number;
  /** Width of the hidden layers. */
  readonly hidden: number;
}

export interface EncoderOptions extends NetworkOptions {
  readonly outputs: number;
  /** Initial weights of the last layer. Default: those of other layers. */
  readonly head?: Initialiser | undefined;
}

export interface DecoderOptions extends NetworkOptions {
  readonly inputs: number;
}

/** The networks of a kind of observation. */
export interface ObservationNetwork {
  /** Creates `name.*` and returns the encoder: values → `[runs, members, outputs, batch]`. */
  encoder(parameters: ParameterList, name: string, options: EncoderOptions): (x: Observed) => Node;
  /**
   * Creates `name.*` and returns the decoder: `[runs, members, inputs, batch]` → θ,
   * `[runs, members, thetaSize, batch]`.
   */
  decoder(parameters: ParameterList, name: string, options: DecoderOptions): (v: Node) => Node;
}
