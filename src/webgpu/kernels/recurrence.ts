// The common part of lstm, gru and their gradients. A workgroup computes all time steps of a few subjects of a
// sequence. Each thread computes some units of some of these subjects (cuda/kernels/lstm.cu).

import { recurrenceNumbers } from '../../graph/recurrence.js';
import type { Dispatch, Shader } from '../shader.js';

const MAX_SUBJECTS = 8;
const MAX_THREADS = 256;
/** Target size of workgroup memory in bytes. It is small, so that several workgroups share a multiprocessor. */
const ROOM = 2 ** 15;

/** Number of rows per unit in the operands and in workgroup memory. */
interface Rows {
  readonly out: number;
  readonly first: number;
  /** Weights per gate in addition to those of h. */
  readonly biases: number;
  readonly gates: number;
  readonly local: number;
}

/**
 * Text building blocks of a time step. Workgroup memory `h[…]` has rows of all units of all subjects and is initially
 * 0.
 */
export interface Walk {
  readonly units: number;
  /** Text of the number of units, for the end of a loop. */
  readonly allUnits: string;
  /** Element of this unit in row k of workgroup memory. */
  readonly local: (k: number) => string;
  /** Element of unit `j` of this subject in row k of workgroup memory. */
  readonly localAt: (k: string, j: string) => string;
  /** Row k of an operand, at this time and at the previous one. */
  readonly read: (operand: number, k: number) => string;
  readonly readBefore: (operand: number, k: number) => string;
  readonly write: (k: number, value: string) => string;
  readonly weight: (gate: string, unit: string, column: string) => string;
  /**
   * A loop over the thread's units and subjects. In `body`, `counts` is true if this time step counts for the subject.
   */
  readonly each: (body: string) => string;
}

/**
 * Returns the dispatch of a recurrence.
 * @param timeStep returns the statements of time step `i`, in the order of the recurrence
 */
export function recurrence(
  shader: Shader,
  { out, first, biases, gates, local }: Rows,
  timeStep: (walk: Walk) => string,
): Dispatch[] {
  const { sequences, units, times, batch, reverse, hasSteps } = shader.record(recurrenceNumbers);
  const operands = shader.kernel.operands.length;
  const max = shader.target.limits.maxComputeWorkgroupStorageSize;
  const bytesOf = (subjects: number): number => 4 * local * units * subjects;
  let subjects = MAX_SUBJECTS;
  while (subjects > 1 && bytesOf(subjects) > Math.min(ROOM, max)) subjects /= 2;
  if (bytesOf(subjects) > max) {
    throw shader.refusal(`needs ${bytesOf(subjects)} bytes of workgroup memory, and the device has ${max}`);
  }
  const steps = operands - 1;
  const isGradient = operands - Number(hasSteps) === 4;
  const items = units * subjects;
  const threads = items > MAX_THREADS / 2 ? MAX_THREADS : MAX_THREADS / 4;
  const pieces = Math.ceil(batch / subjects);
  const row = times * batch;
  const states = units * row;
  const columns = units + biases;
  const begin = (operand: number, size: number): string => `let of_${operand} = sequence * ${size}u + subject0;`;
  const walk: Walk = {
    units,
    allUnits: shader.times(units),
    local: (k) => `h[${k * items}u + item]`,
    localAt: (k, j) => `h[(${k}) * ${items}u + ${j} * ${subjects}u + subject]`,
    read: (operand, k) => shader.read(operand, `of_${operand} + ${k * states}u + here`),
    readBefore: (operand, k) => shader.read(operand, `of_${operand} + ${k * states}u + before`),
    write: (k, value) => shader.write(0, `of_0 + ${k * states}u + here`, value),
    weight: (gate, unit, column) =>
      shader.read(2, `of_2 + ((${gate}) * ${units}u + ${unit}) * ${columns}u + ${column}`),
    each: (body) => `for (var item = thread; item < ${items}u; item += ${threads}u) {
      let subject = item % ${subjects}u;
      let unit = item / ${subjects}u;
      if (subject0 + subject >= ${batch}u) { continue; }
      let here = unit * ${row}u + at + subject;
      let before = unit * ${row}u + earlier + subject;
      let counts = ${hasSteps ? `${shader.read(steps, `of_${steps} + at + subject`)} > 0.0` : 'true'};
      ${body}
    }`,
  };
  const time = (i: string): string => (reverse ? `(${times - 1}u - ${i})` : i);
  const body = `let sequence = o / ${pieces}u;
    let subject0 = o % ${pieces}u * ${subjects}u;
    ${begin(0, out * states)}
    ${begin(1, first * states)}
    let of_2 = sequence * ${gates * units * columns}u;
    ${isGradient ? begin(3, states) : ''}
    ${hasSteps ? begin(steps, row) : ''}
    for (var n = 0u; n < ${shader.times(times)}; n++) {
      let i = ${isGradient ? `${times - 1}u - n` : 'n'};
      let at = ${time('i')} * ${batch}u;
      // The value for time 0 is not used.
      let earlier = ${time('(i - 1u)')} * ${batch}u;
      ${timeStep(walk)}
      workgroupBarrier();
    }`;
  const declarations = `var<workgroup> h: array<f32, ${local * items}>;`;
  return [shader.groups(sequences * pieces, body, { threads, declarations })];
}

/** Returns the statements of several rows. */
export const rows = (count: number, text: (k: number) => string): string =>
  Array.from({ length: count }, (_, k) => text(k)).join('\n');
