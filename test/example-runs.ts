// Invented summaries and evidence of RUN folders: for chosen modalities, and random ones of all shapes.

import fc from 'fast-check';
import { latentNodes, type LatentEdge, type LatentGraph, type ModalityLatents } from '../src/causal/index.js';
import { tableObservation } from '../src/data/observation.js';
import { fitConfig } from '../src/training/config.js';
import type { RunSummary } from '../src/training/run-folder.js';

type Evidence = NonNullable<RunSummary['evidence']>;
type Pair = Evidence['pairs'][number];
type Link = Evidence['links'][number];

/** Number of columns of each modality. */
const COLUMNS = 5;

export interface ExampleRun {
  readonly graph: LatentGraph;
  readonly summary: RunSummary;
}

export function exampleSummary(modalities: readonly ModalityLatents[], evidence: Evidence | undefined): RunSummary {
  const columns = Array.from({ length: COLUMNS }, (_, c) => ({
    ...{ name: `x${c + 1}`, log: false, offset: 0, mean: 0, sd: 1 },
  }));
  return {
    format: 'interlatent-run-6',
    version: '0.0.0',
    node: 'v0',
    study: 'made up',
    id: 'id',
    fingerprint: 'f'.repeat(64),
    subjects: { train: 200, validation: 20, test: 20 },
    config: fitConfig({}, { subjects: 200 }),
    model: {
      modalities: modalities.map((one) => ({ ...one, exogenous: 1, observation: tableObservation(COLUMNS) })),
      hidden: 8,
      flow: 'affine',
      components: 1,
      flowHidden: 8,
      within: true,
      graph: 'ordered',
      gates: true,
      componentMap: 0,
    },
    columns: modalities.map(({ name }) => ({ name, columns })),
    stages: [
      {
        ...{ name: 'joint', chosenRestart: 0, rule: 'validation-objective', objectives: [1], bestEpochs: [0] },
        ...{ epochs: 1, failures: [], seconds: 1 },
      },
    ],
    agreement: latentNodes(modalities).map(() => 1),
    orientation: [],
    quality: {
      train: 200,
      heldOut: { split: 'test', subjects: 20 },
      modalities: modalities.map(({ name }) => {
        return {
          name,
          reconstruction: { train: 0.5, heldOut: 0.4 },
          prediction: { train: 0.3, heldOut: 0.2, p: 0.01 },
          linear: [],
        };
      }),
      outliers: [],
      warnings: [],
    },
    ranges: {
      latents: latentNodes(modalities).map(() => ({ mean: 0, sd: 1, low: -2, high: 2 })),
      epsilon: latentNodes(modalities).map(() => ({ mean: 0, sd: 1 })),
      eta: modalities.map(({ latents }) => ({ mean: 0, sd: 1, slopes: new Array<number>(latents).fill(0) })),
      noise: modalities.map(() => new Array<number>(COLUMNS).fill(0.5)),
    },
    device: { requested: 'cpu', name: 'cpu', description: 'made up', reason: '', matmulPrecision: 'float32' },
    evidence,
    seconds: 1,
  };
}

const NAMES = ['blood', 'sleep', 'gait', 'diet'];
const REASONS = [
  'low-power',
  'inconsistent',
  'interchangeable',
  'not-measured',
  'leak',
  'corrected',
  'small',
  'not-replicated',
] as const;
const share = fc.double({ min: 0, max: 1, noNaN: true });
const p = fc.oneof(share, fc.constantFrom(1e-300, 1e-12, 1e-7, 0.049, 0.05, 1));

