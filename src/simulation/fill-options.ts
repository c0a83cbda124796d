// Options of a simulation: defaults and checks.

import { checkAccepted } from '../errors/argument.js';
import { modalityNames, type SimulatedCase } from './cases.js';
import { blocksOf, CYCLES, linkedEdges, possibleCrossEdges } from './graph.js';
import { MECHANISMS, NOISES } from './mechanism.js';
import {
  DOSES,
  KNOWN_TARGETS,
  LEVEL_EFFECTS,
  MAX_LEVELS,
  MAX_MISSING,
  MAX_SUBJECTS,
  SAMPLES,
  type FilledOptions,
  type SimulationOptions,
} from './options.js';

/** Returns the options with defaults. @throws InputError `invalid-option` */
export function fillOptions(options: SimulationOptions, size: SimulatedCase): FilledOptions {
  const defined = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const filled: FilledOptions = {
    seed: 0,
    samples: SAMPLES,
    test: 2_000,
    mechanism: 'monotone',
    noise: 'gaussian',
    heteroscedastic: true,
    extraEdges: 0,
    crossEdges: undefined,
    withinEdges: false,
    cycles: 'none',
    shuffled: false,
    measurementNoise: 0,
    mixedColumns: 0,
    missingModalities: 0,
    missingCells: 0,
    missingInTest: false,
    targetsPerLevel: 1,
    knownTargets: 'none',
    batches: 0,
    batchedModality: modalityNames(size)[0],
    ...size.defaults,
    ...defined,
  };
  const minEdges = linkedEdges(size);
  const maxEdges = possibleCrossEdges(size);
  const { seed, samples, test, mechanism, noise, extraEdges, crossEdges, cycles, measurementNoise, mixedColumns } =
    filled;
  const check = (option: string, value: unknown, isValid: boolean, accepted: string) =>
    checkAccepted(option, value, isValid, `is ${accepted}`);
  const isWhole = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max;
  check('seed', seed, isWhole(seed, 0, Number.MAX_SAFE_INTEGER), 'a whole number from 0');
  check('samples', samples, isWhole(samples, 20, MAX_SUBJECTS), `a whole number from 20 to ${MAX_SUBJECTS}`);
  check('test', test, isWhole(test, 2, MAX_SUBJECTS), `a whole number from 2 to ${MAX_SUBJECTS}`);
  check(
    'measurementNoise',
    measurementNoise,
    measurementNoise >= 0 && measurementNoise <= 100,
    'a number from 0 to 100',
  );
  check('mixedColumns', mixedColumns, mixedColumns >= 0 && mixedColumns <= 1, 'a share from 0 to 1');
  for (const option of ['missingModalities', 'missingCells'] as const) {
    const share = filled[option];
    check(option, share, share >= 0 && share <= MAX_MISSING, `a share from 0 to ${MAX_MISSING}`);
  }
  check('mechanism', mechanism, MECHANISMS.includes(mechanism), MECHANISMS.join(', '));
  check('noise', noise, NOISES.includes(noise), NOISES.join(', '));
  check('cycles', cycles, CYCLES.includes(cycles), CYCLES.join(', '));
  check('extraEdges', extraEdges, extraEdges >= 0 && extraEdges <= 1, 'a probability from 0 to 1');
  if (crossEdges !== undefined) {
    check(
      'crossEdges',
      crossEdges,
      isWhole(crossEdges, minEdges, maxEdges),
      `a whole number from ${minEdges} to ${maxEdges}`,
    );
  }
  checkCauses(filled, size);
  return filled;
}

/** @throws InputError `invalid-option` */
function checkCauses(filled: FilledOptions, size: SimulatedCase): void {
  const { levels, levelCount, targets, targetsPerLevel, dose, doseTargets, knownTargets, batches, batchedModality } =
    filled;
  const check = (option: string, value: unknown, isValid: boolean, accepted: string) =>
    checkAccepted(option, value, isValid, accepted);
  const isCount = (value: number, max: number) => Number.isSafeInteger(value) && value >= 1 && value <= max;
  const latents = blocksOf(size).length;
  if (levels !== undefined) check('levels', levels, LEVEL_EFFECTS.includes(levels), `is ${LEVEL_EFFECTS.join(', ')}`);
  if (dose !== undefined) check('dose', dose, DOSES.includes(dose), `is ${DOSES.join(', ')}`);
  for (const [option, value] of Object.entries({ levelCount, targets })) {
    check(option, value, value === undefined || levels !== undefined, 'only with levels');
  }
  check(
    'levelCount',
    levelCount,
    !(levelCount !== undefined && targets),
    'is the number of targets, if there are some',
  );
  check('doseTargets', doseTargets, doseTargets === undefined || dose !== undefined, 'only with dose');
  const isShared = (size.shared ?? size.sharing) !== undefined && (levels !== undefined || dose !== undefined);
  check(levels ? 'levels' : 'dose', levels ?? dose, !isShared, 'in cases without shared latents');
  if (levelCount !== undefined) {
    check('levelCount', levelCount, isCount(levelCount, MAX_LEVELS), `is a whole number from 1 to ${MAX_LEVELS}`);
  }
  if (targets) check('targets', targets.length, isCount(targets.length, MAX_LEVELS), `has 1 to ${MAX_LEVELS} levels`);
  check(
    'targetsPerLevel',
    targetsPerLevel,
    isCount(targetsPerLevel, latents),
    `is a whole number from 1 to ${latents}, the number of latents`,
  );
  check('knownTargets', knownTargets, KNOWN_TARGETS.includes(knownTargets), `is ${KNOWN_TARGETS.join(', ')}`);
  check('batches', batches, batches === 0 || isCount(batches, MAX_LEVELS), `is a whole number from 0 to ${MAX_LEVELS}`);
  const names = modalityNames(size);
  check('batchedModality', batchedModality, names.includes(batchedModality), `is ${names.join(', ')}`);
}
