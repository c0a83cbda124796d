// src/webgpu/device.ts
var WEBGPU_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension"
];
var STORAGE_BUFFERS = 8;
function describeAdapter({ info, limits }) {
  const { vendor, architecture, device, description } = info;
  return {
    description: description || [vendor, architecture, device].filter((part) => part !== "").join(" ") || "unknown GPU",
    ...{ vendor, architecture },
    // The names of known software devices, for implementations that do not set the flag.
    isSoftware: info.isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|basic render/i.test(`${description} ${device}`),
    limits: Object.fromEntries(WEBGPU_LIMITS.map((name) => [name, limits[name]]))
  };
}
function problemOf({ limits }) {
  const { maxStorageBuffersPerShaderStage: max } = limits;
  return max < STORAGE_BUFFERS ? `it binds ${max} storage buffers, ${STORAGE_BUFFERS} are needed` : void 0;
}

// src/runtime/webgpu/library.ts
import module from "node:module";

// src/runtime/webgpu/ending.ts
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";
var KEY = "interlatent: the end of WebGPU";
var ENDING = { isEnding: 0, pieces: 1 };
var MAX_END_MS = 5e3;
function endingFlags() {
  const existing = getEnvironmentData(KEY);
  if (existing) return existing;
  const flags = new Int32Array(new SharedArrayBuffer(8));
  setEnvironmentData(KEY, flags);
  if (isMainThread) {
    process.once("exit", () => {
      Atomics.store(flags, ENDING.isEnding, 1);
      const end = Date.now() + MAX_END_MS;
      for (let pieces = 1; pieces > 0 && Date.now() < end; ) {
        pieces = Atomics.load(flags, ENDING.pieces);
        if (pieces > 0) Atomics.wait(flags, ENDING.pieces, pieces, end - Date.now());
      }
    });
  }
  return flags;
}

// src/runtime/webgpu/library.ts
var require2 = module.createRequire(import.meta.url);
function webGpuLibrary() {
  try {
    return require2.resolve("webgpu");
  } catch {
    return void 0;
  }
}
var PREFERENCES = [
  { powerPreference: "high-performance" },
  { powerPreference: "low-power" },
  { forceFallbackAdapter: true }
];
function distinctAdapters(adapters) {
  const byName = new Map(adapters.map((adapter) => [adapter.description, adapter]));
  return [...byName.values()].sort((a, b) => Number(a.isSoftware) - Number(b.isSoftware));
}

export {
  WEBGPU_LIMITS,
  describeAdapter,
  problemOf,
  endingFlags,
  webGpuLibrary,
  PREFERENCES,
  distinctAdapters
};
