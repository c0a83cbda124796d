// Inference with a fitted model: the latents of a subject have the same bits in every batch and at every time.

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { rescale } from '../../src/data/rescale.js';
import type { Dataset } from '../../src/data/dataset.js';
import { constant } from '../../src/graph/index.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { evaluate } from '../../src/graph/reference.js';
import { seedKey, uniforms } from '../../src/random/streams.js';
import type { ParameterValues } from '../../src/inference/batch-program.js';
import { Inference } from '../../src/inference/inference.js';
import { tableObservation, valueCount } from '../../src/data/observation.js';

const ROWS = 600;

interface Case {
  readonly title: string;
  readonly hidden: number;
  readonly columns: readonly number[];
  readonly componentMap?: number;
}

const CASES: readonly Case[] = [
  { title: 'two equal modalities', hidden: 64, columns: [15, 15] },
  { title: 'modalities of different shapes, one of a single column', hidden: 64, columns: [15, 1, 4] },
  { title: 'a model of two parts', hidden: 64, columns: [15, 9], componentMap: 16 },
  { title: 'odd sizes', hidden: 33, columns: [7, 9] },
  { title: 'products that oneDNN computes', hidden: 320, columns: [140, 130] },
];

type Size = Omit<Case, 'title'>;

/**
 * Returns a model with random weights, and rows for it. The weights of a large model take seconds, so they are cached.
 */
const cache = new Map<string, ReturnType<typeof make>>();

function setUp(size: Size, runs = 1) {
  const key = JSON.stringify([size, runs]);
  const parts = cache.get(key) ?? make(size, runs);
  cache.set(key, parts);
  const { model, parameters } = parts;
  return { ...parts, inference: new Inference(model.config, runs, parameters, { threads: 1 }) };
}

function make({ hidden, columns, componentMap = 0 }: Size, runs: number) {
  const config: ModelConfig = {
    modalities: columns.map((count, i) => ({
      name: `m${i}`,
      observation: tableObservation(count),
      latents: 2,
      exogenous: 1,
    })),
    hidden,
    componentMap,
    flow: 'mixture',
    components: 3,
    flowHidden: 8,
    within: false,
    graph: 'ordered',
    gates: true,
  };
  const model = new MultimodalModel(config, runs);
  const seeds = Array.from({ length: runs }, (_, run) => run + 1);
  const parameters: ParameterValues = new Map(
    [...model.parameters.initialValues(seeds)].map(([name, values]) => [
      name,
      { shape: model.parameters.all.find((p) => p.name === name)!.shape, values },
    ]),
  );
  const values = columns.map((count, m) =>
    Float32Array.from(uniforms(seedKey(11), m, 0, ROWS * count), (u) => 4 * u - 2),
  );
  const part = (start: number, count: number) =>
    values.map((all, m) => ({ values: all.subarray(start * columns[m], (start + count) * columns[m]) }));
  return { model, parameters, part };
}

/** Returns the digest of the bytes, because a comparison of single bytes takes seconds. */
function bitsOf(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return `${values.length} values, ${createHash('sha256').update(bytes).digest('hex')}`;
}

describe.each(CASES)('$title', (size) => {
  const counts = [1, 2, 16, 17, 48, 49, 128, 129, 384, 385, 511, 512, 513];

  test.each(['encode', 'reconstruct'] as const)(
    '%s: the bits of a subject do not depend on the other subjects',
    async (output) => {
      const { inference, part } = setUp(size);
      try {
        const [all] = await inference[output](part(0, ROWS), ROWS);
        const features = all.length / ROWS;
        for (const count of counts) {
          const start = ROWS - count;
          const [some] = await inference[output](part(start, count), count);
          expect(bitsOf(some)).toEqual(bitsOf(all.subarray(start * features)));
        }
      } finally {
        await inference.dispose();
      }
    },
  );

  test('latents match the float64 reference', async () => {
    const { inference, model, parameters, part } = setUp(size);
    const rows = 3;
    try {
      const [latents] = await inference.encode(part(0, rows), rows);
      const some = part(0, rows);
      const x = model.layout.groups.map((group) => {
        const width = valueCount(group.observation);
        const shape = [1, group.members.length, width, rows];
        const transposed = group.members.flatMap((m) =>
          Array.from({ length: width * rows }, (_, i) => {
            const [column, row] = [Math.floor(i / rows), i % rows];
            return some[m].values[row * width + column];
          }),
        );
        return { values: constant(transposed, shape) };
      });
      const feeds = Object.fromEntries([...parameters].map(([name, { values }]) => [name, values]));
      const [z] = evaluate([model.latents(model.encode(x).mean)], { parameters: feeds });
      const features = z.length / rows;
      latents.forEach((value, i) => {
        expect(value).toBeCloseTo(z[(i % features) * rows + Math.floor(i / features)], 5);
      });
    } finally {
      await inference.dispose();
    }
  });
});

