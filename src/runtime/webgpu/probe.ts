// What there is of WebGPU on this machine: the peer, and its adapters. As with CUDA a child process looks, because a
// broken driver can take down the process that opens it; the answer is kept for the life of this one.

import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { describeAdapter, problemOf, WEBGPU_LIMITS, type AdapterDescription } from '../../webgpu/device.js';
import { distinctAdapters, PREFERENCES, webGpuLibrary } from './library.js';

const TIMEOUT_MS = 30_000;

/** Something that stands between this machine and computing with WebGPU. */
export interface WebGpuProblem {
  readonly code: 'no-webgpu-library' | 'no-webgpu-device' | 'webgpu-probe-failed';
  /** What is missing; no full stop. */
  readonly problem: string;
}

export interface WebGpuProbe {
  /** The peer's file; undefined where it is not installed. */
  readonly library: string | undefined;
  /** Those that can be used, those that compute on the processor last. */
  readonly adapters: readonly AdapterDescription[];
  /** Empty: WebGPU can be used. */
  readonly problems: readonly WebGpuProblem[];
}

const adapterSchema = z.object({
  info: z.object({
    ...{ vendor: z.string(), architecture: z.string(), device: z.string(), description: z.string() },
    isFallbackAdapter: z.boolean(),
  }),
  limits: z.record(z.enum(WEBGPU_LIMITS), z.number()),
});

/** The child's work: a line of JSON. It ends itself, since what Dawn holds would keep it. */
const CHILD = `
  const [library, asked] = process.argv.slice(-2);
  const { create, globals } = await import(library);
  Object.assign(globalThis, globals);
  const gpu = globalThis.gpu = create([]);
  const { preferences, limits } = JSON.parse(asked);
  const found = [];
  for (const preference of preferences) {
    const adapter = await gpu.requestAdapter(preference);
    if (adapter === null) continue;
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    found.push({
      info: { vendor, architecture, device, description, isFallbackAdapter: isFallbackAdapter === true },
      limits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
    });
  }
  const { writeSync } = await import('node:fs');
  writeSync(1, JSON.stringify(found) + '\\n');
  process.exit(0);
`;

let probe: Promise<WebGpuProbe> | undefined;

/** Looks once per process. Never rejects for what is missing: `problems` says it. */
export async function probeWebGpu(): Promise<WebGpuProbe> {
  probe ??= look();
  return probe;
}

async function look(): Promise<WebGpuProbe> {
  const library = webGpuLibrary();
  const none = (code: WebGpuProblem['code'], problem: string): WebGpuProbe => ({
    ...{ library, adapters: [], problems: [{ code, problem }] },
  });
  if (library === undefined) return none('no-webgpu-library', 'the package webgpu is not installed');
  const { found, end } = await ask(library);
  if (found === undefined) return none('webgpu-probe-failed', `asking ${library} ${end}`);
  if (found.length === 0) return none('no-webgpu-device', 'the package webgpu finds no GPU and no Vulkan driver');
  const usable = found.filter((adapter) => problemOf(adapter) === undefined);
  if (usable.length > 0) return { library, adapters: distinctAdapters(usable), problems: [] };
  return none('no-webgpu-device', `${found[0].description}: ${problemOf(found[0])}`);
}

/** Runs the child. `end` says how it ended, for where it did not answer. */
async function ask(library: string): Promise<{ found: AdapterDescription[] | undefined; end: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' };
  const options = { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', windowsHide: true } as const;
  const asked = JSON.stringify({ preferences: PREFERENCES, limits: WEBGPU_LIMITS });
  const given = ['--input-type=module', '-e', CHILD, pathToFileURL(library).href, asked];
  return new Promise((answer) => {
    execFile(process.execPath, given, options, (error, stdout, stderr) => {
      const found = stdout
        .split('\n')
        .map(parsed)
        .find((line) => line !== undefined);
      answer({ found: found?.map(describeAdapter), end: endOf(error, stderr) });
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
  if (error?.signal) return `ended the process that asked, by ${error.signal}`;
  return `gave no answer${stderr === '' ? '' : `: ${stderr.trim().split('\n').at(-1)}`}`;
}
