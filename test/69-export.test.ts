// Encoders for other programs: ONNX as onnxruntime runs it, and the folder as NumPy reads it, give the latents that the
// model gives, to 1e-5, of every kind of column and every network; what they cannot say is refused.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { columnValues } from '../src/data/column-values.js';
import type { ColumnScale, ModalityScales } from '../src/data/dataset.js';
import { valuesPerSubject } from '../src/data/grid.js';
import type { NetworkConfig } from '../src/data/network.js';
import { observationOf } from '../src/data/observation.js';
import { encodeColumns } from '../src/data/standardise.js';
import { columnsRead } from '../src/data/transform.js';
import { writeExport } from '../src/exchange/write.js';
import { encodeNpy } from '../src/files/npy.js';
import { readNpz } from '../src/files/npz.js';
import { Inference, type ParameterValues } from '../src/inference/inference.js';
import { MultimodalModel, type ModelConfig } from '../src/models/multimodal.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { RandomStream } from '../src/random/random-stream.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import type { RunSummary } from '../src/training/run-folder.js';
import { scratch } from './scratch.js';

const PYTHON = '/usr/bin/python3';
const hasPackage = (name: string): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0;
const { folder } = scratch();
const ROWS = 300;

/** A modality and raw values of its subjects, NaN where one is missing. */
interface Given {
  readonly scales: ModalityScales;
  readonly latents: number;
  readonly network?: NetworkConfig;
  readonly shiftInvariant?: number;
  /** Rows × columns of the input: read columns, then covariate terms; of grids all values. */
  readonly raw: Float64Array;
  readonly covariates?: readonly Float64Array[];
}

interface Case {
  readonly name: string;
  readonly modalities: readonly Given[];
  readonly config?: Partial<ModelConfig>;
  readonly rows?: number;
}

const random = new RandomStream(11, 1);
const plain = (name: string, mean = 0, sd = 1, more: Partial<ColumnScale> = {}): ColumnScale => ({
  name,
  log: false,
  offset: 0,
  mean,
  sd,
  ...more,
});

function table(rows: number, columns: readonly ((row: number) => number)[]): Float64Array {
  return Float64Array.from({ length: rows * columns.length }, (_, i) =>
    columns[i % columns.length](Math.floor(i / columns.length)),
  );
}

const around = (mean: number, sd: number) => () => mean + sd * random.normal();
const counted = (mean: number) => () => Math.floor(mean * Math.exp(random.normal()));
const level = (levels: number) => (row: number) => (row * 7 + Math.floor(row / 3)) % levels;
/** Missing in every so-manyth row. */
const sparse = (every: number, value: (row: number) => number) => (row: number) =>
  row % every === 0 ? NaN : value(row);

function plainModality(name: string, columns: number, latents: number, every = Infinity): Given {
  const scales = Array.from({ length: columns }, (_, c) => plain(`c${c}`, 10 * c - 4, 1 + c));
  const raw = table(
    ROWS,
    scales.map(({ mean, sd }, c) => sparse(every + c, around(mean, sd))),
  );
  return { scales: { name, columns: scales }, latents, raw };
}

function transformedModality(
  name: string,
  transform: ModalityScales['transform'],
  kinds: Partial<ColumnScale> = {},
): Given {
  const columns = Array.from({ length: 4 }, (_, c) => plain(`c${c}`, 0.2, 2, kinds));
  return {
    scales: { name, columns, transform },
    latents: 2,
    raw: table(
      ROWS,
      columns.map(() => counted(40)),
    ),
  };
}

function series(name: string, network: NetworkConfig, more: Partial<Given> = {}): Given {
  const columns = [plain('flow', 3, 2), plain('pulse', 60, 12)];
  const grid = { kind: 'series', steps: 21, seconds: 1 } as const;
  const raw = table(60 * 21 * 2, [around(20, 30)]);
  return { scales: { name, columns, grid }, latents: 3, network, raw, ...more };
}

