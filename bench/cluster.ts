// `npm run bench:cluster` simulates a fit on many machines. It measures an epoch of each stage on this machine, with
// the number of runs of a shard, schedules the shards on machines, and adds the time of files and messages. The result
// is a plan: time, bytes, and the number of machines from which more do not help.

import { parseArgs } from 'node:util';
import type { Dataset } from '../src/data/dataset.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { encodeDataset } from '../src/inference/inference.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { fitLength } from '../src/training/fit-schema.js';
import { explorationStage, pruningStage, refinementStage, type Subspaces } from '../src/training/component-stage.js';
import { fitConfigFor, withoutSparsity, type FitConfig } from '../src/training/config.js';
import { MAX_NEIGHBOURS } from '../src/training/graph-moves.js';
import { STEPS_PER_EPOCH } from '../src/training/order.js';
import { polishStage, subspaceStage } from '../src/training/joint-stage.js';
import { missingStage } from '../src/training/missing-stage.js';
import type { FitStage } from '../src/training/stage.js';
import { stageOfRestarts } from '../src/training/stage-of-restarts.js';
import { modalityShapes, modelConfig } from '../src/training/model-config.js';
import { Trainer } from '../src/training/trainer.js';
import { runsOfShards, schedule, type PlannedFit, type PlannedStage, type Schedule } from './cluster-schedule.js';
import { machine } from './machine.js';
import { markdownTable, terminalTable } from './table.js';
import { median } from './timing.js';

const { values: options } = parseArgs({
  options: {
    subjects: { type: 'string', default: '1000000' },
    modalities: { type: 'string', default: '30' },
    columns: { type: 'string', default: '15' },
    'component-restarts': { type: 'string', default: '256' },
    'encoder-restarts': { type: 'string', default: '6' },
    machines: { type: 'string', default: '1,16,256' },
    together: { type: 'string', default: '1,2' },
    out: { type: 'string', default: 'bench/results/cluster.json' },
  },
});
const subjects = Number(options.subjects);
const modalities = Number(options.modalities);
const columns = Number(options.columns);
const machines = options.machines.split(',').map(Number);
/** Sizes of process groups, which train the same runs together (`--data-parallel`). */
const together = options.together.split(',').map(Number);

/** Number of rows in measurements. The time of a step does not depend on it. */
const ROWS = 8192;
/** Maximal number of runs in measurements. The time of more runs is extrapolated in proportion. */
const MAX_RUNS = 8;
const TIMES = 3;
const SHARES = { train: 0.8, validation: 0.1 };
/** Figures of a small NFS server. */
const DISK = { bytesPerSecond: 1e9, secondsPerFile: 0.005 };
/** 10 Gbit/s to each machine. The messages of a step wait for the slowest machine. */
const NETWORK = { bytesPerSecond: 1.25e9, secondsPerStep: 0.0005 };
/** For each parameter, a shard file has its value, its best value, and two moments, as float32. */
const BYTES_PER_PARAMETER = 4 * 4;

interface Sizes {
  readonly train: number;
  readonly validation: number;
}

/** Returns tables of the requested shape. Their values do not affect the time of a step. */
function dataset(): Dataset {
  const base = simulatedDataset(simulate('case1', { seed: 0, samples: 64, test: 8 }));
  const [like] = base.modalities;
  const train = Math.round(ROWS * SHARES.train);
  const validation = Math.round(ROWS * SHARES.validation);
  const rows = (first: number, end: number): Int32Array =>
    Int32Array.from({ length: end - first }, (_, i) => first + i);
  return {
    ...base,
    ids: Array.from({ length: ROWS }, (_, i) => String(i)),
    split: {
      train: rows(0, train),
      validation: rows(train, train + validation),
      test: rows(train + validation, ROWS),
    },
    modalities: Array.from({ length: modalities }, (_, m) => ({
      ...like,
      name: `m${m}`,
      columns: Array.from({ length: columns }, (__, c) => ({ ...like.columns[0], name: `m${m}.${c}` })),
      values: Float32Array.from({ length: ROWS * columns }, (__, i) => Math.sin(i * (m + 1) + 0.1 * i * i)),
    })),
  };
}

