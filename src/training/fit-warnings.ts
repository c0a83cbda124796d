// Settings that cannot work for a study, said before a fit starts.

import type { Dataset } from '../data/dataset.js';
import { MultimodalModel } from '../models/multimodal.js';
import { presenceOf } from '../data/presence.js';
import { areRepetitions } from '../data/split.js';
import { missingnessTests, type Warning } from '../quality/index.js';
import { kindOfFit, stepsOf } from '../study/fit-schema.js';
import { CPU_TARGET } from '../compile/target.js';
import { cutOf } from '../models/sources.js';
import { usesJacobian, type FitConfig } from './config.js';
import { modalityShapes, modelConfig } from './program.js';

/** Steps of the joint model below which it seldom arrives. */
const ENOUGH_STEPS = 1000;
/** Those of deep canonical correlation. */
const ENOUGH_CORRELATION_STEPS = 300;
/** Training subjects per weight of an encoder below which it learns the subjects by heart. */
const ENOUGH_SUBJECTS = 1 / 50;
/** Validation subjects below which the choice between runs is a matter of chance. */
const ENOUGH_VALIDATION = 20;
/** Groups that both halves of a cross-fit need together. */
const TESTED_GROUPS = 20;
/** Training subjects of a modality, or with two of them, below which little can be learnt. */
const ENOUGH_PRESENT = 50;
/** Corrected p up to which values are reported not to be missing completely at random. */
const ALPHA = 0.05;

/** Warnings of all rules; nothing is trained. */
export function fitWarnings(dataset: Dataset, config: FitConfig): Warning[] {
  const ofNetwork =
    config.subspaces === 'linear' ? [] : [...fewSteps(dataset, config), ...fewSubjects(dataset, config)];
  return [
    ...ofNetwork,
    ...fewValidation(dataset),
    ...rowsOfGroups(dataset),
    ...fewOfModality(dataset),
    ...missingDependsOnObserved(dataset),
  ];
}

/**
 * Whether each of so many processes or GPUs has a part of every mini-batch (`dataParallel`).
 * @param dataParallel 1: nothing is shared out
 */
export function sharingWarnings({ split: { train } }: Dataset, config: FitConfig, dataParallel: number): Warning[] {
  const batch = Math.min(config.batch, train.length);
  const { tiles } = usesJacobian(config.sparsity) ? { tiles: 1 } : cutOf(batch, CPU_TARGET);
  if (tiles >= dataParallel) return [];
  return [
    {
      code: 'few-tiles',
      text:
        `Mini-batches of ${batch} subjects are ${tiles === 1 ? 'one tile' : `${tiles} tiles`}: of ${dataParallel} ` +
        `that train together ${tiles === 1 ? 'none has' : `only ${tiles} have`} a part of their own. ` +
        (usesJacobian(config.sparsity)
          ? 'The Jacobian penalty (sparsity.kind) looks at all subjects of a mini-batch together.'
          : 'Give --batch a multiple of 256 that is larger, or train fewer together.'),
    },
  ];
}

function fewSteps({ split: { train } }: Dataset, config: FitConfig): Warning[] {
  const { batch, epochs, passes = 1 } = config;
  const perPass = stepsOf(train.length, batch);
  const steps = epochs * passes * perPass;
  const enough = kindOfFit(config) === 'correlation' ? ENOUGH_CORRELATION_STEPS : ENOUGH_STEPS;
  if (steps >= enough) return [];
  return [
    {
      code: 'few-steps',
      text:
        `${steps} steps in all (epochs ${epochs} × batches ${passes * perPass}) are too few; a fit takes ` +
        `${enough} at least. Leave out training.batch and training.epochs, which follow the number of subjects.`,
    },
  ];
}

function fewSubjects(dataset: Dataset, config: FitConfig): Warning[] {
  const subjects = dataset.split.train.length;
  return modalityShapes(dataset).flatMap((shape, m) => {
    // The weights of a convolution are used at every position.
    if (dataset.modalities[m].grid) return [];
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

function rowsOfGroups({ ids, groups }: Dataset): Warning[] {
  if (!areRepetitions(groups)) return [];
  const count = new Set(groups).size;
  return [
    {
      code: 'rows-of-groups',
      text:
        `${ids.length} rows belong to ${count} groups and are no ${ids.length} people: rows of one are alike. ` +
        "Pairs, links and discovery's edges are tested on the groups' means" +
        (count < TESTED_GROUPS ? `, for which ${TESTED_GROUPS} groups are needed: nothing can stand here.` : '.'),
    },
  ];
}

function fewOfModality({ modalities, split: { train } }: Dataset): Warning[] {
  const present = modalities.map(presenceOf);
  const having = (...of: number[]) => train.filter((row) => of.every((m) => present[m][row] === 1)).length;
  const isFew = (subjects: number) => subjects < Math.min(ENOUGH_PRESENT, train.length);
  const few = modalities.map((_, m) => isFew(having(m)));
  return modalities.flatMap(({ name }, m) => [
    ...(few[m]
      ? [
          {
            code: 'few-of-modality',
            text:
              `${name}: only ${having(m)} of ${train.length} training subjects have it, too few for its latents. ` +
              'Leave the modality out, or add subjects who have it.',
          },
        ]
      : []),
    ...modalities.slice(m + 1).flatMap((other, i) => {
      const both = having(m, m + 1 + i);
      if (few[m] || few[m + 1 + i] || !isFew(both)) return [];
      return [
        {
          code: 'few-in-common',
          text:
            `${name} and ${other.name}: only ${both} of ${train.length} training subjects have both: little can be ` +
            'said of links between them. Add subjects who have both.',
        },
      ];
    }),
  ]);
}

function missingDependsOnObserved(dataset: Dataset): Warning[] {
  return missingnessTests(dataset)
    .filter(({ corrected }) => corrected <= ALPHA)
    .map(({ modality, lacking, other, corrected, column, difference }) => ({
      code: 'missing-depends-on-observed',
      text:
        `${modality}: subjects who lack ${lacking === 'all' ? 'it' : 'values of it'} differ in ${other} (p ` +
        `${corrected.toPrecision(1)}; ${column} is ${Math.abs(difference).toFixed(1)} sd ` +
        `${difference < 0 ? 'lower' : 'higher'}): it is not missing completely at random. The fit allows for ` +
        'missingness that depends on observed values, not for missingness that depends on the missing values ' +
        `themselves, which no test can see. Means of ${modality}, and links that are tested on those who have it, ` +
        'describe people like them (docs/missing-data.md).',
    }));
}
