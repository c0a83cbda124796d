// Which network reads a modality: the key `network` of a study file, and of a saved model.

import * as z from 'zod';
import { NETWORK_KINDS } from '../data/network.js';

const units = z.int().min(1).max(4096);

export const networkSchema = z.strictObject({
  /** conv: of pictures; conv1d, lstm: of series; mlp: of everything. */
  kind: z.enum(NETWORK_KINDS),
  /** Channels of each layer, or units of each recurrent one. Default: by the size of what is read. */
  widths: z.array(units).min(1).max(12).readonly().optional(),
  /** Units of the last hidden layer. Default: 128. */
  dense: units.optional(),
});
