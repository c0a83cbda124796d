// Draws the latents of a simulation from its graph (METHOD section 9, Eq. 1). The equations of latents that cause each
// other are solved together for each subject by fixed-point iteration. They contract, so there is exactly one solution.

import type { RandomStream } from '../random/random-stream.js';
import { NO_CHANGE, type Change, type Changes } from './changes.js';
import { causalComponents } from './graph.js';
import {
  CYCLE_STEEPNESS,
  drawMechanism,
  drawNoise,
  drawTanhNet,
  NOISE_SHARE,
  noiseScales,
  scaled,
  type Mechanism,
  type MechanismNet,
  type Noise,
  type Scale,
} from './mechanism.js';
import { meanAndSd } from '../metrics/vectors.js';

export interface LatentStreams {
  mechanism(latent: number): RandomStream;
  noise(latent: number): RandomStream;
}

export interface LatentRequest {
  /** Number of all latents, D. */
  readonly size: number;
  readonly subjects: number;
  readonly mechanism: Mechanism;
  readonly noise: Noise;
  readonly heteroscedastic: boolean;
  /** Share of noise in the variance of a latent with parents. Default: a fifth. */
  readonly noiseShare?: ((latent: number) => number) | undefined;
}

/** The iteration stops when no latent of a subject changes by more. */
const FIXED_POINT_TOLERANCE = 1e-12;

/**
 * Draws the latents. Without a cycle z = √0.8 · std(f(parents)) + √0.2 · s(parents) · ε, then standardised; roots are
 * z = ε. In a cycle only parents outside it enter f, contracting functions of the parents inside are added, and the
 * sum is standardised.
 *
 * @param changes changes of mechanisms by causes and interventions. Descendants change with the same noise; means and
 *   sds are those without any change
 * @returns subjects × D, row-major
 */
export function drawLatents(
  streams: LatentStreams,
  adjacency: Int8Array,
  request: LatentRequest,
  changes: Changes = new Map(),
): Float64Array {
  const { size, subjects } = request;
  const undisturbed = new Array<Float64Array>(size);
  const columns = changes.size === 0 ? undisturbed : new Array<Float64Array>(size);
  for (const component of causalComponents(adjacency, size)) {
    const solve = drawEquations(streams, adjacency, { component, causes: undisturbed, request });
    for (const [k, column] of solve(undisturbed, new Map()).entries()) undisturbed[component[k]] = column;
    if (columns === undisturbed) continue;
    for (const [k, column] of solve(columns, changes).entries()) columns[component[k]] = column;
  }
  const z = new Float64Array(subjects * size);
  for (const [i, column] of columns.entries()) for (const [row, value] of column.entries()) z[row * size + i] = value;
  return z;
}

/** Solves a component, given all earlier latents and the changes of mechanisms. */
type Solve = (columns: readonly Float64Array[], changes: Changes) => Float64Array[];

/** The equation of a latent without the feedback of a cycle. Both parts are subjects' values. */
interface Base {
  readonly epsilon: Float64Array;
  readonly signal: (columns: readonly Float64Array[]) => Float64Array | undefined;
  readonly noise: (columns: readonly Float64Array[]) => Float64Array;
}

interface ComponentRequest {
  /** Latents that cause each other, or a single one. */
  readonly component: readonly number[];
  /** Earlier latents without any change, which determine means and sds. */
  readonly causes: readonly Float64Array[];
  readonly request: LatentRequest;
}

function drawEquations(
  streams: LatentStreams,
  adjacency: Int8Array,
  { component, causes, request }: ComponentRequest,
): Solve {
  const { size, subjects } = request;
  const parentsOf = (i: number, inside: boolean) =>
    [...causes.keys()].filter((j) => adjacency[i * size + j] === 1 && component.includes(j) === inside);
  const randoms = component.map((i) => streams.mechanism(i));
  const bases = component.map((i, k): Base => {
    const noise = streams.noise(i);
    const epsilon = Float64Array.from({ length: subjects }, () => drawNoise(noise, request.noise));
    const parents = parentsOf(i, false);
    const columnsOf = (columns: readonly Float64Array[]) => parents.map((j) => columns[j]);
    if (parents.length === 0) return { epsilon, signal: () => undefined, noise: () => epsilon };
    const share = request.noiseShare?.(i) ?? NOISE_SHARE;
    const caused = drawCaused(randoms[k], columnsOf(causes), { epsilon, share, ...request });
    return {
      epsilon,
      signal: (columns) => caused.signal(columnsOf(columns)),
      noise: (columns) => caused.noise(columnsOf(columns)),
    };
  });
  const isCycle = component.length > 1;
  const feedback = component.map((i, k) => {
    if (!isCycle) return () => 0;
    const inside = parentsOf(i, true).map((j) => component.indexOf(j));
    return contraction(drawMechanism(randoms[k], request.mechanism, inside.length), inside);
  });
  const all = bases.map((base) => unchanged(base, causes));
  const scales = (isCycle ? fixedPoint(all, feedback) : all).map((column, k): Scale | undefined =>
    isCycle || parentsOf(component[k], false).length > 0 ? meanAndSd(column) : undefined,
  );
  return (columns, changes) => {
    const changeOf = component.map((i) => changes.get(i));
    const raw = bases.map((base, k) => changed(base, columns, { change: changeOf[k], scale: scales[k] }));
    const solved = isCycle
      ? fixedPoint(
          raw,
          feedback.map((one, k): Feedback => {
            return (z, row) => {
              const { replacement, signal } = changeOf[k]?.(row) ?? NO_CHANGE;
              return replacement ? 0 : signal * one(z);
            };
          }),
        )
      : raw;
    return solved.map((column, k) => {
      const scale = scales[k];
      const z = scale ? scaled(column, scale) : column;
      const change = changeOf[k];
      if (!change) return z;
      return z.map((value, row) => replacedValue(bases[k], row, change(row)?.replacement) ?? value);
    });
  };
}

