// Assigns offsets to leaves. Parameters, data, controls and constants have one offset for all entries of a program.

import { InputError } from '../errors/errors.js';
import { elementsOf } from '../graph/data-type.js';
import { rows, type DataType, type Node } from '../graph/index.js';
import { dataTypeOf, textAttribute, topological, valuesAttribute } from '../graph/node.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../graph/shapes.js';
import { aligned } from './memory-plan.js';
import { RUN_STRIDE } from './one-run.js';
import { wholeBuffer } from './place.js';
import type { CompileSpec, EntrySpec, TensorPlace } from './spec.js';
import { SLAB, type Placement, type Value } from './value.js';

type NamedPlaces<T extends TensorPlace = TensorPlace> = Record<string, T>;

export interface SlabLayout {
  readonly parameters: NamedPlaces;
  readonly data: NamedPlaces<TensorPlace & { readonly dtype: DataType }>;
  readonly controls: NamedPlaces;
  readonly rates: readonly string[];
  /** Elements of the parameters slab. The gradients slab and each of both moments have the same size. */
  readonly parameterSize: number;
  controlSize(): number;
  /** Returns the current size, which grows while constants are placed. */
  dataSize(): number;
  placeOf(leaf: Value): Placement;
  /** Returns where a parameter's gradient starts in the gradients slab. */
  gradientOffset(parameter: Node): number;
  constants(): { readonly offset: number; readonly values: Float32Array }[];
}

/** Returns all root nodes of an entry. */
function entryNodes(entry: EntrySpec): Node[] {
  const updated = entry.update?.parameters ?? [];
  return [
    ...Object.values(entry.outputs),
    ...(entry.guard ?? []),
    ...updated.flatMap(({ node, gradient }) => [node, gradient]),
  ];
}

/**
 * Checks that all recorded tensors are float32.
 * @throws InputError `wrong-dtype`
 */
function checkRecorded(spec: CompileSpec): void {
  const recorded = Object.values(spec.entries).flatMap(({ outputs, guard = [] }) => [
    ...Object.values(outputs),
    ...guard,
  ]);
  const other = recorded.find((node) => dataTypeOf(node) !== 'float32');
  if (other === undefined) return;
  throw new InputError(
    'wrong-dtype',
    `[compile] outputs are float32, data "${other.label}" is ${dataTypeOf(other)}; gather it, or read it with get`,
  );
}

/**
 * Returns the leaves of all entries by kind and name.
 * @throws InputError `name-conflict` if two leaves of one name differ in shape or type
 */
function leavesOf(spec: CompileSpec): Map<string, Node> {
  const leaves = new Map<string, Node>();
  for (const node of topological(Object.values(spec.entries).flatMap(entryNodes))) {
    const { lowering, name } = node.operation;
    if (lowering.kind !== 'leaf' || node.operation === rows.constant) continue;
    const key = `${name} "${textAttribute(node, 'name')}"`;
    const known = leaves.get(key);
    if (known === undefined) {
      leaves.set(key, node);
    } else if (!sameShape(known.shape, node.shape) || known.attributes['dtype'] !== node.attributes['dtype']) {
      const shapes = `${formatShape(known.shape)} and ${formatShape(node.shape)}`;
      throw new InputError('name-conflict', `[compile] ${key} names two different tensors, ${shapes}; rename one`);
    }
  }
  return leaves;
}

function rateGroups(spec: CompileSpec): string[] {
  const used = Object.values(spec.entries).flatMap((entry) => entry.update?.parameters.map(({ rate }) => rate) ?? []);
  const groups = [...new Set(spec.rates ?? used)];
  const unknown = used.find((rate) => !groups.includes(rate));
  if (unknown === undefined) return groups;
  throw new InputError('unknown-rate', `[compile] rate group "${unknown}" is not one of ${groups.join(', ')}`);
}

/** Returns a cursor of a growing slab. Every tensor starts on an aligned boundary. */
function slabCursor(): { take(size: number, boundary?: number): number; readonly size: () => number } {
  let size = 0;
  return {
    take(count, boundary = 1) {
      const offset = Math.ceil(size / boundary) * boundary;
      size = offset + aligned(count);
      return offset;
    },
    size: () => size,
  };
}

/** Elements of 64 KiB, the largest page size of common systems. Data that a file may be mapped to starts on a page. */
const PAGE = 2 ** 14;

export function layOut(spec: CompileSpec): SlabLayout {
  checkRecorded(spec);
  const [parameters, data, controls] = [slabCursor(), slabCursor(), slabCursor()];
  const places = {
    parameters: {} as NamedPlaces,
    data: {} as SlabLayout['data'],
    controls: {} as NamedPlaces,
  };
  const control = (name: string, shape: Shape): void => {
    places.controls[name] ??= { offset: controls.take(sizeOf(shape)), shape };
  };
  for (const leaf of leavesOf(spec).values()) {
    const name = textAttribute(leaf, 'name');
    const size = sizeOf(leaf.shape);
    if (leaf.operation === rows.parameter) {
      places.parameters[name] = { offset: parameters.take(size), shape: leaf.shape };
    } else if (leaf.operation === rows.control) {
      control(name, leaf.shape);
    } else {
      const dtype = dataTypeOf(leaf);
      const count = elementsOf(dtype, size);
      const mayBeMapped = count >= PAGE && dtype !== 'int32' && dtype !== 'float32';
      places.data[name] = { offset: data.take(count, mayBeMapped ? PAGE : 1), shape: leaf.shape, dtype };
    }
  }
  const rates = rateGroups(spec);
  reserve(places.controls, 'alive', [spec.runs], control);
  if (rates.length > 0) reserve(places.controls, 'rates', [rates.length + 1], control);
  const constants = new Map<string, { offset: number; values: Float32Array }>();

  function constantOffset(leaf: Node): number {
    const values = Float32Array.from(valuesAttribute(leaf, 'values'));
    const key = values.join();
    let place = constants.get(key);
    if (place === undefined) constants.set(key, (place = { offset: data.take(values.length), values }));
    return place.offset;
  }

  function at(slab: number, offset: number, size: number, runStride: number): Placement {
    return wholeBuffer({ slab, size, offset, runStride });
  }

  return {
    ...places,
    rates,
    parameterSize: parameters.size(),
    controlSize: controls.size,
    dataSize: data.size,
    constants: () => [...constants.values()],
    gradientOffset: (node) => places.parameters[textAttribute(node, 'name')].offset,
    placeOf(leaf) {
      const { size } = leaf;
      const node = leaf.node!;
      if (node.operation === rows.constant) return at(SLAB.data, constantOffset(node), size, 0);
      const name = textAttribute(node, 'name');
      const runStride = Number(node.attributes[RUN_STRIDE] ?? 0);
      if (node.operation === rows.parameter) {
        return at(SLAB.parameters, places.parameters[name].offset, size, runStride);
      }
      if (node.operation === rows.control) return at(SLAB.controls, places.controls[name].offset, size, runStride);
      return at(SLAB.data, places.data[name].offset, size, runStride);
    },
  };
}

/**
 * Reserves a control that the engine itself reads. The graph may read it, too, with the same shape.
 * @throws InputError `name-conflict`
 */
function reserve(places: NamedPlaces, name: string, shape: Shape, control: (name: string, shape: Shape) => void): void {
  control(name, shape);
  if (sameShape(places[name].shape, shape)) return;
  const shown = formatShape(places[name].shape);
  throw new InputError(
    'name-conflict',
    `[compile] control "${name}" is reserved by the engine with shape ${formatShape(shape)}, got ${shown}`,
  );
}
