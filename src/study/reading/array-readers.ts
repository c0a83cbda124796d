// Readers of regular arrays, by kind. In a page, src/web/platform/study-reading-array-readers.ts replaces this file.

import type { NetworkConfig } from '../../data/network.js';
import type { ArrayKind } from '../../data/regular-array.js';
import type { ArrayConfigs } from '../grammar/array-keys.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyPath } from '../grammar/tables.js';
import type { ArraySource, ReadSourceOptions } from './array-source.js';
import { readImageNetwork, type ReadNetworkOptions, type Standardised } from './image-network.js';
import { readImages } from './image-source.js';
import { readSeries } from './series-source.js';

/** Reader of a modality in a study file. */
export interface ArrayReader {
  /** Reads the values. @param at place of the key that says where they are */
  readonly source: (file: StudyFile, at: StudyPath, options: ReadSourceOptions) => Promise<ArraySource>;
  /** Returns a function from standardised values to their network, which is undefined if the study has none. */
  readonly network: (file: StudyFile, name: string, options: ReadNetworkOptions) => NetworkOf | Promise<NetworkOf>;
}

export type NetworkOf = (standardised: Standardised) => NetworkConfig | undefined;

export const ARRAY_READERS: { readonly [Kind in ArrayKind]: (config: ArrayConfigs[Kind]) => ArrayReader } = {
  image: ({ images, network }) => ({
    source: (file, at, options) => readImages(file, images, at, options),
    network: (file, name, options) => (network ? readImageNetwork(file, name, network, options) : () => undefined),
  }),
  series: ({ series, network }) => ({
    source: (file, at, options) => readSeries(file, series, at, options),
    network: () => () => network,
  }),
};
