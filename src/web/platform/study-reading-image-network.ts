// The network of an image modality. In a page it belongs to a fitted model, which contains its weights.

import type { NetworkConfig } from '../../data/network.js';
import type { ImageNetwork } from '../../data/network-schema.js';
import type { StudyFile } from '../../study/grammar/study-file.js';

export function readImageNetwork(
  _file: StudyFile,
  _name: string,
  { weights: _weights, ...network }: ImageNetwork,
): () => NetworkConfig {
  return () => network;
}
