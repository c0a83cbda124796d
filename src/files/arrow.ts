// Arrow's IPC files and streams (.arrow, .feather of version 2) by apache-arrow.

import type * as Library from 'apache-arrow';
import { InputError, InterlatentError } from '../errors.js';
import { damagedFile, readBytes } from './bytes.js';
import { causeMessage } from './cause.js';
import { readMemoryTable } from './memory-table.js';
import { loadPeer } from './peer.js';
import type { Table, TableOptions } from './table.js';

type Reader = Pick<typeof Library, 'tableFromIPC'>;

/** What begins Feather files of version 1. */
const FEATHER_1 = 'FEA1';

/**
 * @param load where the package comes from
 * @throws InputError `missing-peer`, `damaged-file`, `unsupported-type` (Feather of version 1, compressed columns),
 *   `missing-column`, `duplicate-column`, `too-large`; FileError `unreadable`
 */
export async function readArrow(
  path: string,
  options: TableOptions = {},
  load: () => Promise<Reader> = () => import('apache-arrow'),
): Promise<Table> {
  const bytes = await readBytes(path);
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') === FEATHER_1) {
    throw unsupported(path, 'a Feather file of version 1; write it as version 2');
  }
  checkBlocks(bytes, path);
  const { tableFromIPC } = await loadPeer('apache-arrow', 'Arrow files (.arrow, .feather) are', load);
  try {
    const table = tableFromIPC(bytes);
    if (table.schema.fields.length === 0) throw damagedFile(path, 'it has no schema');
    return readMemoryTable(table, path, options);
  } catch (cause) {
    if (cause instanceof InterlatentError) throw cause;
    const message = causeMessage(cause);
    if (/codec|compress/i.test(message)) {
      throw unsupported(
        path,
        `compressed (${message}); write it without compression (write_feather(…, compression='uncompressed'))`,
      );
    }
    throw damagedFile(path, message, cause);
  }
}

const MAGIC = 'ARROW1';
/** Vectors of a file's footer: where its dictionaries and its batches of rows are (format/File.fbs). */
const BLOCKS = [2, 3];
const BLOCK_BYTES = 24;

/** The library goes through as many blocks as a file's footer claims. @throws InputError `damaged-file` */
function checkBlocks(bytes: Uint8Array, path: string): void {
  const end = bytes.length - MAGIC.length - 4;
  if (end < 0 || Buffer.from(bytes.subarray(end + 4)).toString('latin1') !== MAGIC) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, end + 4);
  try {
    const size = view.getInt32(end, true);
    const start = end - size;
    const root = start + view.getUint32(start, true);
    const fields = root - view.getInt32(root, true);
    for (const field of BLOCKS) {
      const place = 4 + 2 * field;
      const offset = place < view.getUint16(fields, true) ? view.getUint16(fields + place, true) : 0;
      if (offset === 0) continue;
      const vector = root + offset + view.getUint32(root + offset, true);
      const claimed = view.getUint32(vector, true);
      if (claimed * BLOCK_BYTES > size) throw damagedFile(path, `its footer claims ${claimed} blocks`);
    }
  } catch (cause) {
    throw cause instanceof RangeError ? damagedFile(path, 'its footer is damaged', cause) : cause;
  }
}

function unsupported(path: string, what: string): InputError {
  return new InputError('unsupported-type', `${path} is ${what}`, { path });
}
