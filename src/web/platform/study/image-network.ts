// The network of a modality of images: in a page a fitted model's, which has its weights.

import type { NetworkConfig } from '../../../data/network.js';
import type { ImageNetwork } from '../../../study/network-schema.js';
import type { StudyFile } from '../../../study/study-file.js';

export function readImageNetwork(
  _file: StudyFile,
  _name: string,
  { weights: _weights, ...network }: ImageNetwork,
): () => NetworkConfig {
  return () => network;
}
