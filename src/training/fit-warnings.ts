// Warnings about settings and data, before a fit starts.

import type { Dataset } from '../data/dataset.js';
import { MultimodalModel } from '../networks/multimodal.js';
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
import { kindOfFit, stepsOf } from './fit-schema.js';
import { CPU_TARGET } from '../compile/target.js';
import { cutOf } from '../networks/sources.js';
import { usesJacobian, type FitConfig } from './config.js';
import { modalityShapes, modelConfig } from './model-config.js';

/** Minimum number of steps: with fewer, the joint model seldom converges. */
const ENOUGH_STEPS = 1000;
/** Minimum number of steps of deep canonical correlation. */
const ENOUGH_CORRELATION_STEPS = 300;
/** Minimum number of training subjects per weight of an encoder: with fewer, it overfits. */
const ENOUGH_SUBJECTS = 1 / 50;
/** Minimum number of validation subjects: with fewer, the choice between restarts is a matter of chance. */
const ENOUGH_VALIDATION = 20;
/** Minimum number of groups in both folds of a cross-fit together. */
const TESTED_GROUPS = 20;
/** Minimum number of training subjects who have a modality, or a pair of modalities. */
const ENOUGH_PRESENT = 50;
/** Maximum corrected p at which a warning says that values are not missing completely at random. */
const ALPHA = 0.05;
/** Smaller p-values are not calibrated. */
const MIN_P = 1e-10;

/** Returns the warnings of all rules, the most important first, one of each kind. Nothing is trained. */
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
 * Returns a warning if some of the processes that train together would have no part of a mini-batch.
 * @param dataParallel number of processes that share every mini-batch; 1 if mini-batches are not shared
 */
export function sharingWarnings({ split: { train } }: Dataset, config: FitConfig, dataParallel: number): Warning[] {
  const batch = Math.min(config.batch, train.length);
  const { tiles } = usesJacobian(config.sparsity) ? { tiles: 1 } : cutOf(batch, CPU_TARGET);
  if (tiles >= dataParallel) return [];
  return [
    {
      code: 'few-tiles',
      text:
        `Mini-batches of ${batch} subjects have ${tiles === 1 ? 'one tile' : `${tiles} tiles`}: only ` +
        `${tiles === 1 ? 'one' : tiles} of the ${dataParallel} processes would have work. ` +
        (usesJacobian(config.sparsity)
          ? 'The Jacobian penalty (sparsity.kind) looks at all subjects of a mini-batch together.'
          : 'Set --batch to a larger multiple of 256, or lower --data-parallel.'),
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
        `${steps} steps in total (epochs ${epochs} × batches ${passes * perPass}) are too few; a fit needs at least ` +
        `${enough}. Leave out training.batch and training.epochs: their defaults follow the number of subjects.`,
    },
  ];
}

function fewSubjects(dataset: Dataset, config: FitConfig): Warning[] {
  const subjects = dataset.split.train.length;
  const items = modalityShapes(dataset).flatMap((shape, m) => {
    const { regularArray, columns } = dataset.modalities[m];
    // A convolution uses each of its weights at every position, so subjects per weight mean little.
    if (regularArray) return [];
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
    `${subjects} training subjects are few for the weights of an encoder: expect overfitting. Use fewer columns, or ` +
      'lower training.hidden.',
  );
}

function fewValidation({ split: { validation } }: Dataset): Warning[] {
  if (validation.length >= ENOUGH_VALIDATION) return [];
  return [
    {
      code: 'few-validation',
      text:
        `${validation.length} validation subjects choose between the restarts; at least ${ENOUGH_VALIDATION} are ` +
        'needed. Raise split.validation.',
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
        `${ids.length} rows belong to ${count} groups. Rows of a group are alike and do not count as ${ids.length} ` +
        "subjects: pairs, links and the edges of discovery are tested on the groups' means" +
        (count < TESTED_GROUPS ? `. This needs ${TESTED_GROUPS} groups, so nothing can be tested here.` : '.'),
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
      `Few ${all} have both modalities of a pair: fewer than ${needed} say little about links between them. Add ` +
        'subjects who have both.',
    ),
  ];
}

/** Returns one item per modality and missing part: the clearest difference with its figures, then the other ones. */
function missingDependsOnObserved(dataset: Dataset): Warning[] {
  const tests = missingnessTests(dataset);
  const significant = tests.filter(({ corrected }) => corrected <= ALPHA).sort((a, b) => a.corrected - b.corrected);
  const groups = new Map<string, MissingnessTest[]>();
  for (const test of significant) {
    const key = `${test.modality} ${test.lacking}`;
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  return listing(
    'missing-depends-on-observed',
    [...groups.values()].map(differenceText),
    'Values are not missing completely at random: subjects who lack them differ in observed values ' +
      `(${significant.length} of ${tests.length} tests, p corrected for all). The fit allows for missingness that ` +
      'depends on observed values. It does not allow for missingness that depends on the missing values themselves, ' +
      'which no test can detect. Means of these modalities, and links between them, describe the subjects who have ' +
      'them (docs/explanation/missing-data.md).',
  );
}

function differenceText([first, ...otherTests]: readonly MissingnessTest[]): string {
  const { modality, lacking, other, corrected, column, difference } = first;
  const p = corrected < MIN_P ? 'p < 1e-10' : `p ${corrected.toPrecision(1)}`;
  const size = `${column} is ${Math.abs(difference).toFixed(1)} sd ${difference < 0 ? 'lower' : 'higher'}`;
  const rest = otherTests.length === 0 ? '' : `; also in ${otherTests.map((test) => test.other).join(', ')}`;
  const what = lacking === 'all' ? 'it' : 'values of it';
  return `${modality}: subjects who lack ${what} differ in ${other} (${p}; ${size})${rest}`;
}
