// Series of two devices whose latents are known: a belt round the chest, which a breathing rate and an amplitude move,
// and a wristband with a drift and a coupling of two channels. All phases are random, so that no single step tells a
// latent: what it is shows in how steps go together.

import type { Dataset, Modality, Split } from '../data/dataset.js';
import { fingerprintOf } from '../data/fingerprint.js';
import type { NetworkConfig } from '../data/network.js';
import { standardiseChannels } from '../data/standardise-channels.js';
import { RandomStream } from '../random/random-stream.js';
import { drawTiedLatents, type Edge } from './tied-latents.js';

/** In order: two of the belt, two of the wristband. */
export const PHYSIOLOGY_LATENTS = ['rate', 'amplitude', 'drift', 'coupling'] as const;
type LatentName = (typeof PHYSIOLOGY_LATENTS)[number];

/** Every latent influences the other device, or is influenced from there: the premise of Theorem 4.2. */
const EDGES: readonly Edge[] = [
  ['rate', 'drift'],
  ['amplitude', 'coupling'],
];

export const PHYSIOLOGY_STEPS = 128;
/** Seconds. */
export const PHYSIOLOGY_STEP = 0.5;

/** Devices in order, with their channels. */
export const PHYSIOLOGY_DEVICES = {
  belt: ['chest', 'abdomen', 'heart'],
  band: ['pulse', 'flow', 'skin', 'temperature'],
} as const;
type DeviceName = keyof typeof PHYSIOLOGY_DEVICES;

export interface PhysiologyOptions {
  readonly seed: number;
  /** Of both devices; left out: the default of series. */
  readonly network?: NetworkConfig;
  /** Subjects of the parts. Default: 10,000, 1,000 and 2,000. */
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
}

/** A data set and what made it. */
export interface Physiology {
  readonly dataset: Dataset;
  /** Subjects × 4, in the order of `PHYSIOLOGY_LATENTS`; mean 0, sd 1. */
  readonly z: Float64Array;
  /** 4 × 4, row child, column parent. */
  readonly adjacency: Int8Array;
}

const STREAMS = { latents: 0x5100_0000, belt: 0x5100_0001, band: 0x5100_0002 } as const;

/** One data set; the same seed gives the same numbers. */
export function physiology(options: PhysiologyOptions): Physiology {
  const { seed, network, train = 10_000, validation = 1_000, test = 2_000 } = options;
  const subjects = train + validation + test;
  const size = PHYSIOLOGY_LATENTS.length;
  const { z, adjacency } = drawTiedLatents(new RandomStream(seed, STREAMS.latents), subjects, {
    latents: PHYSIOLOGY_LATENTS,
    ofFirst: size / 2,
    edges: EDGES,
  });
  const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split: Split = {
    train: rows(0, train),
    validation: rows(train, train + validation),
    test: rows(train + validation, subjects),
  };
  const draw: Readonly<Record<DeviceName, (random: RandomStream, latent: Latent) => Channel[]>> = { belt, band };
  const modalities = (Object.keys(PHYSIOLOGY_DEVICES) as DeviceName[]).map((name): Modality => {
    const channels = PHYSIOLOGY_DEVICES[name];
    const random = new RandomStream(seed, STREAMS[name]);
    const values = new Float32Array(subjects * channels.length * PHYSIOLOGY_STEPS);
    for (let row = 0; row < subjects; row++) {
      const latent: Latent = (own) => z[row * size + PHYSIOLOGY_LATENTS.indexOf(own)];
      draw[name](random, latent).forEach((channel, c) => {
        values.set(
          Float32Array.from({ length: PHYSIOLOGY_STEPS }, (_, t) => channel(t)),
          (row * channels.length + c) * PHYSIOLOGY_STEPS,
        );
      });
    }
    const regularArray = { kind: 'series', steps: PHYSIOLOGY_STEPS, seconds: PHYSIOLOGY_STEP } as const;
    return {
      name,
      latents: size / 2,
      exogenous: 8,
      ...standardiseChannels(values, channels, regularArray, split.train),
      ...(network && { network }),
    };
  });
  const dataset = { ids: Array.from({ length: subjects }, (_, row) => `s${row + 1}`), modalities, split };
  return { dataset: { ...dataset, fingerprint: fingerprintOf(dataset) }, z, adjacency };
}

