// Options of a simulation: defaults and checks.

import { checkAccepted, type OptionShapes } from '../errors/argument.js';
import type { SimulatedCase } from './cases.js';
import { blocksOf, CYCLES, linkedEdges, possibleCrossEdges, type Cycles } from './graph.js';
import { MECHANISMS, NOISES, type Mechanism, type Noise } from './mechanism.js';

/**
 * What a level does to a latent. `perfect`: it has another distribution, whatever its parents. `shift`: a constant is
 * added. `variance`: its noise has twice the sd. `mechanism`: the effect of its parents is reversed; a latent without
 * parents is shifted.
 */
export const LEVEL_EFFECTS = ['perfect', 'shift', 'variance', 'mechanism'] as const;
export type LevelEffect = (typeof LEVEL_EFFECTS)[number];

export const DOSES = ['continuous', 'ordered'] as const;
export type Doses = (typeof DOSES)[number];

/** What the study file says about the targets of causes: nothing, their modalities, or the latents. */
export const KNOWN_TARGETS = ['none', 'modalities', 'latents'] as const;
export type KnownTargets = (typeof KNOWN_TARGETS)[number];

/** Maximum number of levels other than the reference, and of batches. */
export const MAX_LEVELS = 200;

/** Maximum number of subjects for training and validation, and for the test split. */
export const MAX_SUBJECTS = 10_000_000;

export interface SimulationOptions {
  /** Integer from 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  /** Training and validation subjects (9 : 1). Default 10,000. */
  readonly samples?: number;
  /** Subjects of the test split. Default 2,000. */
  readonly test?: number;
  /** Default `monotone`. */
  readonly mechanism?: Mechanism;
  /** Default `gaussian`. */
  readonly noise?: Noise;
  /** If true, the scale of the noise depends on the parents. Default true. */
  readonly heteroscedastic?: boolean;
  /** Probability of each cross-modality edge beyond the one-to-one links. Default 0. */
  readonly extraEdges?: number;
  /** Total number of cross-modality edges, instead of `extraEdges`. */
  readonly crossEdges?: number;
  /** If true, latents of one modality may cause each other. Default false. */
  readonly withinEdges?: boolean;
  /** Latents that cause each other: in every modality, or one pair of any two linked modalities. Default `none`. */
  readonly cycles?: Cycles;
  /** If true, modalities are in random instead of causal order. Default false. */
  readonly shuffled?: boolean;
  /** Sd of normal noise on every observed value, in sds of its column without noise. Default 0. */
  readonly measurementNoise?: number;
  /**
   * Share of columns that are not measurements. Binary, ordinal and count columns alternate, with their natural links.
   * Default 0.
   */
  readonly mixedColumns?: number;
  /** Share of (subject, modality) pairs missing completely at random. Every subject keeps one. Default 0. */
  readonly missingModalities?: number;
  /** Share of values missing completely at random. A present modality keeps one. Default 0. */
  readonly missingCells?: number;
  /** If true, the test split has missing values too; otherwise it is complete. Default false. */
  readonly missingInTest?: boolean;
  /** Adds the cause `arm`, and determines what its levels do. */
  readonly levels?: LevelEffect;
  /** Levels of `arm` other than the reference. Default: one for each latent. */
  readonly levelCount?: number;
  /** Latents on which each level acts, drawn at random. Every latent is drawn before one is drawn again. Default 1. */
  readonly targetsPerLevel?: number;
  /** Latents of each level, for example `[['m1.z1'], ['m1.z2', 'm2.z1'], []]`, instead of random ones. */
  readonly targets?: readonly (readonly string[])[];
  /** Adds the cause `dose`, with a smooth effect. */
  readonly dose?: Doses;
  /** Latents on which the dose acts. Default: one, drawn at random. */
  readonly doseTargets?: readonly string[];
  /** What the study file says about targets. Default `none`. */
  readonly knownTargets?: KnownTargets;
  /** Number of batches in which a modality is measured. Default 0: no batches. */
  readonly batches?: number;
  /** Modality that is measured in batches. Default `m1`. */
  readonly batchedModality?: string;
}

export const SIMULATION_OPTIONS: OptionShapes<SimulationOptions> = {
  seed: 'number',
  samples: 'number',
  test: 'number',
  mechanism: 'text',
  noise: 'text',
  heteroscedastic: 'boolean',
  extraEdges: 'number',
  crossEdges: 'number',
  withinEdges: 'boolean',
  cycles: 'text',
  shuffled: 'boolean',
  measurementNoise: 'number',
  mixedColumns: 'number',
  missingModalities: 'number',
  missingCells: 'number',
  missingInTest: 'boolean',
  levels: 'text',
  levelCount: 'number',
  targetsPerLevel: 'number',
  targets: [['text']],
  dose: 'text',
  doseTargets: ['text'],
  knownTargets: 'text',
  batches: 'number',
  batchedModality: 'text',
};

/** Options without a default. */
type OpenOptions = 'levels' | 'levelCount' | 'targets' | 'dose' | 'doseTargets';

export type FilledOptions = Required<Omit<SimulationOptions, OpenOptions | 'crossEdges'>> &
  Pick<SimulationOptions, OpenOptions> & { readonly crossEdges: number | undefined };

const SAMPLES = 10_000;
/** Maximum share of missing values. Above it, hardly more remains than the guaranteed values. */
export const MAX_MISSING = 0.9;

/** Returns the number of training subjects. */
export function trainingSubjects({ samples = SAMPLES }: Pick<SimulationOptions, 'samples'>): number {
  return samples - Math.round(samples / 10);
}

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
    batchedModality: 'm1',
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
  const isShared = size.shared !== undefined && (levels !== undefined || dose !== undefined);
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
  const names = Array.from({ length: size.modalities }, (_, m) => `m${m + 1}`);
  check('batchedModality', batchedModality, names.includes(batchedModality), `is ${names.join(', ')}`);
}