function picture(name: string, network: NetworkConfig, more: Partial<Given> = {}): Given {
  const columns = ['red', 'green', 'blue'].map((channel) => plain(channel, 110, 50));
  const grid = { kind: 'image', height: 18, width: 20 } as const;
  return {
    scales: { name, columns, grid },
    latents: 3,
    network,
    raw: table(20 * 18 * 20 * 3, [around(110, 50)]),
    ...more,
  };
}

const covariate = table(ROWS, [around(50, 10)]);
const sex = table(ROWS, [level(2)]);

const CASES: readonly Case[] = [
  {
    name: 'tables, two of one shape',
    modalities: [plainModality('body', 5, 2), plainModality('sleep', 3, 1), plainModality('blood', 5, 2)],
  },
  {
    name: 'component maps',
    modalities: [plainModality('a', 4, 3), plainModality('b', 6, 3)],
    config: { componentMap: 5 },
  },
  {
    name: 'shared latents',
    modalities: [plainModality('a', 4, 3), plainModality('b', 6, 2)],
    config: { componentMap: 4, shared: { latents: 1, modalities: [0, 1] } },
  },
  {
    name: 'missing values, and subjects without a modality',
    modalities: [plainModality('a', 4, 2, 5), plainModality('b', 4, 2), plainModality('c', 3, 2, 7)],
    config: { filling: 2 },
  },
  {
    name: 'logarithms, limits, years near 2005',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [
            plain('year', 2005, 1.4),
            plain('dose', 1, 0.8, { log: true, offset: 0.5 }),
            plain('held', 0, 1, { limits: { lower: -1, upper: 0.5 } }),
          ],
        },
        latents: 2,
        raw: table(ROWS, [around(2005, 1.4), counted(3), around(0, 1)]),
      },
    ],
  },
  {
    name: 'covariates',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [plain('x', 1, 2, { slopes: [0.5, -1] }), plain('y', 3, 2, { slopes: [2, 0.25] })],
          covariates: [
            { column: 'age', mean: 50, sd: 10 },
            { column: 'sex', level: 'f', mean: 0.5, sd: 0.5 },
          ],
        },
        latents: 1,
        covariates: [covariate, sex],
        raw: table(ROWS, [around(1, 2), around(3, 2), (row) => covariate[row], (row) => sex[row]]),
      },
    ],
  },
  {
    name: 'transforms',
    modalities: [
      transformedModality('a', { kind: 'log1p' }),
      transformedModality('b', { kind: 'arcsinh', cofactor: 5 }),
      transformedModality('c', { kind: 'cpm', over: ['c0', 'c1', 'c2', 'c3', 'c4'], meanTotal: 200 }),
      transformedModality('d', { kind: 'clr', over: ['c0', 'c1', 'c2', 'c3'], zero: 0.5 }),
    ].map((own) =>
      own.scales.name === 'c'
        ? {
            ...own,
            raw: table(
              ROWS,
              Array.from({ length: 5 }, () => counted(40)),
            ),
          }
        : own,
    ),
  },
  {
    name: 'counts with their total, levels',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [
            plain('reads', 2, 1, { kind: 'count', log: true, offset: 1 }),
            plain('hits', 1, 1, { kind: 'count', log: true, offset: 1 }),
            plain('size=total', 0.3, 1, { kind: 'size', log: true, total: true }),
          ],
        },
        latents: 2,
        raw: table(ROWS, [sparse(9, counted(6)), sparse(6, counted(2))]),
      },
      {
        scales: {
          name: 'b',
          columns: [
            plain('smoker', 0, 1, { kind: 'binary' }),
            ...[0, 1, 2].map((k) => plain(`site=${k}`, 0, 1, { kind: 'categorical', of: 'site', level: k })),
            ...[1, 2, 3].map((k) => plain(`pain>=${k}`, 0, 1, { kind: 'ordinal', of: 'pain', level: k })),
            plain('age', 50, 10),
          ],
          levels: { smoker: ['no', 'yes'], site: ['a', 'b', 'c'], pain: ['0', '1', '2', '3'] },
        },
        latents: 2,
        raw: table(ROWS, [level(2), sparse(4, level(3)), sparse(5, level(4)), around(50, 10)]),
      },
    ],
    config: { filling: 1 },
  },
  {
    name: 'series: conv1d, lstm, gru',
    rows: 60,
    modalities: [
      series('conv', { kind: 'conv1d' }, { raw: table(60 * 42, [sparse(31, around(20, 30))]) }),
      series('lstm', { kind: 'lstm', widths: [5, 4] }),
      series('twin', { kind: 'lstm', widths: [5, 4] }),
      series('gru', { kind: 'gru', widths: [6] }),
    ],
  },
  {
    name: 'pictures: conv with latents that no shift changes, resnet18',
    rows: 20,
    modalities: [
      picture('conv', { kind: 'conv' }, { shiftInvariant: 1 }),
      picture('residual', { kind: 'resnet18', widths: [4, 6, 8, 8], stem: 'large' }),
      picture('small', { kind: 'resnet18', widths: [4, 4, 4, 4], stem: 'small' }),
    ],
    config: { latentEncoders: true, componentMap: 3 },
  },
];

