// The change of the decoder outputs when one latent moves and all other latents stay, averaged over subjects (an
// average partial effect). If the fit maps subspaces to components, the moved components are mapped back first. For
// images and series it also computes the effect of a latent on each value: the Jacobian of the decoder, by central
// differences.

import { componentInverses, type ComponentInverse } from './component-inverse.js';
import type { ModelParts } from './model-parts.js';
import type { Posteriors } from './posteriors.js';
import { valueCount } from '../data/observation.js';
import { splitByModality } from '../networks/layout.js';
import type { ParameterValues } from './batch-program.js';

/** Positions of a latent, in its standard deviations from its mean. */
export const STEPS: readonly number[] = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
/** Positions of exogenous variables, for which only the size of the effect is reported. */
const ENDS: readonly number[] = [STEPS[0], STEPS[STEPS.length - 1]];
const MAX_SUBJECTS = 256;
/** Steps of central differences, in standard deviations: errors of float32 and curvature are both below 0.001. */
const SIDES: readonly [number, number] = [-0.05, 0.05];

/** The effect of moving one entry of (z, η) on the columns of its modality. */
export interface Traversal {
  /** The entry, in [0, width). */
  readonly entry: number;
  /** Its positions: all of `Traversals.steps`, or the first and the last for exogenous variables. */
  readonly steps: readonly number[];
  /** x̂, standardised, averaged over the followed subjects; `steps` × columns. */
  readonly response: Float64Array;
  /**
   * |∂x̂ / ∂z| at the posterior means of the subjects, x̂ standardised and z in its standard deviations, averaged over
   * the same subjects; one value per column. Left out for tables and for η.
   */
  readonly slope?: Float64Array;
}

export interface Traversals {
  /** Positions of a moved latent, in its standard deviations over the subjects, from its mean. */
  readonly steps: readonly number[];
  readonly traversals: readonly Traversal[];
}

/** Entries of one modality while one of them moves. */
interface Path {
  /** Subjects for whom every position is possible. */
  readonly followed: readonly number[];
  readonly steps: readonly number[];
  /** Per step, subjects × entries: the input of the decoder. */
  readonly positions: readonly Float32Array[];
  /** The same for both steps of the central differences at the posterior means. */
  readonly sides: readonly Float32Array[];
}

export async function traverse(
  parts: ModelParts,
  parameters: ParameterValues,
  posteriors: Posteriors,
): Promise<Traversals> {
  const { layout, width, batch } = parts;
  const { modalities } = layout;
  const picked = posteriors.having.map((rows) => {
    const subjects = Math.min(MAX_SUBJECTS, batch, rows.length);
    return Array.from({ length: subjects }, (_, i) => rows[Math.floor((i * rows.length) / subjects)]);
  });
  const inverses = parts.mapsComponents ? componentInverses(parameters, layout) : [];
  const entries = modalities.map((m) => m.latents + m.exogenous);
  const firstEntry = offsets(entries);
  const columnsOf = modalities.map(({ observation }) => valueCount(observation));
  const firstColumn = offsets(columnsOf);
  const stepsOf = (index: number, k: number) => (k < modalities[index].latents ? STEPS : ENDS);
  const responses = entries.map((count, index) =>
    Array.from({ length: count }, (_, k) => new Float64Array(stepsOf(index, k).length * columnsOf[index])),
  );
  const slopes = modalities.map(({ observation, latents }, index) =>
    Array.from({ length: observation.kind === 'table' ? 0 : latents }, () => new Float64Array(columnsOf[index])),
  );
  // A decoder does not read other modalities, so the k-th entries of all modalities move at the same time.
  for (let k = 0; k < Math.max(...entries); k++) {
    const paths = modalities.map(({ latents }, index): Path | undefined => {
      if (k >= entries[index]) return undefined;
      const inverse = k < latents ? inverses.at(index) : undefined;
      return path(
        posteriors,
        {
          rows: picked[index],
          all: posteriors.having[index],
          width,
          first: firstEntry[index],
          entries: entries[index],
          latents,
          k,
          steps: stepsOf(index, k),
        },
        inverse,
      );
    });
    const decode = async (positionsOf: (path: Path) => Float32Array | undefined): Promise<Float32Array> => {
      const moved = new Float32Array(batch * width);
      paths.forEach((one, index) => {
        const size = entries[index];
        const positions = one && positionsOf(one);
        for (let i = 0; positions !== undefined && i < picked[index].length; i++) {
          moved.set(positions.subarray(i * size, (i + 1) * size), i * width + firstEntry[index]);
        }
      });
      const { x } = await parts.decode(splitByModality(layout, moved, batch));
      return x;
    };
    /** Writes the mean of each column over the followed subjects. */
    const average = (index: number, into: Float64Array, value: (at: number) => number): void => {
      const followed = paths[index]?.followed ?? [];
      for (let c = 0; c < columnsOf[index] && followed.length > 0; c++) {
        const source = (firstColumn[index] + c) * batch;
        into[c] = followed.reduce((total, i) => total + value(source + i), 0) / followed.length;
      }
    };
    for (const sds of STEPS.filter((one) => paths.some((path) => path?.steps.includes(one)))) {
      const x = await decode(({ steps, positions }) => positions[steps.indexOf(sds)]);
      responses.forEach((ofModality, index) => {
        const step = paths[index]?.steps.indexOf(sds) ?? -1;
        const columns = columnsOf[index];
        if (step >= 0) average(index, ofModality[k].subarray(step * columns, (step + 1) * columns), (at) => x[at]);
      });
    }
    if (slopes.every(({ length }) => k >= length)) continue;
    const low = (await decode(({ sides }) => sides[0])).slice();
    const high = await decode(({ sides }) => sides[1]);
    slopes.forEach((ofModality, index) => {
      if (k < ofModality.length) {
        average(index, ofModality[k], (at) => Math.abs(high[at] - low[at]) / (SIDES[1] - SIDES[0]));
      }
    });
  }
  const traversals = responses.flatMap((ofModality, index) =>
    ofModality.map((response, k): Traversal => {
      const slope = slopes[index].at(k);
      return { entry: firstEntry[index] + k, steps: stepsOf(index, k), response, ...(slope && { slope }) };
    }),
  );
  return { steps: STEPS, traversals };
}

