// The library that reads pictures, an optional peer: who has no pictures needs none.

import type { Sharp, SharpOptions } from 'sharp';
import { InputError } from '../errors.js';
import { causeMessage } from '../files/cause.js';

/** Opens a picture: an encoded one, or raw levels as the options say. */
export type OpenPicture = (input: Uint8Array | Uint16Array, options?: SharpOptions) => Sharp;

/**
 * @param load where the package comes from
 * @throws InputError `missing-peer`
 */
export async function loadSharp(
  load: () => Promise<{ readonly default: OpenPicture }> = () => import('sharp'),
): Promise<OpenPicture> {
  try {
    return (await load()).default;
  } catch (cause) {
    const [reason] = causeMessage(cause).split('\n', 1);
    throw new InputError(
      'missing-peer',
      `pictures are read by the package sharp, which cannot be loaded (${reason}); ` + 'install it: npm install sharp',
      { package: 'sharp' },
      cause,
    );
  }
}
