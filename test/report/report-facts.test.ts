// The numbers of a report agree with closed forms, with the metrics, and with a decoder written out in this file.

import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../src/causal/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulate } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { readStudy } from '../../src/study/study.js';
import { spearman } from '../../src/metrics/index.js';
import { latentLayout } from '../../src/networks/layout.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { certainty } from '../../src/report/facts/certainty.js';
import { correlations } from '../../src/report/facts/correlations.js';
import { inUnits } from '../../src/data/units.js';
import { dependentPairs, independence } from '../../src/report/facts/independence.js';
import { latentsOf } from '../../src/report/facts/index.js';
import { mechanism, mechanisms, NOTABLE_MECHANISM } from '../../src/evidence/mechanisms.js';
import { componentInverses } from '../../src/inference/component-inverse.js';
import { examine } from '../../src/inference/examination.js';
import { scratch } from '../fixtures/scratch.js';
import { readRun } from '../../src/training/run-folder.js';
import { tableObservation } from '../../src/data/observation.js';

const random = new RandomStream(7, 1);
const everyRow = (rows: number) => Int32Array.from({ length: rows }, (_, row) => row);
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());

describe('kinds of links', () => {
  const cause = normals(4000);
  const noise = normals(4000);
  const link = (effect: (x: number, e: number) => number) =>
    mechanism(
      cause,
      cause.map((x, i) => effect(x, noise[i])),
    );

  test('a line with normal noise has its r², and no notable deviation', () => {
    const line = link((x, e) => 3 * x + 4 * e);
    expect(line.linear).toBeCloseTo(9 / 25, 1);
    expect(line.curvature).toBeLessThan(NOTABLE_MECHANISM.curvature);
    expect(line.spread).toBeLessThan(NOTABLE_MECHANISM.spread);
    expect(line.nonNormal).toBeLessThan(NOTABLE_MECHANISM.nonNormal);
  });

  test('curvature, changing spread and heavy tails are each detected', () => {
    const curved = link((x, e) => x * x + e);
    // Var(x²) is 2 of a variance of 3. Bins of equal counts lose some of it in the tails.
    expect(curved.curvature).toBeGreaterThan(0.5);
    expect(curved.curvature).toBeLessThan(2 / 3);
    expect(link((x, e) => x + Math.exp(x) * e).spread).toBeGreaterThan(0.2);
    expect(link((x, e) => x + e ** 3).nonNormal).toBeGreaterThan(2);
  });
});

describe('independence of the noises', () => {
  test('dependence of values and of sizes is detected, and independent noises stay below chance', () => {
    const rows = 3000;
    const [a, b] = [normals(rows), normals(rows)];
    const columns = [a, a.map((value, i) => value + b[i]), b.map((value, i) => value * Math.abs(a[i])), normals(rows)];
    const mean = Float32Array.from({ length: 4 * rows }, (_, k) => columns[k % 4][Math.floor(k / 4)]);
    const entries = ['a.η1', 'a.η2', 'b.η1', 'c.η1'].map((name) => ({ name, modality: name[0], m: 0, latent: false }));
    const examination = { rows, width: 4, mean, epsilon: new Float32Array(0) } as never;
    const result = independence(entries, examination, {
      present: [new Uint8Array(rows).fill(1)],
      rows: everyRow(rows),
    });
    const value = (one: string, other: string) =>
      dependentPairs(result).find((pair) => pair.a === one && pair.b === other)!.value;
    // Spearman's ρ of bivariate normals with r = √½ is 6/π · asin(r/2).
    expect(value('a.η1', 'a.η2')).toBeCloseTo((6 / Math.PI) * Math.asin(Math.SQRT1_2 / 2), 1);
    expect(value('a.η1', 'b.η1')).toBeGreaterThan(0.4);
    expect(value('a.η1', 'c.η1')).toBeLessThan(result.chance);
  });

  test('subjects who lack a modality are left out, because their noises are not encoded', () => {
    const [rows, columns] = [900, [normals(900), normals(900)]];
    const present = [0, 1].map((m) => Uint8Array.from({ length: rows }, (_, row) => Number(row % 3 !== m)));
    const complete = Array.from({ length: rows }, (_, row) => row).filter((row) => row % 3 === 2);
    const table = (selected: readonly number[]) =>
      Float32Array.from(selected.flatMap((row) => columns.map((column) => column[row])));
    const all = table([...columns[0].keys()]);
    // Without values, an encoder returns the same output for all subjects.
    all.forEach((_, at) => {
      if (present[at % 2][at >> 1] === 0) all[at] = 9;
    });
    const entries = ['a.η1', 'b.η1'].map((name, m) => ({ name, modality: name[0], m, latent: false }));
    const examined = (mean: Float32Array) => ({ rows: mean.length / 2, width: 2, mean, epsilon: new Float32Array(0) });
    const result = independence(entries, examined(all) as never, { present, rows: everyRow(all.length / 2) });
    const allPresent = [0, 1].map(() => new Uint8Array(300).fill(1));
    expect(result).toEqual(
      independence(entries, examined(table(complete)) as never, { present: allPresent, rows: everyRow(300) }),
    );
    expect(result.subjects).toBe(300);
  });
});

