// Where to compute: what callers ask for, and the device that answers. Nothing falls back silently: what is asked for
// is used, or one error says what is missing.

import os from 'node:os';
import { DeviceError, InputError } from '../errors.js';
import type { AdapterDescription } from '../webgpu/device.js';
import { WEBGPU_KERNEL_NAMES } from '../webgpu/kernel-names.js';
import type { CudaProbe, CudaProblem } from './cuda-probe.js';
import { buildInfo } from './native.js';
import { version } from './package.js';
import { platformName } from './platform-package.js';
import type { WebGpuProbe, WebGpuProblem } from './webgpu/probe.js';

/**
 * `cuda` is the first NVIDIA GPU, `cuda:1` the second, `cuda:0,2` two of them and `cuda:all` all, which share the
 * runs of a fit out; `webgpu` any GPU, through the package `webgpu`; `auto` is `cuda` where one can be used, or else
 * `webgpu` on a GPU, otherwise `cpu`.
 */
export type DeviceName =
  | 'cpu'
  | 'cuda'
  | `cuda:${number}`
  | 'cuda:all'
  | `cuda:${number},${string}`
  | 'webgpu'
  | 'auto';

/**
 * What a GPU rounds the factors of matrix products to; sums are float32. `tf32` has 11 significant bits, `bfloat16` 8;
 * `tf32x3` multiplies each factor as the sum of two `tf32`, which is nearly float32.
 * Everything but matrix products stays float32, and so does all that the CPU computes.
 */
export const MATMUL_PRECISIONS = ['float32', 'tf32', 'bfloat16', 'tf32x3'] as const;
export type MatmulPrecision = (typeof MATMUL_PRECISIONS)[number];

/** A device that was chosen. */
export type Device = {
  readonly name: string;
  readonly description: string;
  /** Names of its kernels: `compile` expands operations for want of theirs. The CPU's loads the addon. */
  readonly kernels: ReadonlySet<string>;
} & (
  | { readonly backend: 'cpu' }
  | {
      readonly backend: 'cuda';
      readonly index: number;
      readonly library: string;
      /** Kernels run on the CPU, for tests. */
      readonly emulated: boolean;
      readonly matmulPrecision: MatmulPrecision;
      /** GPUs beside this one, which take a share of the runs of a fit; what has one run is computed on this one. */
      readonly others?: readonly Device[];
      /**
       * So many GPUs that follow each other train the same runs together, each by some tiles of every mini-batch, to
       * the bits of one. Left out: mini-batches are computed whole.
       */
      readonly dataParallel?: number;
    }
  | { readonly backend: 'webgpu'; readonly adapter: AdapterDescription }
);

/** A device and why it was chosen, as run.json keeps it. */
export interface DeviceChoice {
  readonly asked: string;
  /** `cpu`, `cuda:N`, `cuda:N,M` or `webgpu`. */
  readonly name: string;
  /** The processor's or the GPU's name. */
  readonly description: string;
  /** Why `auto` took it; empty when it was asked for. */
  readonly reason: string;
  readonly matmulPrecision: MatmulPrecision;
  /** GPUs that train the same runs together; left out: mini-batches are computed whole. */
  readonly dataParallel?: number;
}

export const CPU: Device = {
  backend: 'cpu',
  name: 'cpu',
  description: os.cpus().at(0)?.model.trim() ?? os.arch(),
  get kernels() {
    return new Set(buildInfo().kernels);
  },
};

/** A device on its way to another thread. The CPU's kernels are asked for where they are needed, if they are. */
export type SentDevice = Exclude<Device, { readonly backend: 'cpu' }> | 'cpu';

export function sentDevice(device: Device): SentDevice {
  return device.backend === 'cpu' ? 'cpu' : device;
}

export function receivedDevice(device: SentDevice): Device {
  return device === 'cpu' ? CPU : device;
}

