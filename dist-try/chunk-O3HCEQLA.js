import {
  decodeNpz
} from "./chunk-Q2G2HBWM.js";
import {
  decodeNpy
} from "./chunk-YRABOJSH.js";
import {
  numberType
} from "./chunk-XL2MIJXJ.js";
import {
  MAX_BYTES,
  causeMessage,
  damagedFile,
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/arrays.ts
import { constants } from "node:buffer";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

// src/files/idx.ts
var TYPES = { 8: "u1", 9: "i1", 11: "i2", 12: "i4", 13: "f4", 14: "f8" };
function isIdx(bytes) {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] in TYPES && bytes[3] > 0;
}
function decodeIdx(bytes, path) {
  const type = isIdx(bytes) ? numberType("npy", TYPES[bytes[2]]) : void 0;
  if (!type) throw damagedFile(path, "it does not begin like an IDX array");
  const axes = bytes[3];
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw damagedFile(path, `its header claims ${axes} axes and is cut short`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = type.array.BYTES_PER_ELEMENT;
  const needed = size * shape.reduce((a, b) => a * b, 1);
  const available = bytes.length - start;
  if (needed !== available) {
    throw damagedFile(path, `shape (${shape.join(", ")}) needs ${needed} bytes, ${available} follow the header`);
  }
  const raw = new Uint8Array(bytes.subarray(start));
  const buffer = Buffer.from(raw.buffer);
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
  return { shape, data: new type.array(raw.buffer) };
}

// src/files/arrays.ts
async function readArray(path, { name, fits }) {
  const arrays = decodeArrays(await inflated(await readBytes(path), path), path);
  if (arrays instanceof Map) return chooseArray(arrays, { name, fits, path });
  if (name === void 0) return arrays;
  throw missingArray(`${path} is a single array, which has no name; leave '${name}' out`, path);
}
function decodeArrays(bytes, path) {
  const [first, second] = bytes;
  if (first === 147) return decodeNpy(bytes, path);
  if (first === 80 && second === 75) return decodeNpz(bytes, path);
  if (isIdx(bytes)) return decodeIdx(bytes, path);
  throw new InputError(
    "unknown-format",
    `${path}: arrays are read from .npy, .npz and IDX files, and this is none of them`,
    {
      path
    }
  );
}
async function inflated(bytes, path) {
  if (bytes[0] !== 31 || bytes[1] !== 139) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: Math.min(MAX_BYTES, constants.MAX_LENGTH) });
  } catch (cause) {
    throw damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  }
}
function chooseArray(arrays, { name, fits, path }) {
  const names = [...arrays.keys()];
  const listed = names.join(", ") || "nothing";
  if (name !== void 0) {
    const array = arrays.get(name);
    if (array) return array;
    throw missingArray(`${path} has no array '${name}'${didYouMean(name, names)}; it has ${listed}`, path);
  }
  const fitting = [...arrays.values()].filter(fits);
  if (fitting.length === 1) return fitting[0];
  throw missingArray(`${path} has ${listed}; choose an array by its name`, path);
}
function missingArray(message, path) {
  return new InputError("missing-array", message, { path });
}

export {
  readArray
};
