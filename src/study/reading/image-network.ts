// The network of a modality of images: checks whether it can read them, and reads weights of a file.

import { residualProblem, type NetworkConfig } from '../../data/network.js';
import type { ColumnScale } from '../../data/dataset.js';
import { sizesOf } from '../../data/regular-array.js';
import { InputError, type ErrorCode } from '../../errors/errors.js';
import { exists } from '../../files/exists.js';
import type { ChannelMoments } from './channels.js';
import { atPlace, type ArraySource } from './array-source.js';
import type { ImageNetwork } from '../../data/network-schema.js';
import { readResidualWeights, weightsFor } from './residual-weights.js';
import type { StudyFile } from '../grammar/study-file.js';

/** Images after they were standardised. */
export interface Standardised {
  readonly columns: readonly ColumnScale[];
  readonly moments: readonly ChannelMoments[];
}

export interface ReadNetworkOptions {
  readonly source: ArraySource;
  /** True for a fitted model, which has its weights even if their file no longer exists. */
  readonly isFitted: boolean;
}

/**
 * Returns a function from standardised images to their network.
 * @throws InputError `too-small`, `channel-mismatch`, and what `readResidualWeights` throws. The function throws
 *   `not-levels`.
 */
export async function readImageNetwork(
  file: StudyFile,
  name: string,
  { weights: entry, ...network }: ImageNetwork,
  { source, isFitted }: ReadNetworkOptions,
): Promise<(standardised: Standardised) => NetworkConfig> {
  const { regularArray, channels, white = 1 } = source;
  const at = ['modalities', name, 'network'];
  const place = file.locate(at);
  const refused = (code: ErrorCode, reason: string) =>
    new InputError(code, `${place}: the network of '${name}' ${reason}`, { modality: name });
  if (network.kind !== 'resnet18') return () => network;
  const path = entry === undefined ? undefined : file.resolveTable(entry, [...at, 'weights']);
  const isRead = path !== undefined && (!isFitted || (await exists(path)));
  const read = isRead
    ? await atPlace(file.locate([...at, 'weights']), () => readResidualWeights(path, network))
    : undefined;
  const stem = read?.stem ?? network.stem;
  const unfit = residualProblem({ ...network, stem }, sizesOf(regularArray));
  if (unfit) throw refused('too-small', unfit);
  if (!read) return () => network;
  if (channels.length !== 1 && channels.length !== 3) {
    throw refused(
      'channel-mismatch',
      `begins with weights of colours; images have 1 channel or 3, not ${channels.length}`,
    );
  }
  return ({ columns, moments }) => {
    const lowest = Math.min(...moments.map(({ min }) => min));
    const highest = Math.max(...moments.map(({ max }) => max));
    if (!isFitted && (lowest < 0 || highest > white)) {
      throw refused(
        'not-levels',
        `begins with weights for intensities from 0 (black) to ${white}; these are from ${lowest} to ${highest}: ` +
          'bring them to 0 to 1, or store them as uint8',
      );
    }
    return { ...network, ...(stem && { stem }), weights: weightsFor(read, columns, white) };
  };
}
