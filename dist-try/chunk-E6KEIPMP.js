import {
  GRAPH_FILE,
  METRICS_FILE,
  STAGE_NAMES,
  SUMMARY_FILE,
  WEIGHTS_FILE,
  checkDigest,
  digestOf,
  digestsOf,
  fileDigests,
  filesOf,
  graphOf,
  parametersOf,
  parseMetrics,
  summaryOf,
  summaryText
} from "./chunk-EXJUDJM4.js";
import {
  native
} from "./chunk-TSXIGEL7.js";
import {
  version
} from "./chunk-AMU4RVW4.js";
import {
  readSafetensors,
  writeSafetensors
} from "./chunk-FL3EIQQG.js";
import {
  isRunning,
  makeFolder,
  removeFile,
  removeLeftovers,
  thisMachine,
  writeError,
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import {
  exists
} from "./chunk-YMIDNFC3.js";
import {
  causeCode,
  openInternal,
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import {
  FileError,
  InputError,
  StateError
} from "./chunk-5XKOZ6VI.js";

// src/training/run-folder.ts
import { join as join3 } from "node:path";

// src/training/checkpoint.ts
import { join } from "node:path";
import * as z2 from "zod";

// src/training/training-state-schema.ts
import * as z from "zod";
var count = z.int().min(0);
var failuresSchema = z.array(z.object({ restart: count, step: count, tensor: z.string() }));
var trainingProgress = {
  epoch: count,
  bestObjective: z.array(
    z.number().nullable().transform((value) => value ?? Infinity)
  ),
  bestEpoch: z.array(z.int()),
  improvedAt: count,
  failures: failuresSchema
};

// src/training/checkpoint.ts
var FILE = "checkpoint.safetensors";
var FORMAT_FAMILY = "interlatent-checkpoint-";
var FORMAT = `${FORMAT_FAMILY}4`;
var count2 = z2.int().min(0);
var stage = z2.enum(STAGE_NAMES);
var progressSchema = z2.object({
  finished: z2.array(
    z2.object({
      name: stage,
      objectives: z2.array(z2.number().nullable()),
      bestEpochs: z2.array(z2.int()),
      epochs: count2,
      failures: failuresSchema
    })
  ),
  running: z2.object({ stage, ...trainingProgress }),
  metrics: z2.object({ bytes: count2, sha256: z2.string() })
});
async function writeCheckpoint(folder, key, { finished, running: { stage: name, state }, metrics }) {
  const { epoch, bestObjective, bestEpoch, improvedAt, failures } = state;
  const progress = {
    finished: finished.map((outcome) => ({
      name: outcome.name,
      objectives: [...outcome.objectives],
      bestEpochs: [...outcome.bestEpochs],
      epochs: outcome.epochs,
      failures: [...outcome.failures]
    })),
    running: { stage: name, epoch, bestObjective, bestEpoch, improvedAt, failures },
    metrics
  };
  const flat = (values) => ({ shape: [values.length], data: values });
  await writeSafetensors(
    join(folder, FILE),
    [
      ["running/parameters", flat(state.parameters)],
      ["running/moments", flat(state.moments)],
      ["running/best", flat(state.best)],
      ...finished.flatMap(
        (outcome) => Array.from(
          outcome.parameters,
          ([tensor, { shape, values }]) => [`${outcome.name}/${tensor}`, { shape, data: values }]
        )
      )
    ],
    { format: FORMAT, version, key: JSON.stringify(key), progress: JSON.stringify(progress) }
  );
}
async function readCheckpoint(folder, key) {
  const path = join(folder, FILE);
  if (!await exists(path)) return void 0;
  const { tensors, metadata } = await readSafetensors(path);
  const { format = "", version: writer, key: written, progress: text = "" } = metadata;
  if (!format.startsWith(FORMAT_FAMILY)) {
    throw new InputError("damaged-file", `${path} is not a checkpoint of a fit; remove it to start again.`, { path });
  }
  if (format !== FORMAT || writer !== version) {
    throw new InputError(
      "checkpoint-mismatch",
      `${path} was written by another version of interlatent than this one, ${version}. Finish the fit with that version, or remove the file to start again.`,
      { path }
    );
  }
  if (written !== JSON.stringify(key)) {
    throw new InputError(
      "checkpoint-mismatch",
      `${path} belongs to other settings, other data, another matmulPrecision or dataParallel. Use the same study and options to resume, or another --out folder.`,
      { path }
    );
  }
  const tensor = (name2) => {
    const data = tensors.get(name2)?.data;
    if (!(data instanceof Float32Array)) {
      throw new InputError("damaged-file", `${path}: tensor '${name2}' is missing or not float32.`, { path });
    }
    return data;
  };
  const progress = progressSchema.safeParse(parse(text));
  if (!progress.success) {
    throw new InputError("damaged-file", `${path} does not record the progress of the fit; remove it to start again.`, {
      path
    });
  }
  const { stage: name, ...running } = progress.data.running;
  const state = {
    ...running,
    parameters: tensor("running/parameters"),
    moments: tensor("running/moments"),
    best: tensor("running/best")
  };
  if (state.best.length !== state.parameters.length) {
    throw new InputError("damaged-file", `${path}: tensor 'running/best' has another size.`, { path });
  }
  const finished = progress.data.finished.map((outcome) => {
    const prefix = `${outcome.name}/`;
    const names = [...tensors.keys()].filter((name2) => name2.startsWith(prefix));
    const parameters = new Map(
      names.map((name2) => [name2.slice(prefix.length), { shape: tensors.get(name2).shape, values: tensor(name2) }])
    );
    return { ...outcome, parameters };
  });
  return { finished, running: { stage: name, state }, metrics: progress.data.metrics };
}
async function hasCheckpoint(folder) {
  return exists(join(folder, FILE));
}
async function removeCheckpoint(folder) {
  await removeFile(join(folder, FILE));
}
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// src/training/locked-folder.ts
import { constants } from "node:fs";
import { lstat, open, readFile, rm, stat } from "node:fs/promises";
import { join as join2 } from "node:path";
var LOCK_FILE = "lock.json";
function judge({ lock, holder, isNew }, self, isAlive) {
  if (lock === "held") return "held";
  if (isNew) return "free";
  if (holder === void 0) return lock === "locked" ? "free" : "uncertain";
  const isSameKernel = self.boot !== void 0 && self.boot === holder.boot;
  if (lock === "locked") return isSameKernel || holder.host === self.host ? "free" : "uncertain";
  if (holder.host !== self.host) return "uncertain";
  const isRestarted = self.boot !== void 0 && holder.boot !== void 0 && !isSameKernel;
  return isRestarted || !isAlive(holder.pid) ? "free" : "uncertain";
}
var LockedFolder = class _LockedFolder {
  path;
  #file;
  #isInUse = false;
  constructor(path, file) {
    this.path = path;
    this.#file = file;
  }
  /**
   * Creates the folder if there is none, locks it, and removes temporary files of killed processes.
   * @throws StateError `run-locked` while another process, or another call of this one, holds the lock; FileError
   *   `unwritable`; DeviceError `native-missing`
   */
  static async open(path) {
    const addon = native();
    await makeFolder(path);
    const lockPath = join2(path, LOCK_FILE);
    const self = { pid: process.pid, ...thisMachine(), since: (/* @__PURE__ */ new Date()).toISOString() };
    for (; ; ) {
      const { file, isNew } = await openFile(lockPath);
      let isLockedHere = false;
      try {
        const lock = addon.lockFile(file.fd);
        const holder = await readHolder(file);
        const verdict = judge({ lock, holder, isNew }, self, isRunning);
        if (verdict !== "free") throw lockedError(path, verdict, holder);
        isLockedHere = await isAt(lockPath, file);
        if (isLockedHere) {
          await file.truncate(0);
          await file.write(`${JSON.stringify(self)}
`, 0);
          await file.sync();
          removeLeftovers(path);
          return new _LockedFolder(path, file);
        }
      } catch (cause) {
        if (isLockedHere) await rm(lockPath, { force: true }).catch(() => void 0);
        await file.close();
        throw writeError(lockPath, cause);
      }
      await file.close();
    }
  }
  /**
   * Begins work in the folder, for one call at a time.
   * @throws StateError `run-locked` while another call works there, `disposed` after `close`
   */
  enter() {
    const { path } = this;
    if (this.#file === void 0) {
      throw new StateError("disposed", `${path} is no longer locked; open it again.`, { folder: path });
    }
    if (this.#isInUse) {
      throw new StateError(
        "run-locked",
        `${path} is being written by another call of this process. Wait until that ends, or choose another folder.`,
        { folder: path }
      );
    }
    this.#isInUse = true;
    const leave = () => {
      this.#isInUse = false;
      return Promise.resolve();
    };
    return { path, leave };
  }
  /** Unlocks the folder. Idempotent. */
  async close() {
    const file = this.#file;
    if (file === void 0) return;
    this.#file = void 0;
    try {
      const lockPath = join2(this.path, LOCK_FILE);
      if (await isAt(lockPath, file)) await removeFile(lockPath);
    } finally {
      await file.close();
    }
  }
  async [Symbol.asyncDispose]() {
    await this.close();
  }
};
async function enterFolder(folder) {
  if (folder instanceof LockedFolder) return folder.enter();
  if (typeof folder !== "string") return { path: folder.entered, leave: () => Promise.resolve() };
  const locked = await LockedFolder.open(folder);
  return { path: folder, leave: () => locked.close() };
}
async function inLockedFolder(folder, work) {
  const { path, leave } = await enterFolder(folder);
  try {
    return await work(path);
  } finally {
    await leave();
  }
}
async function openFile(path) {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    return { file: await open(path, flags | constants.O_EXCL), isNew: true };
  } catch (cause) {
    if (causeCode(cause) !== "EEXIST") throw writeError(path, cause);
  }
  try {
    await refuseLink(path);
    return { file: await openInternal(path, flags), isNew: false };
  } catch (cause) {
    throw writeError(path, cause);
  }
}
async function refuseLink(path) {
  if (constants.O_NOFOLLOW !== void 0) return;
  const entry = await lstat(path).catch(() => void 0);
  if (!entry?.isSymbolicLink()) return;
  throw new FileError("unwritable", `${path} is a symbolic link; remove it`, { path });
}
async function isAt(path, file) {
  const [here, there] = await Promise.all([
    file.stat({ bigint: true }),
    stat(path, { bigint: true }).catch(() => null)
  ]);
  return there?.ino === here.ino && there.dev === here.dev;
}
async function readHolder(file) {
  const text = await readFile(file, "utf8");
  if (text === "") return void 0;
  const { parseHolder } = await import("./lock-holder-X2MXR52G.js");
  return parseHolder(text);
}
function lockedError(folder, verdict, holder) {
  const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : "another process";
  const message = verdict === "held" ? `${folder} is being written by ${who}. Wait until that ends, stop it, or choose another folder.` : `${folder} was locked by ${who}, and this machine cannot find out whether that still runs. If it does not, remove ${join2(folder, LOCK_FILE)} and try again.`;
  return new StateError("run-locked", message, { folder, verdict, ...holder });
}

// src/training/subjects-file.ts
import * as z3 from "zod";
var SUBJECTS_FILE = "subjects.json";
var FORMAT2 = "interlatent-subjects-1";
var subjectsSchema = z3.object({
  format: z3.literal(FORMAT2),
  /** Fingerprint of the fit's data set. */
  fingerprint: z3.string(),
  heldOut: z3.array(z3.string()).readonly()
});
function heldOutOf({ path, bytes }, { fingerprint }) {
  const damaged = (reason, cause) => new InputError("damaged-file", `${path} ${reason}; copy it from the folder of the fit.`, { path }, cause);
  let content;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw damaged("is not JSON", cause);
  }
  const { success, data } = subjectsSchema.safeParse(content);
  if (!success) throw damaged("does not hold the subjects of a fit");
  if (data.fingerprint !== fingerprint) throw damaged("holds the subjects of another fit");
  return data.heldOut;
}
function subjectsFiles(fingerprint, heldOut) {
  if (heldOut === void 0) return [];
  const text = `${JSON.stringify({ format: FORMAT2, fingerprint, heldOut }, null, 2)}
`;
  return [[SUBJECTS_FILE, new TextEncoder().encode(text)]];
}

