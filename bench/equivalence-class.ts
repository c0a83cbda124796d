// How often the class of equally good models contains the true graph, its size, and its cost. Subspaces are the true
// latents, mixed within modalities; modalities are in random order:
//   scripts/bench equivalence-class chain DATA_SETS FIRST_SEED [SUBJECTS [RESTARTS [STEPS]]]    linear, Gaussian
//   scripts/bench equivalence-class case3 DATA_SETS FIRST_SEED [SUBJECTS [RESTARTS [STEPS]]]  three modalities of it
// docs/explanation/evidence-statistics.md has the results.

import { latentNodes } from '../src/causal/index.js';
import { equivalentModels } from '../src/evidence/equivalence.js';
import { heldOutReadings, orderFits } from '../src/evidence/order.js';
import { meanCorrelation } from '../src/metrics/index.js';
import { tableObservation } from '../src/data/observation.js';
import { latentLayout } from '../src/networks/layout.js';
import { RandomStream } from '../src/random/random-stream.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import type { Subspaces } from '../src/training/component-stage.js';
import { fitConfig } from '../src/training/config.js';
import { ranking } from '../src/training/outcome.js';
import { StageRunner } from '../src/training/stage-runner.js';
import { componentStages, fitComponents } from '../src/training/two-stage.js';
import { whiten } from '../src/training/whitening.js';

const MODALITIES = 3;
const SAME_LATENT = 0.95;

interface Truth {
  /** Subjects × D, modalities in causal order. */
  readonly values: Float32Array;
  /** Latents of each modality. */
  readonly width: number;
  /** Cause and effect. */
  readonly edges: readonly (readonly [number, number])[];
}

/** A chain of three latents with coefficients between 0.5 and 0.8. */
function chain(seed: number, subjects: number): Truth {
  const random = new RandomStream(seed, 0);
  const [first, second] = [random.between(0.5, 0.8), random.between(0.5, 0.8)];
  const rows = Array.from({ length: subjects }, () => {
    const a = random.normal();
    const b = first * a + Math.sqrt(1 - first ** 2) * random.normal();
    return [a, b, second * b + Math.sqrt(1 - second ** 2) * random.normal()];
  });
  const edges = [
    [0, 1],
    [1, 2],
  ] as const;
  return { values: Float32Array.from(rows.flat()), width: 1, edges };
}

/** The first three modalities of case 3. The last one has no effect on them. */
function nonlinear(seed: number, subjects: number): Truth {
  const { z, adjacency, latents, modalities } = simulate('case3', { seed, samples: subjects, test: 2 });
  const all = latents * modalities.length;
  const width = MODALITIES * latents;
  const values = Float32Array.from(
    { length: subjects * width },
    (_, at) => z[Math.floor(at / width) * all + (at % width)],
  );
  const edges = Array.from({ length: width ** 2 }, (_, at) => [at % width, Math.floor(at / width)] as const).filter(
    ([cause, effect]) => adjacency[effect * all + cause] !== 0,
  );
  return { values, width: latents, edges };
}

/** Mixes latents within modalities, and draws an order of the modalities. */
function subspacesOf({ values, width }: Truth, seed: number, subjects: number) {
  const random = new RandomStream(seed, 1);
  const order = Array.from({ length: MODALITIES }, (_, m) => ({ m, at: random.uniform() }))
    .sort((a, b) => a.at - b.at)
    .map(({ m }) => m);
  const columns = MODALITIES * width;
  const mixing = order.map(() => Array.from({ length: width ** 2 }, () => random.normal()));
  const truth = new Float32Array(values.length);
  const mixed = new Float32Array(values.length);
  for (let row = 0; row < subjects; row++) {
    order.forEach((m, place) => {
      const of = Array.from({ length: width }, (_, i) => values[row * columns + m * width + i]);
      of.forEach((value, i) => (truth[row * columns + place * width + i] = value));
      for (let i = 0; i < width; i++) {
        const sum = of.reduce((total, value, j) => total + mixing[place][i * width + j] * value, 0);
        mixed[row * columns + place * width + i] = sum;
      }
    });
  }
  const rows = Int32Array.from({ length: subjects }, (_, row) => row);
  const [seen, known] = [0.7, 0.85].map((share) => Math.round(share * subjects));
  const split = { train: rows.subarray(0, seen), validation: rows.subarray(seen, known), test: rows.subarray(known) };
  const modalities = order.map((m) => ({
    ...{ name: `m${m}`, latents: width, exogenous: 0 },
    observation: tableObservation(width + 2),
  }));
  const whitened = whiten(mixed, latentLayout(modalities), split.train).values;
  const subspaces: Subspaces = { modalities, values: whitened, split, bends: false };
  return { subspaces, truth, order };
}

