// The element-wise program of a map or reduce: instructions over registers. Registers 0 … nIn − 1 hold the inputs. A
// register is reused once its value is no longer needed.

import { type InstructionName, opcodeOf } from '../graph/instructions.js';
import { viewKeys } from './group.js';
import { splitStrides } from './space.js';
import { computes, identitySource, isView, type Reading, type Value, type View } from './value.js';

export const MAX_REGISTERS = 24;

export interface Program {
  /** Views in their original shapes; `access` is relative to the value, not yet located in memory. */
  readonly inputs: readonly View[];
  readonly registers: number;
  /** Opcode, destination, a, b, c, immediate for each instruction. */
  readonly code: readonly number[];
  readonly immediates: readonly number[];
  /** One register per output. */
  readonly results: readonly number[];
}

interface Step {
  readonly name: InstructionName;
  /** Numbers of the virtual registers that the step reads; inputs come first. */
  readonly sources: readonly number[];
  readonly immediates: readonly number[];
  readonly target: number;
}

type Call = readonly [name: InstructionName, immediates: readonly number[]];

/**
 * Returns the instructions that replace one with a number as its first or second operand, if there is a form with an
 * immediate.
 */
function withNumber(name: InstructionName, number: number, isFirst: boolean): readonly Call[] | undefined {
  switch (name) {
    case 'add':
      return [['addImm', [number]]];
    case 'mul':
      return [['mulImm', [number]]];
    case 'sub':
      return isFirst
        ? [
            ['neg', []],
            ['addImm', [number]],
          ]
        : [['addImm', [-number]]];
    case 'div':
      return isFirst
        ? [
            ['reciprocal', []],
            ['mulImm', [number]],
          ]
        : [['mulImm', [1 / number]]];
    default:
      return undefined;
  }
}

/**
 * Translates what `results` need of `members`. `space` holds the dimensions into which the shapes of all members are
 * split.
 */
export function elementwiseProgram(
  members: readonly Value[],
  results: readonly Reading[],
  space: readonly number[],
  isStored: (value: Value) => boolean,
): Program {
  const memberSet = new Set(members);
  const uses = new Map<Value, number>();
  for (const reading of [...members.flatMap((member) => member.readings), ...results]) {
    if (isView(reading)) uses.set(reading.value, (uses.get(reading.value) ?? 0) + 1);
  }
  const keyOf = viewKeys();
  const inputs: View[] = [];
  const steps: Step[] = [];
  const known = new Map<string, number>();
  const computed = new Map<Value, number>();
  let next = 0;

  function emit(name: InstructionName, sources: readonly number[], immediates: readonly number[] = []): number {
    const key = `${name}|${sources.join()}|${immediates.join()}`;
    let target = known.get(key);
    if (target === undefined) {
      target = next++;
      known.set(key, target);
      steps.push({ name, sources, immediates, target });
    }
    return target;
  }

  function input(view: View): number {
    const key = keyOf(view.value, view.access.offset, splitStrides(view.shape, view.access.strides, space));
    let register = known.get(key);
    if (register === undefined) {
      register = next++;
      known.set(key, register);
      inputs.push(view);
      loads.push(register);
    }
    return register;
  }

  /** Returns the product inside this program that only one sum needs, or undefined. */
  function productIn(reading: Reading): Value | undefined {
    const value = identitySource(reading);
    if (!computes(value, 'mul') || !memberSet.has(value)) return undefined;
    const single = uses.get(value) === 1 && !isStored(value) && value.readings.every(isView);
    return single ? value : undefined;
  }

  function read(reading: Reading): number {
    if (!isView(reading)) return emit('const', [], [reading.uniform]);
    const source = identitySource(reading);
    return source !== undefined && memberSet.has(source) ? compute(source) : input(reading);
  }

  function compute(value: Value): number {
    let register = computed.get(value);
    if (register === undefined) computed.set(value, (register = translate(value)));
    return register;
  }

  function translate(value: Value): number {
    const { readings } = value;
    const { name, immediates } = value.instruction!;
    if (name === 'add') {
      const at = readings.findIndex((reading) => productIn(reading) !== undefined);
      if (at >= 0 && isView(readings[1 - at])) {
        const factors = productIn(readings[at])!.readings.map(read);
        return emit('fma', [...factors, read(readings[1 - at])]);
      }
    }
    if (readings.length === 2) {
      const at = readings.findIndex((reading) => !isView(reading));
      const number = readings[at];
      const special = at >= 0 && !isView(number) ? withNumber(name, number.uniform, at === 0) : undefined;
      if (special !== undefined) {
        return special.reduce((source, call) => emit(call[0], [source], call[1]), read(readings[1 - at]));
      }
    }
    return emit(name, readings.map(read), immediates);
  }

  const loads: number[] = [];
  const outputs = results.map(read);
  return allocate({ inputs, loads, steps, outputs });
}

interface Translated {
  readonly inputs: readonly View[];
  /** Virtual registers of the inputs. */
  readonly loads: readonly number[];
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
}

/** Assigns registers to virtual registers. A register is free again after the last use of its value. */
function allocate({ inputs, loads, steps, outputs }: Translated): Program {
  const lastUse = new Map<number, number>();
  steps.forEach(({ sources }, position) => {
    for (const source of sources) lastUse.set(source, position);
  });
  for (const register of outputs) lastUse.set(register, steps.length);
  const real = new Map<number, number>(loads.map((register, i) => [register, i]));
  const free: number[] = [];
  let registers = loads.length;
  const code: number[] = [];
  const immediates: number[] = [];
  steps.forEach(({ name, sources, immediates: constants, target }, position) => {
    const places = sources.map((source) => real.get(source)!);
    for (const source of new Set(sources)) if (lastUse.get(source) === position) free.push(real.get(source)!);
    const place = free.pop() ?? registers++;
    real.set(target, place);
    const [a = -1, b = -1, c = -1] = places;
    code.push(opcodeOf(name), place, a, b, c, constants.length > 0 ? immediates.length : -1);
    immediates.push(...constants);
  });
  return { inputs, registers, code, immediates, results: outputs.map((register) => real.get(register)!) };
}
