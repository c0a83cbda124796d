// Which network reads a modality, as a study and a saved model have it.

/** conv: of pictures; conv1d, lstm: of series; mlp: of everything. */
export const NETWORK_KINDS = ['mlp', 'conv', 'conv1d', 'lstm'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

export interface NetworkConfig {
  readonly kind: NetworkKind;
  /** Channels of each layer, or units of each recurrent one; left out: by the size of what is read. */
  readonly widths?: readonly number[] | undefined;
  /** Units of the last hidden layer; `NETWORK_DENSE` when left out. */
  readonly dense?: number | undefined;
}

/** Units of the last hidden layer where a network says nothing of them. */
export const NETWORK_DENSE = 128;