/** Measures the seconds of an epoch over all subjects. */
async function epochSeconds(stage: FitStage, runs: number, steps: number, { validation }: Sizes) {
  const measuredRuns = Math.min(runs, stage.runs);
  const trainer = await Trainer.create(stageOfRestarts(stage, { first: 0, count: measuredRuns }), {});
  try {
    const training: number[] = [];
    const evaluation: number[] = [];
    // The first epoch warms up and is not counted.
    for (let time = 0; time <= TIMES; time++) {
      const started = performance.now();
      await trainer.epoch();
      const trained = performance.now();
      await trainer.read('evaluate', stage.validation.steps);
      evaluation.push(performance.now() - trained);
      training.push(trained - started - evaluation[time]);
    }
    const [ofSteps, ofValidation] = [training, evaluation].map((times) => median(times.slice(1)) / 1000);
    const factor = runs / measuredRuns;
    return {
      steps: (factor * ofSteps * steps) / stage.stepsPerEpoch,
      validation: (factor * ofValidation * validation) / (ROWS * SHARES.validation),
    };
  } finally {
    await trainer.dispose();
  }
}

async function plannedStage(stage: FitStage, runs: number, sizes: Sizes, batch: number): Promise<PlannedStage> {
  const { name, epochs, compiled } = stage;
  const steps = stage.stepsPerEpoch === STEPS_PER_EPOCH ? STEPS_PER_EPOCH : Math.floor(sizes.train / batch);
  const tiles = Math.max(...Object.values(compiled.entries).map((entry) => entry.tiles));
  const seconds = new Map<number, Awaited<ReturnType<typeof epochSeconds>>>();
  const groups = machines.flatMap((of) => together.filter((size) => size <= of).map((size) => of / size));
  for (const count of new Set(groups.flatMap((of) => runsOfShards(runs, of)))) {
    seconds.set(count, await epochSeconds(stage, count, steps, sizes));
  }
  const times = Array.from(
    seconds,
    ([count, time]) => `${(time.steps + time.validation).toFixed(2)} s with ${count} runs`,
  ).join(', ');
  process.stderr.write(`${name}: ${runs} runs, ${epochs} epochs of ${steps} steps; an epoch takes ${times}\n`);
  const elements = Object.values(compiled.parameters).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b),
    0,
  );
  const ofRun = elements / stage.runs;
  const files = { bytes: ofRun * BYTES_PER_PARAMETER, gradients: ofRun * Float32Array.BYTES_PER_ELEMENT };
  return { name, runs, epochs, epoch: (count) => seconds.get(count)!, ...files, steps, tiles };
}

async function plannedFit(name: string, data: Dataset, config: FitConfig, sizes: Sizes): Promise<PlannedFit> {
  const shapes = modalityShapes(data);
  const latents = shapes.reduce((sum, shape) => sum + shape.latents, 0);
  const values = Float32Array.from({ length: ROWS * latents }, (_, i) => Math.sin(i * i));
  const subspaces: Subspaces = { modalities: shapes, values, split: data.split };
  const few = {
    ...config,
    componentRestarts: Math.min(config.componentRestarts, MAX_RUNS),
    encoderRestarts: Math.min(config.encoderRestarts, MAX_RUNS),
  };
  const trained = subspaceStage(data, few);
  const explored = explorationStage(subspaces, few);
  const ones = Array.from({ length: few.componentRestarts }, (_, restart) => restart);
  const refined = Math.ceil(config.componentRestarts / 4);
  const stages: [FitStage, number][] = [
    [trained, config.encoderRestarts],
    [explored, config.componentRestarts],
    [refinementStage(subspaces, few, ones, explored.initial), refined],
    [pruningStage(subspaces, few, explored.initial), MAX_NEIGHBOURS],
  ];
  if (config.polish > 0) {
    stages.push([polishStage(data, config, new Map()), 1], [missingStage('missing', subspaces, config), 1]);
  }
  const planned: PlannedStage[] = [];
  for (const [stage, runs] of stages) planned.push(await plannedStage(stage, runs, sizes, config.batch));
  return { name, stages: planned, between: (await encodingSeconds(trained, data, config)) * (subjects / ROWS) };
}

