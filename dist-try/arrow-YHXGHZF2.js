import {
  readMemoryTable
} from "./chunk-CSHDVSQV.js";
import {
  loadPeer
} from "./chunk-DBAXBWFB.js";
import "./chunk-7BQBI4IZ.js";
import "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import {
  causeMessage,
  damagedFile,
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError,
  InterlatentError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/arrow-checks.ts
var MAGIC = "ARROW1";
var BLOCK_BYTES = 24;
var CONTINUES = -1;
var MESSAGE = { headerType: 1, header: 2, bodyLength: 3, metadata: 4 };
var FOOTER = { schema: 1 };
var SCHEMA = { fields: 1, metadata: 2 };
var FIELD = { kind: 2, type: 3, children: 5, metadata: 6 };
var UNION = { kind: 14, kinds: 1 };
var DICTIONARY = { data: 1 };
var BATCH = { nodes: 1, buffers: 2, variadicCounts: 4 };
var HEADER = { schema: 1, dictionary: 2, batch: 3 };
var BLOCKS = [
  { field: 2, type: HEADER.dictionary },
  { field: 3, type: HEADER.batch }
];
var STRUCT_BYTES = 16;
var MAX_DEPTH = 64;
function checkArrow(bytes, path) {
  const isFile = textAt(bytes, 0) === MAGIC;
  if (isFile && textAt(bytes, bytes.length - MAGIC.length) !== MAGIC) throw damagedFile(path, "its end is missing");
  try {
    if (!isFile) return bytes.subarray(0, streamEnd(bytes));
    checkFile(bytes);
    return bytes;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const what = isFile ? "its footer does not match its content" : "its messages claim more than the file has";
    throw damagedFile(path, what, cause);
  }
}
function textAt(bytes, at) {
  return at < 0 ? "" : Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString("latin1");
}
function checkFile(bytes) {
  const view = viewOf(bytes);
  const budget = budgetOf(bytes);
  const end = bytes.length - MAGIC.length - 4;
  const footer = new Claims(part(bytes, end - view.getInt32(end, true), end), budget);
  for (const { type, offset } of footer.checkFooter()) {
    if (messageAt(bytes, view, offset, budget)?.type !== type) throw new RangeError("a block of another type");
  }
}
function streamEnd(bytes) {
  const view = viewOf(bytes);
  const budget = budgetOf(bytes);
  let end = 0;
  for (; ; ) {
    const message = messageAt(bytes, view, end, budget);
    if (!message) return end;
    ({ end } = message);
  }
}
function messageAt(bytes, view, at, budget) {
  if (at === bytes.length) return void 0;
  const lengthAt = view.getInt32(at, true) === CONTINUES ? at + 4 : at;
  const length = view.getInt32(lengthAt, true);
  if (length === 0) return void 0;
  const end = lengthAt + 4 + length;
  const { type, bodyBytes } = new Claims(part(bytes, lengthAt + 4, end), budget).checkMessage();
  return { type, end: type === HEADER.dictionary || type === HEADER.batch ? end + bodyBytes : end };
}
function part(bytes, start, end) {
  if (start < 0 || end <= start || end > bytes.length) throw new RangeError("a part outside of the file");
  return bytes.subarray(start, end);
}
var viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
var budgetOf = (bytes) => ({ remaining: bytes.length / 4 });
var Claims = class {
  #view;
  #budget;
  constructor(bytes, budget) {
    this.#view = viewOf(bytes);
    this.#budget = budget;
  }
  /** Yields the offset and the type of each message of the footer. */
  *checkFooter() {
    const footer = this.#table(0);
    this.#checkSchema(this.#tableOf(footer(FOOTER.schema)));
    for (const { field, type } of BLOCKS) {
      const blocks = this.#vector(footer(field), BLOCK_BYTES);
      for (let block = 0; block < blocks.count; block++) {
        yield { type, offset: Number(this.#view.getBigInt64(blocks.start + BLOCK_BYTES * block, true)) };
      }
    }
  }
  checkMessage() {
    const message = this.#table(0);
    const typeAt = message(MESSAGE.headerType);
    const type = typeAt === void 0 ? 0 : this.#view.getUint8(typeAt);
    this.#vector(message(MESSAGE.metadata), 4);
    const header = this.#tableOf(message(MESSAGE.header));
    if (type === HEADER.schema) this.#checkSchema(header);
    else if (type === HEADER.batch) this.#checkBatch(header);
    else if (type === HEADER.dictionary) this.#checkBatch(this.#tableOf(header?.(DICTIONARY.data)));
    const bodyAt = message(MESSAGE.bodyLength);
    const bodyBytes = bodyAt === void 0 ? 0 : Number(this.#view.getBigInt64(bodyAt, true));
    if (bodyBytes < 0) throw new RangeError("a body of negative length");
    return { type, bodyBytes };
  }
  #checkBatch(batch) {
    this.#vector(batch?.(BATCH.nodes), STRUCT_BYTES);
    this.#vector(batch?.(BATCH.buffers), STRUCT_BYTES);
    this.#vector(batch?.(BATCH.variadicCounts), 8);
  }
  #checkSchema(schema) {
    this.#vector(schema?.(SCHEMA.metadata), 4);
    this.#checkFields(schema?.(SCHEMA.fields), 0);
  }
  #checkFields(place, depth) {
    if (depth > MAX_DEPTH) throw new RangeError("fields in fields in fields");
    const fields = this.#vector(place, 4);
    for (let at = 0; at < fields.count; at++) {
      const field = this.#tableOf(fields.start + 4 * at);
      this.#vector(field?.(FIELD.metadata), 4);
      const kindAt = field?.(FIELD.kind);
      if (kindAt !== void 0 && this.#view.getUint8(kindAt) === UNION.kind) {
        this.#vector(this.#tableOf(field?.(FIELD.type))?.(UNION.kinds), 4);
      }
      this.#checkFields(field?.(FIELD.children), depth + 1);
    }
  }
  #vector(place, elementBytes) {
    if (place === void 0) return { start: 0, count: 0 };
    const view = this.#view;
    const at = place + view.getInt32(place, true);
    const count = view.getInt32(at, true);
    if (count < 0 || at + 4 + count * elementBytes > view.byteLength) throw new RangeError("a vector beyond the end");
    this.#spend(count);
    return { start: at + 4, count };
  }
  #tableOf(place) {
    return place === void 0 ? void 0 : this.#table(place + this.#view.getInt32(place, true), true);
  }
  /** @param isTable true if `start` is the table itself and not an offset to it */
  #table(start, isTable = false) {
    this.#spend(1);
    const view = this.#view;
    const table = isTable ? start : start + view.getInt32(start, true);
    const fields = table - view.getInt32(table, true);
    return (field) => {
      const place = 4 + 2 * field;
      const offset = place < view.getInt16(fields, true) ? view.getInt16(fields + place, true) : 0;
      return offset === 0 ? void 0 : table + offset;
    };
  }
  #spend(parts) {
    this.#budget.remaining -= parts;
    if (this.#budget.remaining < 0) throw new RangeError("more entries than the file can hold");
  }
};

