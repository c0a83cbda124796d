// Finds the study of a RUN folder, for outputs that show its subjects.

import { FileError, InputError } from '../errors/errors.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { nativeProblem } from '../runtime/native.js';
import { readStudy, type Study } from '../study/study.js';

/** Returns the named study, or that of the run. `missing` is the reason why there is none. */
export async function findStudy(
  model: MultimodalCausalModel,
  path: string | undefined,
): Promise<{ study?: Study; missing?: string }> {
  const { summary, columnScales } = model;
  const { causes } = summary;
  if (path !== undefined) return { study: await readStudy(path, { scales: columnScales, causes }) };
  if (nativeProblem()) return { missing: 'the native library is missing. `interlatent devices` gives the reason.' };
  if (summary.studyFile === undefined) return { missing: 'the RUN folder names no study file. Pass it with --study.' };
  try {
    const study = await readStudy(summary.studyFile, { scales: columnScales, causes });
    if (study.dataset.fingerprint === summary.fingerprint) return { study };
    return { missing: `${summary.studyFile} has changed since the fit. Pass the data of the fit with --study.` };
  } catch (error) {
    if (error instanceof InputError || error instanceof FileError) {
      return { missing: `${error.message} (or pass --study)` };
    }
    throw error;
  }
}
