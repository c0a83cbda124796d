// Options of a simulation: defaults and checks.

import { checkAccepted, type OptionShapes } from '../errors/argument.js';
import { CYCLES, linkedEdges, possibleCrossEdges, type Cycles, type GraphSize } from './graph.js';
import { MECHANISMS, NOISES, type Mechanism, type Noise } from './mechanism.js';

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
};

export type FilledOptions = Required<Omit<SimulationOptions, 'crossEdges'>> & {
  readonly crossEdges: number | undefined;
};

const SAMPLES = 10_000;
/** Maximum share of missing values. Above it, hardly more remains than the guaranteed values. */
export const MAX_MISSING = 0.9;

/** Returns the number of training subjects. */
export function trainingSubjects({ samples = SAMPLES }: Pick<SimulationOptions, 'samples'>): number {
  return samples - Math.round(samples / 10);
}

/** Returns the options with defaults. @throws InputError `invalid-option` */
export function fillOptions(options: SimulationOptions, size: GraphSize): FilledOptions {
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
  return filled;
}
