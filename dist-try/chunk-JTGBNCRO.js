// src/files/sha256.ts
import { createHash } from "node:crypto";
function sha256() {
  return createHash("sha256");
}

export {
  sha256
};
