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
const BLOCK_BYTES = 24;
/** Vectors of a file's footer, and the type of the messages that their blocks are (format/File.fbs, Message.fbs). */
const BLOCKS = [
  { field: 2, type: 2 },
  { field: 3, type: 3 },
] as const;
const HEADER_TYPE = 1;

/**
 * The library goes in circles where a footer calls another message a batch of rows, and through as many blocks as it
 * claims.
 *
 * @throws InputError `damaged-file`
 */
function checkBlocks(bytes: Uint8Array, path: string): void {
  const end = bytes.length - MAGIC.length - 4;
  if (end < 0 || Buffer.from(bytes.subarray(end + 4)).toString('latin1') !== MAGIC) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const damaged = (cause?: unknown) => damagedFile(path, 'its footer says otherwise than what is there', cause);
  try {
    const footer = tableAt(view, end - view.getInt32(end, true));
    for (const { field, type } of BLOCKS) {
      const place = footer(field);
      if (place === undefined) continue;
      const vector = place + view.getUint32(place, true);
      const count = view.getUint32(vector, true);
      if (count * BLOCK_BYTES > bytes.length) throw damaged();
      for (let block = 0; block < count; block++) {
        const offset = Number(view.getBigInt64(vector + 4 + BLOCK_BYTES * block, true));
        // Since version 0.15 four bytes stand before the length.
        const start = offset + (view.getInt32(offset, true) === -1 ? 8 : 4);
        const header = tableAt(view, start)(HEADER_TYPE);
        if (header === undefined || view.getUint8(header) !== type) throw damaged();
      }
    }
  } catch (cause) {
    throw cause instanceof RangeError ? damaged(cause) : cause;
  }
}

/** Where the fields of the flatbuffer at `start` are, undefined for one that it lacks. */
function tableAt(view: DataView, start: number): (field: number) => number | undefined {
  const table = start + view.getUint32(start, true);
  const fields = table - view.getInt32(table, true);
  return (field) => {
    const place = 4 + 2 * field;
    const offset = place < view.getUint16(fields, true) ? view.getUint16(fields + place, true) : 0;
    return offset === 0 ? undefined : table + offset;
  };
}

function unsupported(path: string, what: string): InputError {
  return new InputError('unsupported-type', `${path} is ${what}`, { path });
}
