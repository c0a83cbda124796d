// Simulates series of two devices with known latents: a chest belt with a breathing rate and an amplitude, and a
// wristband with a drift and a coupling of two channels. All phases are random, so a single step does not reveal a
// latent: only the dependence between steps does.

import type { Dataset, Modality, Split } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import type { NetworkConfig } from '../../src/data/network.js';
import { standardiseChannels } from '../../src/data/standardise-channels.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { drawTiedLatents, type Edge } from './tied-latents.js';

/** Names of the latents: two of the belt, then two of the wristband. */
export const PHYSIOLOGY_LATENTS = ['rate', 'amplitude', 'drift', 'coupling'] as const;
type LatentName = (typeof PHYSIOLOGY_LATENTS)[number];

/** Every latent influences the other device or is influenced by it, which is the premise of Theorem 4.2. */
const EDGES: readonly Edge[] = [
  ['rate', 'drift'],
  ['amplitude', 'coupling'],
];

export const PHYSIOLOGY_STEPS = 128;
/** Length of a step in seconds. */
const PHYSIOLOGY_STEP = 0.5;

/** Devices in order with their channels. */
export const PHYSIOLOGY_DEVICES = {
  belt: ['chest', 'abdomen', 'heart'],
  band: ['pulse', 'flow', 'skin', 'temperature'],
} as const;
type DeviceName = keyof typeof PHYSIOLOGY_DEVICES;

export interface PhysiologyOptions {
  readonly seed: number;
  /** Network of both devices. Default: that of series. */
  readonly network?: NetworkConfig;
  /** Number of subjects of each split. Default: 10,000, 1,000 and 2,000. */
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
}

/** A data set and its truth. */
export interface Physiology {
  readonly dataset: Dataset;
  /** Subjects × 4, in the order of `PHYSIOLOGY_LATENTS`; mean 0, sd 1. */
  readonly z: Float64Array;
  /** 4 × 4, row child, column parent. */
  readonly adjacency: Int8Array;
}

const STREAMS = { latents: 0x5100_0000, belt: 0x5100_0001, band: 0x5100_0002 } as const;

/** Returns a data set. The same seed gives the same numbers. */
export function physiology(options: PhysiologyOptions): Physiology {
  const { seed, network, train = 10_000, validation = 1_000, test = 2_000 } = options;
  const subjects = train + validation + test;
  const size = PHYSIOLOGY_LATENTS.length;
  const { z, adjacency } = drawTiedLatents(new RandomStream(seed, STREAMS.latents), subjects, {
    latents: PHYSIOLOGY_LATENTS,
    firstLatents: size / 2,
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
      const latent: Latent = (latentName) => z[row * size + PHYSIOLOGY_LATENTS.indexOf(latentName)];
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
/** Returns the value at a step. Must be called for steps in order, since noise is drawn. */
type Channel = (t: number) => number;

/** Sd of the noise of every value. The sd of a channel is about 1. */
const NOISE = 0.15;
/** Sd of the baselines of channels between subjects. */
const BASELINE_SD = 0.5;

/** Returns chest and abdomen with the breathing rate and amplitude, and the heart, which follows them. */
function belt(random: RandomStream, latent: Latent): Channel[] {
  const breath = wave(random, 0.12 * Math.exp(0.3 * latent('rate')), 0.05);
  const depth = 0.8 * Math.exp(0.4 * latent('amplitude'));
  const [second, secondPhase] = [random.between(0, 0.3), random.between(0, 2 * Math.PI)];
  const shape = (phase: number): number => Math.sin(phase) + second * Math.sin(2 * phase + secondPhase);
  const [late, later] = [random.between(0, 1.2), random.between(0, 2 * Math.PI)];
  const [baselines, arrhythmia] = [baselinesOf(random, 3), random.between(0.2, 0.8)];
  const slow = wave(random, random.between(0.005, 0.03), 0);
  return [
    (t) => baselines[0] + depth * shape(breath[t]) + NOISE * random.normal(),
    (t) => baselines[1] + 0.8 * depth * shape(breath[t] - late) + NOISE * random.normal(),
    (t) => baselines[2] + arrhythmia * Math.sin(breath[t] - later) + 0.5 * Math.sin(slow[t]) + NOISE * random.normal(),
  ];
}

/**
 * Returns the channels of the wristband. Flow is a mixture of the pulse, by the coupling, and an independent wave, with
 * the same variance for every coupling. Skin and temperature have the drift and separate waves.
 */
function band(random: RandomStream, latent: Latent): Channel[] {
  const rate = random.between(0.06, 0.2);
  // Rates closer than 0.03 could not be distinguished in this number of steps.
  const apart = random.between(0.03, 0.14 - 0.03);
  const other = 0.06 + ((rate - 0.06 + apart) % 0.14);
  const [pulse, independent] = [wave(random, rate, 0.03), wave(random, other, 0.03)];
  const coupling = 1 / (1 + Math.exp(-1.2 * latent('coupling')));
  const rest = Math.sqrt(1 - coupling ** 2);
  const lag = random.between(-0.2, 0.2);
  const drift = 1.5 * latent('drift');
  const baselines = baselinesOf(random, 4);
  const response = random.between(0.5, 1) * PHYSIOLOGY_STEPS * random.uniform();
  const height = random.between(0, 0.6);
  const slow = wave(random, random.between(0.01, 0.03), 0);
  const passed = (t: number): number => t / (PHYSIOLOGY_STEPS - 1) - 0.5;
  return [
    (t) => baselines[0] + Math.sin(pulse[t]) + NOISE * random.normal(),
    (t) =>
      baselines[1] + coupling * Math.sin(pulse[t] - lag) + rest * Math.sin(independent[t]) + NOISE * random.normal(),
    (t) => baselines[2] + drift * passed(t) + height * Math.exp(-(((t - response) / 8) ** 2)) + NOISE * random.normal(),
    (t) => baselines[3] + 0.7 * drift * passed(t) + 0.3 * Math.sin(slow[t]) + NOISE * random.normal(),
  ];
}

function baselinesOf(random: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => BASELINE_SD * random.normal());
}

/** Returns phases with a random start. @param rate cycles per step @param wander sd of the phase noise per step */
function wave(random: RandomStream, rate: number, wander: number): Float64Array {
  let phase = random.between(0, 2 * Math.PI);
  return Float64Array.from(
    { length: PHYSIOLOGY_STEPS },
    () => (phase += 2 * Math.PI * rate + wander * random.normal()),
  );
}
