// resnet18: features equal to torchvision's, gradients, weights from a file in a study and in a fit, and files and
// images that must be refused.

import { readFileSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import type { Observation } from '../../src/data/observation.js';
import { encodeNpy } from '../../src/files/npy.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors, type Tensor } from '../../src/files/safetensors.js';
import { data, grad, mul, sum, type Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { observationNetwork } from '../../src/networks/observation.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { ParameterList, RATE_GROUPS } from '../../src/nn/parameters.js';
import {
  RESIDUAL_WIDTHS,
  residualConvolutions,
  residualStack,
  type FoldedConvolution,
  type Stem,
} from '../../src/nn/residual.js';
import { Program } from '../../src/runtime/program.js';
import { readStudy } from '../../src/study/study.js';
import { readResidualWeights, weightsFor } from '../../src/study/reading/residual-weights.js';
import { longTest } from '../fixtures/long.js';
import { dot, generator, relativeError, uniforms } from '../fixtures/numbers.js';
import { refusing, type Case } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

/** Read once, because a lookup for every value is slow. */
const { imul } = Math;

/** Returns pseudo-random values, the same as in golden/make_residual.py. */
function hashed(name: string, count: number, valueOf: (u: number) => number): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = imul(seed ^ byte, 0x01000193);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (i + seed) | 0;
    x = imul(x ^ (x >>> 16), 0x7feb352d);
    x = imul(x ^ (x >>> 15), 0x846ca68b);
    values[i] = valueOf(((x ^ (x >>> 16)) >>> 0) / 2 ** 32);
  }
  return values;
}

/** Returns all tensors of a network, including batch norms, as PyTorch saves them. */
function weightsOf(stem: Stem, widths: readonly number[] = RESIDUAL_WIDTHS): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const put = (name: string, shape: readonly number[], valueOf: (u: number) => number): void => {
    const count = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, data: hashed(name, count, valueOf) });
  };
  for (const { name, norm, shape } of residualConvolutions({ channels: 3, widths, stem })) {
    const bound = Math.sqrt(6 / (shape[1] * shape[2] * shape[3]));
    put(`${name}.weight`, shape, (u) => (2 * u - 1) * bound);
    for (const part of ['weight', 'running_var']) put(`${norm}.${part}`, [shape[0]], (u) => 0.5 + u);
    for (const part of ['bias', 'running_mean']) put(`${norm}.${part}`, [shape[0]], (u) => (2 * u - 1) * 0.2);
    tensors.set(`${norm}.num_batches_tracked`, { shape: [], data: BigInt64Array.of(7n) });
  }
  put('fc.weight', [5, widths[3]], (u) => u);
  return tensors;
}

const random = generator(14);
const numbers = (count: number) => uniforms(count, random, [-1, 1]);

describe('features equal those of torchvision', () => {
  const { file } = scratch();
  const golden = JSON.parse(readFileSync(new URL('../golden/residual.json', import.meta.url), 'utf8')) as {
    stem: Stem;
    size: number;
    features: number[];
  }[];

  const small = golden.filter(({ size }) => size < 32);
  test.each(small)('with the $stem stem, of $size pixels', featuresAreTheirs);
  longTest.each(golden)('with each stem: $stem, of $size pixels', featuresAreTheirs);

  async function featuresAreTheirs({ stem, size, features }: (typeof golden)[number]): Promise<void> {
    const weights = await readResidualWeights(file(`${stem}.safetensors`, encodeSafetensors(weightsOf(stem))));
    expect(weights.stem).toBe(stem);
    const columns = [0.5, 0.4, 0.6].map((mean, c) => ({ name: `c${c}`, log: false, offset: 0, mean, sd: 0.2 + mean }));
    const positions = size * size;
    const values = hashed(`picture.${stem}`, 3 * positions, (u) => u).map((intensity, at) => {
      const { mean, sd } = columns[Math.floor(at / positions)];
      return (intensity - mean) / sd;
    });
    const observation: Observation = {
      kind: 'image',
      shape: [3, size, size],
      parts: [{ likelihood: 'gaussian', from: 0, to: 3 * positions, positions }],
      masked: false,
      network: { kind: 'resnet18', stem, dense: 512, weights: weightsFor(weights, columns, 1) },
    };
    const parameters = new ParameterList(1);
    const encode = observationNetwork(observation).encoder(parameters, 'e', { members: 1, hidden: 8, outputs: 512 });
    const seen = encode({ values: data('x', [1, 1, 3 * positions, 1]) });
    const compiled = compile({ runs: 1, rates: RATE_GROUPS, entries: { evaluate: { outputs: { seen } } } });
    const program = Program.load(compiled, { threads: 1 });
    // The features are means of non-negative values, so identity layers leave them unchanged.
    const identity = Float32Array.from({ length: 512 * 512 }, (_, at) => Number(at % 513 === 0));
    const layers = { 'e.0.weight': identity, 'e.1.weight': identity };
    for (const [name, tensor] of [...parameters.initialValues([1]), ...Object.entries(layers)]) {
      program.set('parameters', name, tensor);
    }
    program.set('data', 'x', values);
    expect(relativeError(program.runSync('evaluate').results, features)).toBeLessThan(1e-5);
    await program.dispose();
  }
});

