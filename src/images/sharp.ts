// Loads the library for photographs.

import type { Sharp, SharpOptions } from 'sharp';
import { loadPeer } from '../files/peer.js';

/** Opens an encoded image, or raw intensities with their size in the options. */
export type OpenImage = (input: Uint8Array | Uint16Array, options?: SharpOptions) => Sharp;

/**
 * Loads sharp.
 * @param load loads the package
 * @throws InputError `missing-peer`
 */
export async function loadSharp(
  load: () => Promise<{ readonly default: OpenImage }> = () => import('sharp'),
): Promise<OpenImage> {
  return (await loadPeer('sharp', 'images are', load)).default;
}
