// Wilson's interval of the share of an edge over half-samples, and the outputs that have it.

import { describe, expect, test } from '@jest/globals';
import { asWritten, shareInterval } from '../../src/causal/discovery/half-samples.js';
import { causalGraphFromJson, causalGraphToJson, discover } from '../../src/causal/discovery/index.js';
import { discoveryFromJson } from '../../src/causal/graph-json.js';
import { causalGraphSvg } from '../../src/report/causal-svg.js';
import { readDiscovery } from '../../src/report/html/discovery.js';
import { generator, normals } from '../fixtures/numbers.js';

describe('Wilson’s interval', () => {
  test.each([
    [0.5, 10],
    [0.83, 100],
    [0.02, 50],
    [1, 20],
    [0, 20],
  ])('ends at the limits of the score test of %d of %d', (share, count) => {
    for (const end of shareInterval(share, count)) {
      expect(end).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(1);
      if (end === share) continue;
      // (share − p)² = z² p (1 − p) / n, with z² the 0.95 quantile of χ² with one degree of freedom.
      expect(((share - end) ** 2 * count) / (end * (1 - end))).toBeCloseTo(3.841458820694124, 9);
    }
  });

  test('a share of 0 or 1 among 20 half-samples is not certain', () => {
    expect(shareInterval(0, 20)[0]).toBe(0);
    expect(shareInterval(0, 20)[1]).toBeGreaterThan(0.1);
    expect(shareInterval(1, 20)[1]).toBe(1);
    expect(shareInterval(1, 20)[0]).toBeLessThan(0.9);
  });

  test.each([20, 100])('contains the true share in about 95 %% of cases, with %d half-samples', (count) => {
    const coverage = (truth: number): number => {
      let sum = 0;
      let chance = (1 - truth) ** count;
      for (let hits = 0; hits <= count; hits++) {
        const [low, high] = shareInterval(hits / count, count);
        if (low <= truth && truth <= high) sum += chance;
        chance *= (((count - hits) / (hits + 1)) * truth) / (1 - truth);
      }
      return sum;
    };
    const truths = Array.from({ length: 97 }, (_, i) => (i + 2) / 100);
    const mean = truths.reduce((sum, truth) => sum + coverage(truth), 0) / truths.length;
    expect(mean).toBeGreaterThan(0.945);
    expect(mean).toBeLessThan(0.965);
  });
});

describe('edges', () => {
  const normal = normals(generator(71));
  const [a, c] = [0, 1].map(() => Float64Array.from({ length: 120 }, normal));
  const b = a.map((value, i) => 0.5 * value + 0.4 * c[i] + normal());
  const columns = [a, b, c].map((values, i) => ({ name: 'abc'[i], values }));
  const discovered = (halfSamples: number) => discover(columns, { halfSamples, seed: 3 });

  test('have intervals of their shares, which are narrower with more half-samples', () => {
    const [few, many] = [20, 320].map((halfSamples) => discovered(halfSamples).edges);
    expect(few.length).toBeGreaterThan(0);
    for (const [i, edge] of few.entries()) {
      const { adjacent } = edge.frequencies!;
      expect(edge.intervals!.adjacent).toEqual(shareInterval(adjacent, 20));
      expect(edge.intervals!.asWritten).toEqual(shareInterval(asWritten(edge, edge.frequencies!), 20));
      const width = ([low, high]: readonly [number, number]) => high - low;
      expect(width(many[i].intervals!.asWritten)).toBeLessThan(width(edge.intervals!.asWritten));
    }
    expect(discover(columns).edges.every(({ intervals }) => intervals === undefined)).toBe(true);
  });

  test('keep them in JSON, in drawings and in the report; older files have none', () => {
    const { graph, edges, halfSamples } = discovered(20);
    const text = causalGraphToJson(graph, edges, { halfSamples });
    expect(discoveryFromJson(text)!.edges.map(({ intervals }) => intervals)).toEqual(
      edges.map(({ intervals }) => intervals),
    );
    expect(readDiscovery(text).edges[0].intervals).toEqual(edges[0].intervals);
    const [low, high] = edges[0].intervals!.adjacent.map((end) => `${Math.round(100 * end)} %`);
    return causalGraphSvg(graph, edges).then((svg) => {
      expect(svg).toContain(`(${low} to ${high}) of half-samples, with these marks in`);
      const before = text.replaceAll(/,"intervals":\{[^}]*\}/g, '');
      expect(before).not.toContain('intervals');
      expect(causalGraphFromJson(before).marks).toEqual(graph.marks);
    });
  });

  test('an invalid interval is refused with its place', () => {
    const { graph, edges, halfSamples } = discovered(20);
    const text = causalGraphToJson(graph, edges, { halfSamples });
    for (const [wrong, place] of [
      ['[0.5]', /a list of two at edges\.0\.intervals\.adjacent/],
      ['[0.5,2]', /from 0 to 1, got 2 at edges\.0\.intervals\.adjacent\.1/],
    ] as const) {
      const broken = text.replace(/"intervals":\{"adjacent":\[[^\]]*\]/, `"intervals":{"adjacent":${wrong}`);
      expect(() => causalGraphFromJson(broken)).toThrow(place);
    }
  });
});
