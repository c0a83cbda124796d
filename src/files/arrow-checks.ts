// What Arrow's files and streams claim of themselves, before a library believes it: it makes as many fields as a schema
// names, and goes in circles where a footer calls another message a batch of rows. Formats: format/File.fbs, Message.fbs
// and Schema.fbs of Apache Arrow, in FlatBuffers.

import { damagedFile } from './bytes.js';

const MAGIC = 'ARROW1';
const BLOCK_BYTES = 24;
const CONTINUES = -1;

/** Places of fields in tables. */
const MESSAGE = { headerType: 1, header: 2, bodyLength: 3 } as const;
const FOOTER = { schema: 1 } as const;
const SCHEMA = { fields: 1, metadata: 2 } as const;
const FIELD = { children: 5, metadata: 6 } as const;
const DICTIONARY = { data: 1 } as const;
const BATCH = { nodes: 1, buffers: 2 } as const;
/** Types of messages. */
const HEADER = { schema: 1, dictionary: 2, batch: 3 } as const;
/** Vectors of a footer, and the type of the messages that their blocks are. */
const BLOCKS = [
  { field: 2, type: HEADER.dictionary },
  { field: 3, type: HEADER.batch },
] as const;
/** Of a field of a batch, and of a buffer. */
const STRUCT_BYTES = 16;
const MOST_DEPTH = 64;

/** @throws InputError `damaged-file` */
export function checkArrow(bytes: Uint8Array, path: string): void {
  const isFile = textAt(bytes, 0) === MAGIC;
  try {
    const claims = new Claims(bytes);
    if (!isFile) claims.checkStream();
    else if (textAt(bytes, bytes.length - MAGIC.length) === MAGIC) claims.checkFile();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const what = isFile ? 'its footer says otherwise than what is there' : 'its messages claim more than what is there';
    throw damagedFile(path, what, cause);
  }
}

function textAt(bytes: Uint8Array, at: number): string {
  return at < 0 ? '' : Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString('latin1');
}

/** A table of FlatBuffers: where its fields are, undefined for one that it lacks. */
type Fields = (field: number) => number | undefined;

class Claims {
  readonly #view: DataView;
  /** Tables may be named more than once; all in all there are no more than would fit. */
  #tablesLeft: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#tablesLeft = bytes.length / 4;
  }

  checkFile(): void {
    const view = this.#view;
    const end = view.byteLength - MAGIC.length - 4;
    const footer = this.#table(end - view.getInt32(end, true));
    this.#checkSchema(this.#tableOf(footer(FOOTER.schema)));
    for (const { field, type } of BLOCKS) {
      const blocks = this.#vector(footer(field), BLOCK_BYTES);
      for (let block = 0; block < blocks.count; block++) {
        const offset = Number(view.getBigInt64(blocks.start + BLOCK_BYTES * block, true));
        // Since version 0.15 four bytes stand before the length.
        const start = offset + (view.getInt32(offset, true) === CONTINUES ? 8 : 4);
        if (this.#checkMessage(start).type !== type) throw new RangeError('a block of another type');
      }
    }
  }

  checkStream(): void {
    const view = this.#view;
    for (let at = 0; at + 4 <= view.byteLength;) {
      const continues = view.getInt32(at, true) === CONTINUES;
      const lengthAt = at + (continues ? 4 : 0);
      if (lengthAt + 4 > view.byteLength) return;
      const length = view.getInt32(lengthAt, true);
      if (length <= 0) return;
      const { bodyBytes } = this.#checkMessage(lengthAt + 4);
      at = lengthAt + 4 + length + bodyBytes;
    }
  }

  #checkMessage(start: number): { readonly type: number; readonly bodyBytes: number } {
    const message = this.#table(start);
    const typeAt = message(MESSAGE.headerType);
    const type = typeAt === undefined ? 0 : this.#view.getUint8(typeAt);
    const header = this.#tableOf(message(MESSAGE.header));
    if (type === HEADER.schema) this.#checkSchema(header);
    else if (type === HEADER.batch) this.#checkBatch(header);
    else if (type === HEADER.dictionary) this.#checkBatch(this.#tableOf(header?.(DICTIONARY.data)));
    const bodyAt = message(MESSAGE.bodyLength);
    const bodyBytes = bodyAt === undefined ? 0 : Number(this.#view.getBigInt64(bodyAt, true));
    if (bodyBytes < 0) throw new RangeError('a body of negative length');
    return { type, bodyBytes };
  }

  #checkBatch(batch: Fields | undefined): void {
    this.#vector(batch?.(BATCH.nodes), STRUCT_BYTES);
    this.#vector(batch?.(BATCH.buffers), STRUCT_BYTES);
  }

  #checkSchema(schema: Fields | undefined): void {
    this.#vector(schema?.(SCHEMA.metadata), 4);
    this.#checkFields(schema?.(SCHEMA.fields), 0);
  }

  #checkFields(place: number | undefined, depth: number): void {
    if (depth > MOST_DEPTH) throw new RangeError('fields in fields in fields');
    const fields = this.#vector(place, 4);
    for (let at = 0; at < fields.count; at++) {
      const field = this.#tableOf(fields.start + 4 * at);
      this.#vector(field?.(FIELD.metadata), 4);
      this.#checkFields(field?.(FIELD.children), depth + 1);
    }
  }

  #vector(place: number | undefined, elementBytes: number): { readonly start: number; readonly count: number } {
    if (place === undefined) return { start: 0, count: 0 };
    const view = this.#view;
    const at = place + view.getUint32(place, true);
    const count = view.getUint32(at, true);
    if (at + 4 + count * elementBytes > view.byteLength) throw new RangeError('a vector beyond the end');
    return { start: at + 4, count };
  }

  #tableOf(place: number | undefined): Fields | undefined {
    return place === undefined ? undefined : this.#table(place + this.#view.getUint32(place, true), true);
  }

  /** @param isThere whether `start` is the table itself and not what leads to it */
  #table(start: number, isThere = false): Fields {
    if (--this.#tablesLeft < 0) throw new RangeError('more tables than there is room for');
    const view = this.#view;
    const table = isThere ? start : start + view.getUint32(start, true);
    const fields = table - view.getInt32(table, true);
    return (field) => {
      const place = 4 + 2 * field;
      const offset = place < view.getUint16(fields, true) ? view.getUint16(fields + place, true) : 0;
      return offset === 0 ? undefined : table + offset;
    };
  }
}
