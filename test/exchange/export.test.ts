// Exported encoders: ONNX in onnxruntime and the folder for NumPy give the latents of the model within 1e-5, for every
// kind of column and every network. Models without a translation are refused.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ModalityScales } from '../../src/data/dataset.js';
import { writeExport } from '../../src/exchange/write.js';
import { encodeNpy } from '../../src/files/npy.js';
import { readNpz } from '../../src/files/npz.js';
import { Inference, type ParameterValues } from '../../src/inference/inference.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import type { RunSummary } from '../../src/training/run-folder.js';
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
import { scratch } from '../fixtures/scratch.js';
import { describeIf, testIf } from '../fixtures/skipping.js';

const PYTHON = '/usr/bin/python3';
const hasPackage = (name: string): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0;
const { folder } = scratch();

interface Built {
  readonly expected: Float32Array;
  readonly config: ModelConfig;
  /** By modality: 1 for subjects without any value of it. */
  readonly absent: readonly Uint8Array[];
}

const onnxFile = (name: string): string => join(folder, `${CASES.findIndex((entry) => entry.name === name)}.onnx`);
const pythonFolder = (name: string): string => join(folder, `python${CASES.findIndex((entry) => entry.name === name)}`);
const built = new Map<string, Built>();

const summaryOf = (config: ModelConfig, columns: readonly ModalityScales[]) =>
  ({ version: '0.0.0', study: 'test', fingerprint: 'f', model: config, columns }) as unknown as RunSummary;

async function build(exported: Case): Promise<void> {
  const rows = exported.rows ?? ROWS;
  const values = exported.modalities.map((modality) => standardised(modality, rows));
  const config = configOf(exported, values);
  const model = new MultimodalModel(config, 1);
  const initial = model.parameters.initialValues([5]);
  // Parameters that training initialises with zeros would hide errors, so all parameters are perturbed.
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
  built.set(exported.name, { expected, config, absent });
  const run = {
    summary: summaryOf(
      config,
      exported.modalities.map(({ scales }) => scales),
    ),
    parameters,
  };
  await writeExport(onnxFile(exported.name), run, { format: 'onnx', licence: 'CC-BY-4.0' });
  await writeExport(pythonFolder(exported.name), run, { format: 'python' });
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

/** Compares the latents of every modality with those of the model. */
function expectLatents(name: string, of: (output: string) => ArrayLike<number>): void {
  const { expected, config, absent } = built.get(name)!;
  const rows = absent[0].length;
  const width = expected.length / rows;
  let first = 0;
  config.modalities.forEach(({ name: modality, latents }, m) => {
    const actual = of(`${modality}.z`);
    expect(actual.length).toBe(rows * latents);
    let maxError = 0;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < latents; i++) {
        const value = actual[row * latents + i];
        if (absent[m][row] === 1) expect(value).toBeNaN();
        else maxError = Math.max(maxError, Math.abs(value - expected[row * width + first + i]));
      }
    }
    expect(maxError).toBeLessThan(1e-5);
    first += latents;
  });
}

beforeAll(async () => {
  for (const one of CASES) await build(one);
  runOnnx(
    CASES.map(({ name, modalities, rows = ROWS }) => ({
      model: onnxFile(name),
      inputs: Object.fromEntries(
        modalities.map((modality) => [
          modality.scales.name,
          [modality.scales.regularArray ? 'float32' : 'float64', shapeOf(modality, rows), modality.raw],
        ]),
      ),
    })),
  );
}, 180_000);

test.each(CASES)('ONNX gives the latents of the model: $name', ({ name }) => {
  expectLatents(name, (output) => floats(`${onnxFile(name)}.${output}`));
});

test('a case has subjects without a whole modality', () => {
  const { absent } = built.get('missing values, subjects without a modality')!;
  expect(absent.some((marks) => marks.includes(1))).toBe(true);
});

const withOnnx = testIf(hasPackage('onnx'), 'no Python package onnx (Debian: python3-onnx)');
withOnnx("ONNX files pass onnx's checker and describe inputs, outputs and licence", () => {
  const script = `
import json, sys, onnx
for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata["license"] == "CC-BY-4.0"
    names = [m["output"] for m in json.loads(metadata["interlatent"])["modalities"]]
    assert names == [value.name for value in model.graph.output]
    assert all(value.type.tensor_type.shape.dim[0].dim_param == "subjects" for value in model.graph.input)
print("checked")`;
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', script, ...CASES.map(({ name }) => onnxFile(name))], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('checked');
});

const withNumpy = describeIf(hasPackage('numpy'), 'no Python package numpy (Debian: python3-numpy)');
withNumpy('the folder for NumPy', () => {
  test.each(CASES)('gives the latents of the model: $name', async ({ name, modalities, rows = ROWS }) => {
    const target = join(folder, 'latents.npz');
    const inputs = modalities.map((modality) => {
      const file = join(pythonFolder(name), `${modality.scales.name}.npy`);
      writeFileSync(file, encodeNpy({ shape: shapeOf(modality, rows), data: modality.raw }));
      return `${modality.scales.name}=${file}`;
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
    const settings = {
      epochs: 3,
      encoderRestarts: 1,
      componentRestarts: 2,
      evidence: 'none' as const,
      threads: 1,
      hidden: 16,
    };
    model = await MultimodalCausalModel.fit(dataset, settings);
  });

  test('has the same latents in onnxruntime, for any number of subjects', async () => {
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
        const actual = floats(`${path}.${name}.z`);
        expect(actual.length).toBe((z.length / dataset.ids.length) * rows);
        actual.forEach((value, i) => expect(Math.abs(value - z[i])).toBeLessThan(1e-5));
      }
    }
  });

  test('is not exported over a RUN folder or after it was disposed', async () => {
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

test('a transform without an ONNX operator is refused, and nothing is written', async () => {
  const modality = transformedModality('a', { kind: 'rank' });
  const config = configOf({ name: '', modalities: [modality] }, [{ values: new Float32Array(4) }]);
  const path = join(folder, 'refused.onnx');
  const run = { summary: summaryOf(config, [modality.scales]), parameters: new Map() };
  await expect(writeExport(path, run, { format: 'onnx' })).rejects.toMatchObject({
    code: 'cannot-export',
    message: expect.stringContaining('arcsinh'),
  });
  expect(existsSync(path)).toBe(false);
});
