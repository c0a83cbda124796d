// Counts studies in which the evidence supports an association or a link, without and with a signal in the data
// (docs/explanation/evidence.md).

import { latentNodes } from '../../src/causal/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { crossFit, pairEvidence, splitsOf, type Evidence, type PairEvidence } from '../../src/evidence/index.js';
import { pText } from '../../src/text/numbers.js';
import { meanCorrelation } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { associationTests } from '../../src/report/facts/associations.js';
import { chooseDevice } from '../../src/runtime/device.js';
import { fitConfigFor } from '../../src/training/config.js';
import { modalityShapes } from '../../src/training/model-config.js';
import type { CountExperiment, CountOutcome, CountRun } from './counts.js';
import { covariates, dose, gaps, narrow, unequalGroups } from './link-studies.js';
import { factors, mixomics, nhanes, simulated, type NullStudy } from './null-studies.js';

/** Part of a record's settings. Raise it when the fits or the tests change. */
const REVISION = 5;
/** The same for experiments that count links. */
const LINK_REVISION = 6;
/** Random stream that draws an association. */
const ASSOCIATION_STREAM = 0x7400_0000;

interface StudyCount {
  readonly id: string;
  readonly title: string;
  readonly dataSets: number;
  readonly reach: CountExperiment['reach'];
  readonly study: (seed: number) => NullStudy | Promise<NullStudy>;
}

type Count = (study: NullStudy, run: CountRun) => Promise<CountOutcome>;

function experiment(entry: StudyCount, counted: string, count: Count, revision = REVISION): CountExperiment {
  return {
    ...entry,
    group: 'null',
    counted,
    settings: (seed) => JSON.stringify({ revision, seed }),
    count: async (run) => count(await entry.study(run.seed), run),
  };
}

/**
 * Counts by the association tests of pairs of modalities. A study without an associated pair has no link, so the model
 * of all subjects need not be fitted.
 */
function pairs(judge: (pairs: readonly PairEvidence[], study: NullStudy) => boolean): Count {
  return async (study, { seed, device: name, ...hooks }) => {
    const { dataset } = study;
    const config = fitConfigFor(dataset, { seed });
    const { device } = await chooseDevice(name);
    const splits = splitsOf('full', dataset.ids.length);
    const crossFitted = await crossFit(dataset, config, { splits, hooks: { ...hooks, device } });
    const evidence = pairEvidence(latentNodes(modalityShapes(dataset)), crossFitted, seed);
    const ps = evidence.map(({ p, folds, components = [] }) => {
      return `${pText(p)} (folds ${folds.map(pText).join(', ')}; components ${components.map(pText).join(', ')})`;
    });
    return {
      counted: judge(evidence, study),
      result: `p ${ps.join('; ')}`,
      ...oneAssociation(dataset, crossFitted.latents, seed),
    };
  };
}

/** Tests one latent with one column of another modality, drawn at random, as a report does. */
function oneAssociation(
  dataset: Dataset,
  latents: readonly Float64Array[],
  seed: number,
): Pick<CountOutcome, 'association'> {
  const { tests } = associationTests(dataset, latentNodes(modalityShapes(dataset)), latents);
  const [index] = new RandomStream(seed, ASSOCIATION_STREAM).permutation(tests.length);
  return tests.length === 0 ? {} : { association: tests[index].p };
}

type LinkJudge = (
  links: Evidence['links'],
  study: NullStudy,
  model: MultimodalCausalModel,
) => boolean | Promise<boolean>;

/** Counts by the links of a whole fit. */
function links(judge: LinkJudge): Count {
  return async (study, run) => {
    const model = await MultimodalCausalModel.fit(study.dataset, run);
    try {
      const evidence = model.summary.evidence!;
      const ps = evidence.pairs.map(({ p }) => pText(p)).join(', ');
      const supported = evidence.links
        .filter(({ verdict }) => verdict === 'supported')
        .map(({ first, second }) => `${first} – ${second}`);
      const text = supported.length === 0 ? 'no link' : supported.join(', ');
      return { counted: await judge(evidence.links, study, model), result: `p ${ps}; ${text}` };
    } finally {
      await model.dispose();
    }
  };
}

const isAssociated = pairs((evidence) => evidence.some(({ associated }) => associated));

/** Returns an experiment on studies without signal, where every associated pair is false. */
function withoutSignal(id: string, title: string, study: StudyCount['study']): CountExperiment {
  return experiment({ id, title, dataSets: 100, reach: { max: 5 }, study }, 'a false pair', isAssociated);
}

/** Returns an experiment on studies with signal. */
function withSignal(id: string, title: string, min: number, study: StudyCount['study']): CountExperiment {
  return experiment({ id, title, dataSets: 20, reach: { min }, study }, 'pair found', isAssociated);
}

