// What lstm, gru and their gradients have in common: a workgroup takes a few subjects of a sequence through all of
// time; each thread has some units of some of them (cuda/kernels/lstm.cu).

import type { Dispatch, Shader } from '../shader.js';

const MAX_SUBJECTS = 8;
const MAX_THREADS = 256;
/** Of workgroup memory, so that several workgroups share a processor. */
const ROOM = 2 ** 15;

/** Rows of a unit in the operands, and in workgroup memory. */
interface Rows {
  readonly out: number;
  readonly first: number;
  /** Per gate, besides those by h. */
  readonly biases: number;
  readonly gates: number;
  readonly held: number;
}

/** Texts. `h[…]` is workgroup memory, in rows of all units of all subjects, 0 before. */
export interface Walk {
  readonly units: number;
  /** As the end of a loop. */
  readonly allUnits: string;
  /** This unit's element in row k of workgroup memory. */
  readonly held: (k: number) => string;
  /** Unit `j` of this subject in row k of workgroup memory. */
  readonly heldAt: (k: string, j: string) => string;
  /** Row k of the operand, at this time and at the one before. */
  readonly read: (operand: number, k: number) => string;
  readonly readBefore: (operand: number, k: number) => string;
  readonly write: (k: number, value: string) => string;
  readonly weight: (gate: string, unit: string, column: string) => string;
  /** A loop over what a thread has; `body` knows whether this time `counts` for the subject. */
  readonly each: (body: string) => string;
}

/** @param timeStep statements of time `i`, with the times in the order in which they are walked through */
export function recurrence(
  shader: Shader,
  { out, first, biases, gates, held }: Rows,
  timeStep: (walk: Walk) => string,
): Dispatch[] {
  const [sequences, units, times, batch, isReverse, hasSteps] = shader.kernel.ints;
  const operands = shader.kernel.operands.length;
  const most = shader.target.limits.maxComputeWorkgroupStorageSize;
  const bytesOf = (subjects: number): number => 4 * held * units * subjects;
  let subjects = MAX_SUBJECTS;
  while (subjects > 1 && bytesOf(subjects) > Math.min(ROOM, most)) subjects /= 2;
  if (bytesOf(subjects) > most) {
    throw shader.refusal(`takes ${bytesOf(subjects)} bytes of workgroup memory, and the device has ${most}`);
  }
  const steps = operands - 1;
  const isGradient = operands - hasSteps === 4;
  const own = units * subjects;
  const threads = own > MAX_THREADS / 2 ? MAX_THREADS : MAX_THREADS / 4;
  const pieces = Math.ceil(batch / subjects);
  const row = times * batch;
  const states = units * row;
  const columns = units + biases;
  const begin = (operand: number, size: number): string => `let of_${operand} = sequence * ${size}u + subject0;`;
  const walk: Walk = {
    units,
    allUnits: shader.times(units),
    held: (k) => `h[${k * own}u + own]`,
    heldAt: (k, j) => `h[(${k}) * ${own}u + ${j} * ${subjects}u + subject]`,
    read: (operand, k) => shader.read(operand, `of_${operand} + ${k * states}u + here`),
    readBefore: (operand, k) => shader.read(operand, `of_${operand} + ${k * states}u + before`),
    write: (k, value) => shader.write(0, `of_0 + ${k * states}u + here`, value),
    weight: (gate, unit, column) =>
      shader.read(2, `of_2 + ((${gate}) * ${units}u + ${unit}) * ${columns}u + ${column}`),
    each: (body) => `for (var own = thread; own < ${own}u; own += ${threads}u) {
      let subject = own % ${subjects}u;
      let unit = own / ${subjects}u;
      if (subject0 + subject >= ${batch}u) { continue; }
      let here = unit * ${row}u + at + subject;
      let before = unit * ${row}u + earlier + subject;
      let counts = ${hasSteps === 1 ? `${shader.read(steps, `of_${steps} + at + subject`)} > 0.0` : 'true'};
      ${body}
    }`,
  };
  const time = (i: string): string => (isReverse === 1 ? `(${times - 1}u - ${i})` : i);
  const body = `let sequence = o / ${pieces}u;
    let subject0 = o % ${pieces}u * ${subjects}u;
    ${begin(0, out * states)}
    ${begin(1, first * states)}
    let of_2 = sequence * ${gates * units * columns}u;
    ${isGradient ? begin(3, states) : ''}
    ${hasSteps === 1 ? begin(steps, row) : ''}
    for (var n = 0u; n < ${shader.times(times)}; n++) {
      let i = ${isGradient ? `${times - 1}u - n` : 'n'};
      let at = ${time('i')} * ${batch}u;
      // Of time 0 nothing is asked.
      let earlier = ${time('(i - 1u)')} * ${batch}u;
      ${timeStep(walk)}
      workgroupBarrier();
    }`;
  const declarations = `var<workgroup> h: array<f32, ${held * own}>;`;
  return [shader.groups(sequences * pieces, body, { threads, declarations })];
}

/** Statements for each of several rows. */
export const rows = (count: number, text: (k: number) => string): string =>
  Array.from({ length: count }, (_, k) => text(k)).join('\n');
