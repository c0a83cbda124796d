// Checks the sizes that Arrow files and streams claim before the library uses them. The library creates all fields that
// a schema lists, allocates the number of entries that a list claims, and loops forever if a footer lists another
// message as a batch of rows. Formats: format/File.fbs, Message.fbs and Schema.fbs of Apache Arrow, in FlatBuffers.

import { damagedFile } from './bytes.js';

const MAGIC = 'ARROW1';
const BLOCK_BYTES = 24;
const CONTINUES = -1;

/** Positions of fields in tables. */
const MESSAGE = { headerType: 1, header: 2, bodyLength: 3, metadata: 4 } as const;
const FOOTER = { schema: 1 } as const;
const SCHEMA = { fields: 1, metadata: 2 } as const;
const FIELD = { kind: 2, type: 3, children: 5, metadata: 6 } as const;
const UNION = { kind: 14, kinds: 1 } as const;
const DICTIONARY = { data: 1 } as const;
const BATCH = { nodes: 1, buffers: 2, variadicCounts: 4 } as const;
/** Types of messages. */
const HEADER = { schema: 1, dictionary: 2, batch: 3 } as const;
/** Vectors of a footer, with the type of the messages that their blocks refer to. */
const BLOCKS = [
  { field: 2, type: HEADER.dictionary },
  { field: 3, type: HEADER.batch },
] as const;
/** Bytes of a field node of a batch, and of a buffer. */
const STRUCT_BYTES = 16;
const MAX_DEPTH = 64;

/**
 * Checks a file or stream.
 * @returns the bytes to read: without those after the end of a stream, which the library would also read
 * @throws InputError `damaged-file`
 */
export function checkArrow(bytes: Uint8Array, path: string): Uint8Array {
  const isFile = textAt(bytes, 0) === MAGIC;
  // The library does not check this, and would read other bytes as a footer.
  if (isFile && textAt(bytes, bytes.length - MAGIC.length) !== MAGIC) throw damagedFile(path, 'its end is missing');
  try {
    if (!isFile) return bytes.subarray(0, streamEnd(bytes));
    checkFile(bytes);
    return bytes;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const what = isFile ? 'its footer does not match its content' : 'its messages claim more than the file has';
    throw damagedFile(path, what, cause);
  }
}

function textAt(bytes: Uint8Array, at: number): string {
  return at < 0 ? '' : Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString('latin1');
}

/** Offset of each field of a FlatBuffers table; undefined for an absent field. */
type Fields = (field: number) => number | undefined;

/**
 * Number of tables and list entries, of four bytes or more each, that may still be read. A hostile file repeats some.
 */
interface Budget {
  remaining: number;
}

function checkFile(bytes: Uint8Array): void {
  const view = viewOf(bytes);
  const budget = budgetOf(bytes);
  const end = bytes.length - MAGIC.length - 4;
  const footer = new Claims(part(bytes, end - view.getInt32(end, true), end), budget);
  for (const { type, offset } of footer.checkFooter()) {
    if (messageAt(bytes, view, offset, budget)?.type !== type) throw new RangeError('a block of another type');
  }
}

function streamEnd(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const budget = budgetOf(bytes);
  let end = 0;
  for (;;) {
    const message = messageAt(bytes, view, end, budget);
    if (!message) return end;
    ({ end } = message);
  }
}

/** Returns the message; undefined at the end of the stream: no more bytes, or a length of 0. */
function messageAt(bytes: Uint8Array, view: DataView, at: number, budget: Budget): Message | undefined {
  if (at === bytes.length) return undefined;
  // Since version 0.15 four bytes precede the length.
  const lengthAt = view.getInt32(at, true) === CONTINUES ? at + 4 : at;
  const length = view.getInt32(lengthAt, true);
  if (length === 0) return undefined;
  const end = lengthAt + 4 + length;
  const { type, bodyBytes } = new Claims(part(bytes, lengthAt + 4, end), budget).checkMessage();
  // Readers expect a body only after these messages.
  return { type, end: type === HEADER.dictionary || type === HEADER.batch ? end + bodyBytes : end };
}

