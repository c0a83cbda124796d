// Writes the plan files for checks on a GPU machine without Node (scripts/plan-files, scripts/gpu-check): the operation
// table, golden training steps, training steps with the results of the CPU engine, and the steps to be timed.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../src/compile/index.js';
import { grad, matmul, parameter, sum, type MatmulOptions, type Node } from '../src/graph/index.js';
import { evaluate } from '../src/graph/reference.js';
import { RATE_GROUPS } from '../src/nn/parameters.js';
import { CPU, type Device } from '../src/runtime/device.js';
import { packageRoot } from '../src/runtime/package.js';
import { Program } from '../src/runtime/program.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { EMULATED } from '../test/fixtures/backends.js';
import { GOLDEN_STEPS, readGoldenStep } from '../test/golden/training-step.js';
import {
  operationCases,
  operationEntry,
  roundingTolerances,
  roundsFactors,
  singleTolerance,
  type OperationCase,
} from '../test/operation-cases/index.js';
import { caseName, columnsOf, feedsOf, planned, shapeName, type Case } from './cases.js';
import { NETWORK_CASES, networkName, networkProgram, type NetworkCase } from './network-cases.js';
import { encodePlanFile, expected, initialContents, joined, type PlanFile } from './plan-file.js';

const OUT = join(packageRoot, process.argv[2] ?? 'build/plan-files');
const GOLDEN = join(packageRoot, 'test/golden');
/** Kernels of the CUDA backend, which the files are for. */
const { kernels: KERNELS } = EMULATED.device;

/** Cases that the CPU trains for some steps. Other backends must give the same results. */
const TRAINED: readonly Case[] = [
  { batch: 64, hidden: 16, modalities: 2, runs: 3, jacobian: false },
  { batch: 37, hidden: 24, modalities: 3, runs: 2, jacobian: true, columns: 11 },
  // A GPU takes the batch as one tile; the CPU splits it in two.
  { batch: 512, hidden: 8, modalities: 2, runs: 2, jacobian: false, columns: 5 },
];
const TRAINED_STEPS = 12;
/** Differences in the last bit grow with every step. */
const TRAINED_TOLERANCE = 1e-4;

/** Cases whose steps are timed, smallest first. `restarts`: only the number of restarts differs from the first case. */
const TIMED: readonly (Case & { readonly restarts?: true })[] = [
  { batch: 256, hidden: 64, modalities: 2, runs: 1, jacobian: false },
  { batch: 256, hidden: 64, modalities: 2, runs: 1, jacobian: true },
  { batch: 512, hidden: 64, modalities: 4, runs: 64, jacobian: false },
  { batch: 512, hidden: 64, modalities: 4, runs: 64, jacobian: true },
  { batch: 4096, hidden: 512, modalities: 8, runs: 1, jacobian: false },
  ...[4, 16, 64, 256].map((runs) => ({
    ...({ batch: 256, hidden: 64, modalities: 2, jacobian: false, restarts: true } as const),
    runs,
  })),
];
/** A network that is small enough for the emulation, to check that the benchmark works. */
const DRY_NETWORK: NetworkCase = { network: 'conv', widths: [2, 2], size: 8, batch: 4, rows: 8, ratios: [1, 1] };

/**
 * Folders of products on tensor cores, with their unit of rounding. cuBLASLt may pass float32 operands to them
 * unchanged; tensor cores then truncate the bits that TF32 does not have.
 */
const ROUNDED = {
  tf32: 2 ** -11,
  bfloat16: 2 ** -8,
  'cublaslt-tf32': 2 ** -10,
  'cublaslt-bfloat16': 2 ** -8,
};
/** Products with the largest tiles, of small whole numbers: exact in every precision and every order of sums. */
const EXACT: readonly { readonly sizes: readonly number[]; readonly options: MatmulOptions }[] = [
  { sizes: [512, 512, 512], options: {} },
  { sizes: [250, 253, 131], options: { transA: true } },
  { sizes: [252, 248, 129], options: { transB: true } },
];
/**
 * Products that are timed and compared with cuBLAS: batches of 8, n × n × n, 16 of them in sequence per step. `dry` is
 * the size for a check that the benchmark works.
 */
const PRODUCTS = { sizes: [512, 1024, 2048], dry: 32, batch: 8, perStep: 16 };

/** Reference values of each row, which all precisions share. */
const references = new Map<OperationCase, Float64Array[]>();