export const DEVICE_NAMES = 'cpu, cuda, cuda:N (N from 0), cuda:N,M, cuda:all, webgpu or auto';

/** True if a text is a {@link DeviceName}. */
export function isDeviceName(text: string): text is DeviceName {
  return /^(cpu|auto|webgpu|cuda(:(all|N(,N)*))?)$/.test(text.replace(/\b(0|[1-9]\d{0,2})\b/g, 'N'));
}

/** The devices that share the runs of a fit out: one, but for several GPUs. */
export function devicesOf(device: Device = CPU): readonly Device[] {
  return device.backend === 'cuda' && device.others ? [device, ...device.others] : [device];
}

/** Devices that train the same runs together, by groups; these share the runs out. */
export function groupsOf(device: Device = CPU, size = dataParallelOf(device) ?? 1): readonly (readonly Device[])[] {
  const all = devicesOf(device);
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** Undefined where a device computes mini-batches whole, as GPUs do, or cuts them anyway. */
export function dataParallelOf(device: Device): number | undefined {
  return device.backend === 'cuda' ? device.dataParallel : undefined;
}

/** Of what a device computes. */
export function matmulPrecisionOf(device: Device): MatmulPrecision {
  return device.backend === 'cuda' ? device.matmulPrecision : 'float32';
}

/**
 * The device asked for; CUDA and WebGPU are looked for once per process, each in a child process.
 * @throws InputError `invalid-setting` for another name or precision; DeviceError `no-cuda-library`, `no-cuda-driver`,
 *   `no-cuda-device`, `cuda-probe-failed` when `cuda` is asked for and cannot be used, `no-webgpu-library`,
 *   `no-webgpu-device`, `webgpu-probe-failed` likewise, with all that is missing and how to get it;
 *   `unsupported-precision` when the device is no CUDA device and the precision is not float32
 * @param dataParallel GPUs that train the same runs together, of which there must be a multiple; left out: none do
 */
export async function chooseDevice(
  asked: DeviceName = 'cpu',
  matmulPrecision: MatmulPrecision = 'float32',
  dataParallel?: number,
): Promise<{ device: Device; choice: DeviceChoice }> {
  if (!isDeviceName(asked)) throw invalid('device', DEVICE_NAMES, asked);
  if (!MATMUL_PRECISIONS.includes(matmulPrecision)) {
    throw invalid('matmulPrecision', MATMUL_PRECISIONS.join(', '), matmulPrecision);
  }
  const { device, reason } = await found(asked, matmulPrecision);
  if (matmulPrecisionOf(device) !== matmulPrecision) throw unsupportedPrecision(asked, matmulPrecision, reason);
  const { name, description } = device;
  const choice = { asked, name, description, reason, matmulPrecision };
  if (dataParallel === undefined) return { device, choice };
  const together = inGroups(device, dataParallel);
  return { device: together, choice: { ...choice, ...(together.backend === 'cuda' && { dataParallel }) } };
}

/** @throws InputError `invalid-setting` where the devices cannot be cut into such groups */
function inGroups(device: Device, dataParallel: number): Device {
  const { length } = devicesOf(device);
  const isWhole = Number.isInteger(dataParallel) && dataParallel >= 1;
  if (!isWhole || length % dataParallel !== 0 || (device.backend !== 'cuda' && dataParallel > 1)) {
    const devices =
      length === 1 ? `${device.name}, which is one device` : `${device.name}, which are ${length} devices`;
    throw new InputError(
      'invalid-setting',
      `Setting "dataParallel" (--data-parallel): ${dataParallel} devices each cannot be taken of ${devices}. ` +
        'Accepted are whole numbers that divide the number of GPUs: --device cuda:all or cuda:0,1 names them.',
      { setting: 'dataParallel', devices: length },
    );
  }
  return device.backend === 'cuda' ? { ...device, dataParallel } : device;
}

async function found(asked: DeviceName, precision: MatmulPrecision): Promise<{ device: Device; reason: string }> {
  if (asked === 'cpu') return { device: CPU, reason: '' };
  if (asked === 'webgpu') return { device: webGpuDevice(asked, await probeWebGpu()), reason: '' };
  const { probeCuda } = await import('./cuda-probe.js');
  const probe = await probeCuda();
  if (asked !== 'auto') return { device: cudaDevice(asked, probe, precision), reason: '' };
  const problem = whyNotCuda(probe);
  if (problem === undefined) {
    return { device: cudaDevice('cuda', probe, precision), reason: 'the first CUDA device that can be used' };
  }
  const webGpu = await probeWebGpu();
  const other = whyNotWebGpu(webGpu);
  if (other === undefined) return { device: webGpuDevice(asked, webGpu), reason: `a GPU for WebGPU; ${problem}` };
  return { device: CPU, reason: `${problem}; ${other}` };
}

async function probeWebGpu(): Promise<WebGpuProbe> {
  const { probeWebGpu: look } = await import('./webgpu/probe.js');
  return look();
}

function invalid(setting: string, expected: string, given: unknown): InputError {
  const text = JSON.stringify(given) as string | undefined;
  return new InputError('invalid-setting', `Setting "${setting}": expected ${expected}, got ${text}.`, { setting });
}

function unsupportedPrecision(asked: DeviceName, precision: MatmulPrecision, reason: string): DeviceError {
  return new DeviceError(
    'unsupported-precision',
    `matmulPrecision ${precision} needs a CUDA device; the CPU and WebGPU multiply matrices in float32 ` +
      `only${reason && `, and auto takes one of them: ${reason}`}. ` +
      'Ask for device cuda (--device cuda), or leave matmulPrecision (--matmul-precision) out. Nothing was computed.',
    { device: asked, matmulPrecision: precision },
  );
}

/** Why `auto` stays on the CPU; undefined where CUDA can be used. */
function whyNotCuda({ library, problems }: CudaProbe): string | undefined {
  if (problems.length > 0) return `CUDA cannot be used: ${problems.map(({ problem }) => problem).join('; ')}`;
  return library?.emulated ? 'the CUDA library is the emulation, which is for tests' : undefined;
}

/** Why `auto` takes none of its devices: those that compute on the processor are slower than the CPU itself. */
function whyNotWebGpu({ adapters, problems }: WebGpuProbe): string | undefined {
  if (problems.length > 0) return `WebGPU cannot be used: ${problems.map(({ problem }) => problem).join('; ')}`;
  const [{ isSoftware, description }] = adapters;
  return isSoftware ? `WebGPU has only ${description}, which computes on the processor` : undefined;
}

function webGpuDevice(asked: string, { adapters, problems }: WebGpuProbe): Device {
  if (problems.length > 0) throw missing(asked, problems);
  const [adapter] = adapters;
  return {
    ...{ backend: 'webgpu', name: 'webgpu', description: adapter.description, adapter },
    kernels: WEBGPU_KERNEL_NAMES,
  };
}

function cudaDevice(
  asked: string,
  { path, library, devices, problems }: CudaProbe,
  matmulPrecision: MatmulPrecision,
): Device {
  if (problems.length > 0) throw missing(asked, problems);
  const { emulated = false, kernels = [] } = library ?? {};
  const [first, ...others] = indicesIn(asked, devices).map((index): Device & { readonly backend: 'cuda' } => {
    const one = devices.find((device) => device.index === index);
    if (!one) {
      const known = devices.map((device) => `cuda:${device.index} (${device.name})`).join(', ');
      throw missing(asked, [{ code: 'no-cuda-device', problem: `there is no device ${index}; found are ${known}` }]);
    }
    return {
      ...{ backend: 'cuda', name: `cuda:${index}`, description: one.name, index },
      ...{ library: path, emulated, kernels: new Set(kernels), matmulPrecision },
    };
  });
  if (others.length === 0) return first;
  const all = [first, ...others];
  const names = [...new Set(all.map(({ description }) => description))];
  return {
    ...{ ...first, others },
    name: `cuda:${all.map(({ index }) => index).join(',')}`,
    description:
      names.length === 1 ? `${all.length} × ${names[0]}` : all.map(({ description }) => description).join(', '),
  };
}

/** Numbers of the GPUs asked for, each once. */
function indicesIn(asked: string, devices: readonly { readonly index: number }[]): number[] {
  if (asked === 'cuda') return [0];
  const named = asked.slice('cuda:'.length);
  return named === 'all' ? devices.map(({ index }) => index) : [...new Set(named.split(',').map(Number))];
}

/** What an error is about, and what helps. */
interface Help {
  readonly what: string;
  readonly help: string | ((platform: string) => string);
}

function cudaHelp(platform: string): string {
  if (!['linux-x64', 'linux-arm64'].includes(platform)) {
    return 'CUDA is used on Linux with glibc alone; on Windows, in WSL.';
  }
  const install = `Install it: npm install @interlatent/linux-x64-cuda@${version}. Or build it`;
  return (
    `${platform === 'linux-x64' ? install : 'Build it'} in the folder of interlatent with NVIDIA's CUDA toolkit ` +
    '(nvcc): npm run build:cuda (in a project that depends on it: npm explore interlatent -- npm run build:cuda). ' +
    'INTERLATENT_CUDA_PATH names a library at another place.'
  );
}

const HELP: Readonly<Record<DeviceProblem['code'], Help>> = {
  'no-cuda-library': {
    what: 'CUDA library of interlatent',
    help: cudaHelp,
  },
  'no-cuda-driver': {
    what: 'NVIDIA driver',
    help:
      'Install the driver of the GPU (Debian: apt-get install nvidia-driver, then restart); in a ' +
      'container, start it with the GPUs ' +
      '(docker run --gpus all). nvidia-smi must list the GPU.',
  },
  'no-cuda-device': {
    what: 'CUDA device',
    help: 'nvidia-smi lists the GPUs of this machine; CUDA_VISIBLE_DEVICES, when set, hides all others.',
  },
  'cuda-probe-failed': {
    what: 'looking for CUDA',
    help: 'The driver or its installation is broken; nvidia-smi should say more.',
  },
  'no-webgpu-library': {
    what: 'WebGPU library',
    help: 'Install it beside interlatent: npm install webgpu (132 MB; Dawn, as in Chromium).',
  },
  'no-webgpu-device': {
    what: 'WebGPU device',
    help:
      'Install the driver of the GPU; on Linux that of Vulkan (Debian, Ubuntu: apt-get install libvulkan1 ' +
      'mesa-vulkan-drivers; NVIDIA: its own driver). vulkaninfo must list the GPU.',
  },
  'webgpu-probe-failed': {
    what: 'looking for WebGPU',
    help: 'The driver or its installation is broken; vulkaninfo --summary should say more.',
  },
};

type DeviceProblem = CudaProblem | WebGpuProblem;

/** What is missing and how to get it, two lines each. */
export function problemLines(problems: readonly DeviceProblem[]): string {
  const lines = problems.map(({ code, problem }) => {
    const { what, help } = HELP[code];
    return `  - ${what}: ${problem}\n    ${typeof help === 'string' ? help : help(platformName())}`;
  });
  return lines.join('\n');
}

function missing(asked: string, problems: readonly DeviceProblem[]): DeviceError {
  const message = [
    `device ${asked} cannot be used on this machine:`,
    problemLines(problems),
    'Nothing was computed. device cpu (--device cpu) computes the same without a GPU; interlatent devices ' +
      'shows what was found.',
  ].join('\n');
  return new DeviceError(problems[0].code, message, { device: asked, problems });
}