/** Standardised as a study's reader does it. */
function standardised({ scales, raw, covariates = [] }: Given, rows: number) {
  const ids = Array.from({ length: rows }, (_, row) => `s${row}`);
  if (scales.grid) {
    const width = valuesPerSubject(scales);
    const channel = (at: number) => scales.columns[Math.floor((at % width) / (width / scales.columns.length))];
    const observed = Uint8Array.from(raw, (value) => Number(!Number.isNaN(value)));
    const values = Float32Array.from(raw, (value, at) =>
      Number.isNaN(value) ? 0 : (value - channel(at).mean) / channel(at).sd,
    );
    return { values, ...(observed.includes(0) && { observed }) };
  }
  const names = columnsRead(scales);
  const width = raw.length / rows;
  const column = (name: string): Float64Array =>
    Float64Array.from(ids, (_, row) => raw[row * width + names.indexOf(name)]);
  const values = columnValues(scales, { modality: scales.name, ids, names, column });
  const terms = (scales.covariates ?? []).map(({ mean, sd }, t) => covariates[t].map((value) => (value - mean) / sd));
  return encodeColumns(values, scales, ids, terms);
}

interface Built {
  readonly expected: Float32Array;
  readonly config: ModelConfig;
  /** By modality, 1 where a subject has nothing of it. */
  readonly absent: readonly Uint8Array[];
}

const onnxFile = (name: string): string => join(folder, `${CASES.findIndex((own) => own.name === name)}.onnx`);
const pythonFolder = (name: string): string => join(folder, `python${CASES.findIndex((own) => own.name === name)}`);
const built = new Map<string, Built>();

function shapeOf({ scales: { grid, columns }, raw }: Given, rows: number): number[] {
  if (!grid) return [rows, raw.length / rows];
  return [rows, columns.length, ...(grid.kind === 'image' ? [grid.height, grid.width] : [grid.steps])];
}

const summaryOf = (config: ModelConfig, columns: readonly ModalityScales[]) =>
  ({ version: '0.0.0', study: 'test', fingerprint: 'f', model: config, columns }) as unknown as RunSummary;

function configOf({ modalities, config = {} }: Case, values: readonly ReturnType<typeof standardised>[]): ModelConfig {
  return {
    ...{ hidden: 7, componentMap: 0, flow: 'affine', components: 2, flowHidden: 4, within: false, graph: 'ordered' },
    gates: true,
    modalities: modalities.map(({ scales, latents, network, shiftInvariant }, m) => ({
      name: scales.name,
      observation: observationOf({ ...scales, ...values[m], network, shiftInvariant }),
      latents,
      exogenous: 1,
    })),
    ...config,
  };
}

