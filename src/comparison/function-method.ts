// A function of a caller as a compared method: the contract of a runner (docs/reference/comparison.md), in memory.

import { InputError } from '../errors/errors.js';
import type { NpyArray } from '../files/npy.js';
import type { ComparedData } from './compared-data.js';
import type { Method } from './method.js';
import { latentsOf } from './runner.js';

/** One modality, as every compared method sees it. */
export interface MethodModality {
  readonly name: string;
  readonly columns: readonly string[];
  /** Number of latents to return. */
  readonly latents: number;
  /** Subjects × columns, row-major: standardised values, 0 where missing. */
  readonly values: ArrayLike<number>;
  /** 1 for observed values, 0 for missing ones, of the same shape. */
  readonly observed: ArrayLike<number>;
}

/** What a function of yours gets. */
export interface MethodSubjects {
  readonly ids: readonly string[];
  /** Rows of each part. Fit on `train`; choose settings with `validation`. */
  readonly split: ComparedData['split'];
  /** Group of each subject. Undefined if each row is independent. */
  readonly groups: readonly string[] | undefined;
  readonly modalities: readonly MethodModality[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** A method of yours. */
export interface FunctionMethod {
  readonly name: string;
  /** One line for readers. Default: the name. */
  readonly title?: string;
  /**
   * Returns the latents of each modality by its name, for all subjects in their order: subjects × latents, row-major.
   * Compute the latents of a modality from its columns alone.
   */
  readonly fit: (
    subjects: MethodSubjects,
  ) => Readonly<Record<string, ArrayLike<number>>> | Promise<Readonly<Record<string, ArrayLike<number>>>>;
}

/** Returns the method. Its fit throws InputError `runner-output` for latents that cannot be right. */
export function functionMethod({ name, title = name, fit }: FunctionMethod): Method {
  return {
    name,
    title,
    fit: async ({ data, seed, signal }) => {
      const { ids, split, groups, modalities } = data;
      const latents: unknown = await fit({
        ids,
        split,
        groups,
        modalities: modalities.map(({ name: modality, columns, latents: count, table: { samples, observed } }) => ({
          name: modality,
          columns,
          latents: count,
          values: samples.values,
          observed: observed ?? new Uint8Array(samples.values.length).fill(1),
        })),
        seed,
        signal,
      });
      const arrays = arraysOf(name, latents, ids.length);
      return { latents: modalities.map((modality) => latentsOf(arrays, modality, data, name)) };
    },
  };
}

function arraysOf(name: string, latents: unknown, subjects: number): Map<string, NpyArray> {
  if (typeof latents !== 'object' || latents === null) {
    throw new InputError('runner-output', `Method '${name}' returned no object with latents of each modality.`);
  }
  return new Map(
    Object.entries(latents).map(([modality, values]) => {
      const data = Float64Array.from(values as ArrayLike<number>);
      const isMatrix = data.length % subjects === 0;
      return [modality, { shape: isMatrix ? [subjects, data.length / subjects] : [data.length], data }];
    }),
  );
}
