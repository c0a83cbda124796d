// The peak performance of a device, for comparison with a profile: the rate of a large matrix product, and of a copy
// between arrays that exceed all caches. It uses our kernels and the threads of the profile.

import { compile } from '../compile/index.js';
import { DeviceError } from '../errors/errors.js';
import { data, matmul, mul, type Node } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import type { Device } from '../runtime/device.js';
import { Program } from '../runtime/program.js';
import { parseDescription, type KernelTime } from './profile-description.js';

export interface Peak {
  /** Floating-point operations per second of a product of two square matrices. */
  readonly flops: number;
  /** Bytes per second of a copy, read and written together. */
  readonly bytes: number;
}

/** Sizes that fill the device. On the emulation, the figures have no meaning. */
const SIZES = {
  cpu: { width: 768, copied: 2 ** 24 },
  cuda: { width: 4096, copied: 2 ** 26 },
  emulation: { width: 64, copied: 2 ** 12 },
} as const;
const REPETITIONS = 7;

export interface PeakOptions {
  readonly threads: number;
  readonly device: Device;
}

/** Measures the best of several calls. @throws DeviceError `out-of-memory`, `no-profile` on WebGPU */
export async function measurePeak(options: PeakOptions): Promise<Peak> {
  const { device } = options;
  if (device.backend === 'webgpu') {
    throw new DeviceError('no-profile', 'Kernels are timed on the CPU and with CUDA only: profile with --device cpu.');
  }
  const { width, copied } = SIZES[device.backend === 'cuda' && device.emulated ? 'emulation' : device.backend];
  const [a, b] = ['a', 'b'].map((name) => data(name, [1, width, width]));
  const product = await fastest(matmul(a, b), [a, b], 'matmul', options);
  const x = data('x', [1, copied]);
  const copy = await fastest(mul(x, 2), [x], 'map', options);
  return { flops: product.flops / product.seconds, bytes: copy.bytes / copy.seconds };
}

/** Returns the fastest call of the kernel that computes a node. */
async function fastest(node: Node, leaves: readonly Node[], kernel: string, options: PeakOptions): Promise<KernelTime> {
  const program = Program.load(compile({ runs: 1, entries: { peak: { outputs: { node } } } }), {
    ...options,
    profile: true,
  });
  try {
    for (const leaf of leaves) {
      program.set('data', String(leaf.attributes['name']), new Float32Array(sizeOf(leaf.shape)).fill(1));
    }
    let best: KernelTime | undefined;
    let before = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await program.run('peak');
      const time = parseDescription(program.describe()).profile['peak'].find((entry) => entry.kernel === kernel)!;
      const seconds = time.seconds - before;
      before = time.seconds;
      if (!best || seconds < best.seconds) best = { ...time, seconds };
    }
    return best!;
  } finally {
    await program.dispose();
  }
}
