// What every kind of observation gives a model: networks between a modality's values and its latents.

import type { Node } from '../graph/index.js';
import type { Initialiser, ParameterList } from '../nn/parameters.js';

/** A mini-batch of one group of modalities. */
export interface Observed {
  /** `[runs or 1, members, values, batch]`, standardised; 0 where a value is missing. */
  readonly values: Node;
  /** 1 where a value was observed, 0 where it is missing; left out where none is missing. */
  readonly observed?: Node | undefined;
  /**
   * 1 where a subject has some value of the modality, `[runs or 1, members, 1, batch]`; left out where every subject
   * has.
   */
  readonly present?: Node | undefined;
}

export interface NetworkOptions {
  /** Modalities that share the layers' shapes. */
  readonly members: number;
  /** Width of the hidden layers. */
  readonly hidden: number;
}

export interface EncoderOptions extends NetworkOptions {
  readonly outputs: number;
  /** Initial weights of the last layer; as everywhere when left out. */
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
