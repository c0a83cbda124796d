// Linear and residual subspaces of columns that are not continuous: least squares reads yes as 1 and no as 0, and
// decoders of logits, thresholds and rates are trained.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { modalityOfColumns } from '../../src/data/columns-modality.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import type { RawColumn } from '../../src/data/kinds.js';
import { encodeDataset } from '../../src/inference/inference.js';
import { mean } from '../../src/metrics/samples.js';
import { linearMethodsOf, measuredRows } from '../../src/quality/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { fitConfigFor, withoutSparsity } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';
import { linearStart } from '../../src/training/linear-start.js';
import { linearSubspaces } from '../../src/training/linear-subspaces.js';
import { withModelReader } from '../../src/training/model-reader.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { modalityShapes, modelConfig } from '../../src/training/model-config.js';
import { residualStage } from '../../src/training/residual-stage.js';
import { Trainer } from '../../src/training/trainer.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const LIGHT = { componentRestarts: 4, componentSteps: 40, encoderRestarts: 1, epochs: 20, seed: 0 };
const TRAIN = 300;
const VALIDATION = 100;

/** Returns columns of several kinds that measure a factor of both modalities. @param missing share of the cells */
function study(missing: number, size = false): Dataset {
  const random = new RandomStream(12, 0);
  const ids = Array.from({ length: TRAIN + VALIDATION }, (_, i) => `s${i}`);
  const factor = ids.map(() => random.normal());
  const rows = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);
  const split = { train: rows(0, TRAIN), validation: rows(TRAIN, VALIDATION), test: new Int32Array() };
  const modalities = ['a', 'b'].map((name): Modality => {
    const values = (of: (signal: number) => number): Float64Array =>
      Float64Array.from(factor, (z) => (random.uniform() < missing ? NaN : of(z + 0.5 * random.normal())));
    const columns: RawColumn[] = [
      { name: 'height', values: values((x) => x) },
      { name: 'weight', values: values((x) => -x) },
      { name: 'smoker', kind: 'binary', values: values((x) => Number(x > -0.8)), levels: ['no', 'yes'] },
      {
        name: 'grade',
        kind: 'ordinal',
        values: values((x) => [-0.5, 0.5].filter((t) => x > t).length),
        levels: ['0', '1', '2'],
      },
      { name: 'events', kind: 'count', values: values((x) => Math.round(Math.exp(1 + x))) },
      { name: 'dose', kind: 'robust', values: values((x) => x + (random.uniform() < 0.02 ? 20 : 0)) },
      ...(size ? [{ name: 'depth', kind: 'size' as const, values: values(() => 1 + random.uniform()) }] : []),
    ];
    return modalityOfColumns({ name, columns, latents: 1, exogenous: 1 }, ids, split.train);
  });
  const plain = { ids, modalities, split };
  return { ...plain, fingerprint: fingerprintOf(plain) };
}

describe.each([0, 0.2])('linear subspaces with a share of %d of the cells missing', (missing) => {
  const dataset = study(missing);
  const config = withoutSparsity(fitConfigFor(dataset, LIGHT));
  const model = modelConfig(modalityShapes(dataset), config);

  test('encode the numbers of reduced-rank regression, with the mean where a value is missing', async () => {
    const parameters = (await linearSubspaces(dataset, model, 0))!;
    const encoded = await encodeDataset(dataset, model, parameters, {});
    const methods = await linearMethodsOf(dataset, dataset.split.train, { names: ['reduced-rank regression'] });
    dataset.modalities.forEach(({ columns, values, observed }, m) => {
      const width = columns.length;
      const at = (row: number, c: number) => row * width + c;
      const isThere = (row: number, c: number) => observed?.[at(row, c)] !== 0;
      const means = columns.map(({ kind = 'gaussian' }, c) => {
        const known = Array.from(dataset.split.train).filter((row) => isThere(row, c));
        return kind === 'binary' || kind === 'ordinal' ? mean(known.map((row) => values[at(row, c)])) : 0;
      });
      const { weights } = methods[m][0];
      const numbers = dataset.ids.map((_, row) =>
        columns.reduce(
          (sum, _column, c) => sum + (isThere(row, c) ? values[at(row, c)] : means[c]) * weights.get(c, 0),
          0,
        ),
      );
      const train = numbers.slice(0, TRAIN);
      const centre = mean(train);
      const sd = Math.sqrt(mean(train.map((value) => (value - centre) ** 2)));
      numbers.forEach((value, row) => {
        expect(encoded[row * 2 + m]).toBeCloseTo((value - centre) / sd, 3);
      });
    });
  });
});

