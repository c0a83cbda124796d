// How often the verdicts on single latents are right, in whole fits of simulated studies:
//   scripts/bench latent-verdicts STUDIES FILE FIRST_SEED [DESIGN…]
// Each study has a line of JSON in a file, and a study with a line is not fitted again. Designs alternate; a title, or
// a part of it, selects some. Seeds below 1,000 settled the rule. docs/results/identifiability has the results.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LatentGraph } from '../src/causal/index.js';
import { conclusionsOf } from '../src/conclusions/index.js';
import { shareInterval } from '../reproduction/experiments/share-interval.js';
import { fitRun } from '../src/fit/fit-run.js';
import { encodeDataset } from '../src/inference/inference.js';
import { chanceFloors, meanCorrelation } from '../src/metrics/index.js';
import { version } from '../src/runtime/package.js';
import type { CaseName } from '../src/simulation/cases.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import type { SimulationOptions } from '../src/simulation/options.js';
import { simulate, type Simulation } from '../src/simulation/simulate.js';
import type { FitSettings } from '../src/training/config.js';
import type { RunSummary, SavedRun } from '../src/training/run-folder.js';
import { BenchError } from './bench-error.js';

interface Design {
  readonly title: string;
  readonly case: CaseName;
  /** Numbers of subjects, a tenth of them for validation; studies of a design alternate between them. */
  readonly samples: readonly number[];
  readonly options: SimulationOptions;
  readonly settings?: FitSettings;
}

const LINEAR = { mechanism: 'linear', heteroscedastic: false } as const;

const DESIGNS: readonly Design[] = [
  { title: 'case 1, curved', case: 'case1', samples: [300, 1000, 3000, 10_000], options: {} },
  { title: 'case 1, linear Gaussian', case: 'case1', samples: [300, 1000, 3000, 10_000], options: LINEAR },
  { title: 'case 2, further edges', case: 'case2', samples: [1000, 3000], options: { extraEdges: 0.3 } },
  { title: 'case 3, curved', case: 'case3', samples: [500, 1500], options: {} },
  { title: 'case 3, linear Gaussian', case: 'case3', samples: [500, 1500], options: { ...LINEAR, extraEdges: 0.2 } },
  // Unequal links determine axes, which edges within the modalities make wrong in the same way in every fold.
  {
    ...{ title: 'pair, linear Gaussian, edges within', case: 'pair', samples: [1000, 3000] },
    options: { withinEdges: true },
  },
  {
    ...{ title: 'case 1, cycles', case: 'case1', samples: [1000], options: { cycles: 'within' } },
    settings: { sparsity: { graph: 'cyclic' } },
  },
  { title: 'one modality, perfect levels', case: 'chain', samples: [300, 1000], options: { levels: 'perfect' } },
  {
    title: 'one modality, one level',
    case: 'chain',
    samples: [300, 1000],
    options: { levels: 'shift', levelCount: 1 },
  },
  { title: 'pair, levels that shift', case: 'pair', samples: [300, 1000], options: { levels: 'shift' } },
];
/** Subjects of the test split. */
const TEST = 100;

/** A fitted latent and the true one that the assignment within its modality pairs with it. */
interface Match {
  readonly latent: string;
  /** |Spearman| with the true latent over all subjects; 0 without a partner. */
  readonly correlation: number;
  /** Mean of the same for random rotations of the true latents of the modality. */
  readonly floor: number;
}

interface StudyRecord {
  /** What the results depend on. */
  readonly settings: string;
  readonly design: number;
  readonly seed: number;
  readonly samples: number;
  readonly seconds: number;
  readonly matches: readonly Match[];
  /** By split and latent: |correlation| of the latents of the folds, and of these with the fitted latent. */
  readonly splits: readonly { readonly folds: readonly number[]; readonly fitted: readonly number[] }[];
  readonly graph: Omit<LatentGraph, 'strengths'>;
  /** run.json; verdicts are computed from it again, so that a rule can change without another fit. */
  readonly summary: RunSummary;
}

/** Minimum |Spearman| with a true latent for a component to be right; also the minimum of the strict column. */
const RIGHT = 0.95;

/** Returns (|Spearman| − f) / (1 − f), in which f is the mean of random rotations: 0 by chance, 1 if perfect. */
function corrected({ correlation, floor }: Match): number {
  return (correlation - floor) / (1 - floor);
}

