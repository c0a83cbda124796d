// Reads truth.npz, the truth of a simulation: id; z, subjects × latents, modalities in study order; adjacency, row
// child, column parent. `variables` has one number for all copies of a latent. With observed causes the file also has
// names of the latents, targets and effects.

import { InputError } from '../errors/errors.js';
import type { NpyArray } from '../files/npy.js';
import type { CauseEffects, CauseTargets } from '../metrics/index.js';

export interface Truth {
  readonly ids: readonly string[];
  /** Subjects × latents, row-major. */
  readonly z: Float64Array;
  readonly latents: number;
  /** Latents × latents, row child, column parent. */
  readonly adjacency: Float64Array;
  /** Variable of each latent, by number: copies in several modalities have the same one. */
  readonly variables?: readonly number[] | undefined;
  /** Modalities of the latents, if the file names them. */
  readonly modalities?: readonly { readonly name: string; readonly latents: number }[] | undefined;
  /** Latents that observed causes act on. */
  readonly targets?: CauseTargets | undefined;
  readonly effects?: CauseEffects | undefined;
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
    ...variablesOf(path, arrays, latents),
    ...causesOf(path, arrays, latents),
  };
}

/** @throws InputError `damaged-file` */
function variablesOf(path: string, arrays: ReadonlyMap<string, NpyArray>, latents: number): Pick<Truth, 'variables'> {
  const variables = arrays.get('variables');
  if (!variables) return {};
  if (variables.shape.join() !== String(latents)) {
    throw new InputError('damaged-file', `${path}: ${variables.data.length} variables for ${latents} latents.`, {
      path,
    });
  }
  return { variables: Array.from<unknown, number>(variables.data, Number) };
}

/** Returns what the truth says about observed causes; nothing if it has none. @throws InputError `damaged-file` */
function causesOf(
  path: string,
  arrays: ReadonlyMap<string, NpyArray>,
  latents: number,
): Pick<Truth, 'modalities' | 'targets' | 'effects'> {
  const named = (name: string, rows: string) => {
    const [matrix, names] = [arrays.get(name), arrays.get(rows)];
    if (!matrix || !names) return undefined;
    if (matrix.shape.join() !== `${names.data.length},${latents}`) {
      throw new InputError(
        'damaged-file',
        `${path}: ${name} is ${matrix.shape.join(' × ')} for ${names.data.length} ${rows} and ${latents} latents.`,
        { path },
      );
    }
    return {
      causes: Array.from<unknown, string>(names.data, String),
      values: Float64Array.from<unknown>(matrix.data, Number),
    };
  };
  const [targets, effects] = [named('targets', 'target_rows'), named('effects', 'effect_rows')];
  const names = arrays.get('columns');
  return {
    ...(names?.data.length === latents && {
      modalities: modalitiesOf(Array.from<unknown, string>(names.data, String)),
    }),
    ...(targets && { targets: { causes: targets.causes, edges: targets.values } }),
    ...(effects && { effects: { causes: effects.causes, effects: effects.values } }),
  };
}

/** Returns the modalities of latents that are named `<modality>.z1` and so on. */
function modalitiesOf(names: readonly string[]): { readonly name: string; readonly latents: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const modality = name.slice(0, name.lastIndexOf('.'));
    counts.set(modality, (counts.get(modality) ?? 0) + 1);
  }
  return Array.from(counts, ([name, latents]) => ({ name, latents }));
}