async function build(own: Case): Promise<void> {
  const rows = own.rows ?? ROWS;
  const values = own.modalities.map((given) => standardised(given, rows));
  const config = configOf(own, values);
  const model = new MultimodalModel(config, 1);
  const initial = model.parameters.initialValues([5]);
  // Zeros where training starts would hide what they are of.
  const parameters: ParameterValues = new Map(
    model.parameters.all.map(({ name, shape }) => {
      const drawn = initial.get(name)!.map((value) => value + 0.1 * random.normal());
      return [name, { shape, values: drawn }];
    }),
  );
  const inference = new Inference(config, 1, parameters, { threads: 1 });
  const [expected] = await inference.encode(values, rows);
  await inference.dispose();
  const absent = values.map(({ observed }) => {
    const width = (observed?.length ?? 0) / rows;
    return Uint8Array.from({ length: rows }, (_, row) =>
      Number(observed !== undefined && !observed.subarray(row * width, (row + 1) * width).includes(1)),
    );
  });
  built.set(own.name, { expected, config, absent });
  const run = {
    summary: summaryOf(
      config,
      own.modalities.map(({ scales }) => scales),
    ),
    parameters,
  };
  await writeExport(onnxFile(own.name), run, { format: 'onnx', licence: 'CC-BY-4.0' });
  await writeExport(pythonFolder(own.name), run, { format: 'python' });
}

function runOnnx(cases: readonly { model: string; inputs: Record<string, [string, number[], Float64Array]> }[]): void {
  const lines = cases.map(({ model, inputs }) => {
    const entries = Object.entries(inputs).map(([name, [type, shape, values]]) => {
      const file = `${model}.${name}.input`;
      const typed = type === 'float64' ? values : Float32Array.from(values);
      writeFileSync(file, new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength));
      return [name, { type, shape, file }] as const;
    });
    return JSON.stringify({ model, inputs: Object.fromEntries(entries) });
  });
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'run-onnx.mjs')], {
    input: lines.join('\n'),
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const floats = (file: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(file)).buffer);

/** Latents of every modality beside the model's. */
function expectLatents(name: string, of: (output: string) => ArrayLike<number>): void {
  const { expected, config, absent } = built.get(name)!;
  const rows = absent[0].length;
  const width = expected.length / rows;
  let first = 0;
  config.modalities.forEach(({ name: modality, latents }, m) => {
    const found = of(`${modality}.z`);
    expect(found.length).toBe(rows * latents);
    let farthest = 0;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < latents; i++) {
        const value = found[row * latents + i];
        if (absent[m][row] === 1) expect(value).toBeNaN();
        else farthest = Math.max(farthest, Math.abs(value - expected[row * width + first + i]));
      }
    }
    expect(farthest).toBeLessThan(1e-5);
    first += latents;
  });
}

beforeAll(async () => {
  for (const own of CASES) await build(own);
  runOnnx(
    CASES.map(({ name, modalities, rows = ROWS }) => ({
      model: onnxFile(name),
      inputs: Object.fromEntries(
        modalities.map((given) => [
          given.scales.name,
          [given.scales.grid ? 'float32' : 'float64', shapeOf(given, rows), given.raw],
        ]),
      ),
    })),
  );
}, 180_000);

test.each(CASES)('ONNX, $name: the latents of the model', ({ name }) => {
  expectLatents(name, (output) => floats(`${onnxFile(name)}.${output}`));
});

test('the cases lack whole modalities, and single values', () => {
  const { absent } = built.get('missing values, and subjects without a modality')!;
  expect(absent.some((own) => own.includes(1))).toBe(true);
});

