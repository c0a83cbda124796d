// Digests of the files of a RUN folder. run.json lists the SHA-256 of every other file, so that files of two fits
// cannot be mixed.

import { join } from 'node:path';
import { InputError } from '../errors/errors.js';
import { openRegular, readBytes } from '../files/bytes.js';
import { sha256 } from '../files/sha256.js';
import { checkDigest, summaryOf, SUMMARY_FILE } from './run-files.js';
import type { FileDigests } from './run-summary.js';

/** Number of bytes per read. */
const PIECE = 1 << 20;

/** Returns the SHA-256 of files of a folder, by name. @throws what `openRegular` throws */
export async function fileDigests(folder: string, names: readonly string[]): Promise<FileDigests> {
  const digests = names.map(async (name) => [name, await fileDigest(join(folder, name))] as const);
  return Object.fromEntries(await Promise.all(digests));
}

/**
 * Returns the path of a table of a RUN folder, after a check of its digest.
 * @throws InputError `damaged-file` if the table belongs to another fit or has changed; what reading it throws
 */
export async function runTable(folder: string, name: string): Promise<string> {
  const [path, summary] = [join(folder, name), join(folder, SUMMARY_FILE)];
  const { digests } = summaryOf({ path: summary, bytes: await readBytes(summary) });
  checkDigest(digests, name, { path, digest: await fileDigest(path) });
  return path;
}

async function fileDigest(path: string): Promise<string> {
  const { file, size } = await openRegular(path);
  try {
    const hash = sha256();
    const piece = new Uint8Array(Math.min(PIECE, size));
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size - at), at);
      if (bytesRead === 0) throw new InputError('damaged-file', `${path} became shorter while it was read.`, { path });
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}