interface Message {
  readonly type: number;
  /** Offset of the next message. */
  readonly end: number;
}

function part(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (start < 0 || end <= start || end > bytes.length) throw new RangeError('a part outside the file');
  return bytes.subarray(start, end);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const budgetOf = (bytes: Uint8Array): Budget => ({ remaining: bytes.length / 4 });

/** One FlatBuffers buffer. An access outside it throws a RangeError. */
class Claims {
  readonly #view: DataView;
  readonly #budget: Budget;

  constructor(bytes: Uint8Array, budget: Budget) {
    this.#view = viewOf(bytes);
    this.#budget = budget;
  }

  /** Yields the offset and the type of each message of the footer. */
  *checkFooter(): Generator<{ readonly type: number; readonly offset: number }> {
    const footer = this.#table(0);
    this.#checkSchema(this.#tableOf(footer(FOOTER.schema)));
    for (const { field, type } of BLOCKS) {
      const blocks = this.#vector(footer(field), BLOCK_BYTES);
      for (let block = 0; block < blocks.count; block++) {
        yield { type, offset: Number(this.#view.getBigInt64(blocks.start + BLOCK_BYTES * block, true)) };
      }
    }
  }

  checkMessage(): { readonly type: number; readonly bodyBytes: number } {
    const message = this.#table(0);
    const typeAt = message(MESSAGE.headerType);
    const type = typeAt === undefined ? 0 : this.#view.getUint8(typeAt);
    this.#vector(message(MESSAGE.metadata), 4);
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
    this.#vector(batch?.(BATCH.variadicCounts), 8);
  }

  #checkSchema(schema: Fields | undefined): void {
    this.#vector(schema?.(SCHEMA.metadata), 4);
    this.#checkFields(schema?.(SCHEMA.fields), 0);
  }

  #checkFields(place: number | undefined, depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError('fields in fields in fields');
    const fields = this.#vector(place, 4);
    for (let at = 0; at < fields.count; at++) {
      const field = this.#tableOf(fields.start + 4 * at);
      this.#vector(field?.(FIELD.metadata), 4);
      const kindAt = field?.(FIELD.kind);
      if (kindAt !== undefined && this.#view.getUint8(kindAt) === UNION.kind) {
        this.#vector(this.#tableOf(field?.(FIELD.type))?.(UNION.kinds), 4);
      }
      this.#checkFields(field?.(FIELD.children), depth + 1);
    }
  }

  #vector(place: number | undefined, elementBytes: number): { readonly start: number; readonly count: number } {
    if (place === undefined) return { start: 0, count: 0 };
    const view = this.#view;
    const at = place + view.getInt32(place, true);
    const count = view.getInt32(at, true);
    if (count < 0 || at + 4 + count * elementBytes > view.byteLength) throw new RangeError('a vector beyond the end');
    this.#spend(count);
    return { start: at + 4, count };
  }

  #tableOf(place: number | undefined): Fields | undefined {
    return place === undefined ? undefined : this.#table(place + this.#view.getInt32(place, true), true);
  }

  /** @param isTable true if `start` is the table itself and not an offset to it */
  #table(start: number, isTable = false): Fields {
    this.#spend(1);
    const view = this.#view;
    const table = isTable ? start : start + view.getInt32(start, true);
    const fields = table - view.getInt32(table, true);
    return (field) => {
      const place = 4 + 2 * field;
      const offset = place < view.getInt16(fields, true) ? view.getInt16(fields + place, true) : 0;
      return offset === 0 ? undefined : table + offset;
    };
  }

  #spend(parts: number): void {
    this.#budget.remaining -= parts;
    if (this.#budget.remaining < 0) throw new RangeError('more entries than the file can hold');
  }
}