/** True if a supported link joins other latents than the first true ones of both modalities. */
const hasWrongLink: LinkJudge = async (evidence, { dataset, truth }, model) => {
  const latents = await model.encode(dataset);
  const rows = dataset.ids.length;
  const values = Float32Array.from({ length: rows * 4 }, (_, at) => {
    const [row, latent] = [Math.floor(at / 4), at % 4];
    return latents[dataset.modalities[latent >> 1].name][row * 2 + (latent & 1)];
  });
  const table = { rows, columns: 4 };
  const { matching } = meanCorrelation(
    { ...table, values: truth! },
    { ...table, values },
    { modalities: [2, 2] },
  ).spearman;
  const names = model.graph.nodes.map(({ name }) => name);
  const right = [names[matching[0]], names[matching[2]]];
  return evidence.some(
    ({ verdict, first, second }) => verdict === 'supported' && !(right.includes(first) && right.includes(second)),
  );
};

/** True if two links or more are supported, the number that the case has. Does not compare them with the true links. */
const hasTwoLinks: LinkJudge = (evidence) => evidence.filter(({ verdict }) => verdict === 'supported').length >= 2;

export const NULL_COUNTS: readonly CountExperiment[] = [
  withoutSignal('null-mixomics', 'mixomics, 150 people, 200 + 184 columns, shuffled', (seed) =>
    mixomics(seed, { shuffled: true }),
  ),
  ...[150, 300, 1000, 4000].map((subjects) =>
    withoutSignal(`null-nhanes-${subjects}`, `NHANES, ${subjects} people, body and chemistry, shuffled`, (seed) =>
      nhanes(seed, { subjects, shuffled: true }),
    ),
  ),
  ...[100, 400].map((subjects) =>
    withoutSignal(
      `null-wide-${subjects}`,
      `linear factors, ${subjects} subjects, 192 + 192 columns, independent`,
      (seed) => factors(seed, { subjects, columns: 192, correlations: [0, 0] }),
    ),
  ),
  withoutSignal('null-narrow', 'one latent of 50 columns and one of 8, 100 subjects, independent', (seed) => ({
    dataset: narrow(seed, 100),
  })),
  withoutSignal('null-covariates', 'ten covariates that act on both modalities, adjusted for, 60 subjects', (seed) => ({
    dataset: covariates(seed, 60),
  })),
  withoutSignal('null-gaps', '300 subjects who skip the same share of both modalities, independent', (seed) => ({
    dataset: gaps(seed, 300),
  })),
  withoutSignal('null-groups', '60 groups of 1 and of 30 rows, independent', (seed) => ({
    dataset: unequalGroups(seed, 60),
  })),
  experiment(
    {
      id: 'null-alone',
      title: 'case 3, 300 subjects: the third of four modalities shuffled, the other three associated',
      dataSets: 100,
      reach: { max: 5 },
      study: (seed) => simulated('case3', { samples: 300, test: 30, seed }, [2]),
    },
    'a false pair',
    pairs((evidence, { dataset }) => {
      const { name } = dataset.modalities[2];
      return evidence.some(({ associated, first, second }) => associated && (first === name || second === name));
    }),
  ),
  experiment(
    {
      id: 'null-partial',
      title: 'linear factors, 300 subjects, 15 + 15 columns: one latent shared (0.8), one not',
      dataSets: 100,
      reach: { max: 5 },
      study: (seed) => factors(seed, { subjects: 300, columns: 15, correlations: [0.8, 0] }),
    },
    'a wrong link',
    links(hasWrongLink),
    LINK_REVISION,
  ),
  withSignal('power-mixomics', 'mixomics, 150 people', 19, (seed) => mixomics(seed, { shuffled: false })),
  withSignal('power-nhanes-300', 'NHANES, 300 people, body and chemistry', 19, (seed) =>
    nhanes(seed, { subjects: 300, shuffled: false }),
  ),
  withSignal('power-case1-150', 'case 1, 150 subjects, noise 0.3', 19, (seed) =>
    simulated('case1', { samples: 150, test: 15, measurementNoise: 0.3, seed }),
  ),
  withSignal('power-weak', 'linear factors, 100 subjects, 15 + 15 columns, one shared correlation of 0.4', 10, (seed) =>
    factors(seed, { subjects: 100, columns: 15, correlations: [0.4, 0] }),
  ),
  withSignal(
    'power-dose',
    'a randomised dose that explains 55 % of the largest of three factors behind 30 columns, 40 subjects',
    18,
    (seed) => ({
      dataset: dose(seed, 40),
    }),
  ),
  ...(['u', 'spread'] as const).flatMap((shape) =>
    [0, 3].map((privateFactors) =>
      withSignal(
        privateFactors === 0 ? `power-${shape}` : `power-${shape}-private`,
        `linear factors, ${privateFactors} of them private, 150 subjects, 15 + 15 columns, one relation: ${shape}`,
        18,
        (seed) => factors(seed, { subjects: 150, columns: 15, correlations: [0, 0], shape, privateFactors }),
      ),
    ),
  ),
  experiment(
    {
      id: 'power-links',
      title: 'case 1, 300 subjects: two links or more',
      dataSets: 20,
      reach: { min: 16 },
      study: (seed) => simulated('case1', { samples: 300, test: 30, seed }),
    },
    'links are supported',
    links(hasTwoLinks),
    LINK_REVISION,
  ),
];
