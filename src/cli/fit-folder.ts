// A fit that ends in a RUN folder with the latents of its subjects: what `fit` and `study run` do.

import { join } from 'node:path';
import type { Study } from '../study/study.js';
import { idName } from '../study/subject-id.js';
import type { FitOptions } from '../fit-run.js';
import { removeFile } from '../files/atomic.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import type { LockedFolder } from '../training/locked-folder.js';
import { CROSS_FITTED_FILE, writeCrossFitted, writePosteriors, posteriorsToWrite } from './latents-file.js';

/** @throws what `MultimodalCausalModel.fit` and `writeCrossFitted` throw */
export async function fitToFolder(
  study: Study,
  options: FitOptions & { readonly folder: LockedFolder },
): Promise<MultimodalCausalModel> {
  const { folder } = options;
  const model = await MultimodalCausalModel.fit(study, options);
  const { config, dataset } = study;
  const id = idName(config.id);
  const posteriors = await posteriorsToWrite(model, dataset, { withSd: false, partial: false });
  await writePosteriors(join(folder.path, 'latents.csv'), id, dataset.ids, posteriors);
  const crossFitted = join(folder.path, CROSS_FITTED_FILE);
  if (model.crossFitted) await writeCrossFitted(crossFitted, id, dataset, model.crossFitted);
  else await removeFile(crossFitted);
  await model.save(folder);
  return model;
}
