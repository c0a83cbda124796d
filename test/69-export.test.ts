// Encoders for other programs: ONNX as onnxruntime runs it, and the folder as NumPy reads it, give the latents that the
// model gives, to 1e-5, of every kind of column and every network; what they cannot say is refused.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ModalityScales } from '../src/data/dataset.js';
import { writeExport } from '../src/exchange/write.js';
import { encodeNpy } from '../src/files/npy.js';
import { readNpz } from '../src/files/npz.js';
import { Inference, type ParameterValues } from '../src/inference/inference.js';
import { MultimodalModel, type ModelConfig } from '../src/models/multimodal.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import type { RunSummary } from '../src/training/run-folder.js';
import {
  CASES,
  configOf,
  random,
  ROWS,
  shapeOf,
  standardised,
  transformedModality,
  type Case,
} from './exported-models.js';
import { scratch } from './scratch.js';

const PYTHON = '/usr/bin/python3';
const hasPackage = (name: string): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0;
const { folder } = scratch();

interface Built {
  readonly expected: Float32Array;
  readonly config: ModelConfig;
  /** By modality, 1 where a subject has nothing of it. */
  readonly absent: readonly Uint8Array[];
}

const onnxFile = (name: string): string => join(folder, `${CASES.findIndex((own) => own.name === name)}.onnx`);
const pythonFolder = (name: string): string => join(folder, `python${CASES.findIndex((own) => own.name === name)}`);
const built = new Map<string, Built>();

const summaryOf = (config: ModelConfig, columns: readonly ModalityScales[]) =>
  ({ version: '0.0.0', study: 'test', fingerprint: 'f', model: config, columns }) as unknown as RunSummary;

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
    const settings = { epochs: 3, runs: 1, restarts: 2, evidence: 'none' as const, threads: 1, hidden: 16 };
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
