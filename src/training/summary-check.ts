// Checks that run.json is consistent: it has figures for every latent, column and restart, and names only what exists.

import { latentNodes } from '../causal/graph.js';
import { isMeasured } from '../data/kinds.js';
import { observationOf, valueCount } from '../data/observation.js';
import { valuesPerSubject } from '../data/regular-array.js';
import type { RunSummary } from './run-summary.js';

/** Returns the first contradiction, as a sentence; undefined if there is none. */
export function contradictionIn(summary: RunSummary): string | undefined {
  const { model, columns } = summary;
  const named = columns.map((scales) => `${scales.name} (${valuesPerSubject(scales)})`).join(', ');
  const expected = model.modalities.map(({ name, observation }) => `${name} (${valueCount(observation)})`).join(', ');
  if (named !== expected) return `the model has the modalities ${expected}, but the columns belong to ${named}.`;
  const problem =
    observationProblem(summary) ??
    causesProblem(summary) ??
    unequalCount([...modelCounts(summary), ...stageCounts(summary), ...rangeCounts(summary)]) ??
    unknownName(summary);
  return problem && `${problem}.`;
}

/** Checks that the model's observations match the columns: counts, levels, sizes and their scales. */
function observationProblem({ model, columns }: RunSummary): string | undefined {
  const mismatch = model.modalities.find(({ observation }, m) => {
    const { kind, shape, parts } = observationOf({ ...columns[m], values: new Float32Array() });
    return (
      JSON.stringify([kind, shape, parts]) !== JSON.stringify([observation.kind, observation.shape, observation.parts])
    );
  });
  return mismatch && `the model's observation of ${mismatch.name} does not fit its columns`;
}

/** Checks that the model reads the causes of the run. */
function causesProblem({ model, causes }: RunSummary): string | undefined {
  return JSON.stringify(model.causes) === JSON.stringify(causes)
    ? undefined
    : "the model's causes are not those of the run";
}

/** An actual and an expected number of entries. */
type Counted = readonly [what: string, actual: number | undefined, expected: number];

function unequalCount(counts: readonly Counted[]): string | undefined {
  const wrong = counts.find(([, actual, expected]) => actual !== undefined && actual !== expected);
  return wrong && `${wrong[0]} has ${wrong[1]} entries, not ${wrong[2]}`;
}

function modelCounts({
  model,
  columns,
  agreement,
  determination,
  subspaces,
  quality,
  evidence,
  imputation,
}: RunSummary) {
  const modalities = model.modalities.length;
  const latents = model.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const { network, linear, residual } = subspaces?.compared ?? {};
  const measured = columns.map((scales) => scales.columns.filter(({ kind }) => isMeasured(kind)).length);
  return [
    ['agreement', agreement.length, latents],
    ['determination.agreement', determination?.agreement?.length, latents],
    ['determination.determined', determination?.determined?.length, latents],
    // The list is empty if nothing could be tested.
    ['evidence.latents', evidence?.latents.length || undefined, latents],
    ['quality.modalities', quality.modalities.length, modalities],
    ...[network, linear, residual].map((figures): Counted => ['subspaces.compared', figures?.length, modalities]),
    ['imputation.modalities', imputation?.modalities.length, modalities],
    ...(imputation?.modalities.slice(0, modalities) ?? []).flatMap(({ cells, whole }, m) =>
      [cells, whole].map((mix): Counted => [`imputation.modalities.${m}.spread`, mix?.spread.length, measured[m]]),
    ),
  ] satisfies Counted[];
}

/** Figures of each restart of a stage. */
function stageCounts({ stages }: RunSummary): Counted[] {
  return stages.flatMap(({ name, objectives, bestEpochs, scores }): Counted[] => [
    [`bestEpochs of ${name}`, bestEpochs.length, objectives.length],
    [`scores of ${name}`, scores?.length, objectives.length],
  ]);
}

