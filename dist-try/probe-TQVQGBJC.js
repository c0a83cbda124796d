import {
  PREFERENCES,
  WEBGPU_LIMITS,
  describeAdapter,
  distinctAdapters,
  problemOf,
  webGpuLibrary
} from "./chunk-NXYYD655.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/runtime/webgpu/probe.ts
import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import * as z from "zod";
var TIMEOUT_MS = 3e4;
var adapterSchema = z.object({
  info: z.object({
    ...{ vendor: z.string(), architecture: z.string(), device: z.string(), description: z.string() },
    isFallbackAdapter: z.boolean()
  }),
  limits: z.record(z.enum(WEBGPU_LIMITS), z.number())
});
var CHILD = `
  const [library, query] = process.argv.slice(-2);
  const { create, globals } = await import(library);
  Object.assign(globalThis, globals);
  const gpu = globalThis.gpu = create([]);
  const { preferences, limits } = JSON.parse(query);
  const adapters = [];
  for (const preference of preferences) {
    const adapter = await gpu.requestAdapter(preference);
    if (adapter === null) continue;
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    adapters.push({
      info: { vendor, architecture, device, description, isFallbackAdapter: isFallbackAdapter === true },
      limits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
    });
  }
  const { writeSync } = await import('node:fs');
  writeSync(1, JSON.stringify(adapters) + '\\n');
  process.exit(0);
`;
var probe;
async function probeWebGpu() {
  probe ??= runProbe();
  return probe;
}
async function runProbe() {
  const library = webGpuLibrary();
  const none = (code, problem) => ({
    ...{ library, adapters: [], problems: [{ code, problem }] }
  });
  if (library === void 0) return none("no-webgpu-library", "the package webgpu is not installed");
  const { adapters, end } = await runChild(library);
  if (adapters === void 0) return none("webgpu-probe-failed", `probing ${library} ${end}`);
  if (adapters.length === 0) return none("no-webgpu-device", "the package webgpu finds no GPU and no Vulkan driver");
  const usable = adapters.filter((adapter) => problemOf(adapter) === void 0);
  if (usable.length > 0) return { library, adapters: distinctAdapters(usable), problems: [] };
  return none("no-webgpu-device", `${adapters[0].description}: ${problemOf(adapters[0])}`);
}
async function runChild(library) {
  const env = { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" };
  const options = { env, timeout: TIMEOUT_MS, killSignal: "SIGKILL", windowsHide: true };
  const query = JSON.stringify({ preferences: PREFERENCES, limits: WEBGPU_LIMITS });
  const args = ["--input-type=module", "-e", CHILD, pathToFileURL(library).href, query];
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const answer = stdout.split("\n").map(parsed).find((line) => line !== void 0);
      resolve({ adapters: answer?.map(describeAdapter), end: endOf(error, stderr) });
    });
  });
}
function parsed(line) {
  try {
    return z.array(adapterSchema).parse(JSON.parse(line));
  } catch {
    return void 0;
  }
}
function endOf(error, stderr) {
  if (error?.killed) return `took longer than ${TIMEOUT_MS / 1e3} s`;
  if (error?.signal) return `ended the child process by ${error.signal}`;
  return `gave no answer${stderr === "" ? "" : `: ${stderr.trim().split("\n").at(-1)}`}`;
}
export {
  probeWebGpu
};
