import {
  decodeNpy,
  encodeNpy
} from "./chunk-YRABOJSH.js";
import {
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import {
  unzip,
  zip
} from "./chunk-7KS7XLQ7.js";
import {
  readBytes
} from "./chunk-E6FIFJ2Q.js";

// src/files/npz.ts
function decodeNpz(bytes, path, maxBytes) {
  const arrays = /* @__PURE__ */ new Map();
  for (const [name, content] of unzip(bytes, path, maxBytes)) {
    if (name.endsWith(".npy")) arrays.set(name.slice(0, -4), decodeNpy(content, `${path}:${name}`));
  }
  return arrays;
}
function encodeNpz(arrays) {
  return zip(Array.from(arrays, ([name, array]) => [`${name}.npy`, encodeNpy(array)]));
}
async function readNpz(path) {
  return decodeNpz(await readBytes(path), path);
}
async function writeNpz(path, arrays) {
  await writeFileAtomic(path, encodeNpz(arrays));
}

export {
  decodeNpz,
  encodeNpz,
  readNpz,
  writeNpz
};
