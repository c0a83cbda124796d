// Relates every latent, and every block of mixed latents, of a fit to every outcome of a study. The tables, the report
// and the drawings derive from these results.

import { unitsOf as latentUnits } from '../../causal/blocks.js';
import type { LatentGraph } from '../../causal/index.js';
import type { LatentVerdictName } from '../../causal/verdicts.js';
import { conclusionsOf } from '../../conclusions/index.js';
import type { Dataset } from '../../data/dataset.js';
import type { Outcome, SubjectVariable } from '../../data/outcomes.js';
import type { OutOfFoldLatents } from '../../inference/model-latents.js';
import { benjaminiHochberg, holm } from '../../quality/pair-test.js';
import { decimals, listed, percent } from '../../text/numbers.js';
import type { RunSummary } from '../../training/run-folder.js';
import { associate, type Association } from './association.js';

/** A fit, and subjects with outcomes. */
export interface OutcomeInput {
  readonly graph: LatentGraph;
  readonly summary: RunSummary;
  readonly dataset: Pick<Dataset, 'groups' | 'ids'>;
  readonly outcomes: readonly Outcome[];
  /** Batches of the study, for the warning about latents that follow one. */
  readonly batches?: readonly SubjectVariable[] | undefined;
  /** True for a study with a sampling design, which these tests do not use. */
  readonly isSurvey?: boolean | undefined;
  readonly outOfFold: OutOfFoldLatents;
}

/** A latent, or a block: latents that may be mixed with each other, about which only joint statements are made. */
export interface OutcomeUnit {
  readonly name: string;
  readonly modality: string;
  readonly verdict: LatentVerdictName | undefined;
  readonly isBlock: boolean;
  /** Out-of-fold latents of the unit × subjects of the data set; NaN where a subject has none. */
  readonly latents: readonly Float64Array[];
}

export interface OutcomeResult extends Association {
  readonly outcome: Outcome;
  readonly unit: OutcomeUnit;
  /** p, corrected for all tests of all outcomes (Benjamini & Hochberg). */
  readonly q?: number | undefined;
}

export interface OutcomeResults {
  readonly units: readonly OutcomeUnit[];
  /** By outcome and unit. */
  readonly results: readonly OutcomeResult[];
  /** Number of tests that q is corrected for. */
  readonly tests: number;
  /** Sentences about latents that follow sequencing depth or a batch, and about a sampling design. */
  readonly cautions: readonly string[];
}

/** The false discovery rate of what is called associated. */
export const MAX_Q = 0.05;
/** Level of the test if a latent follows a batch, and the share of its variance that a warning needs. */
const BATCH_ALPHA = 0.01;
const NOTABLE_SHARE = 0.04;

const SURVEY =
  'The study is a survey, and these tests describe its subjects, not the population: they use no weights and no ' +
  'sampling units. The table survey-outcomes does.';

/** Tests all units against all outcomes. */
export function outcomeResults(input: OutcomeInput): OutcomeResults {
  const units = outcomeUnits(input);
  const { groups } = input.dataset;
  const pairs = input.outcomes.flatMap((outcome) =>
    units.map((unit) => ({ outcome, unit, ...associate(outcome, unit, groups) })),
  );
  const qs = benjaminiHochberg(pairs.map(({ p }) => p ?? NaN));
  const results = pairs.map((pair, i): OutcomeResult => (Number.isNaN(qs[i]) ? pair : { ...pair, q: qs[i] }));
  return {
    units,
    results,
    tests: results.filter(({ q }) => q !== undefined).length,
    cautions: [...depthCautions(input), ...batchCautions(input, units), ...(input.isSurvey ? [SURVEY] : [])],
  };
}

/** Returns the units of a fit with their out-of-fold latents. */
export function outcomeUnits({
  graph,
  summary,
  dataset: { ids },
  outOfFold,
}: Pick<OutcomeInput, 'dataset' | 'graph' | 'outOfFold' | 'summary'>): OutcomeUnit[] {
  const { latents } = conclusionsOf(graph, summary);
  const rowOf = new Map(outOfFold.ids.map((id, row) => [id, row]));
  const rows = ids.map((id) => rowOf.get(id));
  return latentUnits(latents).map(({ name, members, isBlock: isMixed }) => {
    const { modality, verdict } = latents[members[0]];
    // A latent may be mixed with components: only all of them together span the same space on any axes.
    const mixed = new Set(members.flatMap((i) => [latents[i].name, ...(isMixed ? (latents[i].blockWith ?? []) : [])]));
    const isBlock = mixed.size > 1;
    const all = outOfFold.latents[modality];
    const width = all.length / outOfFold.ids.length;
    return {
      ...{ name, modality, verdict, isBlock },
      latents: graph.nodes
        .filter((node) => mixed.has(node.name))
        .map(({ index: k }) => {
          return Float64Array.from(rows, (row) => (row === undefined ? NaN : all[row * width + k]));
        }),
    };
  });
}

function depthCautions({ graph, summary }: OutcomeInput): string[] {
  const { latents } = conclusionsOf(graph, summary);
  const deep = latents.flatMap(({ name, depth }) => (depth === undefined ? [] : [`${name} (ρ ${decimals(depth)})`]));
  if (deep.length === 0) return [];
  return [`Latents follow the library size: ${listed(deep)}. What is associated with them may be sequencing depth.`];
}

/** Returns a sentence about units that differ between batches, at a level for all units and batches (Holm). */
function batchCautions({ dataset, batches = [] }: OutcomeInput, units: readonly OutcomeUnit[]): string[] {
  const tested = batches.flatMap((batch) =>
    units.map((unit) => {
      const outcome = { ...batch, name: batch.column, kind: 'categorical', covariates: [], terms: 'linear' } as const;
      return { unit, batch, ...associate({ ...outcome, measuredIn: [] }, unit, dataset.groups) };
    }),
  );
  const qs = holm(tested.map(({ p }) => p ?? 1));
  const notable = tested.filter(({ estimate = 0 }, i) => qs[i] <= BATCH_ALPHA && estimate >= NOTABLE_SHARE);
  if (notable.length === 0) return [];
  const items = notable.map(
    ({ unit, batch, estimate }) => `${unit.name} (${percent(estimate!)} between levels of ${batch.column})`,
  );
  return [
    `The variance of latents is partly between batches: ${listed(items)}. ` +
      'What is associated with them may be the batch. Adjust the outcomes for it (adjust).',
  ];
}
