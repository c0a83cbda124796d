// A bias and an activation after a matmul are applied by the matmul kernel, when nothing else reads what lies between.

import { sameShape } from '../graph/shapes.js';
import { contiguous } from './access.js';
import { matrixForm } from './matrix.js';
import { identitySource, isView, locate } from './value.js';
import type { Reading, Value, View } from './value.js';

const ACTIVATIONS = new Set(['leakyRelu', 'tanh']);

type Readers = ReadonlyMap<Value, readonly Value[]>;

/** The only reader of a value that is not needed otherwise. */
function onlyReader(value: Value, readers: Readers): Value | undefined {
  const all = readers.get(value)!;
  return all.length === 1 && !value.pinned && value.placement === undefined ? all[0] : undefined;
}

/** What a sum adds to a matrix product, when that is one number per row. */
export function biasOf(sum: Value, product: Value): View | undefined {
  if (sum.op !== 'add' || !sameShape(sum.shape, product.shape)) return undefined;
  const others = sum.readings.filter((reading) => identitySource(reading) !== product);
  return others.length === 1 && isBias(others[0]) ? others[0] : undefined;
}

function isBias(reading: Reading): reading is View {
  if (!isView(reading)) return false;
  const { placement } = reading.value;
  if (placement !== undefined && placement.block !== placement.pitch) return false;
  const [rows, columns] = reading.shape.slice(-2);
  const [rowStride, columnStride] = reading.access.strides.slice(-2);
  return (columns === 1 || columnStride === 0) && (rows === 1 || rowStride === 1);
}

/** Whether the kernel of a product can write where the last value of its epilogue lies. */
function canWrite(product: Value, last: Value): boolean {
  if (last.placement === undefined) return true;
  const written = locate(last.placement, product.shape, contiguous(product.shape));
  return written !== undefined && matrixForm(product.shape, written)?.transposed === false;
}

/** The matmul that takes in each bias sum and each activation. */
export function matmulEpilogues(values: readonly Value[], readers: Readers): Map<Value, Value> {
  const result = new Map<Value, Value>();
  for (const product of values) {
    if (product.kind !== 'matmul') continue;
    let last = product;
    const take = (next: Value): void => {
      result.set(next, product);
      last = next;
    };
    const sum = onlyReader(product, readers);
    if (sum !== undefined && biasOf(sum, product) !== undefined && canWrite(product, sum)) take(sum);
    const activation = onlyReader(last, readers);
    if (activation === undefined || !ACTIVATIONS.has(activation.op)) continue;
    if (identitySource(activation.readings[0]) === last && canWrite(product, activation)) take(activation);
  }
  return result;
}
