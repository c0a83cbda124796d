// Time of a training step of the full model, ours and PyTorch's, interleaved in one run with the same threads.
// npm run bench [-- --quick | --only 256/64/2/1]; writes bench/results/training-step.json.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/runtime/package.js';
import { Program } from '../src/runtime/program.js';
import { seedKey, uniforms } from '../src/runtime/streams.js';
import { fitConfig } from '../src/training/config.js';
import { trainingProgram } from '../src/training/program.js';
import { machine, median } from './machine.js';
import { Opponent, type OpponentEnvironment, type OpponentRequest } from './opponent.js';

const VARIANTS = ['eager', 'compile', 'traced'] as const;
type Variant = (typeof VARIANTS)[number];

interface Case {
  batch: number;
  hidden: number;
  modalities: number;
  runs: number;
  jacobian: boolean;
}

interface Row extends Case {
  threads: number;
  /** Median milliseconds per step. */
  ours: number;
  opponent: Partial<Record<Variant, number>>;
  /** The fastest PyTorch variant's time over ours. */
  ratio: number;
  fastest: Variant;
}

const ROWS = 10_000;
const LATENTS = 2;
const EXOGENOUS = 1;
const quick = process.argv.includes('--quick');
const onlyAt = process.argv.indexOf('--only');
const only = onlyAt === -1 ? undefined : process.argv[onlyAt + 1];
const repetitions = quick ? 3 : 5;
/** Each measurement lasts about this long. */
const seconds = quick ? 0.2 : 0.5;

const shapes = [
  [256, 64, 2, 1],
  [256, 64, 2, 16],
  [1024, 128, 4, 1],
  [1024, 128, 4, 16],
] as const;
const cases = shapes
  .filter((shape) => only === undefined || shape.join('/') === only)
  .flatMap(([batch, hidden, modalities, runs]) =>
    [false, true].map((jacobian): Case => ({ batch, hidden, modalities, runs, jacobian })),
  );

const rows: Row[] = [];
const environments: OpponentEnvironment[] = [];
for (const threads of [1, 2]) {
  await using opponent = await Opponent.start({ threads });
  environments.push(opponent.environment);
  for (const one of cases) {
    rows.push(await measure(one, threads, opponent));
    printRow(rows[rows.length - 1]);
  }
}
const loopDelay = await eventLoopDelay();
console.log(
  `event loop delay while two fits train: p99 ${loopDelay.p99.toFixed(1)} ms, max ${loopDelay.max.toFixed(1)} ms`,
);
if (!quick && only === undefined) save();

async function measure(one: Case, threads: number, opponent: Opponent): Promise<Row> {
  await using program = ourProgram(one, threads);
  const request = (variant: Variant, steps: number): OpponentRequest => ({
    ...one,
    columns: columnsOf(one),
    latents: LATENTS,
    exogenous: EXOGENOUS,
    concave: false,
    crossPrediction: false,
    variant,
    steps,
  });
  const ours = async (steps: number): Promise<number> => {
    const started = performance.now();
    await program.run('free', { steps });
    return (performance.now() - started) / steps;
  };
  // PyTorch's pace decides how many steps fill a measurement; the first call also builds and compiles.
  const pace = new Map<Variant, number>();
  for (const variant of VARIANTS) {
    await opponent.measure(request(variant, 3));
    pace.set(variant, (await opponent.measure(request(variant, 3))).medianSecondsPerStep);
  }
  const ourPace = await ours(10);
  const times: Record<Variant | 'ours', number[]> = { ours: [], eager: [], compile: [], traced: [] };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    times.ours.push(await ours(Math.max(3, Math.ceil((seconds * 1000) / ourPace))));
    for (const variant of VARIANTS) {
      const steps = Math.max(3, Math.ceil(seconds / pace.get(variant)!));
      times[variant].push(1000 * (await opponent.measure(request(variant, steps))).medianSecondsPerStep);
    }
  }
  const medians = Object.fromEntries(VARIANTS.map((variant) => [variant, median(times[variant])])) as Record<
    Variant,
    number
  >;
  const fastest = VARIANTS.reduce((a, b) => (medians[b] < medians[a] ? b : a));
  const mine = median(times.ours);
  return { ...one, threads, ours: mine, opponent: medians, fastest, ratio: medians[fastest] / mine };
}

function columnsOf({ modalities }: Case): number {
  return modalities === 2 ? 15 : 30;
}

function ourProgram(one: Case, threads: number): Program {
  const columns = columnsOf(one);
  const modalities = Array.from({ length: one.modalities }, (_, i) => ({
    name: `m${i + 1}`,
    columns,
    latents: LATENTS,
    exogenous: EXOGENOUS,
  }));
  const config = fitConfig({
    runs: one.runs,
    batch: one.batch,
    hidden: one.hidden,
    warmStart: 0,
    freeze: 1,
    sparsity: { kind: one.jacobian ? 'both' : 'gates', weight: 0.05 },
  });
  const { compiled, model, batch, batches } = trainingProgram(modalities, config, {
    rows: ROWS,
    train: ROWS - 1000,
    validation: 1000,
  });
  const program = Program.load(compiled, { threads });
  const seeds = Array.from({ length: one.runs }, (_, run) => run);
  program.set('data', 'seeds', Int32Array.from(seeds.flatMap((seed) => [seed, 0])));
  program.set(
    'data',
    'x.0',
    Float32Array.from(uniforms(seedKey(1), 0, 0, ROWS * one.modalities * columns), (u) => 3 * u - 1.5),
  );
  program.set(
    'data',
    'order',
    Int32Array.from({ length: batch * batches }, (_, i) => (i * 7919) % ROWS),
  );
  program.set('controls', 'rates', Float32Array.of(3e-3, 1.5e-2, 0));
  program.set('controls', 'sparsityWeight', new Float32Array(one.runs).fill(0.05));
  for (const [name, values] of model.parameters.initialValues(seeds)) {
    if (name in compiled.parameters) program.set('parameters', name, values);
  }
  return program;
}

/** Milliseconds by which the event loop is late while two programs train. */
async function eventLoopDelay(): Promise<{ p99: number; max: number }> {
  const one: Case = { batch: 256, hidden: 64, modalities: 2, runs: 8, jacobian: true };
  await using first = ourProgram(one, 1);
  await using second = ourProgram(one, 1);
  const resolution = 1;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const onProgress = (): void => undefined;
  await Promise.all([first.run('free', { steps: 1000, onProgress }), second.run('free', { steps: 1000, onProgress })]);
  delay.disable();
  return { p99: delay.percentile(99) / 1e6 - resolution, max: delay.max / 1e6 - resolution };
}

function printRow(row: Row): void {
  const shape = `${row.batch}/${row.hidden}/${row.modalities}/${row.runs}`.padEnd(15);
  const times = VARIANTS.map((variant) => `${variant} ${row.opponent[variant]?.toFixed(2) ?? '–'}`).join('  ');
  console.log(
    `${shape} ${row.jacobian ? 'jacobian' : 'gates   '} ${row.threads} thread(s)  ours ${row.ours.toFixed(2)} ms  ${times}  ratio ${row.ratio.toFixed(2)}`,
  );
}

function save(): void {
  const folder = join(packageRoot, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const result = { command: 'npm run bench', machine: machine(), opponent: environments, repetitions, rows, loopDelay };
  writeFileSync(join(folder, 'training-step.json'), `${JSON.stringify(result, null, 2)}\n`);
  console.log('written to bench/results/training-step.json');
}
