// Chooses the device. There is no silent fallback: either the requested device is used, or one error says what is
// missing.

import os from 'node:os';
import { DeviceError, InputError } from '../errors/errors.js';
import type { AdapterDescription } from '../webgpu/device.js';
import type { CudaDevice, CudaProbe, CudaProblem } from './cuda-probe.js';
import { buildInfo } from './native.js';
import { version } from './package.js';
import { platformName } from './platform-package.js';
import type { WebGpuProbe, WebGpuProblem } from './webgpu-probe.js';

/**
 * `cuda` is the first NVIDIA GPU, `cuda:1` the second. `cuda:0,2` are two GPUs and `cuda:all` all of them; they share
 * the runs of a fit. `webgpu` is any GPU, through the package `webgpu`. `auto` is `cuda` if a GPU can be used, or else
 * `webgpu` on a GPU, or else `cpu`.
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
 * Precision to which a GPU rounds the factors of matrix products and convolutions; sums are float32. `tf32` has 11
 * significant bits, `bfloat16` 8. `tf32-convolutions` rounds only the factors of convolutions. All other operations are
 * float32, and so is everything that the CPU computes.
 */
export const MATMUL_PRECISIONS = ['float32', 'tf32-convolutions', 'tf32', 'bfloat16'] as const;
export type MatmulPrecision = (typeof MATMUL_PRECISIONS)[number];
/** Format of the factors of one product. */
export type FactorFormat = Exclude<MatmulPrecision, 'tf32-convolutions'>;

/** Returns the formats of the factors of matrix products and of convolutions, which have no kernels for bfloat16. */
export function factorFormats(precision: MatmulPrecision): { products: FactorFormat; convolutions: FactorFormat } {
  if (precision === 'tf32-convolutions') return { products: 'float32', convolutions: 'tf32' };
  return { products: precision, convolutions: precision === 'float32' ? 'float32' : 'tf32' };
}

/** A chosen device. */
export type Device = {
  readonly name: string;
  readonly description: string;
  /**
   * Names of its kernels. `compile` expands operations without a kernel. Reading this property of the CPU loads the
   * addon.
   */
  readonly kernels: ReadonlySet<string>;
} & (
  | { readonly backend: 'cpu' }
  | {
      readonly backend: 'cuda';
      readonly index: number;
      readonly library: string;
      /** True if kernels run on the CPU, for tests. */
      readonly emulated: boolean;
      readonly matmulPrecision: MatmulPrecision;
      /** Additional GPUs, which share the runs of a fit. Work with a single run is computed on this GPU. */
      readonly additionalDevices?: readonly Device[];
    }
  | { readonly backend: 'webgpu'; readonly adapter: AdapterDescription }
);

/** A device and the reason of the choice, as in run.json. */
export interface DeviceChoice {
  readonly requested: string;
  /** `cpu`, `cuda:N`, `cuda:N,M` or `webgpu`. */
  readonly name: string;
  /** Name of the processor or GPU. */
  readonly description: string;
  /** Why `auto` selected it; empty if it was requested by name. */
  readonly reason: string;
  readonly matmulPrecision: MatmulPrecision;
}

/** A device and the record of why it was chosen. */
export interface ChosenDevice {
  readonly device: Device;
  readonly choice: DeviceChoice;
}

export const CPU: Device = {
  backend: 'cpu',
  name: 'cpu',
  description: os.cpus().at(0)?.model.trim() ?? os.arch(),
  get kernels() {
    return new Set(buildInfo().kernels);
  },
};

/**
 * A device in a message to another thread. The kernels of the CPU are not sent; the other thread reads them if it needs
 * them.
 */
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

/** Returns the devices that share the runs of a fit. */
export function devicesOf(device: Device = CPU): readonly Device[] {
  return device.backend === 'cuda' && device.additionalDevices ? [device, ...device.additionalDevices] : [device];
}

/** Returns the precision of matrix products on a device. */
export function matmulPrecisionOf(device: Device): MatmulPrecision {
  return device.backend === 'cuda' ? device.matmulPrecision : 'float32';
}

/** Returns a chosen device that computes in another precision. A device other than CUDA stays as it is. */
export function withPrecision({ device, choice }: ChosenDevice, matmulPrecision: MatmulPrecision): ChosenDevice {
  if (device.backend !== 'cuda') return { device, choice };
  const additionalDevices = device.additionalDevices?.map((other) => ({ ...other, matmulPrecision }));
  return {
    device: { ...device, matmulPrecision, ...(additionalDevices && { additionalDevices }) },
    choice: { ...choice, matmulPrecision },
  };
}

