import {
  nativePath,
  packageFile
} from "./chunk-TSXIGEL7.js";
import "./chunk-AMU4RVW4.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/runtime/cuda-probe.ts
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
var LIBRARY = "libinterlatent_cuda.so";
var TIMEOUT_MS = 3e4;
var deviceSchema = z.object({
  index: z.int().min(0),
  name: z.string(),
  /** Compute capability, for example 9.0. */
  computeCapability: z.string(),
  /** Memory in bytes. */
  memory: z.number()
});
var librarySchema = z.object({
  /** Version of the CUDA runtime in the library. */
  runtime: z.string(),
  /** Architectures that the kernels were compiled for, for example 80-virtual. */
  architectures: z.array(z.string()),
  /** True if its kernels run on the CPU, for tests. */
  emulated: z.boolean(),
  /** Names of its kernels (docs/explanation/engine.md). */
  kernels: z.array(z.string()),
  /** File and version of the cuBLASLt library for large matrix products; null if there is none. */
  cublasLt: z.string().nullable(),
  devices: z.array(deviceSchema)
});
var driverSchema = z.object({
  version: z.number(),
  devices: z.array(deviceSchema.omit({ index: true })),
  code: z.enum(["", "no-cuda-driver", "no-cuda-device"]),
  problem: z.string()
});
var refusalSchema = z.object({ code: z.enum(["no-cuda-library", "no-cuda-device"]), problem: z.string() });
var answersSchema = z.object({
  driver: driverSchema.optional(),
  library: z.union([librarySchema, refusalSchema]).optional()
});
var CHILD = `
  const { writeSync } = require('node:fs');
  const [, addon, library] = process.argv;
  const { cudaDriver, cudaLibrary } = require(addon);
  const report = (answer) => writeSync(1, JSON.stringify(answer) + '\\n');
  report({ driver: cudaDriver() });
  try {
    report({ library: JSON.parse(cudaLibrary(library)) });
  } catch ({ code, message }) {
    report({ library: { code, problem: message } });
  }
`;
var probes = /* @__PURE__ */ new Map();
function cudaLibraryPath() {
  const override = process.env["INTERLATENT_CUDA_PATH"];
  if (override) return resolve(override);
  const local = join(dirname(nativePath()), LIBRARY);
  return existsSync(local) ? local : packageFile(`@interlatent/linux-x64-cuda/${LIBRARY}`) ?? local;
}
async function probeCuda(path = cudaLibraryPath(), timeout = TIMEOUT_MS) {
  let probe = probes.get(path);
  if (!probe) {
    probe = runProbe(path, timeout);
    probes.set(path, probe);
  }
  return probe;
}
async function runProbe(path, timeout) {
  const { answers, end } = await runChild(path, timeout);
  const { driver, library } = answers;
  const opened = library && "devices" in library ? library : void 0;
  const refusal = library && "code" in library ? library : void 0;
  const problems = [];
  if (refusal?.code === "no-cuda-library") {
    problems.push(existsSync(path) ? refusal : { ...refusal, problem: `${path}: there is no such file` });
  }
  if (driver && driver.code !== "" && !opened?.emulated) {
    problems.push({ code: driver.code, problem: driver.problem });
  }
  if (!driver) problems.push(failed(`probing the NVIDIA driver ${end}`));
  else if (!library) problems.push(failed(`probing ${path} ${end}`));
  if (problems.length === 0 && refusal) problems.push(refusal);
  if (problems.length === 0 && opened && !opened.emulated) problems.push(...unusable(opened));
  return {
    path,
    ...opened && { library: withoutDevices(opened) },
    ...driver && driver.version > 0 && { driver: versionText(driver.version) },
    devices: opened?.devices ?? driver?.devices.map((device, index) => ({ index, ...device })) ?? [],
    problems
  };
}
async function runChild(path, timeout) {
  const env = { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" };
  const options = { env, timeout, killSignal: "SIGKILL", windowsHide: true };
  return new Promise((resolveAnswers) => {
    execFile(process.execPath, ["-e", CHILD, nativePath(), path], options, (error, stdout, stderr) => {
      const lines = stdout.split("\n").map(parsed);
      const { data: answers = {} } = answersSchema.safeParse(Object.assign({}, ...lines));
      resolveAnswers({ answers, end: endOf(error, stderr, timeout) });
    });
  });
}
function endOf(error, stderr, timeout) {
  if (error?.killed) return `took longer than ${timeout / 1e3} s`;
  if (error?.signal) return `ended the child process by ${error.signal}`;
  return `gave no answer${stderr === "" ? "" : `: ${stderr.trim().split("\n").at(-1)}`}`;
}
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return void 0;
  }
}
function failed(problem) {
  return { code: "cuda-probe-failed", problem };
}
function unusable({ devices, architectures }) {
  if (devices.length === 0) return [{ code: "no-cuda-device", problem: "the CUDA library finds no device" }];
  const oldest = Math.min(...architectures.map((name2) => Number.parseInt(name2, 10) / 10));
  if (devices.some(({ computeCapability: computeCapability2 }) => !(Number(computeCapability2) < oldest))) return [];
  const [{ name, computeCapability }] = devices;
  const problem = `${name} has compute capability ${computeCapability}, the CUDA library needs ${oldest.toFixed(1)}`;
  return [{ code: "no-cuda-device", problem }];
}
function withoutDevices({ runtime, architectures, emulated, kernels, cublasLt }) {
  return { runtime, architectures, emulated, kernels, cublasLt };
}
function versionText(version) {
  return `${Math.floor(version / 1e3)}.${Math.floor(version % 1e3 / 10)}`;
}
export {
  cudaLibraryPath,
  probeCuda
};
