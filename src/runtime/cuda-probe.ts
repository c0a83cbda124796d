// Probes CUDA on this computer: our library, NVIDIA's driver, and devices. A child process does it, because a broken
// driver can crash the process that opens it. The result is cached for the lifetime of this process.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { driverProblem, driverRelease, neededDriver } from './cuda-driver.js';
import { nativePath } from './native.js';
import { packageFile } from './platform-package.js';

const LIBRARY = 'libinterlatent_cuda.so';
const TIMEOUT_MS = 30_000;

const deviceSchema = z.object({
  index: z.int().min(0),
  name: z.string(),
  /** Compute capability, for example 9.0. */
  computeCapability: z.string(),
  /** Memory in bytes. */
  memory: z.number(),
  /** Why the kernels of the library cannot run on it. Left out if they can. */
  problem: z.string().optional(),
});
const librarySchema = z.object({
  /** Version of the CUDA runtime in the library. */
  runtime: z.string(),
  /** Architectures that the kernels were compiled for, for example 80-virtual. */
  architectures: z.array(z.string()),
  /** True if its kernels run on the CPU, for tests. */
  emulated: z.boolean(),
  /** Names of its kernels (docs/explanation/kernels.md). */
  kernels: z.array(z.string()),
  /** File and version of the cuBLASLt library for large matrix products; null if there is none. */
  cublasLt: z.string().nullable(),
  devices: z.array(deviceSchema),
});
const driverSchema = z.object({
  version: z.number(),
  devices: z.array(deviceSchema.omit({ index: true })),
  code: z.enum(['', 'no-cuda-driver', 'no-cuda-device']),
  problem: z.string(),
});
const refusalSchema = z.object({ code: z.enum(['no-cuda-library', 'no-cuda-device']), problem: z.string() });
/** Each answer is present if the child reached it. */
const answersSchema = z.object({
  driver: driverSchema.optional(),
  library: z.union([librarySchema, refusalSchema]).optional(),
});

export type CudaDevice = z.infer<typeof deviceSchema>;

/** A reason why CUDA cannot be used. */
export interface CudaProblem {
  readonly code: 'no-cuda-library' | 'no-cuda-driver' | 'cuda-driver-too-old' | 'no-cuda-device' | 'cuda-probe-failed';
  /** Text that says what is missing, without a full stop. */
  readonly problem: string;
}

export interface CudaLibrary extends Omit<z.infer<typeof librarySchema>, 'devices'> {
  /** Release of the oldest driver that runs it; undefined if it is not known. */
  readonly neededDriver: string | undefined;
}

export interface CudaProbe {
  /** The path of the library. */
  readonly path: string;
  /** Properties of the library; undefined if it did not answer. */
  readonly library?: CudaLibrary;
  /** The newest CUDA version that the driver supports, for example 13.0; undefined without a driver. */
  readonly driver?: string;
  /** Release of the driver, for example 535.183.01; undefined if the system does not show it. */
  readonly driverRelease?: string;
  /** Devices of the library or, without a library, those of the driver. */
  readonly devices: readonly CudaDevice[];
  /** Empty: CUDA can be used. */
  readonly problems: readonly CudaProblem[];
}

