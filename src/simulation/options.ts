// Options of a simulation.

import type { OptionShapes } from '../errors/argument.js';
import type { Cycles } from './graph.js';
import type { Mechanism, Noise } from './mechanism.js';

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
  /** Modality that is measured in batches. Default: the first one. */
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

/** Default number of training and validation subjects. */
export const SAMPLES = 10_000;
/** Maximum share of missing values. Above it, hardly more remains than the guaranteed values. */
export const MAX_MISSING = 0.9;

/** Returns the number of training subjects. */
export function trainingSubjects({ samples = SAMPLES }: Pick<SimulationOptions, 'samples'>): number {
  return samples - Math.round(samples / 10);
}
