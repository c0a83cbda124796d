// Building blocks of the kernel generators: WGSL text of a kernel, access to its operands by number, and the words that
// the host computes for every step.

import type { DecodedKernel, DecodedOperand } from '../compile/decode.js';
import { DeviceError } from '../errors/errors.js';
import { recordOf, type KernelRow, type RecordOf } from '../graph/kernel-record.js';
import { arithmeticFor } from './arithmetic.js';
import { BLOCK_SLAB, DATA_SLAB } from './slabs.js';

/** One dispatch of a kernel: a complete shader and its numbers of workgroups. */
export interface Dispatch {
  readonly code: string;
  readonly workgroups: readonly [number, number, number];
}

/** Words of a step, computed on the host from its number and the control slab. */
export type StepWords = (step: number, controls: Float32Array) => readonly number[];

/**
 * Collects the words of all kernels of an entry. The first four words are the same for all kernels (see `STEP_HEAD`).
 */
export interface StepTable {
  /** @returns number of the first word */
  add(count: number, words: StepWords): number;
}

/** The program and the device for which a kernel is generated. */
export interface Target {
  readonly runs: number;
  /** Elements of one copy of the block slab. */
  readonly blockElements: number;
  readonly tiles: number;
  readonly limits: {
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly maxComputeWorkgroupStorageSize: number;
  };
  /** True if the processor emulates the GPU. There, workgroup memory and barriers cost more than they save. */
  readonly isSoftware: boolean;
  readonly steps: StepTable;
  /** Stores integers for shaders. @returns their first element in the data slab, see `tableWord` */
  readonly table: (words: readonly number[]) => number;
}

/** Words per step. Their 256 bytes are the alignment of dynamic offsets that every device supports. */
export const STEP_WORDS = 64;
/**
 * Number of words at the beginning of every step: low and high half of its number, its index in the submission, and the
 * bits of infinity.
 */
export const STEP_HEAD = 4;
/** Layout of the beginning of the state buffer. One word per run and the results of steps follow. */
export const STATE = { failedStep: 0, head: 1 } as const;
/** Default number of threads of a workgroup. */
export const THREADS = 64;

const BINDINGS = [
  ...Array.from({ length: 7 }, (_, slab) => {
    // The data slab also contains integers. They must not pass through a float register, which may change their bits.
    const element = slab === DATA_SLAB ? 'u32' : 'f32';
    return `@group(0) @binding(${slab}) var<storage, read_write> s${slab}: array<${element}>;`;
  }),
  '@group(0) @binding(7) var<storage, read_write> state: array<u32>;',
  `@group(0) @binding(8) var<uniform> now: array<vec4u, ${STEP_WORDS / 4}>;`,
].join('\n');

/** Generates the WGSL of one kernel. */
export class Shader {
  readonly kernel: DecodedKernel;
  readonly target: Target;
  /** Number of blocks in one dispatch: runs × tiles, or 1 for a kernel after the blocks. */
  readonly blocks: number;

  constructor(kernel: DecodedKernel, target: Target, isOfBlock: boolean) {
    this.kernel = kernel;
    this.target = target;
    this.blocks = isOfBlock ? target.runs * target.tiles : 1;
  }

  /** Returns the numbers of the kernel by name. */
  record<K extends Pick<KernelRow, 'ints' | 'floats'>>(row: K): RecordOf<K> {
    return recordOf(row, this.kernel);
  }

  /**
   * Returns the text that reads an element of an operand. `index` is the text of a u32, relative to the operand's
   * beginning in this block.
   */
  read(operand: number, index: string): string {
    const { slab } = this.#operand(operand);
    const element = `s${slab}[begin${operand} + ${index}]`;
    return slab === DATA_SLAB ? `bitcast<f32>(${element})` : element;
  }

  /** Returns the text that reads an integer element of an operand, as u32. */
  word(operand: number, index: string): string {
    const { slab } = this.#operand(operand);
    const element = `s${slab}[begin${operand} + ${index}]`;
    return slab === DATA_SLAB ? element : `bitcast<u32>(${element})`;
  }

  /** Returns a statement that writes an element. */
  write(operand: number, index: string, value: string): string {
    return `${this.element(operand, index)} = ${value};`;
  }

  /** Returns the text of an element for statements such as `+=`. */
  element(operand: number, index: string): string {
    return `s${this.#operand(operand).slab}[begin${operand} + ${index}]`;
  }

  /** Returns the text that reads word `index` of a table, see `Target.table`. */
  tableWord(first: number, index: string): string {
    return `s${DATA_SLAB}[${first}u + ${index}]`;
  }

  /**
   * Returns the number of iterations of a loop as text. Compilers for the processor unroll loops of constant length,
   * which takes up to a second per shader. For them the text hides the constant.
   */
  times(count: number): string {
    return count > 1 && this.target.isSoftware ? `(${count}u + (now[0].w & 1u))` : `${count}u`;
  }

  /** Makes the host compute words for every step. @returns the text of each word, of type u32 */
  perStep(count: number, words: StepWords): string[] {
    const first = this.target.steps.add(count, words);
    return Array.from({ length: count }, (_, i) => {
      const at = first + i;
      return `now[${Math.floor(at / 4)}].${'xyzw'[at % 4]}`;
    });
  }

  /**
   * Returns a dispatch with one thread per element of a block. `e` is the index of the element; `body` may return
   * early.
   */
  elements(count: number, body: string, declarations = ''): Dispatch {
    const threads = this.#threadsFor(count);
    const [x, y] = this.#spread(Math.ceil(count / threads));
    const index = `let e = (group.y * ${x}u + group.x) * ${threads}u + thread;`;
    const guard = x * y * threads > count ? `if (e >= ${count}u) { return; }` : '';
    return this.dispatch([x, y], `${index}\n${guard}\n${body}`, { threads: String(threads), declarations });
  }