interface Moving {
  /** The chosen subjects among `all`. */
  readonly rows: readonly number[];
  readonly all: readonly number[];
  readonly width: number;
  /** First entry of the modality, and its number of entries. */
  readonly first: number;
  readonly entries: number;
  readonly latents: number;
  readonly k: number;
  /** Positions of the k-th entry. */
  readonly steps: readonly number[];
}

function path(posteriors: Posteriors, moving: Moving, inverse: ComponentInverse | undefined): Path {
  const { mean } = posteriors;
  const { rows, all, width, first, entries, k, steps } = moving;
  const { centre, sd } = centreAndSd(mean, all, width, first + k);
  const positions = steps.map(() => new Float32Array(rows.length * entries));
  const sides = SIDES.map(() => new Float32Array(rows.length * entries));
  const followed: number[] = [];
  rows.forEach((row, i) => {
    const place = mean[row * width + first + k];
    const targets: [Float32Array, number][] = [
      ...steps.map((sds, step): [Float32Array, number] => [positions[step], centre + sds * sd]),
      ...SIDES.map((sds, side): [Float32Array, number] => [sides[side], place + sds * sd]),
    ];
    const solved = targets.map(([table, target]) => {
      const into = table.subarray(i * entries, (i + 1) * entries);
      return move(posteriors, { ...moving, row, target }, into, inverse);
    });
    if (solved.every(Boolean)) followed.push(i);
  });
  return { followed, steps, positions, sides };
}

interface Move extends Pick<Moving, 'width' | 'first' | 'entries' | 'latents' | 'k'> {
  readonly row: number;
  readonly target: number;
}

/**
 * Writes a subject's entries with the k-th at its target. Returns false if no point of the subspace has such
 * components.
 */
function move(
  { v, mean }: Posteriors,
  { width, first, entries, latents, k, row, target }: Move,
  into: Float32Array,
  inverse: ComponentInverse | undefined,
): boolean {
  const at = row * width + first;
  into.set(v.subarray(at, at + entries));
  if (inverse === undefined) {
    into[k] = target;
    return true;
  }
  const z = Float64Array.from(mean.subarray(at, at + latents));
  z[k] = target;
  const guess = Float64Array.from(into.subarray(0, latents));
  const isSolved = inverse(z, guess);
  into.set(guess);
  return isSolved;
}

function centreAndSd(values: Float32Array, rows: readonly number[], width: number, column: number) {
  let sum = 0;
  for (const row of rows) sum += values[row * width + column];
  const centre = sum / rows.length;
  let square = 0;
  for (const row of rows) square += (values[row * width + column] - centre) ** 2;
  return { centre, sd: Math.sqrt(square / rows.length) };
}

function offsets(sizes: readonly number[]): number[] {
  let next = 0;
  return sizes.map((size) => (next += size) - size);
}
