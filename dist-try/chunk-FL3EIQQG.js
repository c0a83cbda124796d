import {
  parseUniqueJson
} from "./chunk-HKABEZMM.js";
import {
  numberType,
  numberTypeNames,
  numberTypeOf
} from "./chunk-XL2MIJXJ.js";
import {
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import {
  causeMessage,
  damagedFile,
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/safetensors.ts
var MAX_HEADER = 100 * 2 ** 20;
function encodeSafetensors(tensors, metadata = {}) {
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header = [];
  if (Object.keys(metadata).length > 0) header.push(["__metadata__", metadata]);
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === "__metadata__" || shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new InputError(
        "invalid-tensor",
        `tensor '${name}' of shape [${shape.join(", ")}] has ${data.length} elements`,
        { name }
      );
    }
    header.push([name, { dtype: typeOf(data), shape, data_offsets: [end, end += data.byteLength] }]);
  }
  const json = `{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`;
  const text = new TextEncoder().encode(json);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(32, 8, 8 + headerLength);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
function decodeSafetensors(bytes, path) {
  const damaged = (reason, cause) => damagedFile(path, reason, cause);
  if (bytes.length < 8) throw damaged(`it has ${bytes.length} bytes, a safetensors file at least 8`);
  const claimed = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(Math.min(MAX_HEADER, bytes.length - 8))) {
    throw damaged(
      `the header claims ${claimed} bytes, ${bytes.length - 8} follow (and at most ${MAX_HEADER} are read)`
    );
  }
  const dataStart = 8 + Number(claimed);
  let header;
  try {
    header = parseUniqueJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, dataStart)));
  } catch (cause) {
    throw damaged(`the header is not JSON (${causeMessage(cause)})`, cause);
  }
  if (!isObject(header)) throw damaged("the header is not a JSON object");
  let metadata = {};
  const entries = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(value, damaged);
    else entries.push({ name, ...checkEntry(name, value, path) });
  }
  let expected = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      throw damaged(
        `tensor '${name}' begins at ${begin} where ${expected} is expected: tensors overlap or leave a gap`
      );
    }
    if (end > bytes.length - dataStart) {
      throw damaged(`tensor '${name}' ends at ${end}, the data has ${bytes.length - dataStart} bytes`);
    }
    expected = end;
  }
  if (expected !== bytes.length - dataStart) {
    throw damaged(`tensors cover ${expected} bytes, the data has ${bytes.length - dataStart}`);
  }
  const tensors = /* @__PURE__ */ new Map();
  for (const { name, type, shape, begin, end } of entries) {
    const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, { shape, data: new type.array(copy.buffer) });
  }
  return { tensors, metadata };
}
async function readSafetensors(path) {
  return decodeSafetensors(await readBytes(path), path);
}
async function writeSafetensors(path, tensors, metadata = {}) {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}
function checkEntry(name, value, path) {
  const damaged = (reason) => damagedFile(path, `tensor '${name}': ${reason}`);
  if (!isObject(value)) throw damaged("its entry is not an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") throw damaged("dtype is missing");
  const type = numberType("safetensors", dtype);
  if (type === void 0) {
    const known = numberTypeNames("safetensors").join(", ");
    throw new InputError(
      "unsupported-type",
      `${path}: tensor '${name}' has type ${dtype.slice(0, 20)}; supported are ${known}`,
      { path, name, dtype }
    );
  }
  if (!isSizes(shape)) throw damaged("shape is not a list of sizes");
  if (!isSizes(offsets) || offsets.length !== 2) throw damaged("data_offsets are not two positions");
  const [begin = 0, end = 0] = offsets;
  const size = shape.reduce((a, b) => a * b, type.array.BYTES_PER_ELEMENT);
  if (end - begin !== size) {
    throw damaged(`shape [${shape.join(", ")}] of ${dtype} needs ${size} bytes, its offsets span ${end - begin}`);
  }
  return { type, shape, begin, end };
}
function checkMetadata(value, damaged) {
  if (!isObject(value)) throw damaged("__metadata__ is not an object");
  const strings = Object.entries(value).map(([key, text]) => {
    if (typeof text !== "string") throw damaged(`__metadata__.${key} is not a string`);
    return [key, text];
  });
  return Object.fromEntries(strings);
}
function typeOf(data) {
  const type = numberTypeOf(data);
  if (type) return type.safetensors;
  throw new InputError("unsupported-type", `tensors cannot be written from ${Object.prototype.toString.call(data)}`);
}
var isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
var isSizes = (value) => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

export {
  encodeSafetensors,
  decodeSafetensors,
  readSafetensors,
  writeSafetensors
};