describe('gradients', () => {
  const shape = { channels: 2, widths: [2, 3, 4, 5], stem: 'large' } as const;
  const size = 9;
  const layers = new Map(residualConvolutions(shape).map(({ name, shape: taps }) => [name, taps]));
  const weightsNamed = (name: string): FoldedConvolution => {
    const [outputs, inputs, rows, columns] = layers.get(name)!;
    return {
      weight: Float32Array.from(numbers(outputs * inputs * rows * columns)),
      bias: Float32Array.from(numbers(outputs)),
    };
  };

  test.each([
    ['of channels that are normalised in groups', {}],
    ['of pretrained weights', { pretrained: weightsNamed }],
  ])('%s are those of finite differences', (_, options) => {
    const parameters = new ParameterList(1);
    const stack = residualStack(parameters, 'n', shape, { members: 1, ...options });
    const seen = stack(data('x', [1, 1, 2, size, size, 2]));
    const direction = data('direction', seen.shape);
    const loss = sum(mul(seen, direction), [0, 1, 2, 3]);
    const inputs = { x: numbers(2 * size * size * 2), direction: numbers(10) };
    const at = Object.fromEntries(
      Array.from(parameters.initialValues([2]), ([name, values]) => [name, Float64Array.from(values)]),
    );
    const towards = Object.fromEntries(Object.entries(at).map(([name, { length }]) => [name, numbers(length)]));
    const names = parameters.all.map(({ name }) => name);
    const slopes = evaluate(
      grad(
        loss,
        parameters.all.map(({ node }): Node => node),
      ),
      { parameters: at, data: inputs },
    );
    const along = names.reduce((total, name, i) => total + dot(slopes[i], towards[name]), 0);
    const step = 1e-6;
    const [after, before] = [step, -step].map((by) => {
      const moved = names.map((name) => [name, at[name].map((value, i) => value + by * towards[name][i])] as const);
      return evaluate([loss], { parameters: Object.fromEntries(moved), data: inputs })[0][0];
    });
    expect(Math.abs(along)).toBeGreaterThan(1e-3);
    expect(along).toBeCloseTo((after - before) / (2 * step), 5);
  });
});

const { file, snapshot } = scratch();
const WIDTHS = [4, 4, 8, 8];
const SUBJECTS = 160;
const SIDE = 8;

/** Writes images whose brightness correlates with the blood table. */
function writeImages(name: string, { side = SIDE, channels = 3 } = {}): void {
  const count = SUBJECTS * side * side * channels;
  const perSubject = count / SUBJECTS;
  const intensities = Uint8Array.from({ length: count }, (_, at) => {
    const subject = Math.floor(at / perSubject);
    return 120 + 80 * Math.sin(subject) + 40 * Math.sin(at * at + subject);
  });
  file(name, encodeNpy({ shape: [SUBJECTS, side, side, channels], data: intensities }));
}

const study = (name: string, network: string, array = 'eyes.npy') =>
  file(
    `${name}.yaml`,
    `study: eyes\nid: { rows: true }\nmodalities:\n` +
      `  eye: { images: { array: ${array} }, network: ${network}, latents: 1 }\n` +
      '  blood: { table: blood.csv, latents: 1 }\n',
  );
const WEIGHTED = `{ kind: resnet18, widths: [${WIDTHS.join(', ')}], weights: net.safetensors }`;
const rewritten = (name: string, change: (tensors: Map<string, Tensor>) => void): string => {
  const tensors = weightsOf('small', WIDTHS);
  change(tensors);
  file(name, encodeSafetensors(tensors));
  return WEIGHTED.replace('net.safetensors', name);
};

