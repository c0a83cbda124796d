// Draws artificial people from the model. They show the meaning and range of its latents without a table of real
// people.

import type { ParameterValues } from '../inference/inference.js';
import type { Latents } from '../inference/model-latents.js';
import { generateSubjects, GenerativeModel } from '../questions/index.js';
import { standardRanks } from '../metrics/known-ranks.js';
import { dot } from '../metrics/vectors.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { RunSummary } from '../training/run-summary.js';
import type { Companion } from './companion.js';

/** Artificial people, drawn from the population that the model was fitted to. */
export interface TypicalPeople {
  /** Latents by modality: people × latents, row-major. */
  readonly latents: Latents;
  /** By latent, such as `blood.z1`: the columns of its modality, by descending absolute correlation. */
  readonly companions: Readonly<Record<string, readonly Companion[]>>;
}

/** Draws people. @throws as `generateSubjects` and `GenerativeModel` */
export async function typicalPeople(
  summary: RunSummary,
  parameters: ParameterValues,
  { people, options }: { readonly people: number; readonly options: ProgramOptions },
): Promise<TypicalPeople> {
  const model = new GenerativeModel(summary, parameters, options);
  try {
    const { latents, tables } = await generateSubjects(model, { subjects: people, seed: 0 });
    const columns = tables.flatMap((table) =>
      table.columns.map(({ name: column, values }) => ({ modality: table.name, column, ranks: standardRanks(values) })),
    );
    const companions = latents.map(({ name, values }): [string, Companion[]] => {
      const ofLatent = name.slice(0, name.lastIndexOf('.z'));
      const ranks = standardRanks(values);
      const each = columns
        .filter(({ modality }) => modality === ofLatent)
        .map(({ modality, column, ranks: other }) => ({ modality, column, rho: dot(ranks, other) }));
      return [name, each.sort((a, b) => Math.abs(b.rho) - Math.abs(a.rho))];
    });
    return { latents: byModality(summary, latents, people), companions: Object.fromEntries(companions) };
  } finally {
    await model.dispose();
  }
}

function byModality(
  { model }: RunSummary,
  latents: readonly { readonly values: Float64Array }[],
  people: number,
): Latents {
  let first = 0;
  return Object.fromEntries(
    model.modalities.map(({ name, latents: width }) => {
      const columns = latents.slice(first, first + width);
      first += width;
      const values = Float32Array.from(
        { length: people * width },
        (_, at) => columns[at % width].values[Math.floor(at / width)],
      );
      return [name, values];
    }),
  );
}