/** Measures the seconds to encode all rows with a model of one run, which every worker does before the components. */
async function encodingSeconds(stage: FitStage, data: Dataset, config: FitConfig): Promise<number> {
  const trainer = await Trainer.create(stageOfRestarts(stage, { first: 0, count: 1 }), {});
  const parameters = trainer.bestParameters();
  await trainer.dispose();
  const model = modelConfig(modalityShapes(data), withoutSparsity(config));
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const started = performance.now();
    await encodeDataset(data, model, parameters, {});
    times.push((performance.now() - started) / 1000);
  }
  return median(times);
}

const hours = (seconds: number): string => (seconds / 3600).toFixed(2);
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);

function row(plan: Schedule, alone: Schedule): string[] {
  const { machines: count, together: size, seconds, busy, written, read, gathered, spans } = plan;
  const [longest] = spans.filter(({ fit }) => fit === 'fit').sort((a, b) => b.seconds - a.seconds);
  return [
    ...[
      String(count),
      String(size),
      hours(seconds),
      `${(alone.seconds / seconds).toFixed(1)} ×`,
      `${(100 * busy).toFixed(0)} %`,
    ],
    ...[gigabytes(written), gigabytes(read), gigabytes(gathered)],
    `${longest.stage}, ${longest.shards} shards, ${hours(longest.seconds)} h`,
  ];
}

const data = dataset();
const sizes = { train: subjects * SHARES.train, validation: subjects * SHARES.validation };
const settings = {
  fit: 'two-stage',
  subspaces: 'network',
  componentRestarts: Number(options['component-restarts']),
  encoderRestarts: Number(options['encoder-restarts']),
} as const;
const config = fitConfigFor(data, { ...settings, ...fitLength(sizes.train, 'two-stage') });
// Fits of folds as in evidence/cross-fit.ts: the same number of steps on half of the subjects, fewer runs, and neither
// the stage `polish` nor `missing`.
const foldSizes = {
  train: (sizes.train + sizes.validation) * 0.425,
  validation: (sizes.train + sizes.validation) * 0.075,
};
const ofFold = {
  ...config,
  encoderRestarts: Math.min(config.encoderRestarts, 3),
  componentRestarts: Math.min(config.componentRestarts, 16),
  polish: 0,
};
const epochs = Math.ceil((config.epochs * sizes.train) / foldSizes.train);
const fit = await plannedFit('fit', data, config, sizes);
const fold = await plannedFit('fold 0', data, { ...ofFold, epochs }, foldSizes);
const fits = [fit, fold, { ...fold, name: 'fold 1' }];
const plans = machines.flatMap((count) =>
  together
    .filter((size) => size <= count)
    .map((size) => schedule(fits, { machines: count, together: size, disk: DISK, network: NETWORK })),
);
const table = {
  head: [
    'machines',
    'group size',
    'hours',
    'speed-up',
    'busy',
    'GB written',
    'GB read',
    'GB gathered',
    'longest stage',
  ],
  rows: plans.map((plan) => row(plan, plans[0])),
};
const shape = { subjects, modalities, columns, ...settings };
await writeFileAtomic(
  options.out,
  `${JSON.stringify({ shape, machine: machine(), disk: DISK, network: NETWORK, plans }, null, 2)}\n`,
);
console.log(terminalTable(table));
console.log(`\n${markdownTable(table)}`);
