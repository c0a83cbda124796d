// What the generators of kernels write with: a kernel of a plan as text of WGSL, its operands by number, and what the
// host gives it for every step.

import type { DecodedKernel, DecodedOperand } from '../compile/decode.js';
import { DeviceError } from '../errors.js';
import { arithmeticFor } from './arithmetic.js';
import { BLOCK_SLAB, DATA_SLAB } from './slabs.js';

/** One dispatch of a kernel: a whole shader and its grid. */
export interface Dispatch {
  readonly code: string;
  readonly workgroups: readonly [number, number, number];
}

/** Words of a step, computed on the host from its number and the control slab. */
export type StepWords = (step: number, controls: Float32Array) => readonly number[];

/** Where the words of all kernels of an entry are gathered; the first four are the same for all (see `STEP_HEAD`). */
export interface StepTable {
  /** @returns number of the first word */
  add(count: number, words: StepWords): number;
}

/** The program that kernels are written for. */
export interface Target {
  readonly runs: number;
  /** Elements of a block's copy of the block slab. */
  readonly blockElements: number;
  readonly tiles: number;
  readonly limits: {
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly maxComputeWorkgroupStorageSize: number;
  };
  /** Workgroup memory and barriers cost more than they save where the processor computes. */
  readonly isSoftware: boolean;
  readonly steps: StepTable;
  /** Puts integers where shaders can read them. @returns their first element in the data slab, see `tableWord` */
  readonly table: (words: readonly number[]) => number;
}

/** Words of a step: what one dynamic offset of a uniform buffer reaches on every device. */
export const STEP_WORDS = 64;
/** Words every step begins with: low and high half of its number, its number in the submission, infinity. */
export const STEP_HEAD = 4;
/** What the state buffer begins with, before one word per run and the results of steps. */
export const STATE = { failedStep: 0, head: 1 } as const;
/** Threads of a workgroup, unless a kernel says otherwise. */
export const THREADS = 64;

const BINDINGS = [
  ...Array.from({ length: 7 }, (_, slab) => {
    // Data hold integers too, which are not to pass through a register of floats.
    const element = slab === DATA_SLAB ? 'u32' : 'f32';
    return `@group(0) @binding(${slab}) var<storage, read_write> s${slab}: array<${element}>;`;
  }),
  '@group(0) @binding(7) var<storage, read_write> state: array<u32>;',
  `@group(0) @binding(8) var<uniform> now: array<vec4u, ${STEP_WORDS / 4}>;`,
].join('\n');

/** A kernel that shaders are written for. */
export class Shader {
  readonly kernel: DecodedKernel;
  readonly target: Target;
  /** Copies of the kernel in one dispatch: runs × tiles, or 1 after the blocks. */
  readonly blocks: number;

  constructor(kernel: DecodedKernel, target: Target, isOfBlock: boolean) {
    this.kernel = kernel;
    this.target = target;
    this.blocks = isOfBlock ? target.runs * target.tiles : 1;
  }

  /** An element of an operand; `index` is text of type u32, counted from the operand's beginning in this block. */
  read(operand: number, index: string): string {
    const { slab } = this.#operand(operand);
    const element = `s${slab}[begin${operand} + ${index}]`;
    return slab === DATA_SLAB ? `bitcast<f32>(${element})` : element;
  }

  /** An integer element of an operand in the data slab, as u32. */
  word(operand: number, index: string): string {
    const { slab } = this.#operand(operand);
    const element = `s${slab}[begin${operand} + ${index}]`;
    return slab === DATA_SLAB ? element : `bitcast<u32>(${element})`;
  }

  /** A statement. */
  write(operand: number, index: string, value: string): string {
    return `${this.element(operand, index)} = ${value};`;
  }

  /** A written element, for statements such as `+=`. */
  element(operand: number, index: string): string {
    return `s${this.#operand(operand).slab}[begin${operand} + ${index}]`;
  }

  /** Word `index` of what `Target.table` was given. */
  tableWord(first: number, index: string): string {
    return `s${DATA_SLAB}[${first}u + ${index}]`;
  }