// src/training/run-folder.ts
async function hasRun(folder) {
  return exists(join3(folder, SUMMARY_FILE));
}
async function removeSummary(folder) {
  await removeFile(join3(folder, SUMMARY_FILE));
}
async function writeRun(folder, run, tables = []) {
  await inLockedFolder(folder, (path) => writeFiles(path, run, tables));
}
async function writeFiles(folder, run, tables) {
  await removeSummary(folder);
  const { summary, heldOut } = run;
  const files = [...filesOf(run), ...subjectsFiles(summary.fingerprint, heldOut)];
  for (const [name, bytes] of files) await writeFileAtomic(join3(folder, name), bytes);
  if (heldOut === void 0) await removeFile(join3(folder, SUBJECTS_FILE));
  const digests = { ...digestsOf(files), ...await fileDigests(folder, tables) };
  await writeFileAtomic(join3(folder, SUMMARY_FILE), summaryText(summary, digests));
  await removeCheckpoint(folder);
}
async function readRun(folder) {
  const read = async (name) => {
    const path = join3(folder, name);
    try {
      return { path, bytes: await readBytes(path) };
    } catch (cause) {
      throw new InputError(
        "no-run",
        `${folder} holds no finished fit: ${name} cannot be read. Make one with: interlatent fit STUDY --out ${folder}`,
        { folder },
        cause
      );
    }
  };
  const summaryFile = await read(SUMMARY_FILE);
  const { summary, digests } = summaryOf(summaryFile);
  const readChecked = async (name) => {
    const file = await read(name);
    checkDigest(digests, name, file);
    return file;
  };
  const metrics = await readChecked(METRICS_FILE);
  return {
    graph: graphOf(await readChecked(GRAPH_FILE), summary),
    history: parseMetrics(metrics.bytes, metrics.path),
    parameters: parametersOf(await readChecked(WEIGHTS_FILE), summary),
    summary,
    digest: digestOf(summaryFile.bytes),
    heldOut: await hasSubjects(folder) ? heldOutOf(await readChecked(SUBJECTS_FILE), summary) : void 0
  };
}
async function hasSubjects(folder) {
  return exists(join3(folder, SUBJECTS_FILE));
}

export {
  LOCK_FILE,
  LockedFolder,
  enterFolder,
  inLockedFolder,
  trainingProgress,
  writeCheckpoint,
  readCheckpoint,
  hasCheckpoint,
  removeCheckpoint,
  SUBJECTS_FILE,
  hasRun,
  removeSummary,
  writeRun,
  readRun
};
