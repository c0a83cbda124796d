// Experiments whose result is a count of data sets. selection-counts.ts, null-counts.ts and link-counts.ts define them.
// Each data set has a record; a data set that has its record is not run again.

import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from '../../src/files/atomic.js';
import type { DeviceName } from '../../src/runtime/device.js';
import { readOrMakeRecord, withEarlierKeys } from './record-file.js';
import { shareInterval } from './share-interval.js';
import { uniformity } from './uniformity.js';

export interface CountExperiment {
  readonly id: string;
  readonly group: CountGroup;
  readonly title: string;
  readonly dataSets: number;
  /** Seed of the first data set. Default: 0. */
  readonly firstSeed?: number;
  /** The counted event, in a word or two. */
  readonly counted: string;
  /** Bound of the number of data sets that count. */
  readonly reach: { readonly min: number } | { readonly max: number };
  /** Returns the settings of a data set's record as text. A record with other settings is refused. */
  readonly settings: (seed: number) => string;
  readonly count: (run: CountRun) => Promise<CountOutcome>;
}

export const COUNT_GROUPS = {
  counts: 'Number of data sets in which select finds the number of latents, or the fit warns of mixing',
  links: 'Number of studies with supported false links or arrows, or with supported true direct links',
  null: 'Number of studies in which an association or a link is supported, without and with a signal',
} as const;
export type CountGroup = keyof typeof COUNT_GROUPS;

export interface CountRun {
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal: AbortSignal;
  /** Seed of the data set and of the fit. */
  readonly seed: number;
}

const recordSchema = withEarlierKeys(
  { result: 'found' },
  z.object({
    experiment: z.string(),
    seed: z.int().min(0),
    /** Settings of the simulation and of the fit. */
    settings: z.string(),
    counted: z.boolean(),
    /** The result in words. */
    result: z.string(),
    /** p of an association that a report would show, drawn by the seed. It is uniform where there is no signal. */
    association: z.number().min(0).max(1).optional(),
    seconds: z.number(),
  }),
);

export type CountRecord = z.infer<typeof recordSchema>;

export interface CountResult {
  readonly experiment: CountExperiment;
  readonly records: readonly CountRecord[];
  /** True if the reach is met; null while data sets are missing. */
  readonly met: boolean | null;
}

export interface CountOptions {
  readonly out: string;
  /** Number of data sets of each experiment. Default: the number that its reach refers to. */
  readonly seeds?: number | undefined;
  /** Seed of the first data set. Default: the experiment's. */
  readonly firstSeed?: number | undefined;
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal: AbortSignal;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/**
 * Runs all data sets of the experiments that have no record in `out` yet.
 * @throws InputError `damaged-file` or `checkpoint-mismatch` for a record; what a fit throws; the signal's reason
 */
export async function countAll(
  experiments: readonly CountExperiment[],
  { out, seeds, firstSeed, threads, device = 'cpu', signal, onProgress }: CountOptions,
): Promise<CountResult[]> {
  await makeFolder(join(out, 'fits'));
  const records = new Map(experiments.map(({ id }) => [id, new Array<CountRecord>()]));
  const rounds = Math.max(...experiments.map(({ dataSets }) => seeds ?? dataSets));
  // Every experiment gets its first data set before any gets its second, so that an early stop leaves results for all.
  for (let round = 0; round < rounds; round++) {
    for (const experiment of experiments) {
      if (round >= (seeds ?? experiment.dataSets)) continue;
      signal.throwIfAborted();
      const seed = (firstSeed ?? experiment.firstSeed ?? 0) + round;
      const path = join(out, 'fits', `${experiment.id}-seed${seed}.json`);
      const make = (): Promise<CountRecord> => {
        onProgress?.(`${experiment.title}, data seed ${seed}`);
        return countOne(experiment, { threads, device, signal, seed });
      };
      records.get(experiment.id)!.push(await readOrMakeRecord(path, recordSchema, experiment.settings(seed), make));
    }
  }
  return experiments.map((experiment) => {
    const results = records.get(experiment.id)!;
    return { experiment, records: results, met: isMet(experiment, results) };
  });
}

async function countOne(experiment: CountExperiment, run: CountRun): Promise<CountRecord> {
  const { id, settings, count } = experiment;
  const start = performance.now();
  const outcome = await count(run);
  const seconds = (performance.now() - start) / 1000;
  return { experiment: id, seed: run.seed, settings: settings(run.seed), ...outcome, seconds };
}

export type CountOutcome = Pick<CountRecord, 'counted' | 'result' | 'association'>;

/** True if the first `dataSets` records meet the reach; null if there are fewer records. */
function isMet({ dataSets, reach }: CountExperiment, records: readonly CountRecord[]): boolean | null {
  if (records.length < dataSets) return null;
  const count = records.slice(0, dataSets).filter(({ counted }) => counted).length;
  return 'min' in reach ? count >= reach.min : count <= reach.max;
}

/** Returns a page with a table of all experiments and one of all data sets. */
export function countsMarkdown(results: readonly CountResult[]): string {
  const rows = results.map(({ experiment, records, met }) => {
    const { title, reach, dataSets } = experiment;
    const count = records.filter(({ counted }) => counted).length;
    const limit = 'min' in reach ? `≥ ${reach.min}` : `≤ ${reach.max}`;
    const seconds = records.reduce((sum, record) => sum + record.seconds, 0) / records.length;
    return (
      `| ${title} | ${experiment.counted} | ${count} of ${records.length} | ` +
      `${shareInterval(count, records.length)} | ${limit} of ${dataSets} | ` +
      `${met === null ? '–' : met ? 'yes' : 'no'} | ${seconds.toFixed(0)} |`
    );
  });
  const each = results.flatMap(({ experiment: { id }, records }) =>
    records.map(({ seed, result, counted }) => `| ${id} | ${seed} | ${result} | ${counted ? 'yes' : 'no'} |`),
  );
  return [
    '# Counts',
    '',
    '| experiment | counted | data sets | 95 % interval | reach | met | seconds per data set |\n' +
      '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...associationLines(results),
    '| experiment | data set | result | counted |\n| --- | --- | --- | --- |',
    ...each,
    '',
  ].join('\n');
}

/** Returns a table that tests whether the p-values of studies without signal, one per study, are uniform. */
function associationLines(results: readonly CountResult[]): string[] {
  const kinds = results
    .filter(({ experiment: { reach } }) => 'max' in reach)
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
    'One association per study, of a latent with a column of another modality. The data seed draws which:',
    '',
    '| experiment | studies | p ≤ 0.05 | Kolmogorov–Smirnov distance | p of the distance |\n' +
      '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}
