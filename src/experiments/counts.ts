// Experiments whose result is a count: data sets where `select` finds the number of latents, or where the fit warns of
// latents that are determined only up to mixing. One record per data set; what has one is not run again.

import { join } from 'node:path';
import * as z from 'zod';
import { CASES, simulate, trainingSubjects, type CaseName, type SimulationOptions } from '../simulation/simulate.js';
import { simulatedDataset } from '../simulation/dataset.js';
import type { Dataset } from '../data/dataset.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import type { DeviceName } from '../runtime/device.js';
import { fitConfig } from '../training/config.js';
import { selectLatents } from '../selection/select-latents.js';
import { LINEAR_GAUSSIAN, MECHANISM_SETS } from './definitions.js';
import { readRecordFile } from './record-file.js';

export interface CountExperiment {
  readonly id: string;
  readonly title: string;
  readonly case: CaseName;
  /** Data sets take these in turn, by their seed. */
  readonly simulations: readonly SimulationOptions[];
  readonly dataSets: number;
  /**
   * `selected`: `select` recommends the true number in every modality; `warned`: a fit calls a latent determined only
   * up to mixing.
   */
  readonly counted: 'selected' | 'warned';
  /** How many of the data sets must count. */
  readonly reach: { readonly least: number } | { readonly most: number };
}

/** The polish moves no component: it has no part in the warning. */
const WARNED_FIT = { polish: 0 } as const;

const MECHANISMS = Object.values(MECHANISM_SETS);

export const COUNTS: readonly CountExperiment[] = [
  {
    id: 'select-case1',
    title: 'case 1 (truth 2 + 2): latents chosen by select',
    case: 'case1',
    simulations: [{}],
    dataSets: 20,
    counted: 'selected',
    reach: { least: 18 },
  },
  {
    id: 'select-case2',
    title: 'case 2 (truth 3 + 3), four mechanisms: latents chosen by select',
    case: 'case2',
    simulations: MECHANISMS,
    dataSets: 20,
    counted: 'selected',
    reach: { least: 18 },
  },
  {
    id: 'warned-linear-gaussian',
    title: 'case 1, linear Gaussian (not identifiable): the fit warns',
    case: 'case1',
    simulations: [LINEAR_GAUSSIAN],
    dataSets: 10,
    counted: 'warned',
    reach: { least: 9 },
  },
  {
    id: 'warned-identifiable',
    title: 'case 1, four mechanisms (identifiable): the fit warns',
    case: 'case1',
    simulations: MECHANISMS,
    dataSets: 10,
    counted: 'warned',
    reach: { most: 1 },
  },
];

const recordSchema = z.object({
  experiment: z.string(),
  seed: z.int().min(0),
  /** Of the simulation and of the fit. */
  settings: z.string(),
  counted: z.boolean(),
  /** The result in words. */
  found: z.string(),
  seconds: z.number(),
});

export type CountRecord = z.infer<typeof recordSchema>;

const PROBLEMS = {
  damaged: 'is not a record; remove it to run it again.',
  otherSettings: '; choose another --out, or remove it.',
};

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
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal: AbortSignal;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** @throws InputError `damaged-file`, `other-settings` for a record in `out`; what a fit throws; the signal's reason */
export async function countAll(
  experiments: readonly CountExperiment[],
  { out, seeds, threads, device = 'cpu', signal, onProgress }: CountOptions,
): Promise<CountResult[]> {
  await makeFolder(join(out, 'fits'));
  const results: CountResult[] = [];
  for (const experiment of experiments) {
    const records: CountRecord[] = [];
    for (let seed = 0; seed < (seeds ?? experiment.dataSets); seed++) {
      signal.throwIfAborted();
      const path = join(out, 'fits', `${experiment.id}-seed${seed}.json`);
      const options = { ...experiment.simulations[seed % experiment.simulations.length], seed };
      const known = await readRecordFile(path, recordSchema, settingsOf(experiment, options), PROBLEMS);
      if (!known) onProgress?.(`${experiment.title}, data set ${seed + 1}`);
      const record = known ?? (await countOne(experiment, options, { threads, device, signal }));
      if (!known) await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
      records.push(record);
    }
    results.push({ experiment, records, met: isMet(experiment, records) });
  }
  return results;
}

async function countOne(
  experiment: CountExperiment,
  options: SimulationOptions & { readonly seed: number },
  run: Omit<RunOptions, 'seed'>,
): Promise<CountRecord> {
  const { id, case: name, counted } = experiment;
  const dataset = simulatedDataset(simulate(name, options));
  const start = performance.now();
  const outcome = await (counted === 'selected' ? countSelected : countWarned)(dataset, CASES[name].latents, {
    ...run,
    seed: options.seed,
  });
  const seconds = (performance.now() - start) / 1000;
  return { experiment: id, seed: options.seed, settings: settingsOf(experiment, options), ...outcome, seconds };
}

interface RunOptions {
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal: AbortSignal;
  readonly seed: number;
}

type Outcome = Pick<CountRecord, 'counted' | 'found'>;

async function countSelected(dataset: Dataset, truth: number, run: RunOptions): Promise<Outcome> {
  const { modalities } = await selectLatents(dataset, run);
  const numbers = modalities.map(({ recommended }) => recommended);
  return { counted: numbers.every((number) => number === truth), found: numbers.join(' + ') };
}

async function countWarned(dataset: Dataset, _truth: number, run: RunOptions): Promise<Outcome> {
  const model = await MultimodalCausalModel.fit(dataset, { ...run, ...WARNED_FIT, evidence: false });
  const { restarts, equals, agreement, determined } = model.summary.determination!;
  await model.dispose();
  const least = Math.min(...agreement).toFixed(3);
  return { counted: determined.includes(false), found: `${equals} of ${restarts} equal, least agreement ${least}` };
}

/** The settings of a record, as text. */
export function settingsOf(
  { counted }: CountExperiment,
  simulation: SimulationOptions & { readonly seed: number },
): string {
  const fit =
    counted === 'warned'
      ? fitConfig({ ...WARNED_FIT, seed: simulation.seed }, trainingSubjects(simulation))
      : undefined;
  return JSON.stringify({ simulation, fit });
}

/** Over the number of data sets that the experiment asks for; null when there are fewer. */
function isMet({ dataSets, reach }: CountExperiment, records: readonly CountRecord[]): boolean | null {
  if (records.length < dataSets) return null;
  const count = records.slice(0, dataSets).filter(({ counted }) => counted).length;
  return 'least' in reach ? count >= reach.least : count <= reach.most;
}

/** A table of all results and one of every data set. */
export function countsMarkdown(results: readonly CountResult[]): string {
  const rows = results.map(({ experiment: { title, reach, dataSets }, records, met }) => {
    const count = records.filter(({ counted }) => counted).length;
    const limit = 'least' in reach ? `≥ ${reach.least}` : `≤ ${reach.most}`;
    const seconds = records.reduce((sum, record) => sum + record.seconds, 0) / records.length;
    return (
      `| ${title} | ${count} of ${records.length} | ${limit} of ${dataSets} | ` +
      `${met === null ? '–' : met ? 'yes' : 'no'} | ${seconds.toFixed(0)} |`
    );
  });
  const each = results.flatMap(({ experiment: { id }, records }) =>
    records.map(({ seed, found, counted }) => `| ${id} | ${seed} | ${found} | ${counted ? 'yes' : 'no'} |`),
  );
  return [
    '# Counts',
    '',
    '| experiment | counted | reach | met | seconds each |\n| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '| experiment | data set | found | counted |\n| --- | --- | --- | --- |',
    ...each,
    '',
  ].join('\n');
}