/** Code of the child. It writes one line of JSON per answer, so that answers before a crash are available. */
const CHILD = `
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

const probes = new Map<string, Promise<CudaProbe>>();

/**
 * Returns the path of the library: `INTERLATENT_CUDA_PATH`, or else next to the addon, or else in the package
 * `@interlatent/linux-x64-cuda`.
 */
export function cudaLibraryPath(): string {
  const override = process.env['INTERLATENT_CUDA_PATH'];
  if (override) return resolve(override);
  const local = join(dirname(nativePath()), LIBRARY);
  return existsSync(local) ? local : (packageFile(`@interlatent/linux-x64-cuda/${LIBRARY}`) ?? local);
}

/**
 * Probes once per process and library. Missing parts are no errors; `problems` lists them.
 * @throws DeviceError `native-missing`
 */
export async function probeCuda(path = cudaLibraryPath(), timeout = TIMEOUT_MS): Promise<CudaProbe> {
  let probe = probes.get(path);
  if (!probe) {
    probe = runProbe(path, timeout);
    probes.set(path, probe);
  }
  return probe;
}

async function runProbe(path: string, timeout: number): Promise<CudaProbe> {
  const { answers, end } = await runChild(path, timeout);
  const { driver, library } = answers;
  const opened = library && 'devices' in library ? library : undefined;
  const refusal = library && 'code' in library ? library : undefined;
  const problems: CudaProblem[] = [];
  if (refusal?.code === 'no-cuda-library') {
    problems.push(existsSync(path) ? refusal : { ...refusal, problem: `${path}: there is no such file` });
  }
  // The emulation needs neither driver nor GPU.
  if (driver && driver.code !== '' && !opened?.emulated) {
    problems.push({ code: driver.code, problem: driver.problem });
  }
  if (!driver) problems.push(failed(`probing the NVIDIA driver ${end}`));
  else if (!library) problems.push(failed(`probing ${path} ${end}`));
  const version = driver && driver.version > 0 ? versionText(driver.version) : undefined;
  if (problems.length === 0 && refusal) problems.push(refusal);
  const isReal = problems.length === 0 && opened !== undefined && !opened.emulated;
  const oldDriver = isReal && version !== undefined ? driverProblem(opened.runtime, version) : undefined;
  if (oldDriver !== undefined) problems.push({ code: 'cuda-driver-too-old', problem: oldDriver });
  const ofDriver = driver?.devices.map((device, index) => ({ index, ...device })) ?? [];
  const devices =
    oldDriver === undefined && opened ? opened.devices.map((device) => examined(device, opened)) : ofDriver;
  if (isReal && oldDriver === undefined) problems.push(...unusable(devices));
  const release = driverRelease();
  return {
    path,
    ...(opened && { library: withoutDevices(opened) }),
    ...(version !== undefined && { driver: version }),
    ...(version !== undefined && release !== undefined && { driverRelease: release }),
    devices,
    problems,
  };
}

/** Runs the child. `end` describes how it ended, for an error message. */
async function runChild(
  path: string,
  timeout: number,
): Promise<{ answers: z.infer<typeof answersSchema>; end: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' };
  const options = { env, timeout, killSignal: 'SIGKILL', windowsHide: true } as const;
  return new Promise((resolveAnswers) => {
    execFile(process.execPath, ['-e', CHILD, nativePath(), path], options, (error, stdout, stderr) => {
      const lines = stdout.split('\n').map(parsed);
      const { data: answers = {} } = answersSchema.safeParse(Object.assign({}, ...lines));
      resolveAnswers({ answers, end: endOf(error, stderr, timeout) });
    });
  });
}

function endOf(error: (Error & { killed?: boolean; signal?: string | null }) | null, stderr: string, timeout: number) {
  if (error?.killed) return `took longer than ${timeout / 1000} s`;
  if (error?.signal) return `ended the child process by ${error.signal}`;
  return `gave no answer${stderr === '' ? '' : `: ${stderr.trim().split('\n').at(-1)}`}`;
}

/** Returns undefined for a line that is no JSON: libraries may print messages. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function failed(problem: string): CudaProblem {
  return { code: 'cuda-probe-failed', problem };
}

/** Returns a device with the reason why a library cannot use it, if there is one. */
function examined(device: CudaDevice, { architectures, emulated }: z.infer<typeof librarySchema>): CudaDevice {
  const { problem = '', ...rest } = device;
  const oldest = Math.min(...architectures.map((name) => Number.parseInt(name, 10) / 10));
  const isOld = !emulated && Number(device.computeCapability) < oldest;
  const reason = isOld
    ? `has compute capability ${device.computeCapability}, the CUDA library needs ${oldest.toFixed(1)}`
    : problem === ''
      ? ''
      : `cannot run the kernels: ${problem}`;
  return { ...rest, ...(reason !== '' && { problem: reason }) };
}

/** Returns why no device can be used. */
function unusable(devices: readonly CudaDevice[]): CudaProblem[] {
  if (devices.length === 0) return [{ code: 'no-cuda-device', problem: 'the CUDA library finds no device' }];
  if (devices.some(({ problem }) => problem === undefined)) return [];
  const [{ name, problem }] = devices;
  return [{ code: 'no-cuda-device', problem: `${name} ${problem}` }];
}

function withoutDevices({
  runtime,
  architectures,
  emulated,
  kernels,
  cublasLt,
}: z.infer<typeof librarySchema>): CudaLibrary {
  return { runtime, architectures, emulated, kernels, cublasLt, neededDriver: neededDriver(runtime).release };
}

function versionText(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
