// How often a second cohort replicates what a first study supports, and what is false. Encoders are linear stand-ins:
// the mean of the columns of a modality. docs/results/replication/README.md has the results.
//   scripts/bench replication pairs PAIRS                  simulated pairs of cohorts
//   scripts/bench replication shuffled RUN STUDY SHUFFLES  a real second cohort with shuffled modalities

import { latentNodes } from '../src/causal/index.js';
import type { Cause } from '../src/data/causes.js';
import type { Dataset } from '../src/data/dataset.js';
import { shuffleSubjects } from '../src/data/resample.js';
import {
  causeEvidence,
  crossFit,
  latentEvidence,
  pairEvidence,
  searchLatents,
  testHypotheses,
  type Hypothesis,
  type TestedHypothesis,
} from '../src/evidence/index.js';
import { withinLevels } from '../src/evidence/causes/index.js';
import { MultimodalCausalModel } from '../src/model/multimodal-causal-model.js';
import { RandomStream } from '../src/random/random-stream.js';
import { readStudy } from '../src/study/study.js';
import { fitConfigFor } from '../src/training/config.js';
import { datasetOf } from './cause-studies.js';

const VERDICTS = ['replicated', 'not-replicated', 'undecided', 'not-testable'] as const;
/** First data seed of the reported pairs; rules were settled on lower ones. */
const FIRST_SEED = 1000;
const STREAM = 93;
const COLUMNS = 6;
const FIRST_SUBJECTS = 600;

/** A chain a → b → c of one latent each, an unrelated d, and an arm of a trial that shifts a. */
function cohort(subjects: number, seed: number, prefix: string): Dataset {
  const random = new RandomStream(seed, STREAM);
  const normal = () => Float64Array.from({ length: subjects }, () => random.normal());
  const values = Float64Array.from({ length: subjects }, (_, row) => row % 2);
  const a = normal().map((noise, row) => noise + 0.6 * values[row]);
  const next = (from: Float64Array) => normal().map((noise, row) => 0.6 * from[row] + 0.8 * noise);
  const b = next(a);
  const latents = { a, b, c: next(b), d: normal() };
  const tables = Object.entries(latents).map(([name, latent]) => ({
    name,
    latents: 1,
    columns: Array.from({ length: COLUMNS }, (_, c) => ({
      name: `${name}${c}`,
      values: latent.map((value) => value + random.normal()),
    })),
  }));
  const arm: Cause = {
    ...{ name: 'arm', kind: 'categorical', levels: ['control', 'treated'], assigned: true, effect: 'soft', values },
    terms: [{ level: 'treated' }],
  };
  const dataset = datasetOf(tables, [arm], subjects);
  return { ...dataset, ids: dataset.ids.map((id) => prefix + id) };
}

/** Returns the means of the columns of each modality, subjects × modalities. */
function encodedOf({ modalities, ids }: Dataset): Float32Array {
  return Float32Array.from({ length: ids.length * modalities.length }, (_, at) => {
    const row = Math.floor(at / modalities.length);
    const { values } = modalities[at % modalities.length];
    return values.subarray(row * COLUMNS, (row + 1) * COLUMNS).reduce((sum, value) => sum + value / COLUMNS, 0);
  });
}

interface FirstStudy {
  readonly supported: readonly Hypothesis[];
  readonly latents: ReadonlyMap<string, Float64Array>;
}

/** Returns what a first study supports. */
async function firstStudy(dataset: Dataset, seed: number): Promise<FirstStudy> {
  const config = { ...fitConfigFor(dataset, {}), seed };
  const encoded = encodedOf(dataset);
  const crossFitted = await crossFit(dataset, config, {
    fitted: encoded,
    splits: 3,
    fitAndEncode: () => Promise.resolve({ encoded }),
  });
  const nodes = latentNodes(dataset.modalities);
  const latents = latentEvidence(nodes, crossFitted);
  const pairs = pairEvidence(nodes, crossFitted, seed);
  const within = withinLevels(dataset, crossFitted.splits);
  const { links } = await searchLatents({ nodes, splits: within, pairs, latents, seed });
  const { causes = [], modalities, ids } = dataset;
  const { effects } = causeEvidence({
    ...{ nodes, splits: crossFitted.splits, latents, study: { causes }, modalities, ids, seed },
  });
  return {
    supported: [
      ...pairs.flatMap(({ first, second, associated, correlation }): Hypothesis[] =>
        associated ? [{ kind: 'pair', first, second, original: correlation }] : [],
      ),
      ...links.flatMap(({ first, second, verdict, direct, conditioning }): Hypothesis[] =>
        verdict === 'supported' ? [{ kind: 'link', first, second, conditioning, original: direct }] : [],
      ),
      ...effects.flatMap(({ cause, level, latent, verdict, effect }): Hypothesis[] =>
        verdict === 'supported' ? [{ kind: 'effect', first: cause, second: latent, level, original: effect }] : [],
      ),
    ],
    latents: new Map(nodes.map(({ name }, i) => [name, crossFitted.latents[i]])),
  };
}

