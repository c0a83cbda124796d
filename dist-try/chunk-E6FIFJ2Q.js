import {
  FileError,
  InputError,
  InterlatentError
} from "./chunk-5XKOZ6VI.js";

// src/files/cause.ts
import { constants } from "node:os";
var REASONS = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "something else has that name",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its path has too many symbolic links",
  EFBIG: "it would be larger than the file system or a limit (ulimit -f) allows",
  EIO: "the disk reports an error",
  EMFILE: "too many files are open (ulimit -n)",
  ENFILE: "too many files are open on this machine",
  ESTALE: "the network folder is no longer available; mount it again"
};
function causeCode(cause) {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return "";
  const code = String(cause.code);
  return code.startsWith("Unknown system error") && "errno" in cause ? errorName(Number(cause.errno)) : code;
}
function systemReason(cause) {
  const code = causeCode(cause);
  return code === "" ? void 0 : REASONS[code] ?? code;
}
function errorName(errno) {
  const entry = Object.entries(constants.errno).find(([, value]) => value === Math.abs(errno));
  return entry?.[0] ?? `system error ${Math.abs(errno)}`;
}
function causeMessage(cause) {
  return typeof cause === "object" && cause !== null && "message" in cause ? String(cause.message) : String(cause);
}
function isKind(cause, name) {
  return typeof cause === "object" && cause !== null && "name" in cause && cause.name === name;
}

// src/files/bytes.ts
import { constants as constants2, fstatSync, openSync, closeSync } from "node:fs";
import { open } from "node:fs/promises";
var MAX_BYTES = 8 * 2 ** 30;
var MAX_TEXT = 128 * 2 ** 20;
var READ_PIECE = 256 * 2 ** 20;
var reading = () => constants2.O_RDONLY | constants2.O_NONBLOCK;
async function readBytes(path, maxBytes = MAX_BYTES) {
  try {
    const { file, size } = await openRegular(path);
    try {
      if (size > maxBytes) throw tooLarge(path, size, maxBytes);
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; ) {
        const { bytesRead } = await file.read(bytes, at, Math.min(READ_PIECE, size - at), at);
        if (bytesRead === 0) throw damagedFile(path, "it became shorter while it was read");
        at += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}
async function readText(path, maxBytes = MAX_TEXT) {
  const bytes = await readBytes(path, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw damagedFile(path, "it is not UTF-8", cause);
  }
}
async function openRegular(path) {
  try {
    const file = await open(path, reading());
    try {
      return { file, size: sizeOfRegular(path, file.fd) };
    } catch (cause) {
      await file.close();
      throw cause;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}
async function openInternal(path, flags) {
  const notAFile = (cause) => new InputError("not-a-file", `${path} is not a regular file; remove it`, { path }, cause);
  let file;
  try {
    file = await open(path, flags | constants2.O_NONBLOCK);
  } catch (cause) {
    throw causeCode(cause) === "ENXIO" ? notAFile(cause) : cause;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notAFile();
}
async function textIfExists(path) {
  try {
    const file = await openInternal(path, constants2.O_RDONLY);
    try {
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (["ENOENT", "ESTALE"].includes(causeCode(cause))) return void 0;
    throw cause;
  }
}
function openRegularSync(path) {
  try {
    const descriptor = openSync(path, reading());
    try {
      return { descriptor, size: sizeOfRegular(path, descriptor) };
    } catch (cause) {
      closeSync(descriptor);
      throw cause;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}
async function regularFileSize(path) {
  const { file, size } = await openRegular(path);
  await file.close();
  return size;
}
function sizeOfRegular(path, descriptor) {
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return stat.size;
  const kind = stat.isDirectory() ? "a folder" : "not a regular file";
  throw new InputError("not-a-file", `${path} is ${kind}; give the path of a file`, { path });
}
function readError(path, cause) {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  if (code === "ERR_INVALID_ARG_VALUE" || code === "ENAMETOOLONG" || code === "ELOOP") {
    const reason = code === "ELOOP" ? "has too many symbolic links" : "cannot be the name of a file";
    return new InputError("missing-file", `${shortened(path)} ${reason}; correct the path`, { path }, cause);
  }
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new InputError(
      "missing-file",
      `no such file: ${path}; correct the path or create the file first`,
      { path },
      cause
    );
  }
  if (code === "ENXIO" || code === "ENODEV") {
    return new InputError("not-a-file", `${path} is not a regular file; give the path of a file`, { path }, cause);
  }
  if (code === "EISDIR") {
    return new InputError("not-a-file", `${path} is a folder; give the path of a file`, { path }, cause);
  }
  const coded = outOfMemory(path, cause);
  if (coded !== cause) return coded;
  const why = systemReason(cause);
  return why === void 0 ? cause : new FileError("unreadable", `cannot read ${path}: ${why}`, { path }, cause);
}
function outOfMemory(path, cause) {
  if (!isKind(cause, "RangeError")) return cause;
  return new InputError("too-large", `${path} does not fit in memory; split it or leave columns out`, { path }, cause);
}
function shortened(path) {
  return JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}\u2026` : path);
}
function damagedFile(path, reason, cause) {
  return new InputError("damaged-file", `${path} is damaged or has another format: ${reason}`, { path, reason }, cause);
}
var MAX_PACKED = 100;
var PACKED_FROM = 16 * 2 ** 20;
function tooPacked(path) {
  return new InputError(
    "too-large",
    `${path} unpacks to more than ${MAX_PACKED} times its size, which is unusual for a table; unpack it yourself if it is one`,
    { path }
  );
}
function tooLarge(path, bytes, maxBytes) {
  return new InputError(
    "too-large",
    `${path} claims ${bytes} bytes; up to ${maxBytes} are read: split the file or leave parts of it out`,
    { path, bytes }
  );
}

export {
  causeCode,
  systemReason,
  causeMessage,
  MAX_BYTES,
  readBytes,
  readText,
  openRegular,
  openInternal,
  textIfExists,
  openRegularSync,
  regularFileSize,
  readError,
  outOfMemory,
  damagedFile,
  MAX_PACKED,
  PACKED_FROM,
  tooPacked,
  tooLarge
};
