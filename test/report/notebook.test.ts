// Notebooks of Deno and Node show drawings, sentences and tables of the objects that a model returns.

import { afterAll, describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { tableBundle } from '../../src/report/notebook.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { scratch } from '../fixtures/scratch.js';

type Bundle = Readonly<Record<string, string>>;

/** Returns what a kernel shows of a value. */
async function shown(value: object): Promise<Bundle> {
  const display = Reflect.get(value, Symbol.for('Jupyter.display')) as () => Promise<Bundle>;
  return await display.call(value);
}

const { folder } = scratch();
const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 300, test: 100 }));
const settings = { fit: 'joint', encoderRestarts: 1, epochs: 2, batch: 64, hidden: 8, threads: 1 } as const;
const model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: 'none', seed: 1 });

afterAll(() => model.dispose());

describe('a notebook shows', () => {
  test('a graph as a drawing and as text', async () => {
    const { 'image/svg+xml': svg, 'text/plain': text } = await shown(model.graph);
    expect(svg).toMatch(/^<svg/);
    expect(text).toMatch(/^4 nodes, \d+ edges?/);
  });

  test('a model as its graph with the conclusions', async () => {
    const { 'text/html': html, 'text/plain': text } = await shown(model);
    const { sentences } = await model.conclusions();
    expect(html).toMatch(/^<figure><svg/);
    expect(text).toBe(sentences.join('\n'));
  });

  test('conclusions as sentences', async () => {
    const conclusions = await model.conclusions();
    expect((await shown(conclusions))['text/plain']).toBe(conclusions.sentences.join('\n'));
  });

  test('a report in a frame, whose page cannot reach the notebook', async () => {
    const report = await model.reportWithFigures();
    const { 'text/html': html } = await shown(report);
    expect(html).toMatch(/^<iframe srcdoc="&#60;!doctype html&#62;/i);
    expect(html).toContain('sandbox="allow-scripts"');
    expect(html.match(/[<>]/g)).toHaveLength(4);
  });

  test('a result table as a table', async () => {
    const { 'text/html': html } = await shown(await model.table('latents'));
    expect(html).toMatch(/^<table><caption>Latents<\/caption>/);
  });

  test('a table with escaped names and notes', () => {
    const { 'text/html': html, 'text/plain': text } = tableBundle({
      title: 'A < B',
      columns: [
        { name: 'latent', kind: 'text', description: '' },
        { name: 'p', kind: 'number', description: 'p < 1' },
      ],
      rows: [
        ['m.z1', 0.0123456],
        ['<b>', null],
      ],
      notes: ['A note.'],
    });
    expect(html).toContain('<caption>A &#60; B</caption>');
    expect(html).toContain('<td>&#60;b&#62;</td><td></td>');
    expect(html).toMatch(/<p>A note\.<\/p>$/);
    expect(text).toBe('A < B\nlatent\tp\nm.z1\t0.01235\n<b>\t\nA note.');
  });
});

test('copies, JSON and loaded models have no trace of it', async () => {
  expect(Object.keys({ ...model.graph })).toEqual(Object.keys(structuredClone({ ...model.graph })));
  expect(JSON.stringify(await model.conclusions())).not.toContain('Jupyter');
  await model.save(`${folder}/run`);
  await using loaded = await MultimodalCausalModel.load(`${folder}/run`);
  expect(await shown(loaded.graph)).toEqual(await shown(model.graph));
});
