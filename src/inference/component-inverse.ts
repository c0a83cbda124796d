// The map to components of one subject, h(v) = W (v + B tanh(A v + a)) + b: its Jacobian, and back to the subspace that
// the decoder reads, solved for v by Newton steps.

import { mapGroups, mapParameter } from '../models/component-map.js';
import type { LatentLayout } from '../models/layout.js';
import type { ParameterValues } from './batch-program.js';

/** h of one modality, row-major: W d × d, B d × width, A width × d. */
interface ComponentParameters {
  readonly latents: number;
  readonly width: number;
  readonly inner: Float32Array;
  readonly innerBias: Float32Array;
  readonly outer: Float32Array;
  readonly rotation: Float32Array;
  readonly shift: Float32Array;
}

/** Finds v with h(v) = z, from a first guess that it overwrites; false when no step comes nearer any more. */
export type ComponentInverse = (z: Float64Array, v: Float64Array) => boolean;

const MAX_STEPS = 40;
const NEAR_ENOUGH = 1e-5;
const MAX_HALVINGS = 12;

/** Of each modality. @param parameters of one run */
export function componentInverses(parameters: ParameterValues, layout: LatentLayout): ComponentInverse[] {
  return componentMaps(parameters, layout).map((h) => (z, v) => newton(h, z, v));
}

/** ∂h/∂v at v, d × d row-major. */
export type ComponentJacobian = (v: Float64Array) => Float64Array;

/** Of each modality. @param parameters of one run */
export function componentJacobians(parameters: ParameterValues, layout: LatentLayout): ComponentJacobian[] {
  return componentMaps(parameters, layout).map((h) => (v) => jacobianAt(h, evaluate(h, v, v)));
}

function componentMaps(parameters: ParameterValues, layout: LatentLayout): ComponentParameters[] {
  const maps: ComponentParameters[] = [];
  for (const group of mapGroups(layout)) {
    const { latents, members } = group;
    members.forEach((modality, position) => {
      const own = (name: string): Float32Array => {
        const { values } = parameters.get(mapParameter(group, name))!;
        const size = values.length / members.length;
        return values.subarray(position * size, (position + 1) * size);
      };
      const innerBias = own('innerBias');
      maps[modality] = {
        latents,
        width: innerBias.length,
        inner: own('inner'),
        innerBias,
        outer: own('outer'),
        rotation: own('rotation'),
        shift: own('shift'),
      };
    });
  }
  return maps;
}

function newton(h: ComponentParameters, z: Float64Array, v: Float64Array): boolean {
  let here = evaluate(h, z, v);
  for (let step = 0; step < MAX_STEPS && here.size > NEAR_ENOUGH; step++) {
    const direction = solve(jacobianAt(h, here), here.residual);
    let scale = 1;
    let next = evaluate(h, z, moved(v, direction, scale));
    // A full step may overshoot where h bends; half of it, and so on, cannot forever.
    for (let halving = 0; halving < MAX_HALVINGS && !(next.size < here.size); halving++) {
      scale /= 2;
      next = evaluate(h, z, moved(v, direction, scale));
    }
    if (!(next.size < here.size)) return false;
    v.set(moved(v, direction, scale));
    here = next;
  }
  return here.size <= NEAR_ENOUGH;
}

function moved(v: Float64Array, direction: Float64Array, scale: number): Float64Array {
  return v.map((value, i) => value + scale * direction[i]);
}

interface Evaluated {
  /** tanh(A v + a). */
  readonly bent: Float64Array;
  /** z − h(v), and its length. */
  readonly residual: Float64Array;
  readonly size: number;
}

function evaluate(
  { latents: d, width, inner, innerBias, outer, rotation, shift }: ComponentParameters,
  z: Float64Array,
  v: Float64Array,
): Evaluated {
  const bent = new Float64Array(width);
  for (let w = 0; w < width; w++) {
    let sum = innerBias[w];
    for (let j = 0; j < d; j++) sum += inner[w * d + j] * v[j];
    bent[w] = Math.tanh(sum);
  }
  const inside = new Float64Array(v);
  for (let i = 0; i < d; i++) {
    for (let w = 0; w < width; w++) inside[i] += outer[i * width + w] * bent[w];
  }
  const residual = new Float64Array(d);
  let square = 0;
  for (let i = 0; i < d; i++) {
    let image = shift[i];
    for (let k = 0; k < d; k++) image += rotation[i * d + k] * inside[k];
    residual[i] = z[i] - image;
    square += residual[i] * residual[i];
  }
  return { bent, residual, size: Math.sqrt(square) };
}

/** ∂h/∂v, which costs more than h itself: only where a step begins. */
function jacobianAt(
  { latents: d, width, inner, outer, rotation }: ComponentParameters,
  { bent }: Evaluated,
): Float64Array {
  const inside = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    inside[i * d + i] = 1;
    for (let w = 0; w < width; w++) {
      const slope = outer[i * width + w] * (1 - bent[w] * bent[w]);
      for (let j = 0; j < d; j++) inside[i * d + j] += slope * inner[w * d + j];
    }
  }
  const jacobian = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < d; k++) {
      for (let j = 0; j < d; j++) jacobian[i * d + j] += rotation[i * d + k] * inside[k * d + j];
    }
  }
  return jacobian;
}

/** The solution of `matrix · x = right`, by elimination with partial pivoting. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const d = right.length;
  const a = new Float64Array(matrix);
  const x = new Float64Array(right);
  for (let column = 0; column < d; column++) {
    let pivot = column;
    for (let row = column + 1; row < d; row++) {
      if (Math.abs(a[row * d + column]) > Math.abs(a[pivot * d + column])) pivot = row;
    }
    if (pivot !== column) {
      for (let k = 0; k < d; k++) [a[column * d + k], a[pivot * d + k]] = [a[pivot * d + k], a[column * d + k]];
      [x[column], x[pivot]] = [x[pivot], x[column]];
    }
    for (let row = column + 1; row < d; row++) {
      const factor = a[row * d + column] / a[column * d + column];
      for (let k = column; k < d; k++) a[row * d + k] -= factor * a[column * d + k];
      x[row] -= factor * x[column];
    }
  }
  for (let row = d - 1; row >= 0; row--) {
    for (let k = row + 1; k < d; k++) x[row] -= a[row * d + k] * x[k];
    x[row] /= a[row * d + row];
  }
  return x;
}
