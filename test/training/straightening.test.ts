// The models that straighten subspaces with observed causes: curves of the columns, and linear Gaussian mechanisms.

import { describe, expect, test } from '@jest/globals';
import { Matrix, solve } from 'ml-matrix';
import { tableObservation } from '../../src/data/observation.js';
import { data } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { columnBatches, ColumnCurves, columnData, componentCount } from '../../src/networks/column-curves.js';
import { ComponentMap } from '../../src/networks/component-map.js';
import { GaussianMechanisms } from '../../src/networks/gaussian-mechanisms.js';
import { latentLayout } from '../../src/networks/layout.js';
import { LevelGaussian } from '../../src/networks/level-gaussian.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { gaussianObjectives } from '../../src/training/component-stage.js';
import { fitConfig } from '../../src/training/config.js';
import { straightened } from '../../src/training/gaussian-starts.js';
import { ranking, selectRuns } from '../../src/training/outcome.js';
import { StageRunner } from '../../src/training/stage-runner.js';
import { straighteningMaps, straighteningStage } from '../../src/training/straightening-stage.js';
import { generator, normals } from '../fixtures/numbers.js';
import { interventionalData } from '../moments/interventional-data.js';

/** Returns random values of all parameters. */
function randomValues({ all }: ParameterList, seed: number): Map<string, Float64Array> {
  const normal = normals(generator(seed));
  return new Map(
    all.map(({ name, shape }) => [name, Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => normal())]),
  );
}

describe('linear Gaussian mechanisms', () => {
  const level = (name: string, effect: 'soft' | 'shift' | 'perfect') =>
    ({ name, kind: 'categorical', effect, terms: [{ level: 'yes' }] }) as const;
  const causes = [level('s', 'soft'), level('h', 'shift'), level('p', 'perfect')];
  const list = new ParameterList(1);
  const mechanisms = new GaussianMechanisms(list, 2, causes);
  const values = randomValues(list, 3);
  const z = [0.7, -1.1];
  // The first latent causes the second one.
  const density = (gates: readonly number[], terms: readonly number[]): number => {
    const node = mechanisms.logDensity(
      data('z', [1, 2, 1]),
      data('edges', [1, 2, 2]),
      data('gates', [1, 2, 3]),
      data('terms', [1, 3, 1]),
    );
    const [[result]] = evaluate([node], {
      parameters: Object.fromEntries(values),
      data: Object.fromEntries(
        Object.entries({ z, edges: [0, 0, 1, 0], gates, terms }).map(([name, all]) => [name, Float64Array.from(all)]),
      ),
    });
    return result;
  };
  const of = (name: string): Float64Array => values.get(`gaussian.${name}`)!;
  const normal = (value: number, mean: number, logScale: number): number =>
    -0.5 * ((value - mean) / Math.exp(logScale)) ** 2 - logScale - 0.5 * Math.log(2 * Math.PI);
  const first = normal(z[0], of('mean')[0], of('logScale')[0]);
  const slope = of('weight')[2];

  test('are regressions on the parents', () => {
    const second = normal(z[1], of('mean')[1] + slope * z[0], of('logScale')[1]);
    expect(density([1, 1, 1, 1, 1, 1], [0, 0, 0])).toBeCloseTo(first + second, 10);
  });

  test('are other regressions at a soft level, if its gate is open', () => {
    const mean = of('mean')[1] + of('soft.mean')[1] + (slope + of('soft.weight')[2]) * z[0];
    const second = normal(z[1], mean, of('logScale')[1] + of('soft.logScale')[1]);
    expect(density([0, 0, 0, 1, 0, 0], [1, 0, 0])).toBeCloseTo(first + second, 10);
    expect(density([0, 0, 0, 0, 1, 1], [1, 0, 0])).toBeCloseTo(density([0, 0, 0, 0, 0, 0], [0, 0, 0]), 10);
  });

  test('are moved by a shift', () => {
    const second = normal(z[1], of('mean')[1] + of('shift.mean')[1] + slope * z[0], of('logScale')[1]);
    expect(density([0, 0, 0, 0, 1, 0], [0, 1, 0])).toBeCloseTo(first + second, 10);
  });

  test('have no parents at a perfect level', () => {
    const second = normal(z[1], of('perfect.mean')[1], of('perfect.logScale')[1]);
    expect(density([0, 0, 0, 0, 0, 1], [0, 0, 1])).toBeCloseTo(first + second, 10);
  });
});