test('every run of a fit uses its weights', async () => {
  const both = setUp({ hidden: 16, columns: [5, 5] }, 2);
  const alone = setUp({ hidden: 16, columns: [5, 5] });
  try {
    const [first, second] = await both.inference.encode(both.part(0, 20), 20);
    expect(first).toEqual((await alone.inference.encode(alone.part(0, 20), 20))[0]);
    expect(second).not.toEqual(first);
  } finally {
    await both.inference.dispose();
    await alone.inference.dispose();
  }
});

// A few subjects of a small model are computed on the calling thread, larger batches on the thread of a program.
describe.each([
  { title: 'a small model', hidden: 64, columns: [15, 15] },
  { title: 'a large model', hidden: 320, columns: [140, 130] },
])('$title', (size) => {
  test('calls at the same time do not disturb each other', async () => {
    const { inference, part } = setUp(size);
    try {
      const calls = Array.from({ length: 40 }, (_, i) => ({ start: 3 * i, count: [1, 5, 30, 90, 200][i % 5] }));
      const alone: Float32Array[] = [];
      for (const { start, count } of calls) alone.push(...(await inference.encode(part(start, count), count)));
      const together = await Promise.all(calls.map(({ start, count }) => inference.encode(part(start, count), count)));
      expect(together.flat().map(bitsOf)).toEqual(alone.map(bitsOf));
    } finally {
      await inference.dispose();
    }
  });

  test('a dispose rejects pending calls and all later ones', async () => {
    const { inference, part } = setUp(size);
    await inference.encode(part(0, 1), 1);
    const inFlight = [ROWS, 10, ROWS].map((count) => inference.encode(part(0, count), count));
    const settled = Promise.allSettled(inFlight);
    await inference.dispose();
    await inference.dispose();
    const [large] = await settled;
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'disposed' } });
    await expect(inference.encode(part(0, 1), 1)).rejects.toMatchObject({ code: 'disposed' });
    await expect(inference.reconstruct(part(0, 1), 1)).rejects.toMatchObject({ code: 'disposed' });
  });
});

test('an empty list of subjects gives no latents', async () => {
  const { inference, part } = setUp({ hidden: 16, columns: [5, 5] });
  expect(await inference.encode(part(0, 0), 0)).toEqual([new Float32Array()]);
  await inference.dispose();
});

test('weights without a layer, or with another size of it, are refused with its name', async () => {
  const { model, parameters, part } = setUp({ hidden: 16, columns: [5, 5] });
  const name = 'encoder.1.weight';
  const lacking = new Map([...parameters].filter(([key]) => key !== name));
  const short = new Map(parameters).set(name, { shape: [1], values: new Float32Array(1) });
  for (const damaged of [lacking, short]) {
    const inference = new Inference(model.config, 1, damaged, { threads: 1 });
    await expect(inference.encode(part(0, 1), 1)).rejects.toMatchObject({
      code: 'damaged-file',
      details: { name },
    });
    await inference.dispose();
  }
});

test('a data set with too few or too many values is refused before anything runs', () => {
  const columns = ['a', 'b'].map((name) => ({ name, log: false, offset: 0, mean: 0, sd: 1 }));
  for (const values of [5, 7]) {
    const dataset: Dataset = {
      ids: ['1', '2', '3'],
      modalities: [{ name: 'm', columns, values: new Float32Array(values), latents: 1, exogenous: 1 }],
      split: { train: new Int32Array(), validation: new Int32Array(), test: new Int32Array() },
      fingerprint: '',
    };
    expect(() => rescale(dataset, [{ name: 'm', columns }])).toThrow(/3 ids × 2 columns need 6/);
  }
});