  /**
   * How often a loop runs, as text. What compiles for the processor writes the body of a loop whose end it sees once
   * for each time, which costs it most of a second for a shader: there it does not see it.
   */
  times(count: number): string {
    return count > 1 && this.target.isSoftware ? `(${count}u + (now[0].w & 1u))` : `${count}u`;
  }

  /** Has the host compute words for every step. @returns the text of each, of type u32 */
  perStep(count: number, words: StepWords): string[] {
    const first = this.target.steps.add(count, words);
    return Array.from({ length: count }, (_, i) => {
      const at = first + i;
      return `now[${Math.floor(at / 4)}].${'xyzw'[at % 4]}`;
    });
  }

  /** A thread for each of `count` elements of a block, number `e`; `body` may return early. */
  elements(count: number, body: string, declarations = ''): Dispatch {
    const threads = this.#threadsFor(count);
    const [x, y] = this.#spread(Math.ceil(count / threads));
    const index = `let e = (group.y * ${x}u + group.x) * ${threads}u + thread;`;
    const guard = x * y * threads > count ? `if (e >= ${count}u) { return; }` : '';
    return this.dispatch([x, y], `${index}\n${guard}\n${body}`, { threads: String(threads), declarations });
  }

  /** A workgroup for each of `count` results of a block, number `o`; all its threads run through `body`. */
  groups(count: number, body: string, { threads = THREADS, declarations = '' } = {}): Dispatch {
    const [x, y] = this.#spread(count);
    const index = `let o = group.y * ${x}u + group.x;\nif (o >= ${count}u) { return; }`;
    return this.dispatch([x, y], `${index}\n${body}`, { threads: String(threads), declarations });
  }

  /** Folds one value per thread in workgroup memory; the result is in `part[0]` for all threads. */
  fold(value: string, combine: (a: string, b: string) => string, threads = THREADS): string {
    return `part[thread] = ${value};
workgroupBarrier();
for (var half = ${this.times(threads / 2)}; half > 0u; half >>= 1u) {
  if (thread < half) { part[thread] = ${combine('part[thread]', 'part[thread + half]')}; }
  workgroupBarrier();
}`;
  }

  /**
   * A shader around a body that knows `group` and `place` (`@builtin(workgroup_id)`, `local_invocation_id`), `thread`
   * (`local_invocation_index`), `blk`, `run` and `tile`, and the operands' beginnings.
   * @param threads as `@workgroup_size` has it
   */
  dispatch(
    [x, y]: readonly [number, number],
    body: string,
    { threads = String(THREADS), declarations = '' } = {},
  ): Dispatch {
    const most = this.target.limits.maxComputeWorkgroupsPerDimension;
    const workgroups = [x, y, this.blocks] as const;
    const largest = Math.max(...workgroups);
    if (largest > most) throw this.refusal(`takes ${largest} workgroups in a row, and the device has ${most}`);
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

  /** That a step cannot be run. */
  failure(code: string, step: number, why: string): Error {
    return Object.assign(new Error(`[run] "${this.kernel.label}" at step ${step}: ${why}`), { code });
  }

  /** That a kernel cannot be on this device, with its numbers. */
  refusal(why: string): DeviceError {
    const { name, label } = this.kernel;
    return new DeviceError('too-large', `[load] ${name} "${label}" ${why}.`, { kernel: name, label });
  }

  /** Few elements have as many threads; on the processor all are to fill workgroups, which saves branches. */
  #threadsFor(count: number): number {
    if (count <= THREADS || !this.target.isSoftware) return Math.min(THREADS, count);
    const filled = Array.from({ length: THREADS / 2 }, (_, i) => THREADS - i).find((threads) => count % threads === 0);
    return filled ?? THREADS;
  }

  /** Workgroups in rows as long as the device allows. */
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

/** Positions along dimensions as `x0`, `x1`, …, from a number of type u32 in row-major order. */
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

/** The offset of positions `x0`, `x1`, …; of the axes that move. */
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

/** What `Shader.fold` works in. */
export const partDeclaration = (threads = THREADS): string => `var<workgroup> part: array<f32, ${threads}>;`;
