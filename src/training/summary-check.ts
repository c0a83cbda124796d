// Whether the parts of run.json agree: figures for every latent, column and run, about things that the model has.

import { latentNodes } from '../causal/graph.js';
import { isMeasured } from '../data/kinds.js';
import { observationOf, valueCount } from '../data/observation.js';
import { valuesPerSubject } from '../data/grid.js';
import type { RunSummary } from './run-summary.js';

/** Returns the first contradiction, as a sentence; undefined where there is none. */
export function contradictionIn(summary: RunSummary): string | undefined {
  const { model, columns } = summary;
  const named = columns.map((scales) => `${scales.name} (${valuesPerSubject(scales)})`).join(', ');
  const expected = model.modalities.map(({ name, observation }) => `${name} (${valueCount(observation)})`).join(', ');
  if (named !== expected) return `the model has modalities ${expected}, the columns are of ${named}.`;
  const problem =
    observationProblem(summary) ??
    unequalCount([...modelCounts(summary), ...stageCounts(summary), ...rangeCounts(summary)]) ??
    unknownName(summary);
  return problem && `${problem}.`;
}

/** The model observes what the columns are: which values are counts, levels and sizes, and of what scale. */
function observationProblem({ model, columns }: RunSummary): string | undefined {
  const odd = model.modalities.find(({ observation }, m) => {
    const { kind, shape, parts } = observationOf({ ...columns[m], values: new Float32Array() });
    return (
      JSON.stringify([kind, shape, parts]) !== JSON.stringify([observation.kind, observation.shape, observation.parts])
    );
  });
  return odd && `the model's observation of ${odd.name} does not fit its columns`;
}

/** How many there are of something, and how many there must be. */
type Counted = readonly [what: string, found: number | undefined, expected: number];

function unequalCount(counts: readonly Counted[]): string | undefined {
  const wrong = counts.find(([, found, expected]) => found !== undefined && found !== expected);
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
  const latents = model.modalities.reduce((sum, own) => sum + own.latents, 0);
  const { network, linear, residual } = subspaces?.compared ?? {};
  const measured = columns.map((own) => own.columns.filter(({ kind }) => isMeasured(kind)).length);
  return [
    ['agreement', agreement.length, latents],
    ['determination.agreement', determination?.agreement.length, latents],
    ['determination.determined', determination?.determined.length, latents],
    // Nothing is known of latents where nothing could be tested.
    ['evidence.latents', evidence?.latents.length || undefined, latents],
    ['quality.modalities', quality?.modalities.length, modalities],
    ...[network, linear, residual].map((own): Counted => ['subspaces.compared', own?.length, modalities]),
    ['imputation.modalities', imputation?.modalities.length, modalities],
    ...(imputation?.modalities.slice(0, modalities) ?? []).flatMap(({ cells, whole }, m) =>
      [cells, whole].map((mix): Counted => [`imputation.modalities.${m}.spread`, mix?.spread.length, measured[m]]),
    ),
  ] satisfies Counted[];
}

/** Figures of each run of a stage. */
function stageCounts({ parts }: RunSummary): Counted[] {
  return parts.flatMap(({ name, objectives, bestEpochs, scores }): Counted[] => [
    [`bestEpochs of ${name}`, bestEpochs.length, objectives.length],
    [`scores of ${name}`, scores?.length, objectives.length],
  ]);
}

function rangeCounts({ model, columns, ranges }: RunSummary): Counted[] {
  if (!ranges) return [];
  const latents = model.modalities.reduce((sum, own) => sum + own.latents, 0);
  const slopes = model.modalities.flatMap((own) => new Array<number>(own.exogenous).fill(own.latents));
  return [
    ['ranges.latents', ranges.latents.length, latents],
    ['ranges.epsilon', ranges.epsilon.length, latents],
    ['ranges.eta', ranges.eta.length, slopes.length],
    ...ranges.eta.map((eta, i): Counted => [`ranges.eta.${i}.slopes`, eta.slopes.length, slopes[i]]),
    ['ranges.noise', ranges.noise.length, columns.length],
    ...ranges.noise.map((noise, m): Counted => [`ranges.noise.${m}`, noise.length, columns[m]?.columns.length]),
  ];
}

/** Figures are of modalities, latents and runs that the model has. */
function unknownName({ model, orientation = [], quality, evidence, parts }: RunSummary): string | undefined {
  const modalities = model.modalities.map(({ name }) => name);
  const latents = latentNodes(model.modalities).map(({ name }) => name);
  const { shared } = model;
  const { pairs = [], links = [], directions = [], unsupported = [], opened = [] } = evidence ?? {};
  const named: readonly (readonly [where: string, names: readonly string[], known: readonly string[]])[] = [
    ['orientation', orientation.map(({ latent }) => latent), latents],
    ['orientation', orientation.map(({ modality }) => modality), modalities],
    ['quality.modalities', quality?.modalities.map(({ name }) => name) ?? [], modalities],
    ['quality.librarySizes', quality?.librarySizes?.map(({ latent }) => latent) ?? [], latents],
    ['evidence.pairs', pairs.flatMap(({ first, second }) => [first, second]), modalities],
    ['evidence.links', links.flatMap(({ first, second, given }) => [first, second, ...given]), latents],
    ['evidence.directions', directions.flatMap(({ from, to }) => [from, to]), latents],
    ['evidence.unsupported', unsupported.flatMap(({ from, to }) => [from, to]), latents],
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
  const stage = parts.find(({ chosenRun, failures, objectives }) => {
    return [chosenRun, ...failures.map(({ run }) => run)].some((run) => run >= objectives.length);
  });
  return stage && `${stage.name} names a run beyond its ${stage.objectives.length}`;
}