test('the objective with linear Gaussian mechanisms is the loss at the end of their phase, prior included', () => {
  const epoch = (phase: string, loss: number) => ({
    ...{ stage: 'components', epoch: 0, phase, learningRate: 1, sparsityWeight: 0, seconds: 0, validation: {} },
    training: { likelihood: [loss - 0.25], curvature: [0.25], loss: [loss] },
  });
  const history = [epoch('mechanisms', 5), epoch('gaussian', 4), epoch('gaussian', 3), epoch('refit', 2)];
  expect(gaussianObjectives({ history })).toEqual([3]);
});

test('curves of columns have the squared error of a regression, and their mixture bends the map', () => {
  const layout = latentLayout([{ name: 'a', observation: tableObservation(6), latents: 2, exogenous: 0 }]);
  const list = new ParameterList(1);
  const curves = new ColumnCurves(list, layout, 3);
  const map = new ComponentMap(list, layout, 3, true, (group) => curves.outer(group));
  const values = randomValues(list, 4);
  const u = [0.4, -0.9];
  const columns = [0.1, 0.2, -0.3, 0.4, 0.5, -0.6];
  const [v, y] = [data('u', [1, 2, 1]), data('y', [1, componentCount(2), 1])];
  const [[error], z] = evaluate([curves.error(map, v, y), map.apply(v).z], {
    parameters: Object.fromEntries(values),
    data: { u: Float64Array.from(u), y: Float64Array.from(columns) },
  });
  const [inner, innerBias, rotation, shift] = ['inner', 'innerBias', 'rotation', 'shift'].map((name) =>
    values.get(`componentMap.2.${name}`)!,
  );
  const [linear, weight, bias, mix] = ['linear', 'weight', 'bias', 'mix'].map((name) =>
    values.get(`columns.2.${name}`)!,
  );
  const product = (matrix: Float64Array, row: number, by: readonly number[]): number =>
    by.reduce((sum, value, k) => sum + matrix[row * by.length + k] * value, 0);
  const curved = [0, 1, 2].map((unit) => Math.tanh(product(inner, unit, u) + innerBias[unit]));
  const residuals = columns.map((one, k) => product(linear, k, u) + product(weight, k, curved) + bias[k] - one);
  expect(error).toBeCloseTo(
    residuals.reduce((sum, residual) => sum + residual ** 2, 0),
    10,
  );
  const nonlinear = columns.map((_, k) => product(weight, k, curved));
  const curvedValues = u.map((value, i) => value + product(mix, i, nonlinear));
  expect([...z]).toEqual([0, 1].map((i) => expect.closeTo(product(rotation, i, curvedValues) + shift[i], 10)));
});

describe('modalities with different numbers of latents', () => {
  const latentsOf = [2, 1, 2];
  const shapes = latentsOf.map((latents, m) => ({
    name: `m${m}`,
    observation: tableObservation(6),
    latents,
    exogenous: 0,
  }));
  const width = 3;
  const causes = [
    {
      name: 'c',
      kind: 'categorical',
      effect: 'soft',
      assigned: true,
      levels: ['no', 'yes'],
      terms: [{ level: 'yes' }],
    },
  ] as const;
  const model = new LevelGaussian(latentLayout(shapes), causes, width, true, 1);
  const values = randomValues(model.parameters, 6);
  const next = normals(generator(9));
  const rows = 4;
  const tables = (sizes: readonly number[]) =>
    sizes.map((size) => Float32Array.from({ length: rows * size }, () => next()));
  const columns = tables(latentsOf.map(componentCount));
  const u = tables(latentsOf);

  /** Returns the error of some modalities, whose values and parameters are taken from those of all. */
  const errorOf = (members: readonly number[], present?: Uint8Array): number => {
    const taken = members.map((m) => shapes[m]);
    const layout = latentLayout(taken);
    const part = new LevelGaussian(layout, causes, width, true, 1);
    const parameters = part.parameters.all.map(({ name, shape }): [string, Float64Array] => {
      const all = values.get(name)!;
      const latents = Number(/\.(\d)\./.exec(name)?.[1]);
      const group = [0, 1, 2].filter((m) => latentsOf[m] === latents);
      if (members.length === 3 || group.length === 0) return [name, all];
      const size = all.length / group.length;
      const first = group.indexOf(members[0]) * size;
      return [name, all.slice(first, first + shape.reduce((a, b) => a * b))];
    });
    const [[, table]] = [
      columnData(
        layout,
        members.map((m) => columns[m]),
      ),
    ];
    const v = Float64Array.from({ length: rows * layout.latents }, (_, at) => {
      const [latent, row] = [Math.floor(at / rows), at % rows];
      const m = layout.modalityOf[latent];
      return u[members[m]][row * taken[m].latents + latent - layout.offsets[m]];
    });
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    const error = part.curves!.error(
      part.map,
      data('u', [1, layout.latents, rows]),
      columnBatches(layout, rows, data('order', [1, 1, rows], 'int32')),
      present && data('present', [1, members.length, rows]),
    );
    const feeds = { u: v, columns: Float64Array.from(table), order: Float64Array.from(order) };
    const marks = present && { present: Float64Array.from(present) };
    return evaluate([error], { parameters: Object.fromEntries(parameters), data: { ...feeds, ...marks } })[0][0];
  };

  test('have the sum of their errors', () => {
    const alone = [0, 1, 2].map((m) => errorOf([m]));
    expect(errorOf([0, 1, 2])).toBeCloseTo(alone[0] + alone[1] + alone[2], 6);
    // No subject has the second modality.
    const present = Uint8Array.from([1, 0, 1].flatMap((mark) => new Array<number>(rows).fill(mark)));
    expect(errorOf([0, 1, 2], present)).toBeCloseTo(alone[0] + alone[2], 6);
  });

  test('keep their curves in the maps that follow', () => {
    const parameters = new Map(
      model.parameters.all.map(({ name, shape }) => [name, { shape, values: Float32Array.from(values.get(name)!) }]),
    );
    const maps = straighteningMaps(parameters, latentLayout(shapes));
    for (const [latents, members] of [
      [2, [0, 2]],
      [1, [1]],
    ] as const) {
      const outer = model.curves!.outer({ latents, isFixed: false, members });
      const [expected] = evaluate([outer], { parameters: Object.fromEntries(values), data: {} });
      const { shape, values: actual } = maps.get(`componentMap.${latents}.outer`)!;
      expect(shape).toEqual([1, members.length, latents, width]);
      actual.forEach((value, at) => expect(value).toBeCloseTo(expected[at], 4));
    }
  });
});

