// The map to components of one subject, h(v) = W (v + B tanh(A v + a)) + b: its Jacobian, and its inverse to the
// subspace that the decoder reads, by Newton steps.

import { mapGroups, mapParameter } from '../networks/component-map.js';
import type { LatentLayout } from '../networks/layout.js';
import type { ParameterValues } from './batch-program.js';

/** Parameters of h for one modality, row-major: W d × d, B d × width, A width × d. */
interface ComponentParameters {
  readonly latents: number;
  readonly width: number;
  readonly inner: Float32Array;
  readonly innerBias: Float32Array;
  readonly outer: Float32Array;
  readonly rotation: Float32Array;
  readonly shift: Float32Array;
}

/** Finds v with h(v) = z from an initial guess, which it overwrites. Returns false if no step reduces the distance. */
export type ComponentInverse = (z: Float64Array, v: Float64Array) => boolean;

const MAX_STEPS = 40;
const NEAR_ENOUGH = 1e-5;
const MAX_HALVINGS = 12;

/** Returns the inverse map of each modality. @param parameters parameters of one run */
export function componentInverses(parameters: ParameterValues, layout: LatentLayout): ComponentInverse[] {
  return componentMaps(parameters, layout).map((h) => (z, v) => newton(h, z, v));
}

/** Returns ∂h/∂v at v, d × d row-major. */
export type ComponentJacobian = (v: Float64Array) => Float64Array;

/** Returns the Jacobian of the map of each modality. @param parameters parameters of one run */
export function componentJacobians(parameters: ParameterValues, layout: LatentLayout): ComponentJacobian[] {
  return componentMaps(parameters, layout).map((h) => (v) => jacobianAt(h, evaluate(h, v, v)));
}

function componentMaps(parameters: ParameterValues, layout: LatentLayout): ComponentParameters[] {
  const maps: ComponentParameters[] = [];
  for (const group of mapGroups(layout)) {
    const { latents, members } = group;
    members.forEach((modality, position) => {
      const valuesOf = (name: string): Float32Array => {
        const { values } = parameters.get(mapParameter(group, name))!;
        const size = values.length / members.length;
        return values.subarray(position * size, (position + 1) * size);
      };
      const innerBias = valuesOf('innerBias');
      maps[modality] = {
        latents,
        width: innerBias.length,
        inner: valuesOf('inner'),
        innerBias,
        outer: valuesOf('outer'),
        rotation: valuesOf('rotation'),
        shift: valuesOf('shift'),
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
    // A full step may overshoot where h is curved. Halving it often enough avoids this.
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
  readonly activations: Float64Array;
  /** z − h(v), and its length. */
  readonly residual: Float64Array;
  readonly size: number;
}

function evaluate(
  { latents: d, width, inner, innerBias, outer, rotation, shift }: ComponentParameters,
  z: Float64Array,
  v: Float64Array,
): Evaluated {
  const activations = new Float64Array(width);
  for (let w = 0; w < width; w++) {
    let sum = innerBias[w];
    for (let j = 0; j < d; j++) sum += inner[w * d + j] * v[j];
    activations[w] = Math.tanh(sum);
  }
  const inside = new Float64Array(v);
  for (let i = 0; i < d; i++) {
    for (let w = 0; w < width; w++) inside[i] += outer[i * width + w] * activations[w];
  }
  const residual = new Float64Array(d);
  let square = 0;
  for (let i = 0; i < d; i++) {
    let image = shift[i];
    for (let k = 0; k < d; k++) image += rotation[i * d + k] * inside[k];
    residual[i] = z[i] - image;
    square += residual[i] * residual[i];
  }
  return { activations, residual, size: Math.sqrt(square) };
}

/** Returns ∂h/∂v. It costs more than h, so it is computed only at the start of a step. */
function jacobianAt(
  { latents: d, width, inner, outer, rotation }: ComponentParameters,
  { activations }: Evaluated,
): Float64Array {
  const inside = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    inside[i * d + i] = 1;
    for (let w = 0; w < width; w++) {
      const slope = outer[i * width + w] * (1 - activations[w] * activations[w]);
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

/** Returns the solution of `matrix · x = right`, by elimination with partial pivoting. */
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