  /**
   * Returns a dispatch with one workgroup per result of a block. `o` is the index of the result; all threads execute
   * the whole `body`.
   */
  groups(count: number, body: string, { threads = THREADS, declarations = '' } = {}): Dispatch {
    const [x, y] = this.#spread(count);
    const index = `let o = group.y * ${x}u + group.x;\nif (o >= ${count}u) { return; }`;
    return this.dispatch([x, y], `${index}\n${body}`, { threads: String(threads), declarations });
  }

  /**
   * Returns statements that combine one value per thread in workgroup memory. The result is in `part[0]` for all
   * threads.
   */
  fold(value: string, combine: (a: string, b: string) => string, threads = THREADS): string {
    return `part[thread] = ${value};
workgroupBarrier();
for (var half = ${this.times(threads / 2)}; half > 0u; half >>= 1u) {
  if (thread < half) { part[thread] = ${combine('part[thread]', 'part[thread + half]')}; }
  workgroupBarrier();
}`;
  }

  /**
   * Returns a dispatch whose shader wraps `body`. The body can use `group` (`@builtin(workgroup_id)`), `place`
   * (`local_invocation_id`), `thread` (`local_invocation_index`), `blk`, `run`, `tile`, and the operands' beginnings.
   * @param threads in the form of `@workgroup_size`
   */
  dispatch(
    [x, y]: readonly [number, number],
    body: string,
    { threads = String(THREADS), declarations = '' } = {},
  ): Dispatch {
    const max = this.target.limits.maxComputeWorkgroupsPerDimension;
    const workgroups = [x, y, this.blocks] as const;
    const needed = Math.max(...workgroups);
    if (needed > max) {
      throw this.refusal(`needs ${needed} workgroups in one dimension, and the device allows ${max}`);
    }
    const { tiles } = this.target;
    const main = `${declarations}
@compute @workgroup_size(${threads}) fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) place: vec3u,
  @builtin(local_invocation_index) thread: u32) {
let blk = group.z;
let run = blk / ${tiles}u;
let tile = blk % ${tiles}u;
${this.kernel.operands.map((_, i) => `let begin${i} = ${this.#beginning(i)};`).join('\n')}
${body}
}`;
    const arithmetic = arithmeticFor(main);
    return { code: [BINDINGS, arithmetic, main].join('\n'), workgroups };
  }

  /** Returns the error of a step that cannot run. */
  failure(code: string, step: number, why: string): Error {
    return Object.assign(new Error(`[run] "${this.kernel.label}" at step ${step}: ${why}`), { code });
  }

  /** Returns the error of a kernel that the device does not support. */
  refusal(why: string): DeviceError {
    const { name, label } = this.kernel;
    return new DeviceError('too-large', `[load] ${name} "${label}" ${why}.`, { kernel: name, label });
  }

  /**
   * Returns the threads per workgroup. Few elements need few threads. On the processor the elements should fill all
   * workgroups, which saves branches.
   */
  #threadsFor(count: number): number {
    if (count <= THREADS || !this.target.isSoftware) return Math.min(THREADS, count);
    const filled = Array.from({ length: THREADS / 2 }, (_, i) => THREADS - i).find((threads) => count % threads === 0);
    return filled ?? THREADS;
  }

  /** Returns the numbers of workgroups per row and of rows, in rows as long as the device allows. */
  #spread(count: number): readonly [number, number] {
    const rows = Math.ceil(count / this.target.limits.maxComputeWorkgroupsPerDimension);
    return [Math.ceil(count / rows), rows];
  }

  #operand(index: number): DecodedOperand {
    return this.kernel.operands[index];
  }

  #beginning(index: number): string {
    const { slab, offset, runStride, tileStride } = this.#operand(index);
    if (this.blocks === 1) return `${offset}u`;
    if (slab === BLOCK_SLAB) return `${offset}u + blk * ${this.target.blockElements}u`;
    return `${offset}u + run * ${runStride}u + tile * ${tileStride}u`;
  }
}

/** Returns statements that compute the positions `x0`, `x1`, … from a row-major index of type u32. */
export function positions(
  from: string,
  dims: readonly number[],
  which: (axis: number) => boolean = () => true,
): string {
  const axes = [...dims.keys()].filter(which);
  const lines = [`var rest_${from} = ${from};`];
  axes.reverse().forEach((axis, i) => {
    if (i === axes.length - 1) {
      lines.push(`let x${axis} = rest_${from};`);
      return;
    }
    lines.push(`let x${axis} = rest_${from} % ${dims[axis]}u; rest_${from} /= ${dims[axis]}u;`);
  });
  return axes.length === 0 ? '' : lines.join('\n');
}

/** Returns the text of the offset of positions `x0`, `x1`, …. Axes of size 1 or stride 0 contribute nothing. */
export function offset(
  strides: readonly number[],
  dims: readonly number[],
  which: (axis: number) => boolean = () => true,
): string {
  const terms = [...strides.keys()]
    .filter((axis) => which(axis) && strides[axis] !== 0 && dims[axis] > 1)
    .map((axis) => (strides[axis] === 1 ? `x${axis}` : `x${axis} * ${strides[axis]}u`));
  return terms.length === 0 ? '0u' : terms.join(' + ');
}

/** Declares the workgroup memory of `Shader.fold`. */
export const partDeclaration = (threads = THREADS): string => `var<workgroup> part: array<f32, ${threads}>;`;
