// In how many studies without signal evidence between modalities is found, and in how many with signal
// (docs/evidence.md).

import type { Evidence } from '../evidence/index.js';
import { meanCorrelation } from '../metrics/index.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import type { CountExperiment, CountOutcome, CountRun } from './counts.js';
import { factors, mixomics, nhanes, simulated, type NullStudy } from './null-studies.js';

/** Part of what a record is made with: raise it when what is fitted or tested changes. */
const REVISION = 1;

interface Studied {
  readonly id: string;
  readonly title: string;
  readonly dataSets: number;
  readonly reach: CountExperiment['reach'];
  readonly study: (seed: number) => NullStudy | Promise<NullStudy>;
}

type Judge = (evidence: Evidence, study: NullStudy, model: MultimodalCausalModel) => boolean | Promise<boolean>;

function experiment(studied: Studied, counted: string, judge: Judge): CountExperiment {
  const count = async (run: CountRun): Promise<CountOutcome> => {
    const study = await studied.study(run.seed);
    const model = await MultimodalCausalModel.fit(study.dataset, run);
    try {
      const evidence = model.summary.evidence!;
      const ps = evidence.pairs.map(({ p }) => p.toExponential(1)).join(', ');
      const standing = evidence.links.filter(({ stands }) => stands).map(({ first, second }) => `${first} – ${second}`);
      const links = standing.length === 0 ? 'no link' : standing.join(', ');
      return { counted: await judge(evidence, study, model), found: `p ${ps}; ${links}` };
    } finally {
      await model.dispose();
    }
  };
  return {
    ...studied,
    group: 'null',
    counted,
    settings: (seed) => JSON.stringify({ revision: REVISION, seed }),
    count,
  };
}

const isRelated: Judge = ({ pairs }) => pairs.some(({ related }) => related);

/** Studies without signal: anything found is false. */
function nothing(id: string, title: string, study: Studied['study']): CountExperiment {
  return experiment({ id, title, dataSets: 100, reach: { most: 5 }, study }, 'a false pair', isRelated);
}

/** Studies with signal. */
function something(id: string, title: string, least: number, study: Studied['study']): CountExperiment {
  return experiment({ id, title, dataSets: 20, reach: { least }, study }, 'pair found', isRelated);
}

/** A link that stands between other latents than the first ones of both modalities. */
const hasWrongLink: Judge = async ({ links }, { dataset, truth }, model) => {
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
  return links.some(({ stands, first, second }) => stands && !(right.includes(first) && right.includes(second)));
};

/** As many links stand as the case has; which ones is not asked. */
const linksStand: Judge = ({ links }) => links.filter(({ stands }) => stands).length >= 2;

export const NULL_COUNTS: readonly CountExperiment[] = [
  nothing('null-mixomics', 'mixomics, 150 people, 200 + 184 columns, shuffled', (seed) =>
    mixomics(seed, { shuffled: true }),
  ),
  ...[150, 300, 1000, 4000].map((subjects) =>
    nothing(`null-nhanes-${subjects}`, `NHANES, ${subjects} people, body and chemistry, shuffled`, (seed) =>
      nhanes(seed, { subjects, shuffled: true }),
    ),
  ),
  ...[100, 400].map((subjects) =>
    nothing(
      `null-wide-${subjects}`,
      `linear factors, ${subjects} subjects, 192 + 192 columns, nothing shared`,
      (seed) => factors(seed, { subjects, columns: 192, correlations: [0, 0] }),
    ),
  ),
  experiment(
    {
      id: 'null-alone',
      title: 'case 3, 300 subjects: the last modality shuffled, the others related',
      dataSets: 100,
      reach: { most: 5 },
      study: (seed) => simulated('case3', { samples: 300, test: 30, seed }, [2]),
    },
    'a false pair',
    ({ pairs }, { dataset }) => {
      const { name } = dataset.modalities[2];
      return pairs.some(({ related, first, second }) => related && (first === name || second === name));
    },
  ),
  experiment(
    {
      id: 'null-partial',
      title: 'linear factors, 300 subjects, 15 + 15 columns: one latent shared (0.8), one not',
      dataSets: 100,
      reach: { most: 5 },
      study: (seed) => factors(seed, { subjects: 300, columns: 15, correlations: [0.8, 0] }),
    },
    'a wrong link',
    hasWrongLink,
  ),
  something('power-mixomics', 'mixomics, 150 people', 19, (seed) => mixomics(seed, { shuffled: false })),
  something('power-nhanes-300', 'NHANES, 300 people, body and chemistry', 19, (seed) =>
    nhanes(seed, { subjects: 300, shuffled: false }),
  ),
  something('power-case1-150', 'case 1, 150 subjects, noise 0.3', 19, (seed) =>
    simulated('case1', { samples: 150, test: 15, measurementNoise: 0.3, seed }),
  ),
  something('power-weak', 'linear factors, 100 subjects, 15 + 15 columns, one shared correlation of 0.4', 10, (seed) =>
    factors(seed, { subjects: 100, columns: 15, correlations: [0.4, 0] }),
  ),
  experiment(
    {
      id: 'power-links',
      title: 'case 1, 300 subjects: two links or more',
      dataSets: 20,
      reach: { least: 16 },
      study: (seed) => simulated('case1', { samples: 300, test: 30, seed }),
    },
    'links stand',
    linksStand,
  ),
];
