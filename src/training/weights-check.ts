// Checks that the weights are those of the model in run.json: every tensor is present, has its shape, and there are no
// other tensors.

import { termCount } from '../data/causes.js';
import { isMeasured } from '../data/kinds.js';
import { InputError } from '../errors/errors.js';
import type { ParameterValues } from '../inference/inference.js';
import { latentLayout } from '../networks/layout.js';
import { MISSING_CAUSES, MissingLatents } from '../networks/missing-latents.js';
import { MultimodalModel } from '../networks/multimodal.js';
import { IMPUTATION_COVARIANCE, IMPUTATION_MEAN } from './imputation-schema.js';
import type { RunSummary } from './run-summary.js';

type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * Checks the weights.
 * @param path path of the weights, for error messages
 * @throws InputError `damaged-file`
 */
export function checkWeights(weights: ParameterValues, summary: RunSummary, path: string): void {
  // A fit may leave out all tensors of missing latents, or all tensors of imputation.
  const extras = [...missingShapes(summary), imputationShapes(summary)].filter((shapes) =>
    [...shapes.keys()].some((name) => weights.has(name)),
  );
  const expected = new Map([modelShapes(summary), ...extras].flatMap((shapes) => [...shapes]));
  const refuse = (tensor: string, reason: string): InputError =>
    new InputError(
      'damaged-file',
      `${path}: tensor '${tensor}' ${reason}. The file is damaged, or belongs to another RUN folder: copy the whole ` +
        'folder again from where it was fitted.',
      { path, tensor },
    );
  for (const [name, shape] of expected) {
    const actual = weights.get(name)?.shape;
    if (!actual) throw refuse(name, `is missing; the model of run.json has it, of shape [${shape.join(', ')}]`);
    if (actual.join() !== shape.join()) {
      throw refuse(name, `has shape [${actual.join(', ')}], not [${shape.join(', ')}] as in the model of run.json`);
    }
  }
  const unknown = [...weights.keys()].find((name) => !expected.has(name));
  if (unknown !== undefined) throw refuse(unknown, 'is not one of the model of run.json');
}

function modelShapes({ model }: RunSummary): Shapes {
  const { all } = new MultimodalModel(model, 1).parameters;
  // Only a warm start uses the layers of cross-prediction, which are not saved.
  const saved = all.filter(({ name }) => !name.startsWith('crossPrediction'));
  return new Map(saved.map(({ name, shape }) => [name, shape]));
}

/** Returns the shapes of q(z missing | z observed), and of its weights of observed causes. */
function missingShapes({ model, config }: RunSummary): Shapes[] {
  const terms = termCount(model.causes ?? []);
  const { all } = new MissingLatents(latentLayout(model.modalities), config, 1, terms).parameters;
  const shapes = (ofCauses: boolean): Shapes =>
    new Map(all.flatMap(({ name, shape }) => ((name === MISSING_CAUSES) === ofCauses ? [[name, shape]] : [])));
  return [shapes(false), shapes(true)];
}

function imputationShapes({ columns }: RunSummary): Shapes {
  const width = columns.flatMap((scales) => scales.columns).filter(({ kind }) => isMeasured(kind)).length;
  return new Map([
    [IMPUTATION_MEAN, [1, width]],
    [IMPUTATION_COVARIANCE, [1, width, width]],
  ]);
}
