// A fit that writes a RUN folder with the latents of its subjects, for `fit` and `study run`.

import { join } from 'node:path';
import type { Study } from '../study/study.js';
import { idName } from '../study/grammar/subject-id.js';
import type { FitOptions } from '../fit/fit-run.js';
import { removeFile } from '../files/atomic.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { LockedFolder } from '../training/locked-folder.js';
import { FOLDS_FILE, writeFolds } from '../fit/folds-file.js';
import {
  IN_SAMPLE_FILE,
  OUT_OF_FOLD_FILE,
  posteriorsToWrite,
  writeOutOfFold,
  writePosteriors,
} from './latents-file.js';

/** Fits and writes the folder. @throws as `MultimodalCausalModel.fit` and `writeFolds` */
export async function fitToFolder(
  study: Study,
  options: FitOptions & { readonly folder: LockedFolder },
): Promise<MultimodalCausalModel> {
  const { folder } = options;
  const model = await MultimodalCausalModel.fit(study, options);
  const { config, dataset } = study;
  const id = idName(config.id);
  const posteriors = await posteriorsToWrite(model, dataset, { withSd: false, partial: false });
  await writePosteriors(join(folder.path, IN_SAMPLE_FILE), id, dataset.ids, posteriors);
  const { outOfFold } = model;
  const [latents, folds] = [OUT_OF_FOLD_FILE, FOLDS_FILE].map((name) => join(folder.path, name));
  if (outOfFold) {
    await writeOutOfFold(latents, id, dataset, outOfFold.latents);
    await writeFolds(folds, id, model.graph.nodes, outOfFold.splits);
  } else {
    await removeFile(latents);
    await removeFile(folds);
  }
  await model.save(folder, outOfFold ? [IN_SAMPLE_FILE, OUT_OF_FOLD_FILE, FOLDS_FILE] : [IN_SAMPLE_FILE]);
  return model;
}
