// Error rates of the evidence for observed causes in whole fits of simulated studies. Each study has a line of JSON in
// a file, and a study with a line is not fitted again.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shareInterval } from '../reproduction/experiments/share-interval.js';
import { shuffleCauses } from '../src/data/causes.js';
import type { Dataset } from '../src/data/dataset.js';
import type { Evidence, EvidenceMode } from '../src/evidence/index.js';
import { fitRun, type FittedRun } from '../src/fit/fit-run.js';
import { encodeDataset } from '../src/inference/inference.js';
import { meanCorrelation, spearman } from '../src/metrics/index.js';
import { version } from '../src/runtime/package.js';
import { CASES, latentNames } from '../src/simulation/cases.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { trueEffects } from '../src/simulation/effects.js';
import type { SimulationOptions } from '../src/simulation/options.js';
import { simulate, type Simulation } from '../src/simulation/simulate.js';
import { BenchError } from './bench-error.js';

/** Minimum |Spearman| of a latent with its true one for its effects to be compared. */
const MIN_MATCH = 0.95;

interface Design {
  readonly title: string;
  readonly case: 'chain' | 'pair';
  readonly options: SimulationOptions;
}

/** Studies of 400 subjects, whose levels act and identify the latents. They alternate. */
const DESIGNS: readonly Design[] = [
  { title: 'one modality, three perfect levels', case: 'chain', options: { levels: 'perfect' } },
  {
    title: 'two modalities, two levels that shift',
    case: 'pair',
    options: { levels: 'shift', targets: [['m1.z1'], ['m2.z2']] },
  },
];
const SUBJECTS = { samples: 390, test: 10 };

export type FitMode = 'fit-null' | 'fit-coverage';

export interface FitStudies {
  readonly mode: FitMode;
  readonly studies: number;
  readonly firstSeed: number;
  readonly evidence: EvidenceMode;
  /** File with a line per study. */
  readonly path: string;
}

/** An estimated effect and the true one on the latent that the assignment within the modality pairs. */
interface ComparedEffect {
  readonly level: string;
  readonly latent: string;
  readonly truth: string;
  /** |Spearman| of the true latent with that of the fitted model, and with the out-of-fold latent. */
  readonly match: number;
  readonly outOfFold: number;
  /** The true effect with the sign of the fitted latent, in standard deviations of the latent at the reference. */
  readonly value: number;
  readonly estimate: number;
  readonly lower90: number;
  readonly upper90: number;
  readonly lower: number;
  readonly upper: number;
  readonly verdict: string;
}

interface StudyRecord {
  /** What the results depend on. */
  readonly settings: string;
  readonly design: number;
  readonly seed: number;
  readonly seconds: number;
  /** Supported shifts, spreads, and effects on modalities. */
  readonly supported: readonly string[];
  readonly tests: number;
  /** Without shuffled causes: effects on latents that have a true partner in their modality. */
  readonly compared: readonly ComparedEffect[];
}

/** Fits the studies that have no line yet, prints each, and prints the rates. */
export async function fitStudies(request: FitStudies): Promise<void> {
  const { mode, studies, firstSeed, evidence, path } = request;
  const settings = JSON.stringify({ version, mode, evidence, DESIGNS, SUBJECTS });
  mkdirSync(dirname(path), { recursive: true });
  const known = new Map(readLines(path, settings).map((record) => [record.seed, record]));
  const records: StudyRecord[] = [];
  for (let i = 0; i < studies; i++) {
    const seed = firstSeed + i;
    const design = i % DESIGNS.length;
    let record = known.get(seed);
    if (!record) {
      record = { settings, design, seed, ...(await fitted(DESIGNS[design], seed, request)) };
      appendFileSync(path, `${JSON.stringify(record)}\n`);
    }
    records.push(record);
    console.log(`${i + 1} of ${studies}, seed ${seed}, ${record.seconds.toFixed(1)} s: ${lineOf(mode, record)}`);
  }
  printRates(mode, records);
}

/** Returns the records of a file. Removes a line that an interrupted process did not finish. */
function readLines(path: string, settings: string): StudyRecord[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  if (complete !== text) writeFileSync(path, complete);
  const lines = complete.split('\n').filter((line) => line !== '');
  const records = lines.map((line) => JSON.parse(line) as StudyRecord);
  if (records.some((record) => record.settings !== settings)) {
    throw new BenchError('other-settings', `${path} has studies of other settings; choose another file, or remove it`);
  }
  return records;
}

async function fitted({ case: name, options }: Design, seed: number, { mode, evidence }: FitStudies) {
  const started = performance.now();
  const simulation = simulate(name, { ...SUBJECTS, ...options, seed });
  const acting = simulatedDataset(simulation);
  const dataset = mode === 'fit-null' ? { ...acting, causes: shuffleCauses(acting.causes!, seed) } : acting;
  // Evidence does not read the model that infers missing latents.
  const fit = await fitRun(dataset, { seed, threads: 1, evidence, infersMissing: false });
  const { causes } = fit.run.summary.evidence!;
  return {
    supported: causes ? supportedStatements(causes) : [],
    tests: causes?.effects.filter(({ p }) => p !== undefined).length ?? 0,
    compared: mode === 'fit-null' ? [] : await comparedEffects(simulation, dataset, fit),
    seconds: (performance.now() - started) / 1000,
  };
}