const FALSE_ESTIMATE = { estimate: 0.3, lower: 0.1, upper: 0.5 };
/** Statements that are false in every cohort, as a first study could suggest them by chance. */
const FALSE: readonly Hypothesis[] = [
  ...['a', 'b', 'c'].map((first): Hypothesis => ({
    ...{ kind: 'pair', first, second: 'd', original: FALSE_ESTIMATE },
  })),
  { kind: 'link', first: 'a.z1', second: 'c.z1', conditioning: ['b.z1'], original: FALSE_ESTIMATE },
  { kind: 'link', first: 'b.z1', second: 'd.z1', conditioning: [], original: FALSE_ESTIMATE },
  { kind: 'effect', first: 'arm', second: 'd.z1', level: 'treated', original: FALSE_ESTIMATE },
];

async function tested(hypotheses: readonly Hypothesis[], dataset: Dataset, first: FirstStudy, seed: number) {
  return testHypotheses(hypotheses, {
    ...{ dataset, encoded: encodedOf(dataset), firstLatents: first.latents },
    config: { ...fitConfigFor(dataset, {}), seed },
  });
}

/** Shuffles the subjects of every modality, each in another way, so that nothing remains of their relations. */
function shuffled(dataset: Dataset, seed: number): Dataset {
  return dataset.modalities.reduce((some, _, modality) => shuffleSubjects(some, modality, seed), dataset);
}

async function pairs(count: number): Promise<void> {
  console.log('| second cohort | subjects | results | replicated | not replicated | undecided | cohorts with any |');
  console.log('|---|---|---|---|---|---|---|');
  for (const subjects of [200, 600]) {
    const rows = new Map<string, { readonly all: TestedHypothesis[]; any: number }>();
    const add = (name: string, results: readonly TestedHypothesis[]) => {
      const row = rows.get(name) ?? { all: [], any: 0 };
      rows.set(name, row);
      row.all.push(...results);
      row.any += Number(results.some(({ verdict }) => verdict === 'replicated'));
    };
    for (let i = 0; i < count; i++) {
      const seed = FIRST_SEED + 2 * i;
      const first = await firstStudy(cohort(FIRST_SUBJECTS, seed, 'x'), seed);
      const second = cohort(subjects, seed + 1, 'y');
      const isNull = ({ first: one, second: other }: Hypothesis) => one === 'a.z1' && other === 'c.z1';
      add(
        'same truth',
        (await tested(first.supported, second, first, seed)).filter((one) => !isNull(one)),
      );
      add('modalities shuffled', await tested(first.supported, shuffled(second, seed), first, seed));
      const both = await tested([...first.supported, ...FALSE], second, first, seed);
      add('same truth, false statements', both.slice(first.supported.length));
    }
    for (const [name, { all, any }] of rows) {
      const number = (verdict: TestedHypothesis['verdict']) => all.filter((one) => one.verdict === verdict).length;
      const counts = [number('replicated'), number('not-replicated'), number('undecided')];
      console.log(`| ${[name, subjects, all.length, ...counts, `${any} of ${count}`].join(' | ')} |`);
    }
  }
}

/** Tests a real second cohort, as it is and with its modalities shuffled against each other. */
async function shuffledCohort(run: string, path: string, shuffles: number): Promise<void> {
  await using model = await MultimodalCausalModel.load(run);
  const { columnScales: scales, summary } = model;
  const { dataset } = await readStudy(path, { scales, causes: summary.causes, partial: true });
  console.log('| shuffle | replicated | not replicated | undecided | not testable |\n|---|---|---|---|---|');
  for (let shuffle = 0; shuffle <= shuffles; shuffle++) {
    const cohort = shuffle === 0 ? dataset : shuffled(dataset, FIRST_SEED + shuffle);
    const { hypotheses } = await model.replicate(cohort);
    const counts = VERDICTS.map((verdict) => hypotheses.filter((one) => one.verdict === verdict).length);
    console.log(`| ${[shuffle === 0 ? 'none' : shuffle, ...counts].join(' | ')} |`);
  }
}

const [what, first = '20', study = '', shuffles = '20'] = process.argv.slice(2);
if (what === 'pairs') await pairs(Number(first));
else if (what === 'shuffled') await shuffledCohort(first, study, Number(shuffles));
else console.log('replication pairs PAIRS | shuffled RUN STUDY SHUFFLES');
