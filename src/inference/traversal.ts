// One latent moves, all others stay: the decoders' answer, averaged over subjects who keep their own other latents (an
// average partial effect). Where the fit maps subspaces to components, the moved components are mapped back first.

import { componentInverses, type ComponentInverse } from './component-inverse.js';
import type { ModelParts } from './model-parts.js';
import type { Posteriors } from './posteriors.js';
import { valueCount } from '../data/observation.js';
import { splitByModality } from '../models/layout.js';
import type { ParameterValues } from './batch-program.js';

/** In standard deviations of the latent, from its mean. */
export const STEPS: readonly number[] = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
const MOST_SUBJECTS = 256;

/** What moving one entry of (z, η) does to the columns of its modality. */
export interface Traversal {
  /** In [0, width). */
  readonly entry: number;
  /** x̂, standardised, averaged over the subjects it was tried on; `steps` × columns. */
  readonly response: Float64Array;
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
  /** Per step, subjects × entries, as the decoder reads them. */
  readonly positions: readonly Float32Array[];
}

export async function traverse(
  parts: ModelParts,
  parameters: ParameterValues,
  posteriors: Posteriors,
): Promise<Traversals> {
  const { layout, width, batch } = parts;
  const { modalities } = layout;
  const picked = posteriors.having.map((own) => {
    const subjects = Math.min(MOST_SUBJECTS, batch, own.length);
    return Array.from({ length: subjects }, (_, i) => own[Math.floor((i * own.length) / subjects)]);
  });
  const inverses = parts.mapsComponents ? componentInverses(parameters, layout) : [];
  const entries = modalities.map((m) => m.latents + m.exogenous);
  const firstEntry = offsets(entries);
  const columnsOf = modalities.map(({ observation }) => valueCount(observation));
  const firstColumn = offsets(columnsOf);
  const responses = entries.map((count, index) =>
    Array.from({ length: count }, () => new Float64Array(STEPS.length * columnsOf[index])),
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
        },
        inverse,
      );
    });
    for (let step = 0; step < STEPS.length; step++) {
      const moved = new Float32Array(batch * width);
      paths.forEach((one, index) => {
        const own = entries[index];
        for (let i = 0; one !== undefined && i < picked[index].length; i++) {
          moved.set(one.positions[step].subarray(i * own, (i + 1) * own), i * width + firstEntry[index]);
        }
      });
      const { x } = await parts.decode(splitByModality(layout, moved, batch));
      paths.forEach((one, index) => {
        const columns = columnsOf[index];
        for (let c = 0; one !== undefined && c < columns; c++) {
          const source = (firstColumn[index] + c) * batch;
          const sum = one.kept.reduce((total, i) => total + x[source + i], 0);
          responses[index][k][step * columns + c] = sum / Math.max(1, one.kept.length);
        }
      });
    }
  }
  const traversals = responses.flatMap((own, index) =>
    own.map((response, k): Traversal => ({ entry: firstEntry[index] + k, response })),
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
}

function path({ v, mean }: Posteriors, moving: Moving, inverse: ComponentInverse | undefined): Path {
  const { rows, all, width, first, entries, latents, k } = moving;
  const { centre, sd } = centreAndSd(mean, all, width, first + k);
  const positions = STEPS.map(() => new Float32Array(rows.length * entries));
  const kept: number[] = [];
  rows.forEach((row, i) => {
    const at = row * width + first;
    const solved = STEPS.map((sds, step) => {
      const own = positions[step].subarray(i * entries, (i + 1) * entries);
      own.set(v.subarray(at, at + entries));
      const target = centre + sds * sd;
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
    });
    if (solved.every(Boolean)) kept.push(i);
  });
  return { kept, positions };
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
