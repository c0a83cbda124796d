// Compares the log-determinant of the map from subspaces to components with finite differences, and tests the whitening
// that is folded into the map.

import { describe, expect, test } from '@jest/globals';
import { inverse, Matrix, determinant } from 'ml-matrix';
import { data } from '../../src/graph/index.js';
import { ComponentMap } from '../../src/networks/component-map.js';
import { latentLayout } from '../../src/networks/layout.js';
import { orthogonal, ParameterList } from '../../src/nn/parameters.js';
import { evaluate } from '../../src/graph/reference.js';
import { seedKey, uniforms } from '../../src/random/streams.js';
import { foldWhitening, whiten } from '../../src/training/whitening.js';
import { tableObservation } from '../../src/data/observation.js';

const layout = latentLayout(
  [2, 3, 1, 2].map((latents, i) => ({ name: `m${i}`, observation: tableObservation(9), latents, exogenous: 1 })),
);
const BATCH = 7;

/** Returns a map whose B is far from its tiny initial values, as after training. */
function nonlinearMap() {
  const list = new ParameterList(1);
  const map = new ComponentMap(list, layout, 5);
  const parameters = new Map(
    [...list.initialValues([11])].map(([name, values]) => [
      name,
      name.endsWith('outer')
        ? values.map((v) => 200 * v)
        : name.endsWith('shift')
          ? values.map((_, i) => 0.3 * i)
          : values,
    ]),
  );
  return { list, map, parameters };
}

function random(stream: number, count: number): Float64Array {
  return uniforms(seedKey(3), stream, 0, count).map((u) => 3 * u - 1.5);
}

describe('h(v) = W (v + B tanh(A v + a)) + b', () => {
  const { map, parameters } = nonlinearMap();
  const D = layout.latents;
  const { z, logAbsDet } = map.apply(data('v', [1, D, BATCH]));
  const at = (v: Float64Array) => evaluate([z, logAbsDet], { parameters: Object.fromEntries(parameters), data: { v } });

  test('log|det ∂h/∂v| equals finite differences, for modalities of 1, 2 and 3 latents together', () => {
    const v = random(0, D * BATCH);
    const [, logs] = at(v);
    const step = 1e-6;
    for (let subject = 0; subject < BATCH; subject++) {
      const jacobian = Matrix.zeros(D, D);
      for (let j = 0; j < D; j++) {
        const moved = (by: number) => at(v.map((value, i) => (i === j * BATCH + subject ? value + by : value)))[0];
        const [up, down] = [moved(step), moved(-step)];
        for (let i = 0; i < D; i++) {
          jacobian.set(i, j, (up[i * BATCH + subject] - down[i * BATCH + subject]) / (2 * step));
        }
      }
      expect(logs[subject]).toBeCloseTo(Math.log(Math.abs(determinant(jacobian))), 6);
    }
  });

  test('modalities do not mix: a component depends only on the subspace of its modality', () => {
    const v = random(0, D * BATCH);
    const before = at(v)[0];
    const after = at(v.map((value, i) => (Math.floor(i / BATCH) < layout.offsets[1] ? value + 0.5 : value)))[0];
    const changed = Array.from({ length: D }, (_, i) => before[i * BATCH] !== after[i * BATCH]);
    expect(changed).toEqual(layout.modalityOf.map((modality) => modality === 0));
  });

  test('the initial rotation is orthogonal', () => {
    const draw = (count: number) => uniforms(seedKey(5), 0, 0, count);
    const values = orthogonal([2, 4, 4], draw);
    for (const group of [0, 1]) {
      const w = Matrix.from1DArray(4, 4, values.subarray(group * 16, (group + 1) * 16));
      const product = w.mmul(w.transpose());
      expect(Matrix.sub(product, Matrix.eye(4)).abs().max()).toBeLessThan(1e-6);
    }
  });
});

describe('whitening', () => {
  const D = layout.latents;
  const subjects = 300;
  const values = Float32Array.from(random(1, subjects * D), (v, i) => v * (1 + (i % D)) + (i % 3));
  const rows = Int32Array.from({ length: 200 }, (_, i) => i);
  const whitened = whiten(values, layout, rows);

  test('gives mean 0 and covariance 1 on its rows, modality by modality', () => {
    layout.modalities.forEach(({ latents: d }, m) => {
      const ofModality = Matrix.zeros(rows.length, d);
      rows.forEach((row, i) => {
        for (let k = 0; k < d; k++) ofModality.set(i, k, whitened.values[row * D + layout.offsets[m] + k]);
      });
      const covariance = ofModality.transpose().mmul(ofModality).div(rows.length);
      expect(Matrix.sub(covariance, Matrix.eye(d)).abs().max()).toBeLessThan(1e-4);
      expect(Math.max(...ofModality.mean('column').map(Math.abs))).toBeLessThan(1e-4);
    });
  });

  test('folded into the map gives the same components from unwhitened subspaces and adds its log|det|', () => {
    const { list, map, parameters } = nonlinearMap();
    const shaped = new Map(list.all.map(({ name, shape }) => [name, { shape, values: parameters.get(name)! }]));
    const folded = foldWhitening(shaped, layout, whitened.whitenings);
    const { z, logAbsDet } = map.apply(data('v', [1, D, BATCH]));
    const columns = (all: Float32Array) =>
      Float64Array.from({ length: D * BATCH }, (_, i) => all[(i % BATCH) * D + Math.floor(i / BATCH)]);
    const read = (weights: ReadonlyMap<string, Float32Array>, all: Float32Array) =>
      evaluate([z, logAbsDet], { parameters: Object.fromEntries(weights), data: { v: columns(all) } });
    const [onWhitened, logs] = read(parameters, whitened.values);
    const [onRaw, rawLogs] = read(new Map([...folded].map(([name, f]) => [name, f.values])), values);
    onRaw.forEach((value, i) => {
      expect(value).toBeCloseTo(onWhitened[i], 4);
    });
    const ofWhitening = whitened.whitenings.reduce(
      (sum, { matrix }) => sum + Math.log(Math.abs(determinant(matrix))),
      0,
    );
    rawLogs.forEach((value, i) => {
      expect(value - logs[i]).toBeCloseTo(ofWhitening, 4);
    });
  });

  test('does not amplify a direction without variance', () => {
    const flat = values.map((value, i) => (i % D === 1 ? values[i - 1] : value));
    const { values: safe, whitenings } = whiten(flat, layout, rows);
    expect(safe.every(Number.isFinite)).toBe(true);
    expect(inverse(whitenings[0].matrix).to1DArray().every(Number.isFinite)).toBe(true);
  });
});
