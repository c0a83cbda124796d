// Tests what a fit supports in a second cohort, with the encoders of the fit
// (docs/how-to/replicate-in-a-second-cohort.md).

import { conclusionsOf } from '../conclusions/index.js';
import type { Dataset, Modality, ObservedValues } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { rescale } from '../data/rescale.js';
import { consecutive } from '../data/select-rows.js';
import { InputError } from '../errors/errors.js';
import { ALPHA, testHypotheses, type TestedHypothesis } from '../evidence/index.js';
import type { Latents, ModelLatents } from '../inference/model-latents.js';
import { spreadOver, type Warning } from '../quality/index.js';
import { gapWarningsOf, countGaps } from '../questions/gap-warnings.js';
import type { SavedRun } from '../training/run-folder.js';
import { hypothesesOf } from './hypotheses.js';
import { checkOtherSubjects, type FirstCohort } from './same-subjects.js';
import { modalityShift, shiftWarnings, type ModalityShift } from './shift.js';
import { replicationHeadline } from './text.js';

/** What a second cohort says about the results of a first study. */
export interface Replication {
  /** The main result in one sentence. */
  readonly headline: string;
  /** Name of the first study. */
  readonly study: string;
  /** Number of subjects of the second cohort, and of their groups if it has some. */
  readonly subjects: number;
  readonly groups?: number | undefined;
  /** Level of all tests together, after Holm's correction. */
  readonly alpha: number;
  /** Number of hypotheses that were tested, and that the correction counts. */
  readonly tests: number;
  /** What the first study supports, each tested once. */
  readonly hypotheses: readonly TestedHypothesis[];
  /** How the modalities of the cohort differ from those of the training subjects. */
  readonly shifts: readonly ModalityShift[];
  readonly warnings: readonly Warning[];
}

/** A fitted model. */
interface Fitted extends Pick<SavedRun, 'summary' | 'graph'> {
  readonly latents: ModelLatents;
}

/** Maximum number of subjects whose columns are compared with training. */
const MAX_SAMPLED = 5000;

/**
 * Tests each supported pair, link and effect of a fit once in a second cohort.
 * @throws InputError `same-subjects`; `untested-latents` if the fit has no evidence; what `encode` throws
 */
export async function replicate(
  dataset: Dataset,
  { summary, graph, latents }: Fitted,
  first: FirstCohort,
  signal?: AbortSignal,
): Promise<Replication> {
  if (!summary.evidence?.tested) {
    throw new InputError(
      'untested-latents',
      `The first study (${summary.study}) was not tested, so it supports nothing that a second cohort could ` +
        'replicate. Fit it again with --evidence full; it needs at least 40 subjects.',
    );
  }
  const hypotheses = hypothesesOf(conclusionsOf(graph, summary));
  const rows = dataset.ids.length;
  const selected = latents.select(dataset.modalities.map(({ name }) => name));
  const values = rescale(dataset, selected);
  const known = await latents.known(selected, values, rows);
  signal?.throwIfAborted();
  const encoded = await latents.encodeKnown(known, rows, signal);
  const present = new Map(selected.map((scales, i) => [scales.name, presenceOf({ ...scales, ...values[i] })]));
  checkOtherSubjects(dataset, first, encoded, present);
  const modalities = selected.map((scales, i): Modality => {
    const { latents: count, exogenous } = summary.model.modalities.find(({ name }) => name === scales.name)!;
    const source = dataset.modalities.find(({ name }) => name === scales.name)!;
    const placed = source.batchPositions ? { batchPositions: source.batchPositions } : {};
    return { ...scales, ...values[i], ...placed, latents: count, exogenous };
  });
  const tested = await testHypotheses(hypotheses, {
    // Nothing is trained, so no split matters.
    dataset: { ...dataset, modalities, shared: undefined, split: allOf(rows) },
    encoded: sideBySide(encoded, modalities, rows),
    config: summary.config,
    firstLatents: first.outOfFold && byName(first.outOfFold, graph),
  });
  signal?.throwIfAborted();
  const shifts = await shiftsOf({ summary, latents }, { values, known, encoded, present, rows });
  const tests = tested.filter(({ q }) => q !== undefined).length;
  const result = { study: summary.study, subjects: rows, hypotheses: tested };
  const gaps = gapWarningsOf(countGaps(summary.model, latents.inOrder(selected, values, rows)));
  return {
    headline: replicationHeadline(result),
    ...result,
    ...(dataset.groups && { groups: new Set(dataset.groups).size }),
    alpha: ALPHA,
    tests,
    shifts,
    warnings: [...shiftWarnings(shifts), ...gaps],
  };
}

function allOf(rows: number): Dataset['split'] {
  return { train: consecutive(0, rows), validation: new Int32Array(), test: new Int32Array() };
}

/** Returns the latents of some modalities, subjects × latents, in their order. */
function sideBySide(latents: Latents, modalities: readonly Modality[], rows: number): Float32Array {
  const width = modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const all = new Float32Array(rows * width);
  let first = 0;
  for (const { name, latents: count } of modalities) {
    for (let row = 0; row < rows; row++) {
      all.set(latents[name].subarray(row * count, (row + 1) * count), row * width + first);
    }
    first += count;
  }
  return all;
}

/** Returns latents by name. */
function byName(latents: Latents, { nodes }: Pick<SavedRun['graph'], 'nodes'>): Map<string, Float64Array> {
  return new Map(
    nodes.flatMap(({ name, modality, index }) => {
      const width = nodes.filter((node) => node.modality === modality).length;
      const all = latents[modality];
      return [[name, Float64Array.from({ length: all.length / width }, (_, row) => all[row * width + index])]];
    }),
  );
}

async function shiftsOf(
  { summary, latents }: Pick<Fitted, 'summary' | 'latents'>,
  {
    values,
    known,
    encoded,
    present,
    rows,
  }: {
    readonly values: readonly ObservedValues[];
    readonly known: readonly ObservedValues[];
    readonly encoded: Latents;
    readonly present: ReadonlyMap<string, Uint8Array>;
    readonly rows: number;
  },
): Promise<ModalityShift[]> {
  const sample = spreadOver(consecutive(0, rows), MAX_SAMPLED);
  const rebuilt = await latents.reconstructKnown(known, sample);
  return [...present].map(([name, of], i) =>
    modalityShift(summary, {
      scales: summary.columns.find((one) => one.name === name)!,
      position: summary.model.modalities.findIndex((one) => one.name === name),
      values: values[i],
      sample,
      reconstruction: rebuilt[name],
      latents: encoded[name],
      present: of,
    }),
  );
}