rmSync(OUT, { recursive: true, force: true });
for (const [i, row] of operationCases.entries()) {
  write('operations', `${String(i).padStart(3, '0')} ${row.op} ${row.title}`, operationFile(row));
}
for (const [precision, unit] of Object.entries(ROUNDED)) {
  for (const [i, row] of operationCases.entries()) {
    if (precision.startsWith('cublaslt') ? row.op !== 'matmul' : !roundsFactors(row)) continue;
    write(`rounded/${precision}`, `${String(i).padStart(3, '0')} ${row.op} ${row.title}`, operationFile(row, unit));
  }
}
for (const one of EXACT) write('exact', one.sizes.join(' '), exactFile(one));
for (const variant of GOLDEN_STEPS) {
  write('golden', variant, await goldenFile(variant));
  if (variant !== 'gates') write('golden', `${variant} fused`, await goldenFile(variant, KERNELS));
}
for (const one of TRAINED) write('training', caseName(one), trainedFile(one));
for (const one of TIMED) write('timed', `${shapeName(one)}${one.jacobian ? ' jacobian' : ''}`, timedFile(one));
for (const size of [...PRODUCTS.sizes, PRODUCTS.dry]) write('products', String(size), productsFile(size));
writeFileSync(join(OUT, 'products', 'cases.json'), `${JSON.stringify(PRODUCTS, null, 2)}\n`);
const timed = TIMED.map((one) => ({
  ...one,
  columns: columnsOf(one),
  file: fileName(`${shapeName(one)}${one.jacobian ? ' jacobian' : ''}`),
}));
writeFileSync(join(OUT, 'timed', 'cases.json'), `${JSON.stringify(timed, null, 2)}\n`);
const networks = [DRY_NETWORK, ...NETWORK_CASES].map((one) => {
  write('networks', networkName(one), networkFile(one));
  return { ...one, name: networkName(one), dry: one === DRY_NETWORK, file: fileName(networkName(one)) };
});
writeFileSync(join(OUT, 'networks', 'cases.json'), `${JSON.stringify(networks, null, 2)}\n`);

function write(folder: string, name: string, file: PlanFile): void {
  mkdirSync(join(OUT, folder), { recursive: true });
  writeFileSync(join(OUT, folder, fileName(name)), encodePlanFile(file));
}

function fileName(title: string): string {
  return `${title.replaceAll(/[^\w.]+/g, '-').replace(/-$/, '')}.ilplan`;
}

/**
 * Returns the file of an operation with the float64 reference. With a unit of rounding, tolerances allow rounded
 * factors.
 */
function operationFile(row: OperationCase, unit?: number): PlanFile {
  const { outputs, parameters } = operationEntry(row);
  const compiled = compile({ runs: 1, kernels: KERNELS, entries: { main: { outputs } } });
  const values = references.get(row) ?? evaluate(Object.values(outputs), { parameters });
  references.set(row, values);
  const tolerances = unit === undefined ? undefined : roundingTolerances(row, unit);
  const places = compiled.entries['main'].outputs;
  const inOrder = Object.keys(outputs)
    .map((name, i) => {
      const output = expected(values[i], singleTolerance(row));
      return { at: places[name].offset, output: tolerances ? { ...output, tolerances: tolerances[i] } : output };
    })
    .sort((a, b) => a.at - b.at);
  return {
    plan: compiled.plan,
    initial: initialContents(compiled, { parameters }),
    ...{ entry: compiled.entries['main'].index, firstStep: 0, steps: 1 },
    results: joined(inOrder.map(({ output }) => output)),
    afterwards: [],
  };
}

function exactFile({ sizes: [m, n, k], options }: (typeof EXACT)[number]): PlanFile {
  const shapes = [options.transA ? [k, m] : [m, k], options.transB ? [n, k] : [k, n]];
  const [a, b] = shapes.map((shape, i) => parameter(`p${i}`, shape));
  const parameters = Object.fromEntries(
    shapes.map(([rows, columns], i) => {
      const draws = uniforms(seedKey(i), 0, 0, rows * columns);
      return [`p${i}`, Float32Array.from(draws, (u) => Math.floor(7 * u) - 3)];
    }),
  );
  const outputs = { product: matmul(a, b, options) };
  const compiled = compile({ runs: 1, kernels: KERNELS, entries: { main: { outputs } } });
  const [product] = evaluate([outputs.product], { parameters });
  return {
    plan: compiled.plan,
    initial: initialContents(compiled, { parameters }),
    ...{ entry: compiled.entries['main'].index, firstStep: 0, steps: 1 },
    results: expected(product, 0),
    afterwards: [],
  };
}

/** Returns a chain of products; the program outputs the sum of the last one. */
function productsFile(size: number): PlanFile {
  const shape = [PRODUCTS.batch, size, size];
  const weight = parameter('weight', shape);
  let product: Node = parameter('start', shape);
  for (let i = 0; i < PRODUCTS.perStep; i++) product = matmul(weight, product);
  const compiled = compile({ runs: 1, entries: { main: { outputs: { total: sum(product, [0, 1, 2]) } } } });
  const results = { values: new Float32Array(1), tolerances: new Float32Array(1) };
  const { index: entry } = compiled.entries['main'];
  const initial = initialContents(compiled, {});
  return { plan: compiled.plan, initial, entry, firstStep: 0, steps: 1, results, afterwards: [] };
}

/**
 * Returns a step with PyTorch's loss and gradients, and the parameters after Adam's first step in closed form.
 */
