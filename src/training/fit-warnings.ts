// Settings that cannot work for a study, said before a fit starts.

import type { Dataset } from '../data/dataset.js';
import { MultimodalModel } from '../models/multimodal.js';
import type { Warning } from '../quality/index.js';
import { stepsOf } from '../study/fit-schema.js';
import type { FitConfig } from './config.js';
import { modalityShapes, modelConfig } from './program.js';

/** Steps of the joint model below which it seldom arrives. */
const ENOUGH_STEPS = 1000;
/** Training subjects per weight of an encoder below which it learns the subjects by heart. */
const ENOUGH_SUBJECTS = 1 / 50;
/** Validation subjects below which the choice between runs is a matter of chance. */
const ENOUGH_VALIDATION = 20;

/** Warnings of all rules; nothing is trained. */
export function fitWarnings(dataset: Dataset, config: FitConfig): Warning[] {
  const ofNetwork =
    config.subspaces === 'linear' ? [] : [...fewSteps(dataset, config), ...fewSubjects(dataset, config)];
  return [...ofNetwork, ...fewValidation(dataset)];
}

function fewSteps({ split: { train } }: Dataset, { batch, epochs, passes = 1 }: FitConfig): Warning[] {
  const perPass = stepsOf(train.length, batch);
  const steps = epochs * passes * perPass;
  if (steps >= ENOUGH_STEPS) return [];
  return [
    {
      code: 'few-steps',
      text:
        `${steps} steps in all (epochs ${epochs} × batches ${passes * perPass}) are too few; a fit takes ` +
        `${ENOUGH_STEPS} at least. Leave out training.batch and training.epochs, which follow the number of subjects.`,
    },
  ];
}

function fewSubjects(dataset: Dataset, config: FitConfig): Warning[] {
  const subjects = dataset.split.train.length;
  return modalityShapes(dataset).flatMap((shape, m) => {
    const { parameters } = new MultimodalModel(modelConfig([shape], config), 1);
    const weights = parameters.all
      .filter(({ name }) => name.startsWith('encoder'))
      .reduce((sum, parameter) => sum + parameter.shape.reduce((a, b) => a * b, 1), 0);
    if (subjects / weights >= ENOUGH_SUBJECTS) return [];
    const { columns } = dataset.modalities[m];
    return [
      {
        code: 'few-subjects',
        text:
          `${shape.name}: ${subjects} training subjects for the ${weights} weights of its encoder ` +
          `(${columns.length} columns): expect overfitting. Keep fewer columns, or lower training.hidden.`,
      },
    ];
  });
}

function fewValidation({ split: { validation } }: Dataset): Warning[] {
  if (validation.length >= ENOUGH_VALIDATION) return [];
  return [
    {
      code: 'few-validation',
      text:
        `${validation.length} validation subjects choose between the runs, ${ENOUGH_VALIDATION} are needed. ` +
        'Raise split.validation.',
    },
  ];
}
