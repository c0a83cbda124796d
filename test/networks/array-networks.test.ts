// Components of models of images and series: the objective of deep canonical correlation, networks, and the
// augmentation of encoders' inputs in training.

import { describe, expect, test } from '@jest/globals';
import { inverse, EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Augmentation } from '../../src/data/augmentation.js';
import { observationOf } from '../../src/data/observation.js';
import { positionsOf } from '../../src/data/regular-array.js';
import { standardiseChannels } from '../../src/data/standardise-channels.js';
import { constant, data, type Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { augmented } from '../../src/networks/augmentation.js';
import { distanceFromWhite, sharedNats } from '../../src/networks/correlation.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import { LatentEncoders } from '../../src/networks/latent-encoders.js';
import { latentLayout } from '../../src/networks/layout.js';
import { thetaSize } from '../../src/networks/observation-likelihood.js';
import { observationNetwork } from '../../src/networks/observation.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { RandomStream } from '../../src/random/random-stream.js';

const random = new RandomStream(5, 1);

function normals(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

describe('the shared information of two sets of numbers', () => {
  const [p, q, batch] = [2, 3, 60];
  const b = normals(q * batch);
  const a = Float64Array.from({ length: p * batch }, (_, at) => 0.8 * b[at] + 0.3 * random.normal());
  const [x, y] = [data('a', [1, p, batch]), data('b', [1, q, batch])];

  /** Returns nats from the canonical correlations of two `[rows, subjects]` tables, with 1e-3 added to variances. */
  const canonicalNats = (s: Float64Array, t: Float64Array, subjects: number): number => {
    const centred = (values: Float64Array): Matrix => {
      const table = Matrix.from1DArray(values.length / subjects, subjects, values);
      return table.subColumnVector(table.mean('row'));
    };
    const covariance = (one: Matrix, other: Matrix): Matrix => one.mmul(other.transpose()).div(subjects);
    const [u, v] = [centred(s), centred(t)];
    const raised = (one: Matrix): Matrix => covariance(one, one).add(Matrix.eye(one.rows).mul(1e-3));
    const product = inverse(raised(u))
      .mmul(covariance(u, v))
      .mmul(inverse(raised(v)))
      .mmul(covariance(v, u));
    const squares = new EigenvalueDecomposition(product).realEigenvalues;
    return squares.reduce((sum, square) => sum - 0.5 * Math.log(1 - square), 0);
  };

  test('is −½ Σ log(1 − ρ²) over their canonical correlations', () => {
    const [nats] = evaluate([sharedNats(x, y)], { data: { a, b } });
    expect(nats[0]).toBeCloseTo(canonicalNats(a, b, batch), 8);
  });

  test('is precise for sets of twenty functions that hardly differ, whose determinant is about 1e-100', () => {
    const [count, subjects] = [20, 200];
    const few = normals(2 * subjects);
    const functions = (): Float64Array =>
      Float64Array.from({ length: count * subjects }, (_, at) => {
        const [f, subject] = [Math.floor(at / subjects), at % subjects];
        return few[subject] + 0.1 * (f / count) * few[subjects + subject] + 0.003 * random.normal();
      });
    const [s, t] = [functions(), functions()];
    const [u, v] = [data('s', [1, count, subjects]), data('t', [1, count, subjects])];
    const [nats] = evaluate([sharedNats(u, v)], { data: { s, t } });
    expect(nats[0]).toBeGreaterThan(1);
    expect(nats[0]).toBeCloseTo(canonicalNats(s, t, subjects), 6);
  });

  test('does not depend on subjects that do not count', () => {
    const half = batch / 2;
    const first = (values: Float64Array, rows: number): Float64Array =>
      Float64Array.from({ length: rows * half }, (_, at) => values[Math.floor(at / half) * batch + (at % half)]);
    const weight = Float64Array.from({ length: batch }, (_, subject) => Number(subject < half));
    const w = data('w', [1, 1, batch]);
    const outputs: Node[] = [sharedNats(x, y, w), distanceFromWhite(x, w)];
    const weighted = evaluate(outputs, { data: { a, b, w: weight } });
    const [u, v] = [data('a', [1, p, half]), data('b', [1, q, half])];
    const alone = evaluate([sharedNats(u, v), distanceFromWhite(u)], { data: { a: first(a, p), b: first(b, q) } });
    weighted.forEach((value, i) => {
      expect(value[0]).toBeCloseTo(alone[i][0], 8);
    });
  });
});

const REGULAR_ARRAYS = {
  'an image of odd sizes': { kind: 'image', height: 13, width: 9 },
  'an image of one row': { kind: 'image', height: 1, width: 12 },
  'a series': { kind: 'series', steps: 21, seconds: 1 },
} as const;

describe('networks', () => {
  test.each(Object.entries(REGULAR_ARRAYS))('%s is encoded; decoders have a scale per channel', (_, regularArray) => {
    const channels = ['r', 'g'];
    const positions = positionsOf(regularArray);
    const raw = Float32Array.from({ length: 4 * 2 * positions }, () => random.normal());
    const scaled = standardiseChannels(raw, channels, regularArray, Int32Array.of(0, 1, 2));
    const columns = scaled.columns.map((column) => ({ ...column, kind: 'learned-noise' as const }));
    const observation = observationOf({ ...scaled, columns });
    const parameters = new ParameterList(1);
    const network = observationNetwork(observation);
    const encode = network.encoder(parameters, 'e', { members: 1, hidden: 8, outputs: 3 });
    const decode = network.decoder(parameters, 'd', { members: 1, hidden: 8, inputs: 2 });
    const read = encode({ values: data('x', [1, 1, 2 * positions, 5]) });
    const theta = decode(data('v', [1, 1, 2, 5]));
    expect(read.shape).toEqual([1, 1, 3, 5]);
    expect(theta.shape).toEqual([1, 1, thetaSize(observation), 5]);
    const scaleParameter = parameters.all.find(({ name }) => name === 'd.columns');
    expect(scaleParameter?.shape).toEqual([1, 1, 2, 1]);
    const values = parameters.initialValues([1]);
    values.set('d.columns', Float32Array.of(-1, 1));
    const inputs = { parameters: Object.fromEntries(values), data: { v: normals(2 * 5) } };
    const [numbers] = evaluate([theta], inputs);
    const scales = Array.from(numbers.subarray(2 * positions * 5), Math.round);
    expect(scales).toEqual([...new Array<number>(positions * 5).fill(-1), ...new Array<number>(positions * 5).fill(1)]);
  });

  test.each(['lstm', 'gru'] as const)('%s reads series in both directions, from end to end', (kind) => {
    const steps = 9;
    const raw = Float32Array.from({ length: 3 * steps }, () => random.normal());
    const regularArray = { kind: 'series', steps, seconds: 1 } as const;
    const scaled = standardiseChannels(raw, ['hr'], regularArray, Int32Array.of(0, 1));
    const observation = { ...observationOf(scaled), network: { kind, widths: [6, 5] } };
    const parameters = new ParameterList(1);
    const encode = observationNetwork(observation).encoder(parameters, 'e', { members: 1, hidden: 8, outputs: 2 });
    const initial = Object.fromEntries(parameters.initialValues([3]));
    const encoded = (x: Float64Array) =>
      evaluate([encode({ values: data('x', [1, 1, steps, 1]) })], { parameters: initial, data: { x } })[0];
    const x = normals(steps);
    const [forward, backward] = [encoded(x), encoded(x.slice().reverse())];
    expect(Math.abs(forward[0] - backward[0])).toBeGreaterThan(1e-3);
    for (const step of [0, steps - 1]) {
      const other = x.map((value, t) => (t === step ? -value - 1 : value));
      expect(Math.abs(forward[0] - encoded(other)[0])).toBeGreaterThan(1e-3);
    }
    const layers = ['input', 'state', 'bias', ...(kind === 'gru' ? ['stateBias'] : [])];
    for (const layer of ['forward.0', 'backward.0', 'forward.1', 'backward.1']) {
      for (const part of layers) expect(parameters.all.map(({ name }) => name)).toContain(`e.${layer}.${part}`);
    }
  });

  test('shift-invariant latents are the same for an image moved by an eighth down and three to the right', () => {
    const raw = Float32Array.from({ length: 3 * 64 }, () => random.normal());
    const regularArray = { kind: 'image', height: 8, width: 8 } as const;
    const scaled = standardiseChannels(raw, ['grey'], regularArray, Int32Array.of(0, 1));
    const observation = observationOf({ ...scaled, shiftInvariant: 1 });
    const layout = latentLayout([{ name: 'm', observation, latents: 3, exogenous: 1 }]);
    const parameters = new ParameterList(1);
    const encoders = new LatentEncoders(parameters, layout, 8);
    const [z] = encoders.encode([{ values: data('x', [1, 1, 64, 1]) }]);
    const initial = Object.fromEntries(parameters.initialValues([3]));
    const encoded = (x: Float64Array) => evaluate([z], { parameters: initial, data: { x } })[0];
    const x = normals(64);
    const moved = Float64Array.from(x, (_, at) => x[(((at >> 3) + 7) % 8) * 8 + (((at & 7) + 5) % 8)]);
    const [before, after] = [encoded(x), encoded(moved)];
    expect(after[2]).toBeCloseTo(before[2], 6);
    expect(Math.abs(after[0] - before[0])).toBeGreaterThan(1e-4);
  });
});

describe('augmented inputs of encoders', () => {
  const regularArray = { kind: 'image', height: 3, width: 3 } as const;
  const shape = [2, 3, 3] as const;
  const image = Float64Array.from({ length: 18 }, (_, at) => at + 1);
  const group = (augment: Augmentation) => {
    const scaled = standardiseChannels(Float32Array.from(normals(36)), ['r', 'g'], regularArray, Int32Array.of(0, 1));
    const observation = observationOf({ ...scaled, augment });
    return latentLayout([{ name: 'photo', latents: 1, exogenous: 0, observation }]).groups[0];
  };
  /** Returns the augmented image of the first of two runs, if every random draw is `drawn`. */
  const seen = (augment: Augmentation, drawn: number): Float64Array => {
    const noise: NoiseSource = {
      uniform: (_, dimensions) =>
        constant(new Float32Array(dimensions.reduce((a, b) => a * b)).fill(drawn), dimensions),
      normal: (_, dimensions) => constant(new Float32Array(dimensions.reduce((a, b) => a * b)), dimensions),
    };
    const x = { values: data('x', [1, 1, 18, 1]) };
    return evaluate([augmented(group(augment), x, noise, 2, 0).values], { data: { x: image } })[0].subarray(0, 18);
  };
  const at = (channel: number, row: number, column: number): number =>
    image[(channel * shape[1] + row) * shape[2] + column];

  test('are shifted, with wrap-around', () => {
    const moved = seen({ shift: 1 }, 0.99);
    expect(moved[4]).toBe(at(0, 0, 0));
    expect(moved[9 + 8]).toBe(at(1, 1, 1));
    expect(moved[0]).toBe(at(0, 2, 2));
    expect(seen({ shift: 1 }, 0.01)[0]).toBe(at(0, 1, 1));
  });

  test('are mirrored half of the time', () => {
    expect([...seen({ flip: true }, 0.9).subarray(0, 3)]).toEqual([3, 2, 1]);
    expect([...seen({ flip: true }, 0.1).subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  test('are lighter or darker, with more or less contrast', () => {
    seen({ brightness: 0.4, contrast: 0.2 }, 0.75).forEach((value, i) => {
      // A draw of 0.75 is half of the maximum. The draw of each channel adds half as much.
      expect(value).toBeCloseTo(image[i] * (1 + 0.2 * 0.75) + 0.4 * 0.75, 5);
    });
  });

  test('do not change without settings', () => {
    expect([...seen({}, 0.75)]).toEqual([...image]);
  });
});
