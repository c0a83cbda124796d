// Series of two devices with known latents. The dependence between steps determines every latent. A single step has no
// information about three latents, and only part of that about the drift.

import { describe, expect, test } from '@jest/globals';
import { spearman } from '../../src/metrics/index.js';
import {
  physiology,
  PHYSIOLOGY_DEVICES,
  PHYSIOLOGY_LATENTS,
  PHYSIOLOGY_STEPS,
  type Physiology,
} from '../../reproduction/simulation/physiology.js';

const sizes = { train: 900, validation: 50, test: 50 };
const one = physiology({ seed: 11, ...sizes });
const subjects = one.dataset.ids.length;

function latent({ z }: Physiology, name: (typeof PHYSIOLOGY_LATENTS)[number]): Float64Array {
  return Float64Array.from({ length: subjects }, (_, row) => z[row * 4 + PHYSIOLOGY_LATENTS.indexOf(name)]);
}

function rho(a: Float64Array, b: Float64Array): number {
  const samples = (values: Float64Array) => ({ values, rows: values.length, columns: 1 });
  return spearman(samples(a), samples(b)).values[0];
}

/** Steps of a channel by subject. */
function channel(name: string): Float32Array[] {
  const device = Object.values(PHYSIOLOGY_DEVICES).findIndex((names) => (names as readonly string[]).includes(name));
  const { values, columns } = one.dataset.modalities[device];
  const at = columns.findIndex((column) => column.name === name);
  return Array.from({ length: subjects }, (_, row) => {
    const first = (row * columns.length + at) * PHYSIOLOGY_STEPS;
    return values.subarray(first, first + PHYSIOLOGY_STEPS);
  });
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const product = (a: Float32Array, b: Float32Array) => {
  const [centreA, centreB] = [mean(a), mean(b)];
  return mean(a.map((value, t) => (value - centreA) * (b[t] - centreB)));
};
/** A statistic of every subject. */
const figures = (of: (row: number) => number) => Float64Array.from({ length: subjects }, (_, row) => of(row));

describe('latents', () => {
  const [chest, pulse, flow, skin] = ['chest', 'pulse', 'flow', 'skin'].map(channel);

  test('rate determines how often the chest crosses its mean', () => {
    const smooth = (signal: Float32Array) => signal.map((_, t) => mean(signal.subarray(Math.max(0, t - 1), t + 2)));
    const crossings = figures((row) => {
      const signal = smooth(chest[row]);
      const centre = mean(signal);
      return signal.subarray(1).filter((value, t) => value > centre !== signal[t] > centre).length;
    });
    expect(rho(crossings, latent(one, 'rate'))).toBeGreaterThan(0.9);
  });

  test('amplitude determines how far the chest moves', () => {
    expect(
      rho(
        figures((row) => product(chest[row], chest[row])),
        latent(one, 'amplitude'),
      ),
    ).toBeGreaterThan(0.9);
  });

  test('drift determines the rise of skin over time', () => {
    const half = PHYSIOLOGY_STEPS / 2;
    const rise = figures((row) => mean(skin[row].subarray(half)) - mean(skin[row].subarray(0, half)));
    expect(rho(rise, latent(one, 'drift'))).toBeGreaterThan(0.9);
  });

  test('coupling determines the correlation of pulse and flow', () => {
    const correlation = figures(
      (row) =>
        product(pulse[row], flow[row]) / Math.sqrt(product(pulse[row], pulse[row]) * product(flow[row], flow[row])),
    );
    expect(rho(correlation, latent(one, 'coupling'))).toBeGreaterThan(0.9);
  });

  test.each(PHYSIOLOGY_LATENTS)('no single step determines %s', (name) => {
    const values = latent(one, name);
    const device = PHYSIOLOGY_LATENTS.indexOf(name) < 2 ? PHYSIOLOGY_DEVICES.belt : PHYSIOLOGY_DEVICES.band;
    for (const of of device) {
      const steps = channel(of);
      const correlations = [0, 31, 64, 90, 127].map((t) =>
        Math.abs(
          rho(
            figures((row) => steps[row][t]),
            values,
          ),
        ),
      );
      // The ends of a drift have more information than its middle. Baselines hide a part of it.
      expect([of, Math.max(...correlations) < (name === 'drift' ? 0.85 : 0.15)]).toEqual([of, true]);
    }
  });
});

test('are correlated only along the edges rate → drift and amplitude → coupling', () => {
  expect(Array.from(one.adjacency)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]);
  const of = (a: number, b: number) =>
    Math.abs(rho(latent(one, PHYSIOLOGY_LATENTS[a]), latent(one, PHYSIOLOGY_LATENTS[b])));
  for (const [a, b] of [
    [0, 2],
    [1, 3],
  ]) {
    expect(of(a, b)).toBeGreaterThan(0.8);
  }
  for (const [a, b] of [
    [0, 1],
    [0, 3],
    [1, 2],
    [2, 3],
  ]) {
    expect(of(a, b)).toBeLessThan(0.12);
  }
});

test('the same seed gives the same data set, another seed a different one', () => {
  const small = { train: 40, validation: 5, test: 5 };
  const first = physiology({ seed: 3, ...small });
  expect(physiology({ seed: 3, ...small }).dataset.fingerprint).toBe(first.dataset.fingerprint);
  expect(physiology({ seed: 4, ...small }).dataset.fingerprint).not.toBe(first.dataset.fingerprint);
});
