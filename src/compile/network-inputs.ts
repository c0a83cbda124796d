// Pass: fused networks read their inputs from a tensor whose rows lie in equal parts, instead of from a copy of these
// rows. The copy was needed for the products that the networks replace, and was one more launch in a chain.

import { INSTRUCTIONS } from '../graph/instructions.js';
import { call, recordOf } from '../graph/kernel-record.js';
import { decodeProgram } from './decode.js';
import type { Kernel, Operand } from './kernel.js';
import { networkGradKernel, networkKernel } from './kernels.js';
import { samePlace } from './products.js';

/** A copy of `parts` pieces, each of `length` neighbouring elements, `pitch` elements apart. */
interface Copy {
  readonly kernel: Kernel;
  readonly parts: number;
  readonly length: number;
  readonly pitch: number;
}

function copyOf(kernel: Kernel): Copy[] {
  if (kernel.name !== 'map' || kernel.operands.length !== 2) return [];
  const { dims, strides, code, results } = decodeProgram(kernel);
  const [parts, length] = dims;
  const [to, from] = strides;
  const isCopy = code.length === 1 && INSTRUCTIONS[code[0].opcode] === 'copy' && results[0] === code[0].target;
  const fits = dims.length === 2 && to[0] === length && to[1] === 1 && from[1] === 1 && from[0] >= length;
  const isPrivate = kernel.operands[0].buffer.offset === undefined && kernel.operands[0].offset === 0;
  return isCopy && fits && isPrivate ? [{ kernel, parts, length, pitch: from[0] }] : [];
}

/** Returns a network that reads a copied tensor in its original place, or undefined if it cannot. */
function inPlace(reader: Kernel, { kernel, parts, length, pitch }: Copy): Kernel | undefined {
  const [copied, original] = kernel.operands;
  const isOutputs = reader.name === 'network';
  if (!isOutputs && reader.name !== 'networkGrad') return undefined;
  const record = isOutputs ? recordOf(networkKernel, reader) : recordOf(networkGradKernel, reader);
  const { batch, widths, components, ldX, ldPart } = record;
  const at = reader.operands.findIndex(({ written }) => !written);
  const z = components > 0 ? at + 7 : -1;
  const uses = reader.operands.flatMap(({ buffer }, i) => (buffer === copied.buffer ? [i] : []));
  const isInput = uses.every((i) => (i === at || i === z) && samePlace(reader.operands[i], copied));
  const rows = length / batch;
  const isWhole = ldPart === 0 && ldX === batch && widths[0] === parts * rows && Number.isInteger(rows);
  // z has parts only if it is x. Every group reads the same x.
  if (!isInput || !isWhole || uses[0] !== at || (z >= 0 && uses[1] !== z)) return undefined;
  if (z >= 0 && record.groups !== widths[0]) return undefined;
  const operands = reader.operands.map((operand, i): Operand => (uses.includes(i) ? original : operand));
  const strides = { partRows: rows, ldPart: pitch };
  const moved = isOutputs
    ? call(networkKernel, { ...recordOf(networkKernel, reader), ...strides })
    : call(networkGradKernel, { ...recordOf(networkGradKernel, reader), ...strides });
  const reads = [...reader.reads.filter((value) => !kernel.writes.includes(value)), ...kernel.reads];
  return { ...reader, ...moved, operands, reads };
}

/** Removes copies that only fused networks read. */
export function readInPlace(kernels: readonly Kernel[]): readonly Kernel[] {
  let all = kernels;
  for (const copy of kernels.flatMap(copyOf)) {
    const [{ buffer }] = copy.kernel.operands;
    const readers = all.filter(
      (one) => one !== copy.kernel && one.operands.some((operand) => operand.buffer === buffer),
    );
    const moved = new Map(readers.map((reader) => [reader, inPlace(reader, copy)]));
    if (readers.length === 0 || [...moved.values()].includes(undefined)) continue;
    all = all.filter((kernel) => kernel !== copy.kernel).map((kernel) => moved.get(kernel) ?? kernel);
  }
  return all;
}