function unchanged({ signal, noise }: Base, columns: readonly Float64Array[]): Float64Array {
  const rest = noise(columns);
  return signal(columns)?.map((value, row) => value + rest[row]) ?? rest;
}

/** Returns the equation with the changes, before it is standardised. */
function changed(
  base: Base,
  columns: readonly Float64Array[],
  {
    change,
    scale: { mean, sd } = { mean: 0, sd: 1 },
  }: { readonly change: ReturnType<Changes['get']>; readonly scale: Scale | undefined },
): Float64Array {
  if (!change) return unchanged(base, columns);
  const signals = base.signal(columns);
  return base.noise(columns).map((noise, row) => {
    const { replacement, ...factors } = change(row) ?? NO_CHANGE;
    const value = replacedValue(base, row, replacement);
    if (value !== undefined) return value * sd + mean;
    const signal = signals ? factors.signal * signals[row] : 0;
    return signal + factors.noise * noise + factors.shift * sd;
  });
}

function replacedValue({ epsilon }: Base, row: number, replacement: Change['replacement']): number | undefined {
  return replacement && replacement.mean + replacement.sd * epsilon[row];
}

/**
 * Returns √(1 − share) · std(f(parents)) and √share · s(parents) · ε.
 * @param drawn parents that determine means and sds
 */
function drawCaused(
  random: RandomStream,
  drawn: readonly Float64Array[],
  {
    mechanism,
    heteroscedastic,
    subjects,
    epsilon,
    share,
  }: Omit<LatentRequest, 'noiseShare'> & { readonly epsilon: Float64Array; readonly share: number },
): Pick<Base, 'signal' | 'noise'> & { readonly signal: (parents: readonly Float64Array[]) => Float64Array } {
  const net = drawMechanism(random, mechanism, drawn.length);
  const scaleNet = drawTanhNet(random, drawn.length);
  const apply = ({ value }: MechanismNet, parents: readonly Float64Array[]) =>
    Float64Array.from({ length: subjects }, (_, row) => value(parents.map((parent) => parent[row])));
  const signalScale = meanAndSd(apply(net, drawn));
  const scalesOf = heteroscedastic ? noiseScales(apply(scaleNet, drawn)) : undefined;
  return {
    signal: (parents) => scaled(apply(net, parents), signalScale).map((value) => Math.sqrt(1 - share) * value),
    noise: (parents) => {
      const scales = scalesOf?.(apply(scaleNet, parents));
      return epsilon.map((value, row) => Math.sqrt(share) * (scales?.[row] ?? 1) * value);
    },
  };
}

type Feedback = (z: ArrayLike<number>, row: number) => number;

/**
 * Returns the mechanism as a function of the latents of a cycle, scaled to the steepness of cycles. Its sign is chosen
 * so that it is larger with all inputs at 1 than at −1: the other sign would cancel the dependence between latents of a
 * cycle.
 */
export function contraction(
  { value, steepness }: MechanismNet,
  inputs: readonly number[],
): (z: ArrayLike<number>) => number {
  const [low, high] = [-1, 1].map((input) => value(inputs.map(() => input)));
  const scale = (Math.sign(high - low) * CYCLE_STEEPNESS) / steepness;
  return (z) => scale * value(inputs.map((i) => z[i]));
}

/**
 * Solves zᵢ = baseᵢ + feedbackᵢ(z) for every subject, starting at the bases. The feedback must contract in the maximum
 * norm.
 *
 * @param bases latents of the cycle × subjects
 * @returns the solution in the same form
 */
export function fixedPoint(bases: readonly Float64Array[], feedback: readonly Feedback[]): Float64Array[] {
  const solved = bases.map((base) => Float64Array.from(base));
  const z = new Float64Array(bases.length);
  for (let row = 0; row < bases[0].length; row++) {
    for (const [i, base] of bases.entries()) z[i] = base[row];
    for (let change = Infinity; change > FIXED_POINT_TOLERANCE;) {
      change = 0;
      for (let i = 0; i < z.length; i++) {
        const next = bases[i][row] + feedback[i](z, row);
        change = Math.max(change, Math.abs(next - z[i]));
        z[i] = next;
      }
    }
    for (const [i, column] of solved.entries()) column[row] = z[i];
  }
  return solved;
}
