// Which character separates the cells of a text table: what its header holds outside quotes.

import { constants, gunzipSync } from 'node:zlib';
import { openRegular } from './bytes.js';

/** The characters that may separate cells. */
export const DELIMITERS = [',', ';', '|', '\t', ' '] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Bytes of a file in which its header is looked for. */
const HEAD = 2 ** 14;

/**
 * Tabs in a .tsv. In a .csv commas where its header has any, or else tabs or semicolons. In a .txt tabs, commas,
 * semicolons or, without any of them, spaces.
 *
 * @param columns names that are asked for: a header that is one of them is a single column
 * @throws what opening and reading the file throws
 */
export async function findDelimiter(path: string, columns: readonly string[]): Promise<Delimiter> {
  const name = path.replace(/\.gz$/, '');
  if (name.endsWith('.tsv')) return '\t';
  const header = headerOf(await readHead(path));
  if (columns.includes(header)) return ',';
  const unquoted = header.replace(/"[^"]*(?:"|$)/g, '');
  const candidates: readonly Delimiter[] = name.endsWith('.txt') ? ['\t', ',', ';', ' '] : [',', '\t', ';'];
  return candidates.find((delimiter) => unquoted.includes(delimiter)) ?? ',';
}

/** The first line that is not empty; a line's end inside quotes is none. */
function headerOf(head: string): string {
  return /(?:"[^"]*(?:"|$)|[^"\r\n])+/.exec(head)?.[0] ?? '';
}

async function readHead(path: string): Promise<string> {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const text = path.endsWith('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
    return text.toString('utf8').replace(/^\uFEFF/, '');
  } finally {
    await file.close();
  }
}
