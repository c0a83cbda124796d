// Reads Arrow IPC files and streams (.arrow, .feather of version 2) with apache-arrow.

import type * as Library from 'apache-arrow';
import { InputError, InterlatentError } from '../errors/errors.js';
import { checkArrow } from './arrow-checks.js';
import { damagedFile, readBytes } from './bytes.js';
import { causeMessage } from '../errors/cause.js';
import { readMemoryTable } from './memory-table.js';
import { loadPeer } from './peer.js';
import type { Table, TableOptions } from './table.js';

type Reader = Pick<typeof Library, 'tableFromIPC'>;

/** First bytes of Feather files of version 1. */
const FEATHER_1 = 'FEA1';

/**
 * Reads an Arrow file or stream.
 * @param load loads the package
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
  const checked = checkArrow(bytes, path);
  const { tableFromIPC } = await loadPeer('apache-arrow', 'Arrow files (.arrow, .feather) are', load);
  try {
    const table = tableFromIPC(checked);
    if (table.schema.fields.length === 0) throw damagedFile(path, 'it has no schema');
    // In a damaged file a name may be absent, although its type does not allow it.
    if (table.schema.fields.some(({ name }) => typeof (name as unknown) !== 'string')) {
      throw damagedFile(path, 'a column has no name');
    }
    // A Boolean takes one bit; every other type takes at least one byte.
    if (table.numRows > 8 * bytes.length) throw damagedFile(path, 'it claims more rows than it has bits');
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

function unsupported(path: string, what: string): InputError {
  return new InputError('unsupported-type', `${path} is ${what}`, { path });
}