test('a link is described with the subjects who have both of its modalities', () => {
  const nodes = latentNodes(['a', 'b', 'c'].map((name) => ({ name, latents: 1 })));
  const graph = { nodes, edges: [{ from: 'a.z1', to: 'b.z1', strength: 1, agreement: 1 }] };
  const [x, e] = [normals(600), normals(600)];
  const present = [0, 1, 2].map((m) => Uint8Array.from({ length: 600 }, (_, row) => Number(row % 4 !== m)));
  const rows = Array.from({ length: 600 }, (_, row) => row).filter((row) => row % 4 > 1);
  const value = (row: number, m: number) => [x[row], x[row] ** 2 + e[row], 5][m];
  const latents = [0, 1, 2].map((m) =>
    Float64Array.from({ length: 600 }, (_, row) => (present[m][row] === 1 ? value(row, m) : NaN)),
  );
  const [result] = mechanisms(graph, latents);
  const [cause, effect] = [0, 1].map((m) => Float64Array.from(rows, (row) => value(row, m)));
  expect(result).toEqual({ from: 'a.z1', to: 'b.z1', ...mechanism(cause, effect) });
});

test('the certainty of latents is the median sd relative to the sd between subjects, separately if inferred', () => {
  // Two latents of five subjects, the last two of whom lack the modality.
  const posterior = {
    mean: Float32Array.of(0, 1, 0, 3, 0, 5, 0, 70, 0, 90),
    sd: Float32Array.of(9, 0.2, 9, 0.4, 9, 0.3, 9, 1, 9, 3),
    inferred: Uint8Array.of(0, 0, 0, 1, 1),
  };
  const between = Math.sqrt(8 / 3);
  const { encoded, inferred } = certainty(posterior, 2, 1);
  expect(encoded).toEqual({ subjects: 3, sd: expect.closeTo(0.3 / between, 6) });
  expect(inferred).toEqual({ subjects: 2, sd: expect.closeTo(2 / between, 6) });
  expect(certainty({ ...posterior, inferred: new Uint8Array(5) }, 2, 1).inferred).toEqual({ subjects: 0, sd: NaN });
});

test('the inverse of a component map returns its input', () => {
  const [d, width, members] = [3, 8, 2];
  const draw = (length: number, scale: number) =>
    Float32Array.from({ length: members * length }, () => scale * random.normal());
  const values = {
    inner: draw(width * d, 1),
    innerBias: draw(width, 1),
    outer: draw(d * width, 0.12),
    rotation: draw(d * d, 1),
    shift: draw(d, 1),
  };
  const parameters = new Map(
    Object.entries(values).map(([name, array]) => [`componentMap.${d}.${name}`, { shape: [1], values: array }]),
  );
  const shapes = ['a', 'b'].map((name) => ({ name, observation: tableObservation(5), latents: d, exogenous: 1 }));
  const inverses = componentInverses(parameters, latentLayout(shapes));
  for (let m = 0; m < members; m++) {
    const part = (name: keyof typeof values) => {
      const size = values[name].length / members;
      return values[name].subarray(m * size, (m + 1) * size);
    };
    const dot = (matrix: Float32Array, row: number, x: ArrayLike<number>) =>
      Array.from(x).reduce((sum, value, k) => sum + matrix[row * x.length + k] * value, 0);
    const h = (v: Float64Array) => {
      const curved = Array.from({ length: width }, (_, w) =>
        Math.tanh(dot(part('inner'), w, v) + part('innerBias')[w]),
      );
      const inside = Array.from(v, (value, i) => value + dot(part('outer'), i, curved));
      return Float64Array.from({ length: d }, (_, i) => dot(part('rotation'), i, inside) + part('shift')[i]);
    };
    for (let trial = 0; trial < 20; trial++) {
      const v = normals(d);
      const z = h(v);
      const guess = v.map((value) => value + 0.5 * random.normal());
      expect(inverses[m](z, guess)).toBe(true);
      h(guess).forEach((value, i) => {
        expect(value).toBeCloseTo(z[i], 4);
      });
    }
  }
});

