// The heat map of explained variance and the charts of loadings: their figures, their places, and what blocks show.

import { describe, expect, test } from '@jest/globals';
import type { ExplainedVariance } from '../../src/interpretation/variance.js';
import { forestChart } from '../../src/report/charts/forest-chart.js';
import { heatMapChart } from '../../src/report/charts/heat-map-chart.js';
import { loadingsForest, loadingsText, varianceMap } from '../../src/report/facts/interpretation.js';
import { unitOf } from '../fixtures/linear-decoder.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const at = (estimate: number) => ({ estimate, lower: estimate - 0.1, upper: estimate + 0.1 });
const unknown = { estimate: NaN, lower: NaN, upper: NaN };
const unit = unitOf(0);
const block = unitOf(1, 2);
const variance: readonly ExplainedVariance[] = [
  { unit, from: 'm', to: 'm', r2: at(0.4), unique: at(0.3), subjects: 50, columns: 4 },
  { unit: block, from: 'm', to: 'm', r2: at(0.2), unique: at(0.2), subjects: 50, columns: 4 },
  { unit: undefined, from: 'm', to: 'm', r2: at(0.55), subjects: 50, columns: 4 },
  { unit, from: 'm', to: '<n>', r2: at(0.1), unique: at(0.1), subjects: 90, columns: 4 },
  { unit: block, from: 'm', to: '<n>', r2: unknown, subjects: 90, columns: 4 },
  { unit: undefined, from: 'm', to: '<n>', r2: at(-0.01), subjects: 90, columns: 4 },
];

describe.each([860, 320])('%i pixels', (width) => {
  test('a heat map has a row for each latent or block, and darker cells for larger shares', () => {
    const figures = varianceMap(variance, ['m', '<n>']);
    expect(figures.rows.map(({ name, isTotal }) => [name, isTotal])).toEqual([
      ['m.z1', false],
      ['m.z2|z3', false],
      ['m: all', true],
    ]);
    const svg = heatMapChart(figures, width);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const root = readXml(svg);
    const [{ text }] = findAll(root, 'desc');
    expect(text).toContain('m.z1: m 40 % (30 % to 50 %), <n> 10 % (0 % to 20 %)');
    expect(text).toContain('m.z2|z3: m 20 % (10 % to 30 %), <n> unknown');
    const squares = findAll(root, 'rect').filter(({ children }) => children.length > 0);
    const shade = squares.map(({ attributes }) => Number(attributes['fill-opacity']));
    expect(shade).toHaveLength(6);
    // Rows are m.z1, the block, and all latents; each has the columns of m and of <n>.
    expect(shade[4]).toBeGreaterThan(shade[0]);
    expect(shade[0]).toBeGreaterThan(shade[2]);
    expect(shade[3]).toBe(0);
    const right = findAll(root, 'rect').map(({ attributes }) => +attributes['x'] + +attributes['width']);
    expect(Math.max(...right)).toBeLessThanOrEqual(width);
  });

  test('loadings are drawn at their values, the largest first', () => {
    const columns = [
      { column: 'small', effect: 0.1, nonlinear: 0, slope: at(0.15) },
      { column: 'large', effect: -0.8, nonlinear: 0, slope: at(-0.7) },
      { column: 'unknown', effect: NaN, nonlinear: NaN },
    ];
    const figures = loadingsForest({ unit, columns }, ['m'], { labels: { m: { large: 'a <label>' } } });
    expect(figures.rows.map(({ title, mark, supported }) => [title, mark, supported])).toEqual([
      ['a <label>', -0.8, true],
      ['small', 0.1, true],
    ]);
    const svg = forestChart(figures, width);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const root = readXml(svg);
    expect(findAll(root, 'desc')[0].text).toContain(
      'a <label>: −0.70 (−0.80 to −0.60), interval without 0, effect of the decoder −0.80',
    );
    const lines = findAll(root, 'line');
    const zero = Number(lines.find(({ attributes }) => 'stroke-dasharray' in attributes)!.attributes.x1);
    const distances = (name: string) => (shapes: ReturnType<typeof findAll>) =>
      shapes.map(({ attributes }) => Number(attributes[name]) - zero);
    const [first, second] = distances('cx')(findAll(root, 'circle').filter(({ children }) => children.length > 0));
    expect(first / second).toBeCloseTo(-0.7 / 0.15, 1);
    const height = ({ attributes }: (typeof lines)[number]) => Number(attributes.y2) - Number(attributes.y1);
    const marks = distances('x1')(lines.filter((line) => height(line) === 18));
    expect(marks[0] / marks[1]).toBeCloseTo(-8, 1);
  });
});

test('a block has sizes, and says so', () => {
  const loadings = { unit: block, columns: [{ column: 'x', effect: 0.5, nonlinear: 0 }] };
  const figures = loadingsForest(loadings, ['m'], {});
  expect(figures.title).toBe('Loadings of m.z2|z3');
  expect(forestChart(figures, 500)).toContain('size of the effect');
  expect(loadingsText(loadings, figures)).toContain('A block has no axes');
});
