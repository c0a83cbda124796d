// Probes WebGPU on this computer: the package `webgpu` and its adapters. As for CUDA, a child process does it, because
// a broken driver can crash the process that opens it. The result is cached for the lifetime of this process.

import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { describeAdapter, problemOf, WEBGPU_LIMITS, type AdapterDescription } from '../webgpu/device.js';
import { distinctAdapters, PREFERENCES, webGpuLibrary } from './webgpu-library.js';

const TIMEOUT_MS = 30_000;

/** A reason why WebGPU cannot be used. */
export interface WebGpuProblem {
  readonly code: 'no-webgpu-library' | 'no-webgpu-device' | 'webgpu-probe-failed';
  /** Text that says what is missing, without a full stop. */
  readonly problem: string;
}

export interface WebGpuProbe {
  /** The file of the package `webgpu`; undefined if it is not installed. */
  readonly library: string | undefined;
  /** Usable adapters; those that compute on the processor come last. */
  readonly adapters: readonly AdapterDescription[];
  /** Empty: WebGPU can be used. */
  readonly problems: readonly WebGpuProblem[];
}

const adapterSchema = z.object({
  info: z.object({
    vendor: z.string(),
    architecture: z.string(),
    device: z.string(),
    description: z.string(),
    isFallbackAdapter: z.boolean(),
  }),
  limits: z.record(z.enum(WEBGPU_LIMITS), z.number()),
});

/** Code of the child. It writes one line of JSON and exits explicitly, because Dawn would keep the process alive. */
const CHILD = `
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

let probe: Promise<WebGpuProbe> | undefined;

/** Probes once per process. Missing parts are no errors; `problems` lists them. */
export async function probeWebGpu(): Promise<WebGpuProbe> {
  probe ??= runProbe();
  return probe;
}

async function runProbe(): Promise<WebGpuProbe> {
  const library = webGpuLibrary();
  const none = (code: WebGpuProblem['code'], problem: string): WebGpuProbe => ({
    library,
    adapters: [],
    problems: [{ code, problem }],
  });
  if (library === undefined) return none('no-webgpu-library', 'the package webgpu is not installed');
  const { adapters, end } = await runChild(library);
  if (adapters === undefined) return none('webgpu-probe-failed', `probing ${library} ${end}`);
  if (adapters.length === 0) return none('no-webgpu-device', 'the package webgpu finds no GPU and no Vulkan driver');
  const usable = adapters.filter((adapter) => problemOf(adapter) === undefined);
  if (usable.length > 0) return { library, adapters: distinctAdapters(usable), problems: [] };
  return none('no-webgpu-device', `${adapters[0].description}: ${problemOf(adapters[0])}`);
}

/** Runs the child. `end` describes how it ended, for an error message. */
async function runChild(library: string): Promise<{ adapters: AdapterDescription[] | undefined; end: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' };
  const options = { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', windowsHide: true } as const;
  const query = JSON.stringify({ preferences: PREFERENCES, limits: WEBGPU_LIMITS });
  const args = ['--input-type=module', '-e', CHILD, pathToFileURL(library).href, query];
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const answer = stdout
        .split('\n')
        .map(parsed)
        .find((line) => line !== undefined);
      resolve({ adapters: answer?.map(describeAdapter), end: endOf(error, stderr) });
    });
  });
}

function parsed(line: string) {
  try {
    return z.array(adapterSchema).parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function endOf(error: (Error & { killed?: boolean; signal?: string | null }) | null, stderr: string): string {
  if (error?.killed) return `took longer than ${TIMEOUT_MS / 1000} s`;
  if (error?.signal) return `ended the child process by ${error.signal}`;
  return `gave no answer${stderr === '' ? '' : `: ${stderr.trim().split('\n').at(-1)}`}`;
}
