// One latent moves, all others stay: the decoders' answer, averaged over subjects who keep their own other latents (an
// average partial effect). Where the fit maps subspaces to components, the moved components are mapped back first. Of
// pictures and series also how far a latent acts on each value: the decoder's Jacobian by central differences.

import { componentInverses, type ComponentInverse } from './component-inverse.js';
import type { ModelParts } from './model-parts.js';
import type { Posteriors } from './posteriors.js';
import { valueCount } from '../data/observation.js';
import { splitByModality } from '../models/layout.js';
import type { ParameterValues } from './batch-program.js';

/** In standard deviations of the latent, from its mean. */
export const STEPS: readonly number[] = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
/** Of private noises, of which only the size of their effect is told. */
const ENDS: readonly number[] = [STEPS[0], STEPS[STEPS.length - 1]];
const MAX_SUBJECTS = 256;
/** Of central differences, in standard deviations: rounding to float32 and curvature are both below a thousandth. */
const SIDES: readonly [number, number] = [-0.05, 0.05];

/** What moving one entry of (z, η) does to the columns of its modality. */
export interface Traversal {
  /** In [0, width). */
  readonly entry: number;
  /** Where it is moved to: all of `Traversals.steps`, or of private noises the first and the last. */
  readonly steps: readonly number[];
  /** x̂, standardised, averaged over the subjects it was tried on; `steps` × columns. */
  readonly response: Float64Array;
  /**
   * |∂x̂ / ∂z| at the latents' own place, x̂ standardised and z in its standard deviations, averaged over the same
   * subjects; a value for each column. Left out for tables and for η.
   */
  readonly slope?: Float64Array;
}

export interface Traversals {
  /** Where a latent is moved to, in its standard deviations over the subjects, from its mean. */
  readonly steps: readonly number[];
  readonly traversals: readonly Traversal[];
}

/** One modality's entries as one of them moves. */
interface Path {
  /** Subjects that can be followed on the whole way. */
  readonly kept: readonly number[];
  readonly steps: readonly number[];
  /** Per step, subjects × entries, as the decoder reads them. */
  readonly positions: readonly Float32Array[];
  /** Per side of the subjects' own place, likewise. */
  readonly sides: readonly Float32Array[];
}

export async function traverse(
  parts: ModelParts,
  parameters: ParameterValues,
  posteriors: Posteriors,
): Promise<Traversals> {
  const { layout, width, batch } = parts;
  const { modalities } = layout;
  const picked = posteriors.having.map((own) => {
    const subjects = Math.min(MAX_SUBJECTS, batch, own.length);
    return Array.from({ length: subjects }, (_, i) => own[Math.floor((i * own.length) / subjects)]);
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
  // Decoders do not see other modalities, so the k-th entries of all modalities move at once.
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
        const own = entries[index];
        const positions = one && positionsOf(one);
        for (let i = 0; positions !== undefined && i < picked[index].length; i++) {
          moved.set(positions.subarray(i * own, (i + 1) * own), i * width + firstEntry[index]);
        }
      });
      const { x } = await parts.decode(splitByModality(layout, moved, batch));
      return x;
    };
    /** Means over those who can be followed, of each column. */
    const average = (index: number, into: Float64Array, value: (at: number) => number): void => {
      const kept = paths[index]?.kept ?? [];
      for (let c = 0; c < columnsOf[index] && kept.length > 0; c++) {
        const source = (firstColumn[index] + c) * batch;
        into[c] = kept.reduce((total, i) => total + value(source + i), 0) / kept.length;
      }
    };
    for (const sds of STEPS.filter((one) => paths.some((path) => path?.steps.includes(one)))) {
      const x = await decode(({ steps, positions }) => positions[steps.indexOf(sds)]);
      responses.forEach((own, index) => {
        const step = paths[index]?.steps.indexOf(sds) ?? -1;
        const columns = columnsOf[index];
        if (step >= 0) average(index, own[k].subarray(step * columns, (step + 1) * columns), (at) => x[at]);
      });
    }
    if (slopes.every((own) => k >= own.length)) continue;
    const low = (await decode(({ sides }) => sides[0])).slice();
    const high = await decode(({ sides }) => sides[1]);
    slopes.forEach((own, index) => {
      if (k < own.length) average(index, own[k], (at) => Math.abs(high[at] - low[at]) / (SIDES[1] - SIDES[0]));
    });
  }
  const traversals = responses.flatMap((own, index) =>
    own.map((response, k): Traversal => {
      const slope = slopes[index].at(k);
      return { entry: firstEntry[index] + k, steps: stepsOf(index, k), response, ...(slope && { slope }) };
    }),
  );
  return { steps: STEPS, traversals };
}

interface Moving {
  /** The subjects followed, of `all`. */
  readonly rows: readonly number[];
  readonly all: readonly number[];
  readonly width: number;
  /** First entry of the modality, and how many it has. */
  readonly first: number;
  readonly entries: number;
  readonly latents: number;
  readonly k: number;
  /** Where the k-th entry is moved to. */
  readonly steps: readonly number[];
}

function path(posteriors: Posteriors, moving: Moving, inverse: ComponentInverse | undefined): Path {
  const { mean } = posteriors;
  const { rows, all, width, first, entries, k, steps } = moving;
  const { centre, sd } = centreAndSd(mean, all, width, first + k);
  const positions = steps.map(() => new Float32Array(rows.length * entries));
  const sides = SIDES.map(() => new Float32Array(rows.length * entries));
  const kept: number[] = [];
  rows.forEach((row, i) => {
    const place = mean[row * width + first + k];
    const targets: [Float32Array, number][] = [
      ...steps.map((sds, step): [Float32Array, number] => [positions[step], centre + sds * sd]),
      ...SIDES.map((sds, side): [Float32Array, number] => [sides[side], place + sds * sd]),
    ];
    const solved = targets.map(([table, target]) => {
      const own = table.subarray(i * entries, (i + 1) * entries);
      return move(posteriors, { ...moving, row, target }, own, inverse);
    });
    if (solved.every(Boolean)) kept.push(i);
  });
  return { kept, steps, positions, sides };
}

interface Move extends Pick<Moving, 'width' | 'first' | 'entries' | 'latents' | 'k'> {
  readonly row: number;
  readonly target: number;
}

/** One subject's entries with the k-th at its target, into `own`; false where no subspace has such components. */
function move(
  { v, mean }: Posteriors,
  { width, first, entries, latents, k, row, target }: Move,
  own: Float32Array,
  inverse: ComponentInverse | undefined,
): boolean {
  const at = row * width + first;
  own.set(v.subarray(at, at + entries));
  if (inverse === undefined) {
    own[k] = target;
    return true;
  }
  const z = Float64Array.from(mean.subarray(at, at + latents));
  z[k] = target;
  const guess = Float64Array.from(own.subarray(0, latents));
  const found = inverse(z, guess);
  own.set(guess);
  return found;
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