async function fitStudies(studies: number, path: string, firstSeed: number, titles: readonly string[]): Promise<void> {
  const settings = JSON.stringify({ version, DESIGNS, TEST });
  mkdirSync(dirname(path), { recursive: true });
  const records = readLines(path, settings);
  const known = new Set(records.map(({ seed }) => seed));
  for (let i = 0; i < studies; i++) {
    const seed = firstSeed + i;
    const design = i % DESIGNS.length;
    const { title } = DESIGNS[design];
    if (known.has(seed) || (titles.length > 0 && !titles.some((part) => title.includes(part)))) continue;
    const record = { settings, design, seed, ...(await fitted(DESIGNS[design], Math.floor(i / DESIGNS.length), seed)) };
    appendFileSync(path, `${JSON.stringify(record)}\n`);
    records.push(record);
    const latents = verdictsOf(record).map(
      ({ latent, verdict, correlation }) => `${latent} ${verdict} ${correlation.toFixed(3)}`,
    );
    console.log(
      `${i + 1} of ${studies}, ${title}, n ${record.samples}, ${record.seconds.toFixed(0)} s: ${latents.join(', ')}`,
    );
  }
  printRates(records);
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

async function fitted({ case: name, samples: sizes, options, settings }: Design, round: number, seed: number) {
  const started = performance.now();
  const samples = sizes[round % sizes.length];
  const simulation = simulate(name, { samples, test: TEST, ...options, seed });
  const dataset = simulatedDataset(simulation);
  // Evidence does not read the model that infers missing latents.
  const { run, outOfFold } = await fitRun(dataset, {
    seed,
    threads: 1,
    evidence: 'full',
    infersMissing: false,
    ...settings,
  });
  const { strengths: _, ...graph } = run.graph;
  return {
    samples,
    matches: matchesOf(
      simulation,
      run,
      await encodeDataset(dataset, run.summary.model, run.parameters, { threads: 1 }),
    ),
    splits: (outOfFold?.splits ?? []).map(({ replication, agreement }) => ({
      folds: replication.flatMap((one) => one.agreement),
      fitted: agreement,
    })),
    graph,
    summary: run.summary,
    seconds: (performance.now() - started) / 1000,
  };
}

function matchesOf({ z, ids, latents }: Simulation, { graph, summary }: SavedRun, values: Float32Array): Match[] {
  // With causes, exogenous variables are further latents of the fit.
  const estimated = summary.model.modalities.map((modality) => modality.latents);
  const layout = { modalities: estimated.map(() => latents), estimated };
  const rows = ids.length;
  const known = { values: z, rows, columns: latents * estimated.length };
  const { matching, perLatent } = meanCorrelation(
    known,
    { values, rows, columns: graph.nodes.length },
    layout,
  ).spearman;
  const floors = chanceFloors(known, layout).spearman.perModality;
  const modalities = [...new Set(graph.nodes.map(({ modality }) => modality))];
  return graph.nodes.map(({ name: latent, modality }, i) => {
    const partner = matching.indexOf(i);
    return { latent, correlation: partner < 0 ? 0 : perLatent[partner], floor: floors[modalities.indexOf(modality)] };
  });
}

function verdictsOf({ matches, graph, summary }: StudyRecord) {
  const { latents } = conclusionsOf({ ...graph, strengths: new Float64Array(graph.nodes.length ** 2) }, summary);
  return matches.map((match, i) => ({ ...match, verdict: latents[i].verdict }));
}

/** Prints by design how often `component` is right, and how many of the latents that match a true one are called components. */
function printRates(records: readonly StudyRecord[]): void {
  const share = (count: number, all: number) =>
    all === 0 ? 'none' : `${count} of ${all} (${shareInterval(count, all)})`;
  console.log(
    '| design | studies | component is right | right after correction for chance | said where it is right | ' +
      'studies without a component | seconds |',
  );
  console.log('|---|---|---|---|---|---|---|');
  const groups = [
    ...DESIGNS.map(({ title }, design) => ({ title, of: records.filter((record) => record.design === design) })),
    { title: 'all', of: records },
  ];
  for (const { title, of } of groups.filter((group) => group.of.length > 0)) {
    const studies = of.map(verdictsOf);
    const latents = studies.flat();
    const isComponent = ({ verdict }: { readonly verdict: string }) => verdict === 'component';
    const isRight = ({ correlation }: Match) => correlation >= RIGHT;
    const called = latents.filter(isComponent);
    const right = latents.filter(isRight);
    const cells = [
      share(called.filter(isRight).length, called.length),
      share(called.filter((match) => corrected(match) >= RIGHT).length, called.length),
      share(right.filter(isComponent).length, right.length),
      share(studies.filter((one) => !one.some(isComponent)).length, studies.length),
      (of.reduce((sum, { seconds }) => sum + seconds, 0) / of.length).toFixed(0),
    ];
    console.log(`| ${[title, of.length, ...cells].join(' | ')} |`);
  }
}

const [studies = '0', path = 'build/bench/results/latent-verdicts.jsonl', firstSeed = '30000', ...titles] =
  process.argv.slice(2);
await fitStudies(Number(studies), path, Number(firstSeed), titles);