describe('a fit on linear subspaces of such columns', () => {
  const dataset = study(0.1);
  const settings = fitConfigFor(dataset, { ...LIGHT, epochs: 200, subspaces: 'linear' });
  let whole: FittedModel;

  beforeAll(async () => {
    whole = await fitModel(dataset, settings, { threads: 1 });
  });

  test('trains only the decoders of the subspaces', async () => {
    expect(whole.stages.map(({ name }) => name)).toEqual([
      'subspace-decoders',
      'exploration',
      'components',
      'pruning',
      'missing',
    ]);
    const [{ history, parameters }] = whole.stages;
    const errors = history.map(({ validation }) => validation['reconstruction'][0]!);
    expect(errors.at(-1)).toBeLessThan(0.8 * errors[0]);
    const linear = (await linearSubspaces(
      dataset,
      modelConfig(modalityShapes(dataset), withoutSparsity(settings)),
      0,
    ))!;
    for (const [name, { values }] of linear) {
      if (name.startsWith('encoder')) expect(parameters.get(name)!.values).toEqual(values);
    }
  });

  test('reconstructs every column of subjects on whom no decoder was trained', async () => {
    const rows = measuredRows(dataset, 'validation');
    const reading = await withModelReader(dataset, whole, {}, (read) => read(rows.heldOut));
    dataset.modalities.forEach(({ columns, values, observed }, m) => {
      columns.forEach((_, c) => {
        const known = [...rows.heldOut.entries()].filter(([, row]) => observed![row * columns.length + c] === 1);
        const actual = known.map(([, row]) => values[row * columns.length + c]);
        const rebuilt = known.map(([i]) => reading.reconstruction.values[(i * 2 + m) * columns.length + c]);
        const centre = mean(actual);
        const error = mean(actual.map((value, i) => (value - rebuilt[i]) ** 2));
        expect(error).toBeLessThan(0.75 * mean(actual.map((value) => (value - centre) ** 2)));
      });
    });
  });

  test("resumes to the same bits after it was stopped in the decoders' stage", async () => {
    const controller = new AbortController();
    const folder = file('stopped');
    const onProgress = ({ stage, epoch }: FitProgress) => {
      if (stage === 'subspace-decoders' && epoch === 4) controller.abort(new Error('enough'));
    };
    const stopped = fitModel(dataset, settings, { threads: 1, folder, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toThrow('enough');
    const resumed = await fitModel(dataset, settings, { threads: 1, folder, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
  });
});

test('the added network starts at the regression, for any order of kinds in the study', async () => {
  const mixed = study(0.1);
  const [first, second] = mixed.modalities;
  const gaussian = (modality: Modality, name: string): Modality => {
    const gaussianColumns = modality.columns.flatMap(({ kind }, c) => (kind === undefined ? [c] : []));
    const width = modality.columns.length;
    const pick = <T extends Float32Array | Uint8Array>(from: T): T =>
      from.filter((_, at) => gaussianColumns.includes(at % width)) as T;
    return {
      ...{ name, latents: 1, exogenous: 1, columns: gaussianColumns.map((c) => modality.columns[c]) },
      values: pick(modality.values),
      observed: pick(modality.observed!),
    };
  };
  const modalities = [first, gaussian(second, 'c'), { ...second, name: 'd' }];
  const dataset: Dataset = { ...mixed, modalities };
  const config = fitConfigFor(dataset, LIGHT);
  const start = (await linearStart(dataset, modelConfig(modalityShapes(dataset), withoutSparsity(config))))!;
  const trainer = await Trainer.create(residualStage(dataset, config, start), { threads: 1 });
  await trainer.start();
  const [initial] = trainer.state.bestObjective;
  await trainer.dispose();
  let expected = 0;
  modalities.forEach((modality, m) => {
    const { fillValues, toLatents, readOut } = start[m];
    const otherModalities = modalities.filter((_, i) => i !== m);
    const fills = start.flatMap((other, i) => (i === m ? [] : other.fillValues));
    const squares = Array.from(dataset.split.validation, (row) => {
      const at = ({ columns }: Modality, c: number) => row * columns.length + c;
      const isThere = (any: Modality, c: number) => any.observed![at(any, c)] === 1;
      const z = modality.columns.reduce(
        (sum, _, c) =>
          sum + (isThere(modality, c) ? modality.values[at(modality, c)] - fillValues[c] : 0) * toLatents.get(c, 0),
        0,
      );
      // A subject who lacks the modality does not predict the other modalities.
      if (!modality.columns.some((_, c) => isThere(modality, c))) return 0;
      let column = 0;
      let sum = 0;
      for (const other of otherModalities) {
        for (let c = 0; c < other.columns.length; c++, column++) {
          if (!isThere(other, c)) continue;
          sum += (other.values[at(other, c)] - fills[column] - z * readOut.get(0, column)) ** 2;
        }
      }
      return sum / column;
    });
    expected += mean(squares);
  });
  expect(initial).toBeCloseTo(expected, 4);
});

test('linear and residual subspaces compete with the network', async () => {
  const dataset = study(0.1);
  const { stages, subspaces } = await fitModel(dataset, fitConfigFor(dataset, LIGHT), { threads: 1 });
  expect(stages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['subspaces', 'residual', 'subspace-decoders']),
  );
  const { network, linear, residual } = subspaces!.compared!;
  for (const shares of [linear, residual!]) {
    shares.forEach(({ straight, reconstruction }, m) => {
      expect(straight!).toBeGreaterThan(network[m].straight! - 0.05);
      expect(reconstruction!).toBeGreaterThan(0.4);
    });
  }
});

test('counts that are relative to a size have no linear subspaces, because a line would follow the size', async () => {
  const dataset = study(0, true);
  const fit = fitModel(dataset, fitConfigFor(dataset, { ...LIGHT, subspaces: 'linear' }), { threads: 1 });
  await expect(fit).rejects.toThrow(/no column of kind size/);
});