/**
 * Returns the requested device. CUDA and WebGPU are probed once per process, each in a child process.
 * @throws InputError `invalid-setting` for an unknown name or precision
 * @throws DeviceError `no-cuda-library`, `no-cuda-driver`, `cuda-driver-too-old`, `no-cuda-device`, `cuda-probe-failed`
 *   if `cuda` is requested and cannot be used; `no-webgpu-library`, `no-webgpu-device`, `webgpu-probe-failed` likewise.
 *   The message lists what is missing and how to get it. `unsupported-precision` if only a CUDA device has the
 *   precision
 */
export async function chooseDevice(
  requested: DeviceName = 'cpu',
  matmulPrecision: MatmulPrecision = 'float32',
): Promise<ChosenDevice> {
  if (!isDeviceName(requested)) throw invalid('device', DEVICE_NAMES, requested);
  if (!MATMUL_PRECISIONS.includes(matmulPrecision)) {
    throw invalid('matmulPrecision', MATMUL_PRECISIONS.join(', '), matmulPrecision);
  }
  const { device, reason } = await resolveDevice(requested, matmulPrecision);
  if (matmulPrecisionOf(device) !== matmulPrecision) throw unsupportedPrecision(requested, matmulPrecision, reason);
  const { name, description } = device;
  return { device, choice: { requested, name, description, reason, matmulPrecision } };
}

async function resolveDevice(
  requested: DeviceName,
  precision: MatmulPrecision,
): Promise<{ device: Device; reason: string }> {
  if (requested === 'cpu') return { device: CPU, reason: '' };
  if (requested === 'webgpu') return { device: await webGpuDevice(requested, await probeWebGpu()), reason: '' };
  const { probeCuda } = await import('./cuda-probe.js');
  const probe = await probeCuda();
  if (requested !== 'auto') return { device: cudaDevice(requested, probe, precision), reason: '' };
  const problem = whyNotCuda(probe);
  if (problem === undefined) {
    return { device: cudaDevice('cuda', probe, precision), reason: 'the first CUDA device that can be used' };
  }
  const webGpu = await probeWebGpu();
  const other = whyNotWebGpu(webGpu);
  if (other === undefined) {
    return { device: await webGpuDevice(requested, webGpu), reason: `a GPU through WebGPU; ${problem}` };
  }
  return { device: CPU, reason: `${problem}; ${other}` };
}

async function probeWebGpu(): Promise<WebGpuProbe> {
  const { probeWebGpu: probe } = await import('./webgpu-probe.js');
  return probe();
}

function invalid(setting: string, expected: string, value: unknown): InputError {
  const text = JSON.stringify(value) as string | undefined;
  return new InputError('invalid-setting', `Setting "${setting}": expected ${expected}, got ${text}.`, { setting });
}

function unsupportedPrecision(requested: DeviceName, precision: MatmulPrecision, reason: string): DeviceError {
  return new DeviceError(
    'unsupported-precision',
    `matmulPrecision ${precision} needs a CUDA device; the CPU and WebGPU multiply matrices in float32 ` +
      `only${reason && `, and auto selects one of them: ${reason}`}. ` +
      'Use device cuda (--device cuda), or omit matmulPrecision (--matmul-precision). Nothing was computed.',
    { device: requested, matmulPrecision: precision },
  );
}

/** Returns why `auto` does not select CUDA, or undefined if it can be used. */
function whyNotCuda({ library, problems }: CudaProbe): string | undefined {
  if (problems.length > 0) return `CUDA cannot be used: ${problems.map(({ problem }) => problem).join('; ')}`;
  return library?.emulated ? 'the CUDA library is the emulation, which is for tests' : undefined;
}

/**
 * Returns why `auto` does not select WebGPU, or undefined if it can be used. Adapters that compute on the processor are
 * slower than the CPU backend.
 */
function whyNotWebGpu({ adapters, problems }: WebGpuProbe): string | undefined {
  if (problems.length > 0) return `WebGPU cannot be used: ${problems.map(({ problem }) => problem).join('; ')}`;
  const [{ isSoftware, description }] = adapters;
  return isSoftware ? `WebGPU has only ${description}, which computes on the processor` : undefined;
}

async function webGpuDevice(requested: string, { adapters, problems }: WebGpuProbe): Promise<Device> {
  if (problems.length > 0) throw missing(requested, problems);
  const [adapter] = adapters;
  const { kernelNames } = await import('../compile/kernels.js');
  return {
    backend: 'webgpu',
    name: 'webgpu',
    description: adapter.description,
    adapter,
    kernels: kernelNames('webgpu'),
  };
}

