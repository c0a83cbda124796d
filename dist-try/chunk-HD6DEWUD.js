import {
  damagedFile,
  openRegularSync,
  readError
} from "./chunk-E6FIFJ2Q.js";

// src/files/file-range.ts
import { closeSync, readSync } from "node:fs";
function withOpenFile(path, size, work) {
  try {
    const { descriptor, size: actual } = openRegularSync(path);
    try {
      if (actual < size) {
        throw damagedFile(path, `it has ${actual} bytes, not ${size}; remove it, and it is created again`);
      }
      return work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}
function fileBytes(path, start, size) {
  return withOpenFile(path, start + size, (descriptor) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const read = readSync(descriptor, bytes, at, size - at, start + at);
      if (read === 0) throw damagedFile(path, "it became shorter while it was read");
      at += read;
    }
    return bytes;
  });
}

export {
  withOpenFile,
  fileBytes
};