beforeAll(() => {
  writeImages('eyes.npy');
  writeImages('grey.npy', { channels: 1 });
  writeImages('two.npy', { channels: 2 });
  writeImages('tiny.npy', { side: 7 });
  const floats = Float32Array.from({ length: SUBJECTS * SIDE * SIDE }, (_, at) => Math.sin(at * at));
  file('floats.npy', encodeNpy({ shape: [SUBJECTS, SIDE, SIDE], data: floats }));
  const blood = Array.from({ length: SUBJECTS }, (_, i) => `${Math.sin(i)},${Math.sin(i) + 0.3 * Math.cos(7 * i * i)}`);
  file('blood.csv', `iron,sugar\n${blood.join('\n')}\n`);
  rewritten('net.safetensors', () => undefined);
});

describe('weights of a file in a study', () => {
  test('determine the stem and the ImageNet scaling of images; a single channel is repeated', async () => {
    for (const array of ['eyes.npy', 'grey.npy']) {
      const { dataset } = await readStudy(study('read', WEIGHTED, array));
      const [{ network, columns }] = dataset.modalities;
      expect(network).toMatchObject({ kind: 'resnet18', stem: 'small', widths: WIDTHS });
      const { gain, bias } = network!.weights!;
      // A standardised value of 0 is the mean, and 1 is one standard deviation above it; intensities are 255ths.
      [0.485, 0.456, 0.406].forEach((mean, c) => {
        const sd = [0.229, 0.224, 0.225][c];
        const column = columns[columns.length === 1 ? 0 : c];
        expect(bias[c]).toBeCloseTo((column.mean / 255 - mean) / sd, 10);
        expect(gain[c] + bias[c]).toBeCloseTo(((column.mean + column.sd) / 255 - mean) / sd, 10);
      });
    }
  });

  test('are part of the fingerprint of a data set, for any path of their file', async () => {
    const fingerprint = async (name: string) => {
      const network = WEIGHTED.replace('net.safetensors', name);
      return (await readStudy(study('fingerprint', network))).dataset.fingerprint;
    };
    file('copy.safetensors', readFileSync(file('net.safetensors')));
    rewritten('other.safetensors', (tensors) => (tensors.get('bn1.bias')!.data[0] = 0.5));
    const first = await fingerprint('net.safetensors');
    expect(await fingerprint('copy.safetensors')).toBe(first);
    expect(await fingerprint('other.safetensors')).not.toBe(first);
  });

  test.each(['frozen', 'tuned'])('are %s in a fit, whose folder no longer needs their file', async (train) => {
    rewritten('gone.safetensors', () => undefined);
    const path = study(
      train,
      WEIGHTED.replace('net.safetensors', 'gone.safetensors').replace(' }', `, train: ${train} }`),
    );
    const read = await readStudy(path);
    const settings = {
      epochs: 2,
      componentRestarts: 2,
      componentSteps: 20,
      decoderEpochs: 1,
      encoderRestarts: 2,
      seed: 1,
    };
    const model = await MultimodalCausalModel.fit(read, { ...settings, threads: 1, evidence: 'none' });
    const folder = file(`run-${train}`);
    await model.save(folder);
    const before = await model.encode(read.dataset);
    await model.dispose();
    const { tensors } = decodeSafetensors(readFileSync(file('gone.safetensors')), 'gone');
    const { convolutions } = await readResidualWeights(file('gone.safetensors'), { widths: WIDTHS });
    const saved = await readSafetensors(`${folder}/model.safetensors`);
    for (const encoder of ['latentEncoder.g0', 'encoder.g0']) {
      const weight = saved.tensors.get(`${encoder}.map.layer2.0.downsample.0.weight`)!;
      const convolution = convolutions.get('layer2.0.downsample.0')!;
      expect(weight.shape.slice(2)).toEqual(tensors.get('layer2.0.downsample.0.weight')!.shape);
      if (train === 'frozen') expect(weight.data).toEqual(convolution.weight);
      else expect(relativeError(weight.data as Float32Array, convolution.weight)).toBeGreaterThan(1e-4);
    }
    rmSync(file('gone.safetensors'));
    const loaded = await MultimodalCausalModel.load(folder);
    const again = await readStudy(path, { scales: loaded.columnScales });
    expect(await loaded.encode(again.dataset)).toEqual(before);
    await loaded.dispose();
  });

  test('are optional: without them, channels are normalised in groups, and a fit works', async () => {
    const read = await readStudy(study('drawn', `{ kind: resnet18, widths: [${WIDTHS.join(', ')}] }`));
    const settings = {
      epochs: 2,
      componentRestarts: 2,
      componentSteps: 20,
      decoderEpochs: 1,
      encoderRestarts: 1,
      seed: 1,
    };
    const model = await MultimodalCausalModel.fit(read, { ...settings, threads: 1, evidence: 'none' });
    const { eye } = await model.encode(read.dataset);
    expect(eye.every(Number.isFinite) && new Set(eye).size > SUBJECTS / 2).toBe(true);
    await model.dispose();
  });
});

