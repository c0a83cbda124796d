// Loadings and reliabilities of a RUN folder, from its study and its out-of-fold latents.

import { readOutOfFold } from '../fit/out-of-fold-file.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { measuredModalities, type PowerModality } from '../power/index.js';
import { findStudy } from './study-of-run.js';

/** Returns the modalities with their loadings, or unchanged with the reason why these are unknown. */
export async function measuredRun(
  folder: string,
  path: string | undefined,
  modalities: readonly PowerModality[],
): Promise<{ readonly modalities: readonly PowerModality[]; readonly missing?: string | undefined }> {
  const model = await MultimodalCausalModel.load(folder);
  try {
    const { study, missing } = await findStudy(model, path);
    if (!study) return { modalities, missing };
    const outOfFold = model.summary.evidence?.tested ? await readOutOfFold(folder, model.graph.nodes) : undefined;
    if (!outOfFold) return { modalities, missing: 'the RUN folder has no latents.csv. Fit without --evidence none.' };
    return { modalities: measuredModalities(modalities, { dataset: study.dataset, outOfFold }) };
  } finally {
    await model.dispose();
  }
}
