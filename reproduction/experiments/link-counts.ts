// Counts studies in which false links are supported, and studies in which true links are. The studies are chains,
// forks, random graphs, and latents without links (docs/explanation/evidence-statistics.md).

import { conclusionsOf } from '../../src/conclusions/index.js';
import { meanCorrelation } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { CountExperiment, CountRun } from './counts.js';
import { chain, crossed, randomGraph, type ChainOptions, type KnownLinks } from './link-studies.js';

/** Part of a record's settings. Raise it when the fits or the tests change. */
const REVISION = 3;
/** A latent counts as recovered from this correlation with its true latent on. */
const MIN_CORRELATION = 0.95;

/** True if the result counts. */
type Judge = (study: KnownLinks, result: LinkResult) => boolean;

interface LinkResult {
  /** Supported links, as positions among the true latents. */
  readonly supported: readonly (readonly [number, number])[];
  /** Supported directions, from and to. */
  readonly arrows: readonly (readonly [number, number])[];
  /** |Spearman| of every true latent with its match. */
  readonly correlations: readonly number[];
}

const isOneOf = (links: KnownLinks['links'], [a, b]: readonly [number, number]): boolean =>
  links.some(([x, y]) => (x === a && y === b) || (x === b && y === a));

const hasFalseLink: Judge = ({ links }, { supported }) => supported.some((link) => !isOneOf(links, link));
const hasDirectLink: Judge = (_, { supported }) => isOneOf(supported, [0, 2]);
/** True for a false link between latents that are both recovered. */
const hasFalseLinkOfRecovered: Judge = ({ links }, { supported, correlations }) =>
  supported.some((link) => !isOneOf(links, link) && link.every((latent) => correlations[latent] >= MIN_CORRELATION));

const hasFalseArrow: Judge = ({ links }, { arrows }) =>
  arrows.some(([from, to]) => !links.some(([x, y]) => x === from && y === to));

async function fitLinks(study: KnownLinks, { seed, threads, device, signal }: CountRun): Promise<LinkResult> {
  const { dataset, truth } = study;
  const model = await MultimodalCausalModel.fit(dataset, { seed, threads, signal, ...(device && { device }) });
  try {
    const rows = dataset.ids.length;
    const latents = await model.encode(dataset);
    const sizes = truth.map(({ length }) => length);
    const columns = sizes.reduce((sum, size) => sum + size, 0);
    const table = (read: (m: number, k: number, row: number) => number) => ({
      values: Float64Array.from({ length: rows * columns }, (_, at) => {
        let k = at % columns;
        let m = 0;
        for (; k >= sizes[m]; m++) k -= sizes[m];
        return read(m, k, Math.floor(at / columns));
      }),
      rows,
      columns,
    });
    const names = dataset.modalities.map(({ name }) => name);
    const estimate = table((m, k, row) => latents[names[m]][row * sizes[m] + k]);
    const known = table((m, k, row) => truth[m][k][row]);
    const { matching, perLatent } = meanCorrelation(known, estimate, { modalities: sizes }).spearman;
    const trueOf = new Map([...matching].map((node, latent) => [model.graph.nodes[node].name, latent]));
    const links = conclusionsOf(model.graph, model.summary).links.filter(({ verdict }) => verdict === 'supported');
    const directions = links.flatMap(({ direction }) => (direction.verdict === 'supported' ? direction : []));
    return {
      supported: links.map(({ first, second }) => [trueOf.get(first)!, trueOf.get(second)!] as const),
      arrows: directions.map(({ from, to }) => [trueOf.get(from!)!, trueOf.get(to!)!] as const),
      correlations: perLatent,
    };
  } finally {
    await model.dispose();
  }
}

function experiment(
  one: Pick<CountExperiment, 'id' | 'title' | 'dataSets' | 'reach' | 'counted'>,
  studyOf: (seed: number) => KnownLinks,
  judge: Judge,
): CountExperiment {
  return {
    ...one,
    group: 'links',
    settings: (seed) => JSON.stringify({ revision: REVISION, seed }),
    count: async (run) => {
      const study = studyOf(run.seed);
      const result = await fitLinks(study, run);
      const names = result.supported.map(([a, b]) => `${a}–${b}`).join(', ');
      const correlations = result.correlations.map((value) => value.toFixed(2)).join(', ');
      const arrows = result.arrows.map(([from, to]) => `${from}→${to}`).join(', ');
      const text = `links ${names || 'none'}; arrows ${arrows || 'none'}; latents ${correlations}`;
      return { counted: judge(study, result), result: text };
    },
  };
}

const DATA_SETS = 100;

function chains({ shape, ...options }: ChainOptions): CountExperiment {
  const { subjects, reliability, direct = 0 } = options;
  const isDirect = direct !== 0;
  return experiment(
    {
      id: `${shape}-${subjects}-${reliability}${isDirect ? `-direct-${direct}` : ''}`,
      title:
        `${shape}, ${subjects} subjects, reliability ${reliability}` +
        (isDirect ? `, direct effect ${direct} of the first on the third` : ''),
      dataSets: DATA_SETS,
      reach: isDirect ? { min: 0.8 * DATA_SETS } : { max: 0.02 * DATA_SETS },
      counted: isDirect ? 'the direct link supported' : 'a false link or an arrow supported',
    },
    (seed) => chain(seed, { shape, ...options }),
    isDirect ? hasDirectLink : (known, result) => hasFalseLink(known, result) || result.arrows.length > 0,
  );
}

export const LINK_COUNTS: readonly CountExperiment[] = [
  ...[500, 2000, 10_000].flatMap((subjects) =>
    [0.7, 0.8, 0.95].map((reliability) => chains({ shape: 'chain', subjects, reliability })),
  ),
  ...[500, 2000].flatMap((subjects) =>
    [0.7, 0.9].map((reliability) => chains({ shape: 'fork', subjects, reliability })),
  ),
  ...[0.7, 0.8, 0.95].map((reliability) => chains({ shape: 'chain', subjects: 2000, reliability, direct: 0.3 })),
  ...[500, 2000, 10_000].map((subjects) =>
    experiment(
      {
        id: `graph-${subjects}`,
        title: `random directed graphs of six latents, ${subjects} subjects, reliability 0.9`,
        dataSets: DATA_SETS,
        reach: { max: 0.05 * DATA_SETS },
        counted: 'a false arrow supported',
      },
      (seed) => randomGraph(seed, subjects),
      hasFalseArrow,
    ),
  ),
  ...[300, 1000, 3000].map((subjects) =>
    experiment(
      {
        id: `crossed-${subjects}`,
        title: `two latents, each without a link to one of two other modalities, ${subjects} subjects`,
        dataSets: DATA_SETS,
        reach: { max: 0.05 * DATA_SETS },
        counted: 'a false link between recovered latents',
      },
      (seed) => crossed(seed, subjects),
      hasFalseLinkOfRecovered,
    ),
  ),
];
