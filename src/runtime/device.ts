// Where to compute: what callers ask for, and the device that answers. Nothing falls back silently: what is asked for is used, or
// one error says what is missing.

import os from 'node:os';
import { DeviceError, InputError } from '../errors.js';
import { probeCuda, type CudaProbe, type CudaProblem } from './cuda-probe.js';

/** `cuda` is the first NVIDIA GPU, `cuda:1` the second; `auto` is `cuda` where one can be used, otherwise `cpu`. */
export type DeviceName = 'cpu' | 'cuda' | `cuda:${number}` | 'auto';

/** A device that was chosen. */
export type Device = { readonly name: string; readonly description: string } & (
  { readonly backend: 'cpu' } | { readonly backend: 'cuda'; readonly index: number; readonly library: string }
);

/** A device and why it was chosen, as run.json keeps it. */
export interface DeviceChoice {
  readonly asked: string;
  /** `cpu` or `cuda:N`. */
  readonly name: string;
  /** The processor's or the GPU's name. */
  readonly description: string;
  /** Why `auto` took it; empty when it was asked for. */
  readonly reason: string;
}

export const CPU: Device = { backend: 'cpu', name: 'cpu', description: os.cpus().at(0)?.model.trim() ?? os.arch() };

export const DEVICE_NAMES = 'cpu, cuda, cuda:N (N from 0) or auto';

/** Whether a text is a {@link DeviceName}. */
export function isDeviceName(text: string): text is DeviceName {
  return /^(cpu|auto|cuda(:(0|[1-9]\d{0,2}))?)$/.test(text);
}

/**
 * The device asked for; CUDA is looked for once per process, in a child process.
 * @throws InputError `invalid-setting` for another name; DeviceError `no-cuda-library`, `no-cuda-driver`, `no-cuda-device`,
 *   `cuda-probe-failed` when `cuda` is asked for and cannot be used, with all that is missing and how to get it
 */
export async function chooseDevice(asked: DeviceName = 'cpu'): Promise<{ device: Device; choice: DeviceChoice }> {
  if (!isDeviceName(asked)) {
    const given = JSON.stringify(asked) as string | undefined;
    throw new InputError('invalid-setting', `Setting "device": expected ${DEVICE_NAMES}, got ${given}.`, {
      setting: 'device',
    });
  }
  if (asked === 'cpu') return chosen(asked, CPU, '');
  const probe = await probeCuda();
  if (asked !== 'auto') return chosen(asked, cudaDevice(asked, probe), '');
  const problem = whyNotCuda(probe);
  if (problem !== undefined) return chosen(asked, CPU, problem);
  const device = cudaDevice('cuda', probe);
  return chosen(asked, device, 'the first CUDA device that can be used');
}

/** Why `auto` stays on the CPU; undefined where CUDA can be used. */
function whyNotCuda({ library, problems }: CudaProbe): string | undefined {
  if (problems.length > 0) return `CUDA cannot be used: ${problems.map(({ problem }) => problem).join('; ')}`;
  return library?.emulated ? 'the CUDA library is the emulation, which is for tests' : undefined;
}

function chosen(asked: string, device: Device, reason: string): { device: Device; choice: DeviceChoice } {
  const { name, description } = device;
  return { device, choice: { asked, name, description, reason } };
}

function cudaDevice(asked: string, { path, devices, problems }: CudaProbe): Device {
  if (problems.length > 0) throw missing(asked, problems);
  const index = asked === 'cuda' ? 0 : Number(asked.slice('cuda:'.length));
  const found = devices.find((device) => device.index === index);
  if (!found) {
    const known = devices.map((device) => `cuda:${device.index} (${device.name})`).join(', ');
    throw missing(asked, [{ code: 'no-cuda-device', problem: `there is no device ${index}; found are ${known}` }]);
  }
  return { backend: 'cuda', name: `cuda:${index}`, description: found.name, index, library: path };
}

const HELP: Readonly<Record<CudaProblem['code'], { readonly what: string; readonly help: string }>> = {
  'no-cuda-library': {
    what: 'CUDA library of interlatent',
    help:
      'Build it in the folder of interlatent with: npm run build:cuda (in a project that depends on it: npm explore interlatent -- ' +
      "npm run build:cuda). That needs NVIDIA's CUDA toolkit (nvcc). INTERLATENT_CUDA_PATH names a library at another place.",
  },
  'no-cuda-driver': {
    what: 'NVIDIA driver',
    help:
      'Install the driver of the GPU (Debian: apt-get install nvidia-driver, then restart); in a container, start it with the GPUs ' +
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
};

/** What is missing and how to get it, two lines each. */
export function problemLines(problems: readonly CudaProblem[]): string {
  return problems.map(({ code, problem }) => `  - ${HELP[code].what}: ${problem}\n    ${HELP[code].help}`).join('\n');
}

function missing(asked: string, problems: readonly CudaProblem[]): DeviceError {
  const message = [
    `device ${asked} cannot be used on this machine:`,
    problemLines(problems),
    'Nothing was computed. device cpu (--device cpu) computes the same without a GPU; interlatent devices shows what was found.',
  ].join('\n');
  return new DeviceError(problems[0].code, message, { device: asked, problems });
}
