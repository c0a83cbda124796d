// Prepares an entry of a plan: shaders, numbers of workgroups, and the words that the host computes for every step.

import type { DecodedEntry, DecodedKernel, DecodedPlan } from '../compile/decode.js';
import { GENERATORS } from './kernels/index.js';
import { Shader, STEP_HEAD, STEP_WORDS, type Dispatch, type StepWords, type Target } from './shader.js';
import { BLOCK_SLAB } from './slabs.js';

export interface PreparedKernel {
  readonly kernel: DecodedKernel;
  readonly isOfBlock: boolean;
  readonly dispatches: readonly Dispatch[];
}

export interface PreparedEntry {
  readonly name: string;
  readonly tiles: number;
  readonly kernels: readonly PreparedKernel[];
  readonly outputs: DecodedEntry['outputs'];
  /** Number of elements of all outputs. */
  readonly outputSize: number;
  /** A step's words after the head, as a function of its number. */
  readonly words: StepWords;
}

/** @throws Error with code `unknown-kernel`; DeviceError `too-large` */
export function prepareEntry(
  plan: DecodedPlan,
  { name, tiles, blockKernels, kernels, outputs }: DecodedEntry,
  device: Pick<Target, 'limits' | 'isSoftware' | 'table'>,
): PreparedEntry {
  const words: { readonly count: number; readonly of: StepWords }[] = [];
  let used: number = STEP_HEAD;
  const target = (shader: () => Shader): Target => ({
    runs: plan.runs,
    blockElements: plan.slabs[BLOCK_SLAB],
    tiles,
    ...device,
    steps: {
      add(count, of) {
        if (used + count > STEP_WORDS) throw shader().refusal(`needs more than ${STEP_WORDS} words per step`);
        words.push({ count, of });
        used += count;
        return used - count;
      },
    },
  });
  const prepared = kernels.map((kernel, i): PreparedKernel => {
    const generate = GENERATORS.get(kernel.name);
    if (!generate) {
      const message = `[load] WebGPU has no kernel "${kernel.name}", which "${kernel.label}" needs.`;
      throw Object.assign(new Error(message), { code: 'unknown-kernel' });
    }
    const isOfBlock = i < blockKernels;
    const shader: Shader = new Shader(
      kernel,
      target(() => shader),
      isOfBlock,
    );
    return { kernel, isOfBlock, dispatches: generate(shader) };
  });
  return {
    name,
    tiles,
    kernels: prepared,
    outputs,
    outputSize: outputs.reduce((sum, { count }) => sum + count, 0),
    words: (step, controls) => words.flatMap(({ of }) => of(step, controls)),
  };
}