/** A random estimate within its interval. */
const interval = fc
  .array(fc.double({ min: -0.99, max: 0.99, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((values) => {
    const [lower, estimate, upper] = [...values].sort((a, b) => a - b);
    return { estimate, lower, upper };
  });

function pairOf(first: string, second: string, isTested: boolean): fc.Arbitrary<Pair> {
  const untested = { first, second, subjects: 9, folds: [], p: 1, corrected: 1, associated: false };
  if (!isTested) return fc.constant(untested);
  const tested = fc.record({ p, corrected: p, correlation: interval, associated: fc.boolean() }).map((figures) => ({
    ...{ first, second, subjects: 240, folds: [figures.p, figures.p], ...figures },
    corrected: figures.associated ? Math.min(figures.corrected, 0.05) : Math.max(figures.corrected, 0.0501),
  }));
  return fc.oneof({ weight: 4, arbitrary: tested }, { weight: 1, arbitrary: fc.constant(untested) });
}

function linkOf(first: string, second: string, conditioningNames: readonly string[]): fc.Arbitrary<Link> {
  const relation = fc.tuple(interval, p).map(([estimate, value]) => ({ ...estimate, p: value }));
  const verdict = fc.oneof(
    fc.constant({ verdict: 'supported' as const }),
    fc.constant({ verdict: 'not-supported' as const, reason: 'explained' as const }),
    fc.constantFrom(...REASONS).map((reason) => ({ verdict: 'undecided' as const, reason })),
  );
  return fc
    .record({
      verdict,
      association: relation,
      direct: relation,
      conditioning: fc.subarray([...conditioningNames]),
      q: p,
    })
    .map(({ verdict: judgement, ...figures }) => {
      const isOneOf =
        'reason' in judgement && judgement.reason === 'interchangeable' && figures.conditioning.length > 0;
      const oneOf = [{ from: first, to: [second, figures.conditioning[0]], q: 0.001 }];
      return { first, second, ...judgement, ...figures, ...(isOneOf && { oneOf }) };
    });
}

const edgesAmong = (names: readonly string[]): fc.Arbitrary<LatentEdge[]> =>
  fc.uniqueArray(
    fc
      .record({
        ends: fc.shuffledSubarray([...names], { minLength: 2, maxLength: 2 }),
        strength: fc.double({ min: 0.01, max: 3, noNaN: true }),
        agreement: fc.double({ min: 0.1, max: 1, noNaN: true }),
      })
      .map(({ ends: [from, to], ...value_ }) => ({ from, to, ...value_ })),
    { maxLength: 5, selector: ({ from, to }) => `${from} ${to}` },
  );

const latentOf = (name: string): fc.Arbitrary<Evidence['latents'][number]> =>
  fc
    .record({
      agreement: share,
      chance: fc.constantFrom(0, 0.4, 0.9),
      p,
      subspace: share,
      replicated: fc.boolean(),
      single: fc.boolean(),
    })
    .map((figures) => ({
      ...{ name, ...figures, fitted: 0.9, leak: 0.2 },
      corrected: (figures.agreement - figures.chance) / (1 - figures.chance),
      single: figures.replicated && figures.single,
    }));

/** Random runs with every possible state of the evidence that outputs describe, and consistent figures. */
export const exampleRun: fc.Arbitrary<ExampleRun> = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 4 })
  .chain((sizes) => {
    const modalities = sizes.map((latents, m) => ({ name: NAMES[m], latents }));
    const nodes = latentNodes(modalities);
    const names = nodes.map(({ name }) => name);
    const pairsOfNames = modalities.flatMap((one, m) => modalities.slice(m + 1).map((other) => [one.name, other.name]));
    const all = fc.constantFrom('none', 'too-few', 'tested' as const).chain((state) =>
      fc.record({
        state: fc.constant(state),
        pairs: fc.tuple(...pairsOfNames.map(([first, second]) => pairOf(first, second, state === 'tested'))),
        latents: fc.tuple(...names.map(latentOf)),
        links: fc.tuple(
          ...nodes.flatMap((one, i) =>
            nodes
              .slice(i + 1)
              .filter(({ modality }) => modality !== one.modality)
              .map(({ name }) =>
                linkOf(
                  one.name,
                  name,
                  names.filter((other) => ![one.name, name].includes(other)),
                ),
              ),
          ),
        ),
        edges: edgesAmong(names),
        unsupported: edgesAmong(names),
        arrows: fc.array(fc.record({ at: fc.nat(), isTurned: fc.boolean(), share }), { maxLength: 4 }),
        groups: fc.option(fc.constant(60), { nil: undefined }),
        graph: fc.constantFrom('ordered', 'acyclic', 'cyclic' as const),
        order: fc.constantFrom('unknown', 'assumed' as const),
      }),
    );
    return all.map((draft): ExampleRun => ({
      graph: { nodes, strengths: new Float64Array(names.length ** 2), edges: draft.edges, runs: 4 },
      summary: withOrder(exampleSummary(modalities, evidenceOf(draft, nodes)), draft),
    }));
  });

interface Draft {
  readonly state: string;
  readonly pairs: readonly Pair[];
  readonly latents: Evidence['latents'];
  readonly links: readonly Link[];
  readonly edges: readonly LatentEdge[];
  readonly unsupported: readonly LatentEdge[];
  readonly arrows: readonly { at: number; isTurned: boolean; share: number }[];
  readonly groups: number | undefined;
}

/** Returns consistent evidence, as from a fit: links of associated pairs only, arrowheads of supported links only. */
function evidenceOf(draft: Draft, nodes: LatentGraph['nodes']): Evidence | undefined {
  if (draft.state === 'none') return undefined;
  const tested = draft.pairs.some(({ folds }) => folds.length > 0);
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isAssociated = ({ first, second }: Link) =>
    draft.pairs.some(
      (pair) => pair.associated && pair.first === modalityOf.get(first) && pair.second === modalityOf.get(second),
    );
  const links = draft.links.filter(isAssociated);
  const supported = links.filter(({ verdict }) => verdict === 'supported');
  const directions =
    supported.length === 0
      ? []
      : draft.arrows.map(({ at, isTurned, share: arrowShare }) => {
          const { first, second } = supported[at % supported.length];
          return isTurned
            ? { from: second, to: first, share: arrowShare }
            : { from: first, to: second, share: arrowShare };
        });
  const fitted = new Set(draft.edges.map(({ from, to }) => `${from} ${to}`));
  return {
    ...{ alpha: 0.05, linkAlpha: 0.01, folds: 2, splits: 3, subjects: 240, tested, seconds: 1 },
    ...(draft.groups !== undefined && { groups: draft.groups }),
    pairs: draft.pairs,
    latents: tested ? draft.latents : [],
    links,
    directions: directions.filter(
      ({ from, to }, i) => directions.findIndex((one) => one.from === from && one.to === to) === i,
    ),
    unsupported: draft.unsupported.filter(({ from, to }) => !fitted.has(`${from} ${to}`)),
  };
}

function withOrder(
  summary: RunSummary,
  { graph, order }: { readonly graph: 'ordered' | 'acyclic' | 'cyclic'; readonly order: 'unknown' | 'assumed' },
): RunSummary {
  const { config, model } = summary;
  return {
    ...summary,
    config: { ...config, sparsity: { ...config.sparsity, graph, order } },
    model: { ...model, graph },
  };
}
