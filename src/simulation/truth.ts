// Reads truth.npz, the truth of a simulation: id; z, subjects × latents, modalities in study order; adjacency, row
// child, column parent.

import { InputError } from '../errors/errors.js';

export interface Truth {
  readonly ids: readonly string[];
  /** Subjects × latents, row-major. */
  readonly z: Float64Array;
  readonly latents: number;
  /** Latents × latents, row child, column parent. */
  readonly adjacency: Float64Array;
}

/** Reads the truth. @throws InputError `damaged-file` with the missing or inconsistent array; errors of `readNpz` */
export async function readTruth(path: string): Promise<Truth> {
  const { readNpz } = await import('../files/npz.js');
  const arrays = await readNpz(path);
  const array = (name: string, rank: number) => {
    const match = arrays.get(name);
    if (match?.shape.length !== rank) {
      throw new InputError(
        'damaged-file',
        `${path} needs an array "${name}" with ${rank} ${rank === 1 ? 'axis' : 'axes'}; it has: ` +
          `${[...arrays.keys()].join(', ')}.`,
        { path },
      );
    }
    return match;
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
