// src/files/exists.ts
import { access, stat } from "node:fs/promises";
async function exists(path) {
  return access(path).then(
    () => true,
    () => false
  );
}
async function isFolder(path) {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false
  );
}
async function sizeOf(path) {
  return stat(path).then(
    ({ size }) => size,
    () => void 0
  );
}

export {
  exists,
  isFolder,
  sizeOf
};
