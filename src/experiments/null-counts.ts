// In how many studies without signal evidence between modalities is found, and in how many with signal
// (docs/explanation/evidence.md).

import { latentNodes } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { crossFit, pairEvidence, splitsOf, type Evidence, type PairEvidence } from '../evidence/index.js';
import { pText } from '../format.js';
import { meanCorrelation } from '../metrics/index.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { RandomStream } from '../random/random-stream.js';
import { associationTests } from '../report/facts/associations.js';
import { chooseDevice } from '../runtime/device.js';
import { fitConfigFor } from '../training/config.js';
import { modalityShapes } from '../training/program.js';
import type { CountExperiment, CountOutcome, CountRun } from './counts.js';
import { covariates, dose, gaps, narrow, unequalGroups } from './link-studies.js';
import { factors, mixomics, nhanes, simulated, type NullStudy } from './null-studies.js';

/** Part of what a record is made with: raise it when what is fitted or tested changes. */
const REVISION = 5;
/** The same where links are counted. */
const LINK_REVISION = 6;
/** Stream of the association that is drawn. */
const ASSOCIATION_STREAM = 0x7400_0000;

interface Studied {
  readonly id: string;
  readonly title: string;
  readonly dataSets: number;
  readonly reach: CountExperiment['reach'];
  readonly study: (seed: number) => NullStudy | Promise<NullStudy>;
}

/** @returns whether it counts, and what was found in words */
type Count = (study: NullStudy, run: CountRun) => Promise<CountOutcome>;

function experiment(studied: Studied, counted: string, count: Count, revision = REVISION): CountExperiment {
  return {
    ...studied,
    group: 'null',
    counted,
    settings: (seed) => JSON.stringify({ revision, seed }),
    count: async (run) => count(await studied.study(run.seed), run),
  };
}

/** The gate alone: a study without a related pair has no link, and the model of all subjects need not be fitted. */
function pairs(judge: (pairs: readonly PairEvidence[], study: NullStudy) => boolean): Count {
  return async (study, { seed, device: name, ...hooks }) => {
    const { dataset } = study;
    const config = fitConfigFor(dataset, { seed });
    const { device } = await chooseDevice(name);
    const splits = splitsOf('full', dataset.ids.length);
    const crossFitted = await crossFit(dataset, config, { splits, hooks: { ...hooks, device } });
    const found = pairEvidence(latentNodes(modalityShapes(dataset)), crossFitted, seed);
    const ps = found.map(({ p, folds, components = [] }) => {
      return `${pText(p)} (folds ${folds.map(pText).join(', ')}; components ${components.map(pText).join(', ')})`;
    });
    return {
      counted: judge(found, study),
      found: `p ${ps.join('; ')}`,
      ...oneAssociation(dataset, crossFitted.latents, seed),
    };
  };
}

/** Returns p of one latent and one column of another modality, as a report tests them. */
function oneAssociation(
  dataset: Dataset,
  latents: readonly Float64Array[],
  seed: number,
): Pick<CountOutcome, 'association'> {
  const { tests } = associationTests(dataset, latentNodes(modalityShapes(dataset)), latents);
  const [drawn] = new RandomStream(seed, ASSOCIATION_STREAM).permutation(tests.length);
  return tests.length === 0 ? {} : { association: tests[drawn].p };
}

type LinkJudge = (
  links: Evidence['links'],
  study: NullStudy,
  model: MultimodalCausalModel,
) => boolean | Promise<boolean>;

/** The whole fit, with its links. */
function links(judge: LinkJudge): Count {
  return async (study, run) => {
    const model = await MultimodalCausalModel.fit(study.dataset, run);
    try {
      const evidence = model.summary.evidence!;
      const ps = evidence.pairs.map(({ p }) => pText(p)).join(', ');
      const standing = evidence.links
        .filter(({ verdict }) => verdict === 'supported')
        .map(({ first, second }) => `${first} – ${second}`);
      const text = standing.length === 0 ? 'no link' : standing.join(', ');
      return { counted: await judge(evidence.links, study, model), found: `p ${ps}; ${text}` };
    } finally {
      await model.dispose();
    }
  };
}

const isRelated = pairs((found) => found.some(({ associated }) => associated));

/** Studies without signal: anything found is false. */
function nothing(id: string, title: string, study: Studied['study']): CountExperiment {
  return experiment({ id, title, dataSets: 100, reach: { most: 5 }, study }, 'a false pair', isRelated);
}

/** Studies with signal. */
function something(id: string, title: string, least: number, study: Studied['study']): CountExperiment {
  return experiment({ id, title, dataSets: 20, reach: { least }, study }, 'pair found', isRelated);
}

/** A link that stands between other latents than the first ones of both modalities. */
const hasWrongLink: LinkJudge = async (found, { dataset, truth }, model) => {
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
  return found.some(
    ({ verdict, first, second }) => verdict === 'supported' && !(right.includes(first) && right.includes(second)),
  );
};

/** As many links stand as the case has; which ones is not asked. */
const linksStand: LinkJudge = (found) => found.filter(({ verdict }) => verdict === 'supported').length >= 2;

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
  nothing('null-narrow', 'one latent of 50 columns and one of 8, 100 subjects, nothing shared', (seed) => ({
    dataset: narrow(seed, 100),
  })),
  nothing('null-covariates', 'ten covariates that act on both modalities, adjusted for, 60 subjects', (seed) => ({
    dataset: covariates(seed, 60),
  })),
  nothing('null-gaps', '300 subjects who skip the same share of both modalities, nothing shared', (seed) => ({
    dataset: gaps(seed, 300),
  })),
  nothing('null-groups', '60 groups of 1 and of 30 rows, nothing shared', (seed) => ({
    dataset: unequalGroups(seed, 60),
  })),
  experiment(
    {
      id: 'null-alone',
      title: 'case 3, 300 subjects: the third of four modalities shuffled, the others related',
      dataSets: 100,
      reach: { most: 5 },
      study: (seed) => simulated('case3', { samples: 300, test: 30, seed }, [2]),
    },
    'a false pair',
    pairs((found, { dataset }) => {
      const { name } = dataset.modalities[2];
      return found.some(({ associated, first, second }) => associated && (first === name || second === name));
    }),
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
    links(hasWrongLink),
    LINK_REVISION,
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
  something(
    'power-dose',
    'a randomised dose, 40 subjects; it explains 55 % of the largest of three factors behind 30 columns',
    18,
    (seed) => ({
      dataset: dose(seed, 40),
    }),
  ),
  ...(['u', 'spread'] as const).flatMap((shape) =>
    [0, 3].map((privateFactors) =>
      something(
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
      reach: { least: 16 },
      study: (seed) => simulated('case1', { samples: 300, test: 30, seed }),
    },
    'links stand',
    links(linksStand),
    LINK_REVISION,
  ),
];