async function goldenFile(variant: string, kernels?: ReadonlySet<string>): Promise<PlanFile> {
  const golden = await readGoldenStep(variant, GOLDEN);
  const { model, objective, optimizer, tensors, sizes } = golden;
  const trained = model.parameters.all.filter((p) => tensors.has(`gradient.${p.name}`));
  const gradients = grad(
    objective.loss,
    trained.map((p) => p.node),
  );
  const { rate, gateRate, epsilon } = optimizer;
  const [beta1, beta2] = optimizer.betas;
  const compiled = compile({
    runs: sizes.runs,
    rates: RATE_GROUPS,
    kernels,
    entries: {
      step: {
        outputs: { loss: objective.loss },
        guard: [objective.loss],
        update: {
          ...{ optimizer: 'adam', beta1, beta2, epsilon },
          parameters: trained.map((p, i) => ({ node: p.node, gradient: gradients[i], rate: p.rate })),
        },
      },
    },
  });
  const known = (kind: string, name: string): Float32Array => tensors.get(`${kind}.${name}`)!.values;
  const data = Object.fromEntries(Object.entries(golden.inputs(0)).filter(([name]) => name in compiled.data));
  return {
    plan: compiled.plan,
    initial: initialContents(compiled, {
      parameters: Object.fromEntries(trained.map(({ name }) => [name, known('initial', name)])),
      data,
      controls: { rates: [rate, gateRate, 0] },
    }),
    ...{ entry: compiled.entries['step'].index, firstStep: 0, steps: 1 },
    results: expected(tensors.get('loss')!.values, 1e-5),
    afterwards: trained.flatMap(({ name, rate: group }) => {
      const { offset } = compiled.parameters[name];
      const gradient = known('gradient', name);
      const groupRate = group === 'gates' ? gateRate : rate;
      const initial = known('initial', name);
      const after = initial.map((value, i) => value - (groupRate * gradient[i]) / (Math.abs(gradient[i]) + epsilon));
      // The sign of a gradient near 0 depends on rounding, and Adam's first step depends only on the sign.
      const largest = gradient.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const tolerances = gradient.map((value) => groupRate * (Math.abs(value) < 1e-3 * largest ? 2.01 : 0.05));
      return [
        { slab: 'gradients', offset, ...expected(gradient, 2e-5, 0) },
        { slab: 'parameters', offset, values: after, tolerances },
      ] as const;
    }),
  };
}

/**
 * Returns training steps with the losses of the CPU engine and its kernels: batches from a data set, noise, Adam.
 */
function trainedFile(one: Case): PlanFile {
  const { compiled, initial, entry } = training(one, { device: EMULATED.device, filled: true });
  const reference = training(one, { device: CPU, filled: true });
  const program = Program.load(reference.compiled, { threads: 1 });
  for (const { slab, name, values } of reference.initial.named) program.set(slab, name, values);
  const { results } = program.runSync('free', { steps: TRAINED_STEPS });
  void program.dispose();
  return {
    plan: compiled.plan,
    initial: initial.contents,
    ...{ entry, firstStep: 0, steps: TRAINED_STEPS },
    results: expected(results, TRAINED_TOLERANCE),
    afterwards: [],
  };
}

/**
 * Returns a step to be timed. time_plan fills in parameters and data, because they are large and their values do not
 * matter.
 */
function timedFile(one: Case): PlanFile {
  const { compiled, initial, entry, outputs } = training(one, { device: EMULATED.device, filled: false });
  const results = { values: new Float32Array(outputs), tolerances: new Float32Array(outputs) };
  return { plan: compiled.plan, initial: initial.contents, entry, firstStep: 0, steps: 1, results, afterwards: [] };
}

/** Returns a step of an encoder to be timed. time_plan fills in parameters, images and targets. */
function networkFile(one: NetworkCase): PlanFile {
  const { compiled, order, rates } = networkProgram(one, EMULATED.device);
  const { index: entry, outputSize } = compiled.entries['step'];
  const results = { values: new Float32Array(outputSize), tolerances: new Float32Array(outputSize) };
  const initial = initialContents(compiled, { data: { order }, controls: { rates } });
  return { plan: compiled.plan, initial, entry, firstStep: 0, steps: 1, results, afterwards: [] };
}

function training(one: Case, { device, filled }: { device: Device; filled: boolean }) {
  const { backend, kernels } = device;
  const stage = planned(one, { backend, kernels });
  const { compiled } = stage;
  const { data, controls, parameters } = feedsOf(stage);
  const isFed = ([name]: readonly [string, unknown]): boolean => filled || !name.startsWith('x.');
  const feeds = {
    data: Object.fromEntries(data.filter(isFed)),
    controls: Object.fromEntries(controls),
    parameters: filled ? Object.fromEntries(parameters) : {},
  };
  const named = (['data', 'controls', 'parameters'] as const).flatMap((slab) =>
    Object.entries<Float32Array | Int32Array>(feeds[slab]).map(([name, values]) => ({ slab, name, values })),
  );
  const { index: entry, outputSize: outputs } = compiled.entries['free'];
  return { compiled, initial: { named, contents: initialContents(compiled, feeds) }, entry, outputs };
}
