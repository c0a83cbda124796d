// What this machine can do, for comparison with a profile: the rate of a large matrix product and of a copy between arrays that
// no cache holds, by our own kernels, on as many threads as the profile.

import { compile } from '../compile/index.js';
import { data, matmul, mul, type Node } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import { Program } from '../runtime/program.js';
import { parseDescription, type KernelTime } from './profile-description.js';

export interface Peak {
  /** Floating-point operations per second of a 768 × 768 × 768 product. */
  readonly flops: number;
  /** Bytes per second, read and written, of a copy of 64 MiB. */
  readonly bytes: number;
}

const PRODUCT = 768;
const COPIED = 2 ** 24;
const REPETITIONS = 7;

/** Best of several. INTERLATENT_PROFILE must be set. @throws DeviceError `out-of-memory` */
export async function measurePeak(threads: number): Promise<Peak> {
  const [a, b] = ['a', 'b'].map((name) => data(name, [1, PRODUCT, PRODUCT]));
  const product = await fastest(matmul(a, b), [a, b], 'matmul', threads);
  const x = data('x', [1, COPIED]);
  const copy = await fastest(mul(x, 2), [x], 'map', threads);
  return { flops: product.flops / product.seconds, bytes: copy.bytes / copy.seconds };
}

/** One call of the kernel that computes the node. */
async function fastest(node: Node, leaves: readonly Node[], kernel: string, threads: number): Promise<KernelTime> {
  const program = Program.load(compile({ runs: 1, entries: { peak: { outputs: { node } } } }), { threads });
  try {
    for (const leaf of leaves) {
      program.set('data', String(leaf.attributes['name']), new Float32Array(sizeOf(leaf.shape)).fill(1));
    }
    let best: KernelTime | undefined;
    let before = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await program.run('peak');
      const time = parseDescription(program.describe()).profile['peak'].find((found) => found.kernel === kernel)!;
      const seconds = time.seconds - before;
      before = time.seconds;
      if (!best || seconds < best.seconds) best = { ...time, seconds };
    }
    return best!;
  } finally {
    await program.dispose();
  }
}
