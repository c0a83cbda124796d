// Pass: writes results that belong inside a larger tensor directly to their place there. The gradient of a parameter is
// computed in the gradients slab, and a piece of a concatenation in its section. Results that cannot be written there
// are copied.

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

/** A tensor that must lie at a given place, and how it is read. */
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

/**
 * Returns the value that lies at the place of the target: the value that is read if it may be written there, else a
 * copy.
 */
export function placeTarget({ reading, shape, label, placement }: Target): Value {
  const source = identitySource(reading);
  const free = source !== undefined && source.kind !== 'leaf' && source.placement === undefined;
  const value = free ? source : copyOf(reading, shape, label);
  value.placement = placement;
  return value;
}

/**
 * Returns the place of piece [start, start + extent) of a concatenation, or undefined if block and pitch cannot express
 * it.
 */
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

/** Returns the places of all pieces of a concatenation that lies at `placement`. */
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

/** Returns the extent of each piece of a concatenation along its axis. */
function extentsOf(concat: Value): number[] {
  const axis = axisOf(concat);
  return concat.node!.inputs.map((input) => input.shape[axis]);
}

/** True if a reader can read a view of a value that lies at `placement`. */
function canRead(reader: Value, value: Value, placement: Placement): boolean {
  return reader.readings.every((reading) => {
    if (!isView(reading) || reading.value !== value) return true;
    const located = locate(placement, reading.shape, reading.access);
    if (located === undefined) return false;
    if (reader.kind === 'opaque') return isContiguous(reading.shape, located);
    return reader.kind !== 'matmul' || matrixForm(reading.shape, located) !== undefined;
  });
}

/** True if a value may be written at `placement`, by its kernel and for all its readers. */
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

/** Places every piece of every concatenation. The concatenations then read their pieces from these places. */
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
