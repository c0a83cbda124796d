import {
  lockFile
} from "./chunk-M3N6CUHU.js";
import {
  isFolder
} from "./chunk-YMIDNFC3.js";
import {
  causeCode,
  systemReason
} from "./chunk-E6FIFJ2Q.js";
import {
  FileError,
  InputError,
  InterlatentError
} from "./chunk-5XKOZ6VI.js";

// src/files/atomic.ts
import { constants as constants2 } from "node:fs";
import { mkdir, open as open2, rm } from "node:fs/promises";
import { dirname as dirname2, resolve } from "node:path";

// src/files/replace-file.ts
import { renameSync } from "node:fs";
import { rename } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
var IN_USE = /* @__PURE__ */ new Set(["EPERM", "EACCES", "EBUSY"]);
var PAUSES = [1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 600];
async function replaceFile(from, to) {
  for (const milliseconds of PAUSES) {
    try {
      await rename(from, to);
      return;
    } catch (cause) {
      if (!isInUse(cause)) throw cause;
    }
    await pause(milliseconds);
  }
  await rename(from, to);
}
async function replaceFileNow(from, to) {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (!isInUse(cause)) throw cause;
    return false;
  }
}
function replaceFileSync(from, to) {
  for (const milliseconds of PAUSES) {
    try {
      renameSync(from, to);
      return;
    } catch (cause) {
      if (!isInUse(cause)) throw cause;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }
  renameSync(from, to);
}
function isInUse(cause) {
  return process.platform === "win32" && IN_USE.has(causeCode(cause));
}

// src/files/temporary.ts
import { createHash, randomBytes } from "node:crypto";
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

// src/files/this-machine.ts
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
var known;
function thisMachine() {
  known ??= { host: hostname(), ...bootId() };
  return known;
}
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return causeCode(cause) !== "ESRCH";
  }
}
function bootId() {
  try {
    return { boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() };
  } catch {
    return {};
  }
}

// src/files/temporary.ts
var TAIL = /^([0-9a-f]{8})([0-9a-f]{8})[0-9a-f]{12}\.tmp$/;
var TAIL_LENGTH = 32;
var NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
async function createTemporary(target) {
  for (; ; ) {
    const path = temporaryPath(target);
    const file = await open(path, NEW, 438);
    if (isOurs(path, file.fd)) return { path, file };
    await file.close();
  }
}
function createTemporarySync(target) {
  for (; ; ) {
    const path = temporaryPath(target);
    const descriptor = openSync(path, NEW, 438);
    if (isOurs(path, descriptor)) return { path, descriptor };
    closeSync(descriptor);
  }
}
function removeLeftovers(folder, target) {
  const wanted = target === void 0 ? void 0 : prefixOf(target);
  for (const name of namesIn(folder)) {
    const prefix = name.slice(0, -TAIL_LENGTH);
    const isMatch = wanted === void 0 ? /^\..+\.$/.test(prefix) : prefix === wanted;
    const [, boot, host] = TAIL.exec(name.slice(-TAIL_LENGTH)) ?? [];
    if (isMatch && (boot === bootMark() || host === hostMark())) removeUnlocked(join(folder, name));
  }
}
function isOurs(path, descriptor) {
  return lockFile(descriptor) !== "held" && existsSync(path);
}
function removeUnlocked(path) {
  try {
    const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
    const descriptor = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    try {
      if (fstatSync(descriptor).isFile() && lockFile(descriptor) === "locked") rmSync(path, { force: true });
    } finally {
      closeSync(descriptor);
    }
  } catch {
  }
}
function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
function temporaryPath(target) {
  const name = `${prefixOf(target)}${bootMark()}${hostMark()}${randomBytes(6).toString("hex")}.tmp`;
  return join(dirname(target), name);
}
function prefixOf(target) {
  return `.${Buffer.from(basename(target)).subarray(0, 200).toString()}.`;
}
var hostMark = () => mark(thisMachine().host);
var bootMark = () => mark(thisMachine().boot ?? thisMachine().host);
function mark(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

// src/files/windows-names.ts
var DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\.|$)/i;
var FORBIDDEN = /[<>:"|?*\p{Cc}]/u;
function windowsPathProblem(path) {
  const [drive, ...names] = path.replace(/^\\\\[?.]\\/, "").split(/[/\\]/);
  const all = /^[a-z]:$/i.test(drive) ? names : [drive.replace(/^[a-z]:/i, ""), ...names];
  return all.map(problemOf).find((problem) => problem !== void 0);
}
function problemOf(name) {
  if (DEVICE.test(name)) return `Windows reserves the name ${name} for a device`;
  if (FORBIDDEN.test(name)) return 'a name on Windows cannot contain < > : " | ? * or a control character';
  return /[. ]$/.test(name) && !/^\.+$/.test(name) ? "a name on Windows cannot end in a point or a space" : void 0;
}

// src/files/atomic.ts
async function writeFileAtomic(path, content) {
  checkPath(path);
  const folder = dirname2(path);
  removeLeftovers(folder, path);
  try {
    const temporary = await createTemporary(path);
    const { file } = temporary;
    try {
      if (typeof content === "function") await content(file);
      else await file.writeFile(content);
      await file.sync();
      await replaceFile(temporary.path, path);
    } catch (cause) {
      await rm(temporary.path, { force: true }).catch(() => void 0);
      throw cause;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
  await syncFolder(folder);
}
async function removeFile(path) {
  await remove(path, { isFolder: false });
}
async function removeFolder(path) {
  await remove(path, { isFolder: true });
}
async function remove(path, { isFolder: isFolder2 }) {
  try {
    await rm(path, { recursive: isFolder2, force: true });
  } catch (cause) {
    const why = systemReason(cause);
    if (why === void 0) throw cause;
    throw new FileError("unwritable", `cannot remove ${path}: ${why}`, { path }, cause);
  }
}
async function makeFolder(path) {
  checkPath(path);
  try {
    await makeWithParents(resolve(path));
  } catch (cause) {
    throw writeError(path, cause);
  }
}
function checkPath(path) {
  if (path === "") throw new InputError("invalid-argument", "The path to write to is empty; give one.");
  const reason = process.platform === "win32" ? windowsPathProblem(path) : void 0;
  if (reason !== void 0) {
    throw new InputError("invalid-argument", `cannot write ${path}: ${reason}; choose another name`, { path });
  }
}
async function makeWithParents(path) {
  try {
    await mkdir(path);
  } catch (cause) {
    if (await isFolder(path)) return;
    if (causeCode(cause) !== "ENOENT" || dirname2(path) === path) throw cause;
    if (!await isFolder(dirname2(path))) await makeWithParents(dirname2(path));
    await mkdir(path).catch(async (problem) => {
      if (!await isFolder(path)) throw problem;
    });
  }
}
function writeError(path, cause) {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new FileError(
      "disk-full",
      `cannot write ${path}: the disk or the quota is full; free some space or choose another folder`,
      { path },
      cause
    );
  }
  const why = systemReason(cause);
  return why === void 0 ? cause : new FileError("unwritable", `cannot write ${path}: ${why}`, { path }, cause);
}
async function syncFolder(folder) {
  try {
    const handle = await open2(folder, constants2.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (["EIO", "ENOSPC", "EDQUOT"].includes(causeCode(cause))) throw writeError(folder, cause);
  }
}

export {
  replaceFileNow,
  replaceFileSync,
  thisMachine,
  isRunning,
  createTemporary,
  createTemporarySync,
  removeLeftovers,
  writeFileAtomic,
  removeFile,
  removeFolder,
  makeFolder,
  writeError
};
