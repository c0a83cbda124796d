// Settings that cannot work for a study, said before a fit starts.

import type { Dataset } from '../data/dataset.js';
import { MultimodalModel } from '../models/multimodal.js';
import { presenceOf } from '../data/presence.js';
import { areRepetitions } from '../data/split.js';
import {
  byImportance,
  copiedColumns,
  copiedRows,
  depthWarning,
  listing,
  missingnessTests,
  type MissingnessTest,
  type Warning,
} from '../quality/index.js';
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
/** Smaller p-values are not calibrated. */
const MIN_P = 1e-10;

/** Returns the warnings of all rules, the most important first, one of each kind; nothing is trained. */
export function fitWarnings(dataset: Dataset, config: FitConfig): Warning[] {
  const isLinear = config.subspaces === 'linear' || config.subspaces === 'residual';
  const ofNetwork = isLinear ? [] : [...fewSteps(dataset, config), ...fewSubjects(dataset, config)];
  return byImportance([
    ...copiedRows(dataset),
    ...copiedColumns(dataset),
    ...ofNetwork,
    ...depthWarning(dataset),
    ...fewValidation(dataset),
    ...rowsOfGroups(dataset),
    ...fewOfModality(dataset),
    ...missingDependsOnObserved(dataset),
  ]);
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
  const items = modalityShapes(dataset).flatMap((shape, m) => {
    const { grid, columns } = dataset.modalities[m];
    // The weights of a convolution are used at every position.
    if (grid) return [];
    const { parameters } = new MultimodalModel(modelConfig([shape], config), 1);
    const weights = parameters.all
      .filter(({ name }) => name.startsWith('encoder'))
      .reduce((sum, parameter) => sum + parameter.shape.reduce((a, b) => a * b, 1), 0);
    return subjects / weights >= ENOUGH_SUBJECTS
      ? []
      : [`${shape.name}: ${weights} weights (${columns.length} columns)`];
  });
  return listing(
    'few-subjects',
    items,
    `${subjects} training subjects are few for the weights of an encoder: expect overfitting. Keep fewer columns, or ` +
      'lower training.hidden.',
  );
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
  const needed = Math.min(ENOUGH_PRESENT, train.length);
  const isFew = (subjects: number) => subjects < needed;
  const few = modalities.map((_, m) => isFew(having(m)));
  const alone = modalities.flatMap(({ name }, m) => (few[m] ? [`${name}: ${having(m)} subjects`] : []));
  const pairs = modalities.flatMap(({ name }, m) =>
    modalities.slice(m + 1).flatMap((other, i) => {
      const both = having(m, m + 1 + i);
      return few[m] || few[m + 1 + i] || !isFew(both) ? [] : [`${name} and ${other.name}: ${both} subjects`];
    }),
  );
  const all = `of ${train.length} training subjects`;
  return [
    ...listing(
      'few-of-modality',
      alone,
      `Too few ${all} have a modality for its latents: ${needed} are needed. Leave the modality out, or add ` +
        'subjects who have it.',
    ),
    ...listing(
      'few-in-common',
      pairs,
      `Few ${all} have both modalities of a pair: with fewer than ${needed}, little can be said of links ` +
        'between them. Add subjects who have both.',
    ),
  ];
}

/** One entry for each modality and what its subjects lack: the clearest difference with its figures, then the others. */
function missingDependsOnObserved(dataset: Dataset): Warning[] {
  const tests = missingnessTests(dataset);
  const found = tests.filter(({ corrected }) => corrected <= ALPHA).sort((a, b) => a.corrected - b.corrected);
  const groups = new Map<string, MissingnessTest[]>();
  for (const test of found) {
    const key = `${test.modality} ${test.lacking}`;
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  return listing(
    'missing-depends-on-observed',
    [...groups.values()].map(differenceText),
    `Values are not missing completely at random: who lacks them differs in what was observed (${found.length} of ` +
      `${tests.length} tests, p corrected for all). The fit allows for missingness that depends on observed values, ` +
      'not for missingness that depends on the missing values themselves, which no test can see. Means of these ' +
      'modalities, and links that are tested on the subjects who have them, describe people like them ' +
      '(docs/missing-data.md).',
  );
}

function differenceText([first, ...others]: readonly MissingnessTest[]): string {
  const { modality, lacking, other, corrected, column, difference } = first;
  const p = corrected < MIN_P ? 'p < 1e-10' : `p ${corrected.toPrecision(1)}`;
  const size = `${column} is ${Math.abs(difference).toFixed(1)} sd ${difference < 0 ? 'lower' : 'higher'}`;
  const rest = others.length === 0 ? '' : `; also in ${others.map((one) => one.other).join(', ')}`;
  const what = lacking === 'all' ? 'it' : 'values of it';
  return `${modality}: subjects who lack ${what} differ in ${other} (${p}; ${size})${rest}`;
}
