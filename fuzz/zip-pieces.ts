// Entries of a zip as pieces of a target, so that checksums are right after a change.

import { unzipSync, zipSync } from 'fflate';
import type { Target } from './target.js';

/** Archives with larger entries are not opened for mutation. */
const MAX_BYTES = 2 ** 20;

function entriesOf(bytes: Uint8Array): Record<string, Uint8Array> | undefined {
  try {
    return unzipSync(bytes, { filter: ({ originalSize }) => originalSize < MAX_BYTES });
  } catch {
    return undefined;
  }
}

export const zipPieces: Required<Pick<Target, 'open' | 'close'>> = {
  open: (bytes) => {
    const entries = entriesOf(bytes);
    return entries && Object.values(entries);
  },
  close: (pieces, bytes) => {
    const names = Object.keys(entriesOf(bytes) ?? {});
    const entries = Object.fromEntries(names.map((name, i) => [name, pieces[i]]));
    // Compressing takes longer than reading, so few archives are compressed.
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    return zipSync(entries, { level: size % 16 === 0 ? 1 : 0, mtime: new Date(1980, 0, 1) });
  },
};