describe('refused', () => {
  const refused = refusing(snapshot);
  const net = (name: string, bytes?: Uint8Array) => {
    if (bytes) file(name, bytes);
    return WEIGHTED.replace('net.safetensors', name);
  };
  const bytes = encodeSafetensors(weightsOf('small', WIDTHS));
  const half = Buffer.from(encodeSafetensors([['conv1.weight', { shape: [1], data: Float32Array.of(1) }]]));
  half.write('F16', half.indexOf('F32'));
  const cases: readonly (readonly [name: string, code: string, says: RegExp, network: string, array?: string])[] = [
    ['a file that is not there', 'missing-file', /no such file: .*nowhere/, net('nowhere.safetensors')],
    [
      'a file of something else',
      'damaged-file',
      /header claims/,
      net('text.safetensors', Buffer.from('not weights at all')),
    ],
    ['a file cut short', 'damaged-file', /ends at \d+, the data has/, net('cut.safetensors', bytes.subarray(0, -64))],
    ['half precision', 'unsupported-type', /'conv1.weight' has type F16/, net('half.safetensors', half)],
    [
      'a tensor that is not there',
      'missing-tensor',
      /'layer3.1.bn2.running_var'/,
      rewritten('lacks.safetensors', (all) => all.delete('layer3.1.bn2.running_var')),
    ],
    [
      'a tensor of another shape',
      'wrong-shape',
      /'layer2.0.conv1.weight' has shape \[4, 4, 1, 9\], expected is \[4, 4, 3, 3\]/,
      rewritten('shape.safetensors', (all) =>
        all.set('layer2.0.conv1.weight', { ...all.get('layer2.0.conv1.weight')!, shape: [4, 4, 1, 9] }),
      ),
    ],
    [
      'whole numbers',
      'unsupported-type',
      /'bn1.bias' has whole numbers/,
      rewritten('whole.safetensors', (all) => all.set('bn1.bias', { shape: [4], data: new Int32Array(4) })),
    ],
    [
      'NaN',
      'not-finite',
      /'bn1.bias' has NaN/,
      rewritten('nan.safetensors', (all) => (all.get('bn1.bias')!.data[2] = NaN)),
    ],
    [
      'negative variances',
      'not-finite',
      /'bn1.running_var' has negative/,
      rewritten('negative.safetensors', (all) => (all.get('bn1.running_var')!.data[1] = -1)),
    ],
    [
      'another stem than the file has',
      'wrong-shape',
      /'conv1.weight' .*7, 7\]/,
      WEIGHTED.replace(' }', ', stem: large }'),
    ],
    ['widths that are not four', 'invalid-study', /2 widths; resnet18 has four/, '{ kind: resnet18, widths: [4, 8] }'],
    ['weights of another network', 'invalid-study', /keys of resnet18/, '{ kind: conv, weights: net.safetensors }'],
    ['training without weights', 'invalid-study', /names no weights/, '{ kind: resnet18, train: tuned }'],
    ['images too small', 'too-small', /at least 8 × 8 pixels, not 7 × 7/, '{ kind: resnet18 }', 'tiny.npy'],
    ['images too small for the large stem', 'too-small', /32 × 32/, '{ kind: resnet18, stem: large }'],
    ['two channels with weights of colour images', 'channel-mismatch', /1 channel or 3, not 2/, WEIGHTED, 'two.npy'],
    ['numbers that are not intensities, with weights', 'not-levels', /from 0 \(black\) to 1/, WEIGHTED, 'floats.npy'],
  ];
  refused(
    cases.map(([name, code, says, network, array]): Case => {
      const path = study(name.replaceAll(' ', '-'), network, array);
      return [name, code, says, () => readStudy(path)];
    }),
  );
  const table = file(
    'table.yaml',
    'study: t\nid: { rows: true }\nmodalities:\n  a: { table: blood.csv, latents: 1, network: { kind: resnet18 } }\n',
  );
  const series = file(
    'series.yaml',
    'study: s\nid: id\nmodalities:\n' +
      '  a: { series: { table: b.csv, channels: [hr] }, latents: 1, network: { kind: resnet18 } }\n',
  );
  refused([
    ['a table', 'unknown-key', /network/, () => readStudy(table)],
    ['series', 'invalid-study', /kind/, () => readStudy(series)],
  ]);
});