const withOnnx = hasPackage('onnx') ? test : test.skip;
withOnnx("ONNX files pass onnx's own checker and say what goes in, what comes out, and under which licence", () => {
  const script = `
import json, sys, onnx
for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said["license"] == "CC-BY-4.0"
    names = [m["output"] for m in json.loads(said["interlatent"])["modalities"]]
    assert names == [value.name for value in model.graph.output]
    assert all(value.type.tensor_type.shape.dim[0].dim_param == "subjects" for value in model.graph.input)
print("checked")`;
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', script, ...CASES.map(({ name }) => onnxFile(name))], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('checked');
});

const withNumpy = hasPackage('numpy') ? describe : describe.skip;
withNumpy('the folder for NumPy', () => {
  test.each(CASES)('$name: the latents of the model', async ({ name, modalities, rows = ROWS }) => {
    const target = join(folder, 'latents.npz');
    const inputs = modalities.map((given) => {
      const file = join(pythonFolder(name), `${given.scales.name}.npy`);
      writeFileSync(file, encodeNpy({ shape: shapeOf(given, rows), data: given.raw }));
      return `${given.scales.name}=${file}`;
    });
    const { status, stderr } = spawnSync(PYTHON, [join(pythonFolder(name), 'encode.py'), target, ...inputs], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const arrays = await readNpz(target);
    expectLatents(name, (output) => arrays.get(output)!.data as Float32Array);
  });
});

describe('a fitted model', () => {
  let model: MultimodalCausalModel;
  const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 1000, test: 100 }));
  beforeAll(async () => {
    const settings = { epochs: 3, runs: 1, restarts: 2, evidence: false, threads: 1, hidden: 16 };
    model = await MultimodalCausalModel.fit(dataset, settings);
  });

  test('has its own latents in onnxruntime, for any number of subjects', async () => {
    const path = join(folder, 'fitted.onnx');
    await model.export(path, { format: 'onnx' });
    const latents = await model.encode(dataset);
    for (const rows of [dataset.ids.length, 1]) {
      const inputs = dataset.modalities.map(({ name, columns, values }) => {
        const raw = Float64Array.from(values.subarray(0, rows * columns.length), (value, i) => {
          const { mean, sd } = columns[i % columns.length];
          return value * sd + mean;
        });
        return [name, ['float64', [rows, columns.length], raw]] as [string, [string, number[], Float64Array]];
      });
      runOnnx([{ model: path, inputs: Object.fromEntries(inputs) }]);
      for (const [name, z] of Object.entries(latents)) {
        const found = floats(`${path}.${name}.z`);
        expect(found.length).toBe((z.length / dataset.ids.length) * rows);
        found.forEach((value, i) => expect(Math.abs(value - z[i])).toBeLessThan(1e-5));
      }
    }
  });

  test('is not written over a RUN folder, nor after it was disposed', async () => {
    const run = join(folder, 'run');
    await model.save(run);
    const before = readFileSync(join(run, 'model.safetensors'));
    await expect(model.export(run, { format: 'python' })).rejects.toMatchObject({ code: 'folder-exists' });
    expect(readFileSync(join(run, 'model.safetensors')).equals(before)).toBe(true);
    await expect(model.export(join(folder, 'no', 'x.onnx'), { format: 'onnx' })).rejects.toMatchObject({
      code: 'unwritable',
    });
    await model.dispose();
    await expect(model.export(run, { format: 'onnx' })).rejects.toMatchObject({ code: 'disposed' });
  });
});

test('a transform that ONNX has no operator for is refused, and nothing is written', async () => {
  const given = transformedModality('a', { kind: 'rank' });
  const config = configOf({ name: '', modalities: [given] }, [{ values: new Float32Array(4) }]);
  const path = join(folder, 'refused.onnx');
  const run = { summary: summaryOf(config, [given.scales]), parameters: new Map() };
  await expect(writeExport(path, run, { format: 'onnx' })).rejects.toMatchObject({
    code: 'cannot-export',
    message: expect.stringContaining('arcsinh'),
  });
  expect(existsSync(path)).toBe(false);
});