function rangeCounts({ model, columns, ranges }: RunSummary): Counted[] {
  const latents = model.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const slopes = model.modalities.flatMap((modality) => {
    return new Array<number>(modality.exogenous).fill(modality.latents);
  });
  return [
    ['ranges.latents', ranges.latents.length, latents],
    ['ranges.epsilon', ranges.epsilon.length, latents],
    ['ranges.eta', ranges.eta.length, slopes.length],
    ...ranges.eta.map((eta, i): Counted => [`ranges.eta.${i}.slopes`, eta.slopes.length, slopes[i]]),
    ['ranges.noise', ranges.noise.length, columns.length],
    ...ranges.noise.map((noise, m): Counted => [`ranges.noise.${m}`, noise.length, columns[m]?.columns.length]),
  ];
}

function causeNamesOf({ causes }: RunSummary['ranges']): string[] {
  const { numbers = {}, combinations = [] } = causes ?? {};
  return [...Object.keys(numbers), ...combinations.flatMap(({ values }) => Object.keys(values))];
}

/** Returns the first name or number of a modality, latent or restart that the model does not have, as a sentence. */
function unknownName({
  model,
  orientation,
  quality,
  evidence,
  ranges,
  causes = [],
  stages,
  equivalence,
}: RunSummary): string | undefined {
  const modalities = model.modalities.map(({ name }) => name);
  const latents = latentNodes(model.modalities).map(({ name }) => name);
  const { shared } = model;
  const { pairs = [], links = [], directions = [], unsupported = [], opened = [] } = evidence ?? {};
  const { effects = [], blocks = [] } = evidence?.causes ?? {};
  const { batches = [], shared: sharing } = evidence ?? {};
  const { members = [], links: classed = [] } = equivalence ?? {};
  const named: readonly (readonly [where: string, names: readonly string[], known: readonly string[]])[] = [
    ['orientation', orientation.map(({ latent }) => latent), latents],
    ['orientation', orientation.map(({ modality }) => modality), modalities],
    ['quality.modalities', quality.modalities.map(({ name }) => name), modalities],
    ['quality.librarySizes', quality.librarySizes?.map(({ latent }) => latent) ?? [], latents],
    ['evidence.pairs', pairs.flatMap(({ first, second }) => [first, second]), modalities],
    ['evidence.links', links.flatMap(({ first, second, conditioning }) => [first, second, ...conditioning]), latents],
    ['evidence.directions', directions.flatMap(({ from, to }) => [from, to]), latents],
    ['evidence.shared', sharing?.subsets.flatMap((subset) => subset.modalities) ?? [], modalities],
    ['evidence.shared', sharing?.same.flatMap((one) => one.latents) ?? [], latents],
    ['evidence.causes', effects.map(({ latent }) => latent), latents],
    ['evidence.causes', [...effects, ...blocks].map(({ cause }) => cause), causes.map(({ name }) => name)],
    ['evidence.causes', blocks.map(({ modality }) => modality), modalities],
    [
      'evidence.batches',
      batches.flatMap(({ modality, otherModalities }) => [modality, ...otherModalities]),
      modalities,
    ],
    ['evidence.unsupported', unsupported.flatMap(({ from, to }) => [from, to]), latents],
    ['ranges.causes', causeNamesOf(ranges), causes.map(({ name }) => name)],
    ['equivalence.members', members.flatMap(({ order = [] }) => order), modalities],
    ['equivalence.members', members.flatMap(({ edges }) => edges.flatMap(({ from, to }) => [from, to])), latents],
    ['equivalence.members', members.flatMap(({ mixed = [] }) => mixed), latents],
    ['equivalence.links', classed.flatMap(({ first, second, from, to }) => [first, second, from, to]), latents],
    ['evidence.opened', opened.flatMap(({ from, to }) => [from, to]), latents],
  ];
  for (const [where, names, known] of named) {
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) return `${where} names '${unknown}', which the model does not have`;
  }
  const misplaced = evidence?.latents.find(({ name }, i) => name !== latents[i]);
  if (misplaced) return `evidence.latents has '${misplaced.name}' where another latent belongs`;
  const outside = shared?.modalities.find((m) => m >= modalities.length);
  if (outside !== undefined) return `model.shared names modality ${outside} of ${modalities.length}`;
  const stage = stages.find(({ chosenRestart, failures, objectives }) => {
    return [chosenRestart, ...failures.map(({ restart }) => restart)].some((restart) => restart >= objectives.length);
  });
  return stage && `${stage.name} names a restart beyond its ${stage.objectives.length}`;
}