/** Milliseconds of processor time. Other processes do not disturb it. */
const processorTime = (): number => process.cpuUsage().user / 1000;

async function measure(kind: string, seed: number, subjects: number, restarts: number, steps: number) {
  const source = kind === 'chain' ? chain(seed, subjects) : nonlinear(seed, subjects);
  const { subspaces, truth, order } = subspacesOf(source, seed, subjects);
  const config = fitConfig({ componentRestarts: restarts, componentSteps: steps, seed }, { subjects });
  const dataset = simulatedDataset(simulate('case1', { seed: 1, samples: 60, test: 20 }));
  const hooks = { threads: 1 };
  const started = processorTime();
  await using runner = await StageRunner.open(componentStages(config), dataset, config, hooks);
  const { settled } = await fitComponents(subspaces, config, runner);
  const fitted = processorTime();
  const study = { dataset, config, hooks };
  const orders = await orderFits(subspaces, study);
  const ended = processorTime();
  const models = (await equivalentModels({ components: { subspaces, settled }, orders }, study))!;
  const columns = MODALITIES * source.width;
  // Latents of the chosen model by true latent.
  const readings = await heldOutReadings(subspaces, settled, study);
  const { latents } = readings[ranking(settled)[0]];
  const heldOut = Float32Array.from(
    [...subspaces.split.validation, ...subspaces.split.test].flatMap((row) => [
      ...truth.subarray(row * columns, (row + 1) * columns),
    ]),
  );
  const samples = (values: Float32Array) => ({ values, rows: values.length / columns, columns });
  const { matching, perLatent } = meanCorrelation(samples(heldOut), samples(latents), {
    modalities: subspaces.modalities.map((one) => one.latents),
  }).spearman;
  const names = latentNodes(subspaces.modalities).map(({ name }) => name);
  const nameOf = (latent: number): string => {
    const place = order.indexOf(Math.floor(latent / source.width)) * source.width + (latent % source.width);
    return names[matching[place]];
  };
  const edges = source.edges.map(([cause, effect]) => `${nameOf(cause)} → ${nameOf(effect)}`);
  const graphs = models.members.map(({ edges: of, mixed }) => ({
    mixed,
    edges: of.map(({ from, to }) => `${from} → ${to}`),
  }));
  const isTrue = (graph: (typeof graphs)[number]): boolean =>
    !graph.mixed && graph.edges.length === edges.length && edges.every((edge) => graph.edges.includes(edge));
  const within = edges.filter((edge) => graphs.some((graph) => graph.edges.includes(edge))).length;
  const isWrong = ({ direction, from, to }: (typeof models.links)[number]): boolean =>
    direction === 'certain' && edges.includes(`${to} → ${from}`);
  return {
    seed,
    order: order.join(''),
    identified: perLatent.every((value) => value >= SAME_LATENT),
    size: graphs.length,
    compared: models.compared,
    hasTruth: graphs.some(isTrue),
    isChosen: models.chosen.isMember && isTrue(graphs[0]),
    directions: `${within} of ${edges.length}`,
    wrong: models.links.filter(isWrong).length,
    sure: models.links.filter((one) => one.direction === 'certain' && edges.includes(`${one.from} → ${one.to}`)).length,
    fit: Math.round(fitted - started) / 1000,
    ratio: Math.round((100 * (ended - fitted)) / (fitted - started)) / 100,
  };
}

const [kind = 'chain', ...numbers] = process.argv.slice(2);
const [dataSets = 10, firstSeed = 1, subjects = 2000, restarts = 16, steps = 600] = numbers.map(Number);
const results: Awaited<ReturnType<typeof measure>>[] = [];
for (let seed = firstSeed; seed < firstSeed + dataSets; seed++) {
  const result = await measure(kind, seed, subjects, restarts, steps);
  console.log(JSON.stringify(result));
  results.push(result);
}
type Result = (typeof results)[number];
const count = (holds: (one: Result) => boolean): string => `${results.filter(holds).length} of ${results.length}`;
const mean = (values: readonly number[]): string =>
  (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2);
const size = mean(results.map((one) => one.size));
const ratio = mean(results.map((one) => one.ratio));
console.log(`${kind}, ${subjects} subjects, ${restarts} restarts: ${size} graphs; orders take ${ratio} × the fit`);
console.log(`true graph in the class: ${count(({ hasTruth }) => hasTruth)}`);
console.log(`true graph in the chosen model: ${count(({ isChosen }) => isChosen)}`);
console.log(`a certain direction that is wrong: ${count(({ wrong }) => wrong > 0)}`);
