// Computes what a report shows of its subjects.

import { termsOfSubjects } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { rescale } from '../data/rescale.js';
import { examine } from '../inference/examination.js';
import type { ParameterValues } from '../inference/inference.js';
import type { ModelLatents } from '../inference/model-latents.js';
import { measuredRows, spreadOver } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Study } from '../study/study.js';
import type { RunSummary } from '../training/run-folder.js';
import type { ReportSubjects } from './input.js';

interface Examined {
  readonly summary: RunSummary;
  /** Parameters of one restart. */
  readonly parameters: ParameterValues;
  readonly latents: ModelLatents;
  readonly options: ProgramOptions;
}

/** Maximum number of held-out subjects whose images and series are reconstructed from the latents alone. */
const MAX_REBUILT = 512;

/**
 * Encodes and examines subjects.
 * @throws InputError `modality-mismatch`, `missing-column`, `array-mismatch` if they do not fit the model
 */
export async function examineSubjects(
  study: Study | Dataset,
  { summary, parameters, latents, options }: Examined,
): Promise<ReportSubjects> {
  const { model, columns } = summary;
  const source = 'dataset' in study ? study.dataset : study;
  const { ids, causes } = source;
  const values = rescale(source, columns);
  const modalities = columns.map((scales, m) => ({ ...model.modalities[m], ...scales, ...values[m] }));
  const known = await latents.known(columns, values, ids.length);
  const hasArray = columns.some(({ regularArray }) => regularArray);
  const latentsAlone = hasArray ? spreadOver(measuredRows(source).heldOut, MAX_REBUILT) : undefined;
  // Unknown causes are at the reference, where all terms are 0.
  const terms = termsOfSubjects(summary.causes ?? [], causes, ids.length)?.map((term) =>
    Number.isNaN(term) ? 0 : term,
  );
  const examination = await examine(model, parameters, known, ids.length, { ...options, latentsAlone, causes: terms });
  const posterior = await latents.posterior(columns, values, ids.length, { causes });
  const examined = { dataset: { ...source, modalities }, examination, posterior };
  return 'dataset' in study ? { ...examined, ...studyFacts(study) } : examined;
}

/** Returns what a study says about its subjects. */
export function studyFacts({
  config,
  inspection,
  outcomes,
  batches,
}: Study): Pick<ReportSubjects, 'batches' | 'inspection' | 'labels' | 'outcomes'> {
  const labels = Object.fromEntries(
    Object.entries(config.modalities).map(([name, modality]) => [name, modality.labels]),
  );
  return { inspection, labels, outcomes, batches };
}