type CauseEvidence = NonNullable<Evidence['causes']>;

/** Returns the supported statements: shifts or curves, spreads, and effects on modalities. */
function supportedStatements({ effects, blocks }: CauseEvidence): string[] {
  const isSupported = ({ verdict }: { readonly verdict: string }) => verdict === 'supported';
  return [
    ...effects.filter(isSupported).map(({ level, latent }) => `${level} → ${latent}`),
    ...effects
      .filter(({ spread }) => spread !== undefined && isSupported(spread))
      .map(({ level, latent }) => `${level} → spread of ${latent}`),
    ...blocks.filter(isSupported).map(({ level, modality }) => `${level} → ${modality}`),
  ];
}

/** Returns the effects on the latents that match true ones within their modality. */
async function comparedEffects(
  simulation: Simulation,
  dataset: Dataset,
  { run, outOfFold }: FittedRun,
): Promise<ComparedEffect[]> {
  const { model, evidence } = run.summary;
  if (!outOfFold || !evidence?.causes) return [];
  const rows = dataset.ids.length;
  const names = latentNames(CASES[simulation.case], simulation.latents);
  const widths = model.modalities.map(({ latents }) => latents);
  const parts = model.modalities.map(({ name }) => outOfFold.latents[name]);
  const held = Float64Array.from(
    Array.from({ length: rows }, (_, row) =>
      parts.flatMap((part, m) => [...part.subarray(row * widths[m], (row + 1) * widths[m])]),
    ).flat(),
  );
  const columns = run.graph.nodes.length;
  const known = { values: simulation.z, rows, columns: names.length };
  const fitted = { values: await encodeDataset(dataset, model, run.parameters, { threads: 1 }), rows, columns };
  const layout = { modalities: widths.map(() => simulation.latents), estimated: widths };
  const { matching } = meanCorrelation(known, fitted, layout).spearman;
  const [ofFit, ofFolds] = [fitted, { ...fitted, values: held }].map((table) => spearman(known, table).values);
  const truth = trueEffects(simulation);
  return evidence.causes.effects.flatMap(({ latent, level, effect, verdict }): ComparedEffect[] => {
    const at = run.graph.nodes.findIndex(({ name }) => name === latent);
    const partner = matching.indexOf(at);
    if (partner < 0 || !effect) return [];
    const correlation = ofFit[partner * columns + at];
    const row = truth.rows.findIndex(({ value }) => value === level);
    const { estimate, lower90, upper90, lower, upper } = effect;
    return [
      {
        ...{ level: level!, latent, truth: names[partner] },
        match: Math.abs(correlation),
        outOfFold: Math.abs(ofFolds[partner * columns + at]),
        value: Math.sign(correlation) * truth.effects[row * names.length + partner],
        ...{ estimate, lower90, upper90, lower, upper, verdict },
      },
    ];
  });
}

function lineOf(mode: FitMode, { supported, compared, tests }: StudyRecord): string {
  if (mode === 'fit-null') return supported.length === 0 ? `none of ${tests} supported` : supported.join(', ');
  const matched = compared.filter(({ match }) => match >= MIN_MATCH);
  return `90 % intervals cover ${coveredBy90(matched)} of ${matched.length} effects on matched latents`;
}

function coveredBy90(effects: readonly ComparedEffect[]): number {
  return effects.filter(({ value, lower90, upper90 }) => lower90 <= value && value <= upper90).length;
}

function printRates(mode: FitMode, records: readonly StudyRecord[]): void {
  const groups = [
    ...DESIGNS.map(({ title }, design) => ({ title, of: records.filter((record) => record.design === design) })),
    { title: 'all', of: records },
  ];
  const share = (count: number, all: number) =>
    all === 0 ? 'none' : `${count} of ${all} = ${((100 * count) / all).toFixed(1)} % (${shareInterval(count, all)})`;
  if (mode === 'fit-null') {
    console.log('| studies with shuffled causes | with a supported statement | seconds |\n|---|---|---|');
    for (const { title, of } of groups) {
      console.log(
        `| ${title} | ${share(of.filter(({ supported }) => supported.length > 0).length, of.length)} | ` +
          `${meanSeconds(of)} |`,
      );
    }
    return;
  }
  console.log(
    '| studies | compared | 90 % intervals cover | 95 % cover | supported | seconds |\n|---|---|---|---|---|---|',
  );
  for (const { title, of } of groups) {
    for (const by of ['match', 'outOfFold'] as const) {
      for (const isZero of [false, true]) {
        const effects = of
          .flatMap(({ compared }) => compared)
          .filter((one) => one[by] >= MIN_MATCH && Math.abs(one.value) < 1e-9 === isZero);
        const in95 = effects.filter(({ value, lower, upper }) => lower <= value && value <= upper).length;
        const supported = effects.filter(({ verdict }) => verdict === 'supported').length;
        const which = `${isZero ? 'no effect' : 'effects'}, ${by === 'match' ? 'fitted' : 'out-of-fold'} latents`;
        const cells = [coveredBy90(effects), in95, supported].map((count) => share(count, effects.length));
        console.log(`| ${[`${title}: ${which}`, effects.length, ...cells, meanSeconds(of)].join(' | ')} |`);
      }
    }
  }
}

function meanSeconds(records: readonly StudyRecord[]): string {
  return (records.reduce((sum, { seconds }) => sum + seconds, 0) / records.length).toFixed(1);
}
