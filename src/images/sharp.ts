// The library that reads photographs.

import type { Sharp, SharpOptions } from 'sharp';
import { loadPeer } from '../files/peer.js';

/** Opens a picture: an encoded one, or raw levels as the options say. */
export type OpenPicture = (input: Uint8Array | Uint16Array, options?: SharpOptions) => Sharp;

/**
 * @param load where the package comes from
 * @throws InputError `missing-peer`
 */
export async function loadSharp(
  load: () => Promise<{ readonly default: OpenPicture }> = () => import('sharp'),
): Promise<OpenPicture> {
  return (await loadPeer('sharp', 'pictures are', load)).default;
}