// src/files/arrow.ts
var FEATHER_1 = "FEA1";
async function readArrow(path, options = {}, load = () => import("apache-arrow")) {
  const bytes = await readBytes(path);
  if (Buffer.from(bytes.subarray(0, 4)).toString("latin1") === FEATHER_1) {
    throw unsupported(path, "a Feather file of version 1; write it as version 2");
  }
  const checked = checkArrow(bytes, path);
  const { tableFromIPC } = await loadPeer("apache-arrow", "Arrow files (.arrow, .feather) are", load);
  try {
    const table = tableFromIPC(checked);
    if (table.schema.fields.length === 0) throw damagedFile(path, "it has no schema");
    if (table.schema.fields.some(({ name }) => typeof name !== "string")) {
      throw damagedFile(path, "a column has no name");
    }
    if (table.numRows > 8 * bytes.length) throw damagedFile(path, "it claims more rows than it has bits");
    return readMemoryTable(table, path, options);
  } catch (cause) {
    if (cause instanceof InterlatentError) throw cause;
    const message = causeMessage(cause);
    if (/codec|compress/i.test(message)) {
      throw unsupported(
        path,
        `compressed (${message}); write it without compression (write_feather(\u2026, compression='uncompressed'))`
      );
    }
    throw damagedFile(path, message, cause);
  }
}
function unsupported(path, what) {
  return new InputError("unsupported-type", `${path} is ${what}`, { path });
}
export {
  readArrow
};
