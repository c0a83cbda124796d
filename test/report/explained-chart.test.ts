// The chart of explained variance, from the figures of run.json.

import { expect, test } from '@jest/globals';
import type { ModalityQuality } from '../../src/quality/index.js';
import { explainedChart, hasExplained } from '../../src/report/charts/explained-chart.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const linear = [{ method: 'PLS', setting: {}, train: 0.5, heldOut: 0.25 }] as const;
const modalities: readonly ModalityQuality[] = [
  {
    ...{ name: '<blood>', reconstruction: { train: 0.8, heldOut: 0.6 } },
    ...{ prediction: { train: 0.4, heldOut: 0.3, p: 0 }, linear },
  },
  {
    ...{ name: 'sleep', reconstruction: { train: 0.7, heldOut: -3 } },
    ...{ prediction: { train: null, heldOut: 0.1, p: 1 }, linear: [] },
  },
];

test.each([860, 320])('%i pixels: points are at the shares of training and held-out subjects', (width) => {
  const svg = explainedChart(modalities, width);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const root = readXml(svg);
  const [{ text }] = findAll(root, 'desc');
  expect(text).toContain('<blood>: other columns: training 40 %, held out 30 %, best linear method 25 % (PLS)');
  // A share without a value has no row.
  expect(text).not.toContain('sleep: other columns');
  const xs = (points: ReturnType<typeof findAll>, name: string) => points.map(({ attributes }) => +attributes[name]);
  const circles = findAll(root, 'circle').filter(({ attributes }) => attributes.r === '5.5');
  const lines = findAll(root, 'line');
  const zero = xs(
    lines.filter(({ attributes }) => 'stroke-dasharray' in attributes),
    'x1',
  )[0];
  const distances = xs(circles, 'cx').map((x) => x - zero);
  const perShare = distances[0] / 0.8;
  for (const [k, share] of [0.8, 0.6, 0.4, 0.3, 0.7].entries()) expect(distances[k] / perShare).toBeCloseTo(share, 2);
  // A share far below 0 is drawn at the end of the scale, and its number is in the description.
  expect(distances[5] / perShare).toBeCloseTo(-0.2, 2);
  expect(text).toContain('held out −300 %');
  const marks = lines.filter(({ attributes }) => attributes.class === 'il-line il-axis');
  expect(marks).toHaveLength(1);
  expect((xs(marks, 'x1')[0] - zero) / perShare).toBeCloseTo(0.25, 2);
  expect(Math.max(...xs(circles, 'cx'))).toBeLessThanOrEqual(width);
});

test('without known shares there is nothing to draw', () => {
  const none = { train: null, heldOut: null };
  expect(hasExplained([{ ...modalities[1], reconstruction: none }])).toBe(false);
  expect(hasExplained(modalities)).toBe(true);
});
