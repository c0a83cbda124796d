// Reads a text table of a page: inflates .gz, and converts it to UTF-8 without a byte order mark.

import { damagedFile, MAX_BYTES, tooLarge } from '../files/bytes.js';
import { causeMessage } from '../errors/cause.js';
import type { TextSource } from '../files/text-table.js';
import { bytesOf, type FileContent } from './files.js';

/** Bytes at the beginning in which the header is searched, and bytes of a chunk. */
const HEAD = 2 ** 14;
const PIECE = 2 ** 18;

/** Returns the source of a table. @param path path for errors; its ending determines the separators of cells */
export function textSource(path: string, content: FileContent): TextSource {
  let bytes: Promise<Uint8Array> | undefined;
  const read = () => (bytes ??= unpacked(path, content));
  return {
    path,
    head: async () => new TextDecoder().decode((await read()).subarray(0, HEAD)),
    chunks: async function* () {
      const all = await read();
      for (let at = 0; at < all.length; at += PIECE) yield all.subarray(at, at + PIECE);
    },
  };
}

async function unpacked(path: string, content: FileContent): Promise<Uint8Array> {
  const packed = await bytesOf(content, path);
  const bytes = path.endsWith('.gz') ? await inflated(path, packed) : packed;
  // Spreadsheets write "Unicode text" as UTF-16 with a byte order mark.
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return new TextEncoder().encode(new TextDecoder('utf-16le').decode(bytes));
  }
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Inflates gzip. @throws InputError `damaged-file`, `too-large` */
async function inflated(path: string, packed: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    const reader = new Blob([packed as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream('gzip'))
      .getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const piece = next.value as Uint8Array;
      total += piece.length;
      if (total > MAX_BYTES) break;
      pieces.push(piece);
    }
    if (total > MAX_BYTES) await reader.cancel();
  } catch (cause) {
    throw damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  }
  if (total > MAX_BYTES) throw tooLarge(path, total, MAX_BYTES);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