describe('a fitted model', () => {
  const { folder } = scratch();

  test('is examined with the latents of encode; the response to a moved latent is that of its decoder', async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 900, test: 100 }), join(folder, 'data'));
    const study = await readStudy(join(folder, 'data/study.yaml'));
    const fitted = await MultimodalCausalModel.fit(study, {
      fit: 'joint',
      encoderRestarts: 1,
      epochs: 3,
      batch: 100,
      threads: 1,
      evidence: 'none',
    });
    await fitted.save(join(folder, 'run'));
    const { parameters, summary } = await readRun(join(folder, 'run'));
    const { modalities, ids } = study.dataset;
    const all = await examine(summary.model, parameters, modalities, ids.length, { threads: 1 });
    // If the second half lacks m2, the figures of m2 are those of the first half.
    const [m1, m2] = modalities;
    const observed = m2.values.map((_, at) => Number(at < 500 * 15));
    const holed = [m1, { values: m2.values.map((x, at) => x * observed[at]), observed: Uint8Array.from(observed) }];
    const firstHalf = modalities.map(({ values }) => ({ values: values.subarray(0, 500 * 15) }));
    const lacking = await examine(summary.model, parameters, holed, ids.length, { threads: 1 });
    const half = await examine(summary.model, parameters, firstHalf, 500, { threads: 1 });
    for (const f of [3, 4, 5]) {
      expect(lacking.variance[f]).toBeCloseTo(half.variance[f], 6);
      lacking.traversals[f].response.forEach((x, at) => {
        expect(x).toBeCloseTo(half.traversals[f].response[at], 5);
      });
    }
    expect(lacking.variance[0]).toBeCloseTo(all.variance[0], 6);
    const latents = await fitted.encode(study.dataset);
    const xHat = await fitted.reconstruct(study.dataset);
    await fitted.dispose();

    // Entries: z1, z2, η of m1, then of m2; 15 columns each.
    const entry = (row: number, f: number) => all.mean[row * 6 + f];
    for (const row of [0, 511, 512, 999]) {
      expect(entry(row, 1)).toBeCloseTo(latents['m1'][row * 2 + 1], 4);
      expect(entry(row, 3)).toBeCloseTo(latents['m2'][row * 2], 4);
      expect(all.reconstruction[row * 30 + 15 + 4]).toBeCloseTo(xHat['m2'][row * 15 + 4], 4);
    }
    for (const variance of all.variance) expect(variance).toBeGreaterThan(0);

    // For 256 subjects, z2 of m2 is set to +2 sd. The other entries of m2 keep their values. The decoder has three
    // layers.
    const column = Float64Array.from(ids, (_, row) => entry(row, 4));
    const centre = column.reduce((sum, value) => sum + value, 0) / column.length;
    const sd = Math.sqrt(column.reduce((sum, value) => sum + (value - centre) ** 2, 0) / column.length);
    const layer = (index: number, inputs: readonly number[]) => {
      const { values: weights } = parameters.get(`decoder.${index}.weight`)!;
      const { values: biases } = parameters.get(`decoder.${index}.bias`)!;
      const outputs = biases.length / 2;
      // The parameters of both modalities are batched; m2 is the second one.
      const [w, b] = [weights.subarray(weights.length / 2), biases.subarray(outputs)];
      const linear = Array.from({ length: outputs }, (_, o) =>
        inputs.reduce((sum, input, i) => sum + w[o * inputs.length + i] * input, b[o]),
      );
      return index === 2 ? linear : linear.map((value) => (value > 0 ? value : 0.2 * value));
    };
    const expected = new Float64Array(15);
    for (let i = 0; i < 256; i++) {
      const row = Math.floor((i * ids.length) / 256);
      const x = layer(2, layer(1, layer(0, [entry(row, 3), centre + 2 * sd, entry(row, 5)])));
      x.forEach((value, c) => (expected[c] += value / 256));
    }
    const { response } = all.traversals[4];
    const last = all.steps.indexOf(2);
    expected.forEach((value, c) => {
      expect(response[last * 15 + c]).toBeCloseTo(value, 4);
    });

    // Correlations are those of src/metrics; the latents are entries 0, 1, 3 and 4.
    const { columns } = correlations(study.dataset, latentsOf(all, [0, 1, 3, 4]));
    const rows = ids.length;
    const rho = spearman(
      { values: latents['m2'], rows, columns: 2 },
      { values: modalities[1].values, rows, columns: 15 },
    );
    columns.slice(15).forEach((column, c) => {
      expect(column.rho[2]).toBeCloseTo(rho.values[c], 3);
      // Latents of other modalities have no correlation here, because they were trained on the same subjects.
      expect(column.rho.slice(0, 2)).toEqual([NaN, NaN]);
    });
  });

  test('values are converted back to the units of their column', () => {
    expect(inUnits({ name: 'a', log: false, offset: 0, mean: 80, sd: 10 }, -0.5)).toBe(75);
    expect(inUnits({ name: 'a', log: true, offset: 0.5, mean: Math.log(2), sd: 1 }, 0)).toBeCloseTo(1.5, 12);
  });
});
