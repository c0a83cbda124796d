// Decodes plans: for the WebGPU backend, for tests and for inspection.

import { InputError } from '../errors/errors.js';
import { FLAG_ONCE, FLAG_WRITTEN, PLAN_MAGIC, TYPE_FLAGS } from './encode.js';
import { DATA_TYPES, type DataType } from '../graph/data-type.js';
import { INSTRUCTIONS } from '../graph/instructions.js';
import { recordOf, type KernelCall } from '../graph/kernel-record.js';
import { mapKernel, reduceKernel } from './kernels.js';

export interface DecodedOperand {
  readonly slab: number;
  readonly written: boolean;
  /** True if it is written once for all runs. */
  readonly once: boolean;
  readonly type: DataType;
  readonly offset: number;
  readonly extent: number;
  readonly runStride: number;
  readonly tileStride: number;
}

export interface DecodedKernel {
  readonly name: string;
  readonly label: string;
  readonly operands: readonly DecodedOperand[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
}

export interface DecodedEntry {
  readonly name: string;
  readonly tiles: number;
  readonly blockKernels: number;
  readonly kernels: readonly DecodedKernel[];
  readonly outputs: readonly { name: string; slab: number; offset: number; count: number }[];
}

export interface DecodedPlan {
  readonly runs: number;
  readonly slabs: readonly number[];
  readonly entries: readonly DecodedEntry[];
}

const SLAB_NAMES = ['parameters', 'gradients', 'moments', 'data', 'controls', 'activations', 'block'];

/** Returns `count` results of `read`. A loop, since plans contain millions of numbers. */
function list<T>(count: number, read: (i: number) => T): T[] {
  const values: T[] = [];
  for (let i = 0; i < count; i++) values.push(read(i));
  return values;
}

/** @throws InputError `invalid-plan` if the bytes are not a plan */
export function decodePlan(plan: Uint8Array): DecodedPlan {
  const view = new DataView(plan.buffer, plan.byteOffset, plan.byteLength);
  let at = 0;
  const take = (count: number): number => {
    if (at + count > plan.length) throw new InputError('invalid-plan', `the plan ends at byte ${plan.length}`);
    at += count;
    return at - count;
  };
  const u32 = (): number => view.getUint32(take(4), true);
  const i64 = (): number => Number(view.getBigInt64(take(8), true));
  const f64 = (): number => view.getFloat64(take(8), true);
  const text = (count: number): string => new TextDecoder().decode(plan.subarray(take(count), at));

  if (text(8) !== PLAN_MAGIC) throw new InputError('invalid-plan', `a plan begins with ${PLAN_MAGIC}`);
  const runs = u32();
  const slabs = list(SLAB_NAMES.length, i64);
  const strings = list(u32(), () => text(u32()));
  const operand = (): DecodedOperand => {
    const [slab, flags] = [u32(), u32()];
    const [offset, extent, runStride, tileStride] = [i64(), i64(), i64(), i64()];
    return {
      slab,
      written: (flags & FLAG_WRITTEN) !== 0,
      once: (flags & FLAG_ONCE) !== 0,
      type: DATA_TYPES.find((type) => TYPE_FLAGS[type] === (flags & ~FLAG_WRITTEN & ~FLAG_ONCE)) ?? 'float32',
      offset,
      extent,
      runStride,
      tileStride,
    };
  };
  const kernel = (): DecodedKernel => ({
    name: strings[u32()],
    label: strings[u32()],
    operands: list(u32(), operand),
    ints: list(u32(), i64),
    floats: list(u32(), f64),
  });
  const entries = list(u32(), () => ({
    name: strings[u32()],
    tiles: u32(),
    blockKernels: u32(),
    kernels: list(u32(), kernel),
    outputs: list(u32(), () => ({ name: strings[u32()], slab: u32(), offset: i64(), count: i64() })),
  }));
  if (at !== plan.length) throw new InputError('invalid-plan', `${plan.length - at} bytes follow the plan's end`);
  return { runs, slabs, entries };
}

/** The decoded integers of a map or reduce kernel. */
export interface DecodedProgram {
  readonly dims: readonly number[];
  readonly outputs: number;
  readonly inputs: number;
  /** Strides per operand, outputs first. */
  readonly strides: readonly (readonly number[])[];
  readonly registers: number;
  readonly code: readonly { opcode: number; target: number; sources: readonly number[]; immediate: number }[];
  readonly results: readonly number[];
  readonly takesMaximum: boolean;
  /** 1 for every reduced dimension; empty for a map. */
  readonly reduced: readonly number[];
}

export function decodeProgram(kernel: KernelCall): DecodedProgram {
  const record =
    kernel.name === 'reduce'
      ? recordOf(reduceKernel, kernel)
      : { ...recordOf(mapKernel, kernel), takesMaximum: false, reduced: [] };
  const { rank, outputs, inputs, instructions } = record;
  const strides = list(outputs + inputs, (i) => record.strides.slice(rank * i, rank * (i + 1)));
  const code = list(instructions, (i) => {
    const [opcode, target, a, b, c, immediate] = record.code.slice(6 * i, 6 * (i + 1));
    return { opcode, target, sources: [a, b, c], immediate };
  });
  return { ...record, strides, code };
}

function describeProgram(kernel: DecodedKernel): string[] {
  const { dims, strides, code, results, takesMaximum, reduced } = decodeProgram(kernel);
  const lines = [`dims [${dims.join(', ')}], strides ${strides.map((operand) => `[${operand.join(', ')}]`).join(' ')}`];
  for (const { opcode, target, sources, immediate } of code) {
    const read = sources.filter((source) => source >= 0).map((source) => `r${source}`);
    const number = immediate < 0 ? [] : [`#${kernel.floats[immediate]}`];
    lines.push(`r${target} = ${INSTRUCTIONS[opcode]} ${[...read, ...number].join(', ')}`);
  }
  const over = reduced.length === 0 ? '' : `, ${takesMaximum ? 'max' : 'sum'} over [${reduced.join(', ')}]`;
  lines.push(`out ${results.map((register) => `r${register}`).join(', ')}${over}`);
  return lines;
}

function describeKernel(kernel: DecodedKernel): string[] {
  const operands = kernel.operands.map(({ slab, offset, extent, runStride, tileStride, written, type }) => {
    const strides = `${runStride > 0 ? ` run ${runStride}` : ''}${tileStride > 0 ? ` tile ${tileStride}` : ''}`;
    const flags = `${written ? ' written' : ''}${type === 'float32' ? '' : ` ${type}`}${strides}`;
    return `${SLAB_NAMES[slab]}[${offset} … ${offset + extent})${flags}`;
  });
  const isProgram = kernel.name === 'map' || kernel.name === 'reduce';
  const details = isProgram
    ? describeProgram(kernel)
    : [`ints [${kernel.ints.join(', ')}], floats [${kernel.floats.join(', ')}]`];
  return [`${kernel.name}  ${kernel.label}`, ...[...operands, ...details].map((line) => `    ${line}`)];
}

/** Formats a plan as text: slabs, then the kernels of every entry with their operands. */
export function describePlan(plan: Uint8Array): string {
  const { runs, slabs, entries } = decodePlan(plan);
  const lines = [`runs ${runs}`, ...slabs.map((size, i) => `slab ${SLAB_NAMES[i]} ${size}`)];
  for (const { name, tiles, blockKernels, kernels, outputs } of entries) {
    lines.push(
      `entry ${name}: ${kernels.length} kernels, the first ${blockKernels} per run and each of ${tiles} tiles`,
    );
    for (const kernel of kernels) lines.push(...describeKernel(kernel).map((line) => `  ${line}`));
    for (const { name: output, slab, offset, count } of outputs) {
      lines.push(`  output ${output}: ${SLAB_NAMES[slab]}[${offset} … ${offset + count})`);
    }
  }
  return lines.join('\n');
}
