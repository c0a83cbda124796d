// The latents of a simulation from its graph (METHOD section 9, Eq. 1). Latents that cause each other solve their
// equations together, subject by subject, by fixed-point iteration; the equations contract, so that there is one
// solution.

import type { RandomStream } from '../random/random-stream.js';
import { causalComponents } from './graph.js';
import {
  CYCLE_STEEPNESS,
  drawMechanism,
  drawNoise,
  drawTanhNet,
  NOISE_SHARE,
  noiseScales,
  standardise,
  type Mechanism,
  type MechanismNet,
  type Noise,
} from './mechanism.js';

export interface LatentStreams {
  mechanism(latent: number): RandomStream;
  noise(latent: number): RandomStream;
}

export interface LatentRequest {
  /** All latents, D. */
  readonly size: number;
  readonly subjects: number;
  readonly mechanism: Mechanism;
  readonly noise: Noise;
  readonly heteroscedastic: boolean;
}

/** The fixed point stops when no latent of a subject moves by more. */
export const FIXED_POINT_TOLERANCE = 1e-12;

/**
 * Without a cycle z = √0.8 · std(f(parents)) + √0.2 · s(parents) · ε, then standardised; roots z = ε. In a cycle the
 * same with the parents outside the cycle alone, plus contracting functions of those inside it, then standardised.
 *
 * @returns subjects × D, row-major
 */
export function drawLatents(streams: LatentStreams, adjacency: Int8Array, request: LatentRequest): Float64Array {
  const { size, subjects } = request;
  const columns = new Array<Float64Array>(size);
  for (const component of causalComponents(adjacency, size)) {
    const parentsOf = (i: number, inside: boolean) =>
      [...columns.keys()].filter((j) => adjacency[i * size + j] === 1 && component.includes(j) === inside);
    const randoms = component.map((i) => streams.mechanism(i));
    const bases = component.map((i, k) => {
      const noise = streams.noise(i);
      const epsilon = Float64Array.from({ length: subjects }, () => drawNoise(noise, request.noise));
      const parents = parentsOf(i, false).map((j) => columns[j]);
      return parents.length === 0 ? epsilon : caused(randoms[k], parents, epsilon, request);
    });
    if (component.length === 1) {
      const isRoot = parentsOf(component[0], false).length === 0;
      columns[component[0]] = isRoot ? bases[0] : standardise(bases[0]);
      continue;
    }
    const feedback = component.map((i, k) => {
      const inside = parentsOf(i, true).map((j) => component.indexOf(j));
      return contraction(drawMechanism(randoms[k], request.mechanism, inside.length), inside);
    });
    for (const [k, column] of fixedPoint(bases, feedback).entries()) columns[component[k]] = standardise(column);
  }
  const z = new Float64Array(subjects * size);
  for (const [i, column] of columns.entries()) for (const [row, value] of column.entries()) z[row * size + i] = value;
  return z;
}

/** √0.8 · std(f(parents)) + √0.2 · s(parents) · ε. */
function caused(
  random: RandomStream,
  parents: readonly Float64Array[],
  epsilon: Float64Array,
  { mechanism, heteroscedastic, subjects }: LatentRequest,
): Float64Array {
  const net = drawMechanism(random, mechanism, parents.length);
  const scaleNet = drawTanhNet(random, parents.length);
  const apply = ({ value }: MechanismNet) =>
    Float64Array.from({ length: subjects }, (_, row) => value(parents.map((parent) => parent[row])));
  const signal = standardise(apply(net));
  const scales = heteroscedastic ? noiseScales(apply(scaleNet)) : undefined;
  return signal.map(
    (value, row) => Math.sqrt(1 - NOISE_SHARE) * value + Math.sqrt(NOISE_SHARE) * (scales?.[row] ?? 1) * epsilon[row],
  );
}

type Feedback = (z: ArrayLike<number>) => number;

/**
 * The mechanism scaled to the steepness of cycles, on the latents of the cycle that it reads, and turned so that it is
 * larger with all of them at 1 than at −1: feedback of the other sign would cancel the dependence between both ends of
 * a cycle.
 */
export function contraction({ value, steepness }: MechanismNet, inputs: readonly number[]): Feedback {
  const [low, high] = [-1, 1].map((level) => value(inputs.map(() => level)));
  const scale = (Math.sign(high - low) * CYCLE_STEEPNESS) / steepness;
  return (z) => scale * value(inputs.map((i) => z[i]));
}

/**
 * Solves zᵢ = baseᵢ + feedbackᵢ(z) for every subject, starting at the bases. The feedback must contract in the maximum
 * norm.
 *
 * @param bases per latent of the cycle, subjects
 * @returns in the same form
 */
export function fixedPoint(bases: readonly Float64Array[], feedback: readonly Feedback[]): Float64Array[] {
  const solved = bases.map((base) => Float64Array.from(base));
  const z = new Float64Array(bases.length);
  for (let row = 0; row < bases[0].length; row++) {
    for (const [i, base] of bases.entries()) z[i] = base[row];
    for (let moved = Infinity; moved > FIXED_POINT_TOLERANCE;) {
      moved = 0;
      for (let i = 0; i < z.length; i++) {
        const next = bases[i][row] + feedback[i](z);
        moved = Math.max(moved, Math.abs(next - z[i]));
        z[i] = next;
      }
    }
    for (const [i, column] of solved.entries()) column[row] = z[i];
  }
  return solved;
}