function cudaDevice(
  requested: string,
  { path, library, devices, problems }: CudaProbe,
  matmulPrecision: MatmulPrecision,
): Device {
  if (problems.length > 0) throw missing(requested, problems);
  const { emulated = false, kernels = [] } = library ?? {};
  const [first, ...additionalDevices] = indicesIn(requested, devices).map(
    (index): Device & { readonly backend: 'cuda' } => {
      const match = devices.find((device) => device.index === index);
      if (match?.problem !== undefined) {
        throw missing(requested, [{ code: 'no-cuda-device', problem: `${match.name} ${match.problem}` }]);
      }
      if (!match) {
        const known = devices.map((device) => `cuda:${device.index} (${device.name})`).join(', ');
        throw missing(requested, [
          { code: 'no-cuda-device', problem: `there is no device ${index}; available are ${known}` },
        ]);
      }
      return {
        backend: 'cuda',
        name: `cuda:${index}`,
        description: match.name,
        index,
        library: path,
        emulated,
        kernels: new Set(kernels),
        matmulPrecision,
      };
    },
  );
  if (additionalDevices.length === 0) return first;
  const all = [first, ...additionalDevices];
  const names = [...new Set(all.map(({ description }) => description))];
  return {
    ...first,
    additionalDevices,
    name: `cuda:${all.map(({ index }) => index).join(',')}`,
    description:
      names.length === 1 ? `${all.length} × ${names[0]}` : all.map(({ description }) => description).join(', '),
  };
}

/** Returns the indices of the requested GPUs, each once. `cuda` and `cuda:all` pass over those that cannot be used. */
function indicesIn(requested: string, devices: readonly CudaDevice[]): number[] {
  const usable = devices.filter(({ problem }) => problem === undefined).map(({ index }) => index);
  if (requested === 'cuda') return usable.slice(0, 1);
  const named = requested.slice('cuda:'.length);
  return named === 'all' ? usable : [...new Set(named.split(',').map(Number))];
}

/** The missing part and its remedy. */
interface Help {
  readonly what: string;
  readonly help: string | ((platform: string) => string);
}

function cudaHelp(platform: string): string {
  if (!['linux-x64', 'linux-arm64'].includes(platform)) {
    return 'CUDA is supported only on Linux with glibc; on Windows, use WSL.';
  }
  const install = `Install it: npm install @interlatent/linux-x64-cuda@${version}. Or build it`;
  return (
    `${platform === 'linux-x64' ? install : 'Build it'} in the folder of interlatent with NVIDIA's CUDA toolkit ` +
    '(nvcc): npm run build:cuda (in a project that depends on it: npm explore interlatent -- npm run build:cuda). ' +
    'Set INTERLATENT_CUDA_PATH to use a library at another path.'
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
  'cuda-driver-too-old': {
    what: 'NVIDIA driver',
    help:
      'Update it (Debian: apt-get install nvidia-driver, then restart), or ask the administrator of the machine to. ' +
      'A container uses the driver of its host. nvidia-smi prints the driver.',
  },
  'no-cuda-device': {
    what: 'CUDA device',
    help: 'nvidia-smi lists the GPUs of this machine; CUDA_VISIBLE_DEVICES, when set, hides all other GPUs.',
  },
  'cuda-probe-failed': {
    what: 'CUDA probe',
    help: 'The driver or its installation is broken; run nvidia-smi for details.',
  },
  'no-webgpu-library': {
    what: 'WebGPU library',
    help: 'Install it next to interlatent: npm install webgpu (132 MB; Dawn, as in Chromium).',
  },
  'no-webgpu-device': {
    what: 'WebGPU device',
    help:
      'Install the driver of the GPU; on Linux that of Vulkan (Debian, Ubuntu: apt-get install libvulkan1 ' +
      'mesa-vulkan-drivers; for NVIDIA the driver of the GPU is sufficient). vulkaninfo must list the GPU.',
  },
  'webgpu-probe-failed': {
    what: 'WebGPU probe',
    help: 'The driver or its installation is broken; run vulkaninfo --summary for details.',
  },
};

type DeviceProblem = CudaProblem | WebGpuProblem;

/** Returns what is missing and how to get it, two lines per problem. */
export function problemLines(problems: readonly DeviceProblem[]): string {
  const lines = problems.map(({ code, problem }) => {
    const { what, help } = HELP[code];
    return `  - ${what}: ${problem}\n    ${typeof help === 'string' ? help : help(platformName())}`;
  });
  return lines.join('\n');
}

function missing(requested: string, problems: readonly DeviceProblem[]): DeviceError {
  const message = [
    `device ${requested} cannot be used on this machine:`,
    problemLines(problems),
    'Nothing was computed. Device cpu (--device cpu) computes the same without a GPU; run interlatent devices ' +
      'to list the available devices.',
  ].join('\n');
  return new DeviceError(problems[0].code, message, { device: requested, problems });
}
