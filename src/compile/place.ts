// Pass: results that belong inside a larger tensor are written there at once. A parameter's gradient is computed into
// the gradients slab, a piece of a concatenation into its part; what cannot be is copied.

import { contiguous, isContiguous } from '../graph/access.js';
import { numberAttribute } from '../graph/node.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { matrixForm } from './matrix.js';
import {
  identitySource,
  isView,
  locate,
  orderValues,
  readersOf,
  wholeView,
  type Buffer,
  type Placement,
  type Reading,
  type Value,
} from './value.js';
import { copyOf } from './views.js';

/** Something that has to lie at a given place: how it is read, and where. */
export interface Target {
  readonly reading: Reading;
  readonly shape: Shape;
  readonly label: string;
  readonly placement: Placement;
}

const isDense = (placement: Placement): boolean => placement.block === placement.pitch;

export function wholeBuffer(buffer: Buffer): Placement {
  return { buffer, offset: 0, block: buffer.size, pitch: buffer.size };
}

/** The value that now lies where the target has to: the one that is read, if it may be written there, or a copy. */
export function placeTarget({ reading, shape, label, placement }: Target): Value {
  const source = identitySource(reading);
  const free = source !== undefined && source.kind !== 'leaf' && source.placement === undefined;
  const value = free ? source : copyOf(reading, shape, label);
  value.placement = placement;
  return value;
}

/** Where piece [start, start + extent) of a concatenation lies; undefined when block and pitch cannot say it. */
function pieceOf(whole: Placement, shape: Shape, axis: number, start: number, extent: number): Placement | undefined {
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const [skipped, block, pitch] = [start * inner, extent * inner, shape[axis] * inner];
  const { buffer, offset } = whole;
  if (isDense(whole)) {
    return { buffer, offset: offset + skipped, block, pitch: outer === 1 ? block : pitch };
  }
  if (outer > 1) {
    return pitch === whole.block ? { buffer, offset: offset + skipped, block, pitch: whole.pitch } : undefined;
  }
  const [first, within] = [Math.floor(skipped / whole.block), skipped % whole.block];
  const at = offset + first * whole.pitch + within;
  if (within + block <= whole.block) return { buffer, offset: at, block, pitch: block };
  return within === 0 && block % whole.block === 0
    ? { buffer, offset: at, block: whole.block, pitch: whole.pitch }
    : undefined;
}

/** Places of all pieces of a concatenation that lies at `placement`. */
function piecesOf(value: Value, placement: Placement): Placement[] | undefined {
  const axis = axisOf(value);
  const places: Placement[] = [];
  let start = 0;
  for (const extent of extentsOf(value)) {
    const place = pieceOf(placement, value.shape, axis, start, extent);
    if (place === undefined) return undefined;
    places.push(place);
    start += extent;
  }
  return places;
}

const axisOf = (concat: Value): number => numberAttribute(concat.node!, 'axis');

/** How far each piece of a concatenation reaches along its axis. */
function extentsOf(concat: Value): number[] {
  const axis = axisOf(concat);
  return concat.node!.inputs.map((input) => input.shape[axis]);
}

/** True if a reader can take a view of a value that lies at `placement`. */
function canRead(reader: Value, value: Value, placement: Placement): boolean {
  return reader.readings.every((reading) => {
    if (!isView(reading) || reading.value !== value) return true;
    const located = locate(placement, reading.shape, reading.access);
    if (located === undefined) return false;
    if (reader.kind === 'opaque') return isContiguous(reading.shape, located);
    return reader.kind !== 'matmul' || matrixForm(reading.shape, located) !== undefined;
  });
}

/** True if a value may be written at `placement`, by its own kernel and for all its readers. */
function fits(value: Value, placement: Placement, readers: readonly Value[]): boolean {
  if (value.kind === 'leaf' || value.placement !== undefined) return false;
  if (value.kind === 'concat') {
    if (piecesOf(value, placement) === undefined) return false;
  }
  if (isDense(placement)) return true;
  if (value.pinned || value.kind === 'opaque') return false;
  const written = locate(placement, value.shape, contiguous(value.shape));
  if (written === undefined) return false;
  if (value.kind === 'matmul' && matrixForm(value.shape, written)?.transposed !== false) return false;
  return readers.every((reader) => canRead(reader, value, placement));
}

/** Gives every piece of every concatenation its place; the concatenations then read their pieces where they lie. */
export function placePieces(roots: readonly Value[], slab: number): void {
  const values = orderValues(roots);
  const readers = readersOf(values);
  for (const value of values.reverse()) {
    if (value.kind !== 'concat') continue;
    value.placement ??= wholeBuffer({ slab, size: value.size });
    const places = piecesOf(value, value.placement)!;
    value.readings = value.readings.map((reading, i) => {
      const source = identitySource(reading);
      if (source !== undefined && fits(source, places[i], readers.get(source)!)) {
        source.placement = places[i];
        return wholeView(source);
      }
      const shape = pieceShape(value, i);
      const copy = copyOf(reading, shape, `${value.label}/copy`);
      copy.placement = places[i];
      return wholeView(copy);
    });
  }
}

function pieceShape(concat: Value, piece: number): number[] {
  const axis = axisOf(concat);
  return concat.shape.map((extent, i) => (i === axis ? extentsOf(concat)[piece] : extent));
}
