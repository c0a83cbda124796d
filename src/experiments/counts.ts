// Experiments whose result is a count of data sets: selection-counts.ts, null-counts.ts and link-counts.ts have them.
// One record per data set; what has one is not run again.

import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from '../files/atomic.js';
import type { DeviceName } from '../runtime/device.js';
import { keptRecord } from './record-file.js';
import { uniformity } from './uniformity.js';

export interface CountExperiment {
  readonly id: string;
  readonly group: CountGroup;
  readonly title: string;
  readonly dataSets: number;
  /** Seed of the first data set; 0 when left out. */
  readonly firstSeed?: number;
  /** What is counted, in a word or two. */
  readonly counted: string;
  /** How many of the data sets must count. */
  readonly reach: { readonly least: number } | { readonly most: number };
  /** What a record of a data set must have been made with, as text. */
  readonly settings: (seed: number) => string;
  readonly count: (run: CountRun) => Promise<CountOutcome>;
}

export const COUNT_GROUPS = {
  counts: 'In how many data sets select finds the number of latents, and the fit warns of mixing',
  links: 'In how many studies false links and false arrows are supported, and true direct links are',
  null: 'In how many studies without signal something is found, and in how many with signal it is',
} as const;
export type CountGroup = keyof typeof COUNT_GROUPS;

export interface CountRun {
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal: AbortSignal;
  /** Of data set and fit. */
  readonly seed: number;
}

const recordSchema = z.object({
  experiment: z.string(),
  seed: z.int().min(0),
  /** Of the simulation and of the fit. */
  settings: z.string(),
  counted: z.boolean(),
  /** The result in words. */
  found: z.string(),
  /** p of one association that a report would show, drawn by the seed; where there is no signal, it is uniform. */
  association: z.number().min(0).max(1).optional(),
  seconds: z.number(),
});

export type CountRecord = z.infer<typeof recordSchema>;

export interface CountResult {
  readonly experiment: CountExperiment;
  readonly records: readonly CountRecord[];
  /** null while data sets of the reach are missing. */
  readonly met: boolean | null;
}

export interface CountOptions {
  readonly out: string;
  /** Data sets of each experiment; those of its reach when left out. */
  readonly seeds?: number | undefined;
  /** Seed of the first data set; the experiment's when left out. */
  readonly firstSeed?: number | undefined;
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal: AbortSignal;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** @throws InputError `damaged-file`, `other-settings` for a record in `out`; what a fit throws; the signal's reason */
export async function countAll(
  experiments: readonly CountExperiment[],
  { out, seeds, firstSeed, threads, device = 'cpu', signal, onProgress }: CountOptions,
): Promise<CountResult[]> {
  await makeFolder(join(out, 'fits'));
  const records = new Map(experiments.map(({ id }) => [id, new Array<CountRecord>()]));
  const most = Math.max(...experiments.map(({ dataSets }) => seeds ?? dataSets));
  // Every experiment gets its first data set before any gets its second: a run that is stopped says a little about all.
  for (let round = 0; round < most; round++) {
    for (const experiment of experiments) {
      if (round >= (seeds ?? experiment.dataSets)) continue;
      signal.throwIfAborted();
      const seed = (firstSeed ?? experiment.firstSeed ?? 0) + round;
      const path = join(out, 'fits', `${experiment.id}-seed${seed}.json`);
      const make = (): Promise<CountRecord> => {
        onProgress?.(`${experiment.title}, data seed ${seed}`);
        return countOne(experiment, { threads, device, signal, seed });
      };
      records.get(experiment.id)!.push(await keptRecord(path, recordSchema, experiment.settings(seed), make));
    }
  }
  return experiments.map((experiment) => {
    const own = records.get(experiment.id)!;
    return { experiment, records: own, met: isMet(experiment, own) };
  });
}

async function countOne(experiment: CountExperiment, run: CountRun): Promise<CountRecord> {
  const { id, settings, count } = experiment;
  const start = performance.now();
  const outcome = await count(run);
  const seconds = (performance.now() - start) / 1000;
  return { experiment: id, seed: run.seed, settings: settings(run.seed), ...outcome, seconds };
}

export type CountOutcome = Pick<CountRecord, 'counted' | 'found' | 'association'>;

/** Over the number of data sets that the experiment asks for; null when there are fewer. */
function isMet({ dataSets, reach }: CountExperiment, records: readonly CountRecord[]): boolean | null {
  if (records.length < dataSets) return null;
  const count = records.slice(0, dataSets).filter(({ counted }) => counted).length;
  return 'least' in reach ? count >= reach.least : count <= reach.most;
}

/** A table of all results and one of every data set. */
export function countsMarkdown(results: readonly CountResult[]): string {
  const rows = results.map(({ experiment, records, met }) => {
    const { title, reach, dataSets } = experiment;
    const count = records.filter(({ counted }) => counted).length;
    const limit = 'least' in reach ? `≥ ${reach.least}` : `≤ ${reach.most}`;
    const seconds = records.reduce((sum, record) => sum + record.seconds, 0) / records.length;
    return (
      `| ${title} | ${experiment.counted} | ${count} of ${records.length} | ${intervalText(count, records.length)} | ` +
      `${limit} of ${dataSets} | ` +
      `${met === null ? '–' : met ? 'yes' : 'no'} | ${seconds.toFixed(0)} |`
    );
  });
  const each = results.flatMap(({ experiment: { id }, records }) =>
    records.map(({ seed, found, counted }) => `| ${id} | ${seed} | ${found} | ${counted ? 'yes' : 'no'} |`),
  );
  return [
    '# Counts',
    '',
    '| experiment | counted | data sets | 95 % interval | reach | met | seconds each |\n' +
      '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...associationLines(results),
    '| experiment | data set | found | counted |\n| --- | --- | --- | --- |',
    ...each,
    '',
  ].join('\n');
}

/** Whether p of one association of each study without signal is uniform. */
function associationLines(results: readonly CountResult[]): string[] {
  const kinds = results
    .filter(({ experiment: { reach } }) => 'most' in reach)
    .map(({ experiment: { title }, records }) => ({
      title,
      ps: records.flatMap(({ association }) => association ?? []),
    }))
    .filter(({ ps }) => ps.length > 0);
  if (kinds.length === 0) return [];
  const rows = kinds.map(({ title, ps }) => {
    const { distance, p } = uniformity(ps);
    const below = ps.filter((one) => one <= 0.05).length;
    return `| ${title} | ${ps.length} | ${below} | ${distance.toFixed(2)} | ${p.toPrecision(2)} |`;
  });
  return [
    'One association of a latent with a column of another modality, drawn by the data seed:',
    '',
    '| experiment | studies | p ≤ 0.05 | Kolmogorov–Smirnov distance | its p |\n| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

/** Wilson's interval of a share. */
function intervalText(count: number, all: number): string {
  const z = 1.96;
  const share = count / all;
  const centre = (share + z ** 2 / (2 * all)) / (1 + z ** 2 / all);
  const half = (z / (1 + z ** 2 / all)) * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  const percent = (value: number) => `${(100 * Math.max(0, value)).toFixed(0)} %`;
  return `${percent(centre - half)} – ${percent(centre + half)}`;
}