test('columns straighten a curved subspace that few subjects do not', async () => {
  const rows = 400;
  const { z, causes } = interventionalData({
    seed: 5,
    rows,
    blocks: [2],
    parents: [[], [0]],
    targets: [[0], [1]],
    kind: 'perfect',
  });
  const of = (row: number): [number, number] => [z[row * 2], z[row * 2 + 1]];
  const u = new Float32Array(rows * 2);
  // Many columns are sums of latents and of curves.
  const columns = new Float32Array(rows * componentCount(2));
  for (let row = 0; row < rows; row++) {
    const [a, b] = of(row);
    const bends = [Math.tanh(2 * a - 1), Math.tanh(1 + a + b)];
    u.set([a, b + 0.8 * bends[0] + 0.5 * bends[1]], row * 2);
    columns.set(
      [a, b, a + bends[0], b - bends[0], bends[1], a - b].map((value) => value / 2),
      row * componentCount(2),
    );
  }
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const split = { train: all.subarray(0, 300), validation: all.subarray(300, 350), test: all.subarray(350) };
  const modalities = [{ name: 'a', observation: tableObservation(6), latents: 2, exogenous: 0 }];
  const config = fitConfig({ componentSteps: 600, batch: 128 });
  const layout = latentLayout(modalities);
  /** Returns the smaller share of the variance of a latent that linear functions of the values explain. */
  const worst = (values: Float32Array): number => {
    const inputs = new Matrix(Array.from(all, (row) => [1, ...values.subarray(row * 2, row * 2 + 2)]));
    const latents = new Matrix(Array.from(all, (row) => of(row)));
    const residuals = Matrix.sub(latents, inputs.mmul(solve(inputs, latents)));
    return (
      1 -
      Math.max(...[0, 1].map((i) => residuals.getColumnVector(i).variance() / latents.getColumnVector(i).variance()))
    );
  };
  const dataset = { ids: [], modalities: [], split, fingerprint: '', causes };
  const straight = async (known?: readonly Float32Array[]): Promise<number> => {
    await using runner = await StageRunner.open(['exploration'], dataset, config, { threads: 1 });
    const subspaces = { modalities, values: u, split, causes, columns: known };
    const outcome = await runner.run('exploration', () => straighteningStage(subspaces, config));
    const maps = straighteningMaps(outcome.parameters, layout);
    return worst(straightened(u, selectRuns(maps, ranking(outcome).slice(0, 1)), layout));
  };
  const [raw, alone, known] = [worst(u), await straight(), await straight([columns])];
  expect(known).toBeGreaterThan(0.98);
  expect(1 - known).toBeLessThan((1 - Math.max(raw, alone)) / 2);
});
