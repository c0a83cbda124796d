// truth.npz, the truth behind a simulation: id; z, subjects × latents, modalities in study order; adjacency, row child,
// column parent.

import { InputError } from '../errors.js';

export interface Truth {
  readonly ids: readonly string[];
  /** Subjects × latents, row-major. */
  readonly z: Float64Array;
  readonly latents: number;
  /** Latents × latents, row child, column parent. */
  readonly adjacency: Float64Array;
}

/** @throws InputError `damaged-file` with what is missing or does not fit; the errors of `readNpz` */
export async function readTruth(path: string): Promise<Truth> {
  const { readNpz } = await import('../files/npz.js');
  const arrays = await readNpz(path);
  const array = (name: string, rank: number) => {
    const found = arrays.get(name);
    if (found?.shape.length !== rank) {
      throw new InputError(
        'damaged-file',
        `${path} needs an array "${name}" with ${rank} ${rank === 1 ? 'axis' : 'axes'}; it has: ` +
          `${[...arrays.keys()].join(', ')}.`,
        { path },
      );
    }
    return found;
  };
  const z = array('z', 2);
  const id = array('id', 1);
  const adjacency = array('adjacency', 2);
  const [subjects, latents] = z.shape;
  if (id.shape[0] !== subjects) {
    throw new InputError('damaged-file', `${path}: ${id.shape[0]} ids for ${subjects} rows of z.`, { path });
  }
  if (adjacency.shape[0] !== latents || adjacency.shape[1] !== latents) {
    throw new InputError(
      'damaged-file',
      `${path}: adjacency is ${adjacency.shape.join(' × ')} for ${latents} latents.`,
      {
        path,
      },
    );
  }
  return {
    ids: Array.from<unknown, string>(id.data, String),
    z: Float64Array.from<unknown>(z.data, Number),
    latents,
    adjacency: Float64Array.from<unknown>(adjacency.data, Number),
  };
}
