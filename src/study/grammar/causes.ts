// The keys `causes` and `batch` of a study file: measured causes of the latents, and what changes the observation only.

import * as z from 'zod';
import { CAUSE_EFFECTS, CAUSE_KINDS } from '../../data/causes.js';
import { didYouMean } from '../../errors/suggestion.js';
import { formKeys, tableKeys, type StudyPath } from './tables.js';

const name = z.string().min(1);
const names = z.array(name).min(1);
/** One file, or several that are stacked. */
export const fileList = z
  .union([name, names], { error: 'must be a file or a list of files (stacked by rows)' })
  .describe('One file, or a list of files that are stacked by rows.');
const level = z.union([name, z.number()], { error: 'must be a level or a number' });
const targetNames = z.union([name, names], { error: 'must be a name or a list of names' });

/** Minimum number of subjects of a level: below it, means and covariances of the latents say too little. */
const MIN_LEVEL = 20;

/** Keys of a table of which one column is read. */
const columnKeys = {
  table: fileList,
  ...formKeys,
  where: tableKeys.where,
  missing: z
    .array(z.union([z.number(), name], { error: 'must be a number or a text' }))
    .min(1)
    .optional()
    .describe(
      'Codes, numbers or texts, that stand for a missing value. Subjects without a value are left out. Default: none.',
    ),
  recode: z
    .record(name, z.number().nullable(), { error: 'must map codes to numbers' })
    .optional()
    .describe(
      'Values of codes, such as `{ low: 1, high: 2 }`. `null` is missing; other codes do not change. Default: none.',
    ),
};

export const causeSchema = z.strictObject({
  ...columnKeys,
  column: name.describe('Column of the cause.'),
  kind: z
    .enum(CAUSE_KINDS)
    .describe(
      '`categorical`: levels, such as arms, knock-outs or genotypes. `ordered`: numbers with few values, such as ' +
        'doses. `continuous`: any numbers.',
    ),
  reference: level
    .optional()
    .describe(
      'The level, or the number, that the others are compared with. A categorical cause needs one. Default: the ' +
        'lowest value of an ordered cause, the mean of a continuous one.',
    ),
  assigned: z
    .boolean({
      error:
        'must be true if the designer assigned the values (a trial, a CRISPR screen), so that effects are causal, or ' +
        'false if they were observed (genotypes, diagnoses), so that effects are associations',
    })
    .describe(
      '`true`: the designer of the study assigned the values, as in a randomised trial, so that an effect is causal. ' +
        '`false`: the values were observed, so that an effect is an association.',
    ),
  effect: z
    .enum(CAUSE_EFFECTS)
    .default('soft')
    .describe(
      'What a level does to a latent that it acts on. `soft`: another mechanism. `shift`: the same mechanism plus a ' +
        'constant. `perfect`: a separate distribution, independent of other latents. Data cannot show which is right.',
    ),
  targets: z
    .union([targetNames, z.record(name, targetNames)], {
      error: 'must be a modality, a list of modalities, or maps of levels to these',
    })
    .optional()
    .describe(
      'What the cause may act on, if that is known: a modality (`rna`), a latent (`rna.z2`) or a list of these; by ' +
        'level, or once for all levels. Default: found in the data.',
    ),
  minSubjects: z
    .int()
    .min(2)
    .default(MIN_LEVEL)
    .describe('Minimum number of subjects of a level of a categorical cause. Subjects of rarer levels are left out.'),
});

export type CauseConfig = z.output<typeof causeSchema>;

export const batchSchema = z.strictObject({
  ...columnKeys,
  column: name.describe('Column of the batch: a site, an instrument, a plate, a run. Numbers are names, too.'),
  scale: z
    .boolean()
    .default(true)
    .describe(
      '`true`: removes what a batch does to mean and standard deviation of a column; the latter if the batch has 30 ' +
        'training subjects. `false`: only to the mean.',
    ),
});

export type BatchConfig = z.output<typeof batchSchema>;

/** Where one column is read. */
export type ColumnConfig = Omit<BatchConfig, 'scale'>;

/** Returns the targets as lists; undefined if they are not known. A list for all levels has the key `*`. */
export function targetsOf({ targets }: Pick<CauseConfig, 'targets'>): Record<string, readonly string[]> | undefined {
  if (targets === undefined) return undefined;
  const entries = typeof targets === 'string' || Array.isArray(targets) ? { '*': targets } : targets;
  return Object.fromEntries(Object.entries(entries).map(([key, list]) => [key, [list].flat()]));
}

interface Modalities {
  readonly [name: string]: { readonly latents: number; readonly exogenous: number };
}

/** What is wrong with a cause, and where in the cause; undefined if nothing is wrong. */
export function causeProblem(
  config: CauseConfig,
  modalities: Modalities,
): { readonly at: StudyPath; readonly problem: string } | undefined {
  const { kind, reference, targets } = config;
  if (kind !== 'categorical' && typeof reference === 'string') {
    return { at: ['reference'], problem: `must be a number, because the cause is ${kind}, not '${reference}'` };
  }
  if (kind !== 'categorical' && targets !== undefined && !Object.hasOwn(targetsOf(config) ?? {}, '*')) {
    return { at: ['targets'], problem: `must be names without levels, because the cause is ${kind}` };
  }
  for (const [key, list] of Object.entries(targetsOf(config) ?? {})) {
    const at = key === '*' ? ['targets'] : ['targets', key];
    if (key === String(reference)) return { at, problem: 'is the reference, which acts on nothing' };
    for (const target of list) {
      const problem = targetProblem(target, modalities);
      if (problem) return { at, problem };
    }
  }
  return undefined;
}

function targetProblem(target: string, modalities: Modalities): string | undefined {
  const [modality, position] = target.split(/\.z(?=\d+$)/);
  if (!Object.hasOwn(modalities, modality)) {
    const known = Object.keys(modalities);
    const hint = didYouMean(modality, known);
    return `names '${target}', but no modality is called so${hint}; there are ${known.join(', ')}`;
  }
  const { latents, exogenous } = modalities[modality];
  const count = latents + exogenous;
  if (modality === target || (Number(position) >= 1 && Number(position) <= count)) return undefined;
  return `names '${target}', but '${modality}' has ${modality}.z1 to ${modality}.z${count} (latents and exogenous)`;
}