type Latent = (name: LatentName) => number;
/** Its value at a step. Steps are asked for in order. */
type Channel = (t: number) => number;

/** Noise on every value of a channel whose own deviation is about 1. */
const NOISE = 0.15;
/** Standard deviation of a device's levels between subjects. */
const LEVELS = 0.5;

/** Chest and abdomen breathe at the rate, as deep as the amplitude; the heart follows them. */
function belt(random: RandomStream, latent: Latent): Channel[] {
  const breath = wave(random, 0.12 * Math.exp(0.3 * latent('rate')), 0.05);
  const depth = 0.8 * Math.exp(0.4 * latent('amplitude'));
  const [second, secondPhase] = [random.between(0, 0.3), random.between(0, 2 * Math.PI)];
  const shape = (phase: number): number => Math.sin(phase) + second * Math.sin(2 * phase + secondPhase);
  const [late, later] = [random.between(0, 1.2), random.between(0, 2 * Math.PI)];
  const [levels, arrhythmia] = [levelsOf(random, 3), random.between(0.2, 0.8)];
  const slow = wave(random, random.between(0.005, 0.03), 0);
  return [
    (t) => levels[0] + depth * shape(breath[t]) + NOISE * random.normal(),
    (t) => levels[1] + 0.8 * depth * shape(breath[t] - late) + NOISE * random.normal(),
    (t) => levels[2] + arrhythmia * Math.sin(breath[t] - later) + 0.5 * Math.sin(slow[t]) + NOISE * random.normal(),
  ];
}

/**
 * Flow follows the pulse as far as the coupling says, and for the rest a wave of its own: its variance is the same for
 * every coupling. Skin and temperature drift, each over its own waves.
 */
function band(random: RandomStream, latent: Latent): Channel[] {
  const rate = random.between(0.06, 0.2);
  // Rates as near to each other as 0.03 could not be told apart in so few steps.
  const apart = random.between(0.03, 0.14 - 0.03);
  const other = 0.06 + ((rate - 0.06 + apart) % 0.14);
  const [pulse, own] = [wave(random, rate, 0.03), wave(random, other, 0.03)];
  const coupling = 1 / (1 + Math.exp(-1.2 * latent('coupling')));
  const rest = Math.sqrt(1 - coupling ** 2);
  const lag = random.between(-0.2, 0.2);
  const drift = 1.5 * latent('drift');
  const levels = levelsOf(random, 4);
  const response = random.between(0.5, 1) * PHYSIOLOGY_STEPS * random.uniform();
  const height = random.between(0, 0.6);
  const slow = wave(random, random.between(0.01, 0.03), 0);
  const passed = (t: number): number => t / (PHYSIOLOGY_STEPS - 1) - 0.5;
  return [
    (t) => levels[0] + Math.sin(pulse[t]) + NOISE * random.normal(),
    (t) => levels[1] + coupling * Math.sin(pulse[t] - lag) + rest * Math.sin(own[t]) + NOISE * random.normal(),
    (t) => levels[2] + drift * passed(t) + height * Math.exp(-(((t - response) / 8) ** 2)) + NOISE * random.normal(),
    (t) => levels[3] + 0.7 * drift * passed(t) + 0.3 * Math.sin(slow[t]) + NOISE * random.normal(),
  ];
}

function levelsOf(random: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => LEVELS * random.normal());
}

/** Phases from a random one on. @param rate turns per step @param wander standard deviation of each step's phase */
function wave(random: RandomStream, rate: number, wander: number): Float64Array {
  let phase = random.between(0, 2 * Math.PI);
  return Float64Array.from(
    { length: PHYSIOLOGY_STEPS },
    () => (phase += 2 * Math.PI * rate + wander * random.normal()),
  );
}
