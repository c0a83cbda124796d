// Simulates the light tunnel: settings in six environments, and what its sensors and its camera measure. The settings
// are the latents; the environment is an observed cause with perfect levels.

import { checkAccepted, checkOneOf, checkOptions, type OptionShapes } from '../../errors/argument.js';
import { meanAndSd } from '../../metrics/vectors.js';
import type { Split } from '../../data/dataset.js';
import { splitSubjects } from '../../data/split.js';
import type { OutputColumn } from '../../files/csv-text.js';
import { KNOWN_TARGETS, MAX_SUBJECTS, trainingSubjects, type KnownTargets } from '../options.js';
import { Streams } from '../streams.js';
import { hexagonColours } from './camera.js';
import { ANGLE_COLUMNS, LIGHT_COLUMNS, sensorReadings } from './sensors.js';
import { COLOURS, drawSettings, ENVIRONMENTS, SETTINGS, type TunnelSettings } from './settings.js';

/** `one`: all sensors. `blocks`: light sensors and both angle sensors. `camera`: these, and images. */
export const TUNNEL_MODALITIES = ['one', 'blocks', 'camera'] as const;
type TunnelModalities = (typeof TUNNEL_MODALITIES)[number];

export interface LightTunnelOptions {
  /** Integer from 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  /** Training and validation subjects (9 : 1) of all environments. Default 54,000. */
  readonly samples?: number;
  /** Subjects of the test split. Default 6,000. */
  readonly test?: number;
  /** Sd of normal noise on every reading and pixel, in sds of the reading over all subjects. Default 0. */
  readonly measurementNoise?: number;
  /** Default `blocks`. */
  readonly modalities?: TunnelModalities;
  /** Height and width of the images in pixels. Default 64. */
  readonly imageSize?: number;
  /** What the study file says about the targets of the environments. Default `none`. */
  readonly knownTargets?: KnownTargets;
}

const OPTIONS: OptionShapes<LightTunnelOptions> = {
  seed: 'number',
  samples: 'number',
  test: 'number',
  measurementNoise: 'number',
  modalities: 'text',
  imageSize: 'number',
  knownTargets: 'text',
};

interface TunnelTable {
  readonly name: string;
  /** Settings that are latents of the modality, as positions in `SETTINGS`. */
  readonly settings: readonly number[];
  readonly columns: readonly OutputColumn[];
}

export interface LightTunnel extends TunnelSettings {
  readonly options: Required<LightTunnelOptions>;
  readonly ids: readonly string[];
  readonly tables: readonly TunnelTable[];
  /** Colours of the images, subjects × 3 from 0 to 1; left out without a camera. */
  readonly colours?: Float64Array | undefined;
  readonly split: Split;
  readonly splitSizes: { readonly validation: number; readonly test: number; readonly seed: number };
}

/** Simulates the light tunnel. The same options give the same numbers. @throws InputError `invalid-option` */
export function simulateLightTunnel(options: LightTunnelOptions = {}): LightTunnel {
  const filled = fillOptions(options);
  const { seed, samples, test, measurementNoise, modalities } = filled;
  const subjects = samples + test;
  const drawn = drawSettings(seed, subjects);
  const digits = String(subjects).length;
  const ids = Array.from({ length: subjects }, (_, i) => `s${String(i + 1).padStart(digits, '0')}`);
  const splitSizes = { validation: samples - trainingSubjects({ samples }), test, seed };
  const strata = [Array.from(drawn.environments, String)];
  return {
    ...drawn,
    options: filled,
    ids,
    tables: tablesOf(noisyColumns(sensorReadings(drawn.values), { seed, measurementNoise }), modalities),
    ...(modalities === 'camera' && { colours: hexagonColours(drawn.values) }),
    split: splitSubjects(ids, splitSizes, undefined, strata),
    splitSizes,
  };
}

/** Returns the position of a setting's latent among those of all tables. */
export function tunnelLatents(tables: readonly TunnelTable[]): { readonly name: string; readonly setting: number }[] {
  return tables.flatMap(({ name, settings }) => settings.map((setting, i) => ({ name: `${name}.z${i + 1}`, setting })));
}

function noisyColumns(
  readings: Float64Array,
  { seed, measurementNoise }: Pick<Required<LightTunnelOptions>, 'seed' | 'measurementNoise'>,
): OutputColumn[] {
  const names = [...LIGHT_COLUMNS, ...ANGLE_COLUMNS];
  const streams = new Streams(seed);
  return names.map((name, column) => {
    const values = Float64Array.from(
      { length: readings.length / names.length },
      (_, row) => readings[row * names.length + column],
    );
    if (measurementNoise === 0) return { name, values };
    const sd = measurementNoise * meanAndSd(values).sd;
    const random = streams.measurement(column);
    return { name, values: values.map((value) => value + sd * random.normal()) };
  });
}

function tablesOf(columns: readonly OutputColumn[], modalities: TunnelModalities): TunnelTable[] {
  const settings = [...SETTINGS.keys()];
  if (modalities === 'one') return [{ name: 'sensors', settings, columns }];
  const light = {
    name: 'light',
    settings: settings.slice(0, COLOURS),
    columns: columns.slice(0, LIGHT_COLUMNS.length),
  };
  return [
    light,
    ...ANGLE_COLUMNS.map((name, k) => ({
      name,
      settings: [COLOURS + k],
      columns: [columns[LIGHT_COLUMNS.length + k]],
    })),
  ];
}

/** Minimum number of subjects of each environment that a study file accepts (`minSubjects`). */
const MIN_SUBJECTS = 20 * ENVIRONMENTS.length;
const MIN_SIDE = 8;
const MAX_SIDE = 256;

function fillOptions(options: LightTunnelOptions): Required<LightTunnelOptions> {
  checkOptions('simulateLightTunnel', options, OPTIONS);
  const filled = {
    seed: 0,
    samples: 54_000,
    test: 6_000,
    measurementNoise: 0,
    modalities: 'blocks',
    imageSize: 64,
    knownTargets: 'none',
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } satisfies Required<LightTunnelOptions> as Required<LightTunnelOptions>;
  const whole = (option: 'seed' | 'samples' | 'test' | 'imageSize', min: number, max: number) => {
    const value = filled[option];
    const isValid = Number.isSafeInteger(value) && value >= min && value <= max;
    checkAccepted(option, value, isValid, `is a whole number from ${min} to ${max}`);
  };
  whole('seed', 0, Number.MAX_SAFE_INTEGER);
  whole('samples', MIN_SUBJECTS, MAX_SUBJECTS);
  whole('test', 2, MAX_SUBJECTS);
  whole('imageSize', MIN_SIDE, MAX_SIDE);
  const { measurementNoise, modalities, knownTargets } = filled;
  const isNoise = measurementNoise >= 0 && measurementNoise <= 100;
  checkAccepted('measurementNoise', measurementNoise, isNoise, 'is a number from 0 to 100');
  checkOneOf('modalities', modalities, TUNNEL_MODALITIES);
  checkOneOf('knownTargets', knownTargets, KNOWN_TARGETS);
  return filled;
}
