// Variables measured at several visits: an effect never precedes its cause. The data are simulated vector
// autoregressions with a known graph over time.

import { describe, expect, test } from '@jest/globals';
import {
  discover,
  parseKnowledge,
  type BackgroundKnowledge,
  type DataColumn,
  type DiscoverOptions,
} from '../../src/causal/discovery/index.js';
import { edgeTexts } from './edge-texts.js';
import { generator, normals } from '../fixtures/numbers.js';

const NAMES = ['x', 'y', 'z'] as const;
const VISITS = 4;

/** xₜ₋₁ → xₜ, xₜ₋₁ → yₜ, yₜ₋₁ → zₜ, zₜ₋₁ → zₜ, and xₜ → zₜ; stationary long before the first visit. */
function simulated(seed: number, subjects: number): DataColumn[] {
  const normal = normals(generator(seed));
  const columns = Array.from({ length: VISITS }, (_, visit) =>
    NAMES.map((name) => ({ name: `${name}_v${visit + 1}`, values: new Float64Array(subjects) })),
  );
  for (let subject = 0; subject < subjects; subject++) {
    let [x, y, z] = [normal(), normal(), normal()];
    for (let time = -20; time < VISITS; time++) {
      const later = 0.6 * x + normal();
      [x, y, z] = [later, 0.7 * x + normal(), 0.6 * y + 0.4 * z + 0.6 * later + normal()];
      if (time >= 0) for (const [i, value] of [x, y, z].entries()) columns[time][i].values[subject] = value;
    }
  }
  return columns.flat();
}

const truth = [2, 3, 4].flatMap((visit) => [
  `x_v${visit - 1} --> x_v${visit}`,
  `x_v${visit - 1} --> y_v${visit}`,
  `y_v${visit - 1} --> z_v${visit}`,
  `z_v${visit - 1} --> z_v${visit}`,
  `x_v${visit} --> z_v${visit}`,
]);

const visits = ['*_v1', '*_v2', '*_v3', '*_v4'];
const columns = simulated(7, 800);
const graphFor = (knowledge: BackgroundKnowledge, options: DiscoverOptions = {}) =>
  edgeTexts(discover(columns, { alpha: 0.001, knowledge, ...options }).graph);

/** Returns the edges except those within the first visit, whose past was not measured. */
const later = (edges: readonly string[]) => edges.filter((edge) => !/_v1 \S+ \w+_v1$/.test(edge)).sort();

describe('a vector autoregression', () => {
  test('is found from the second visit on, with every edge in its direction', () => {
    expect(later(graphFor({ repeated: { visits, maxLag: 1 } }))).toEqual([...truth].sort());
  });

  test('is not found without the order in time', () => {
    expect(later(graphFor({}))).not.toEqual([...truth].sort());
  });

  test('no edge leads back in time, even in small samples', () => {
    const small = simulated(8, 60);
    for (const algorithm of ['pc', 'fci'] as const) {
      const { graph } = discover(small, {
        algorithm,
        alpha: 0.2,
        maxConditioning: 2,
        knowledge: { repeated: { visits } },
      });
      const { length } = graph.variables;
      let between = 0;
      for (let cause = 0; cause < length; cause++) {
        for (let effect = 0; effect < length; effect++) {
          if (Math.floor(cause / 3) >= Math.floor(effect / 3) || graph.marks[cause * length + effect] === 0) continue;
          between++;
          // The later end has an arrowhead, for any mark at the earlier end.
          expect(graph.marks[effect * length + cause]).toBe(1);
        }
      }
      expect(between).toBeGreaterThan(5);
    }
  });

  test('maxLag and withinVisit leave out edges', () => {
    const lagOf = (edge: string) => {
      const [from, to] = [...edge.matchAll(/_v(\d)/g)].map(([, visit]) => Number(visit));
      return Math.abs(to - from);
    };
    const alpha = { alpha: 0.3, maxConditioning: 1 };
    expect(Math.max(...graphFor({ repeated: { visits } }, alpha).map(lagOf))).toBeGreaterThan(1);
    expect(Math.max(...graphFor({ repeated: { visits, maxLag: 1 } }, alpha).map(lagOf))).toBe(1);
    expect(Math.min(...graphFor({ repeated: { visits } }, alpha).map(lagOf))).toBe(0);
    expect(Math.min(...graphFor({ repeated: { visits, withinVisit: false } }, alpha).map(lagOf))).toBe(1);
  });

  test('can be combined with tiers: a variable of no visit may come before all visits', () => {
    const sex = { name: 'sex', values: columns[1].values.map((value, i) => Number(value + (i % 3) > 1)) };
    const knowledge = { repeated: { visits, maxLag: 1 }, tiers: [['sex'], ['x_*', 'y_*', 'z_*']] };
    const { graph } = discover([...columns, sex], { alpha: 0.001, knowledge });
    const edges = edgeTexts(graph).filter((edge) => edge.includes('sex'));
    expect(edges.length).toBeGreaterThan(0);
    for (const edge of edges) expect(edge).toMatch(/^sex --> |<-- sex$/);
  });
});

describe('a trait that was not measured', () => {
  // x₁ ← trait → x₃, and y₁ → y₂ ← trait: neither time nor another column explains them.
  const normal = normals(generator(5));
  const rows = Array.from({ length: 2000 }, () => {
    const [trait, y1] = [normal(), normal()];
    return [trait + normal(), y1, normal(), y1 + trait + normal(), trait + normal(), normal()];
  });
  const measured = ['x_v1', 'y_v1', 'x_v2', 'y_v2', 'x_v3', 'y_v3'].map((name, i) => ({
    name,
    values: Float64Array.from(rows, (row) => row[i]),
  }));
  const repeated = { visits: visits.slice(0, 3), maxLag: 1, withinVisit: false };
  const edges = (algorithm: 'pc' | 'fci', more: BackgroundKnowledge = {}) =>
    edgeTexts(discover(measured, { algorithm, alpha: 0.001, knowledge: { repeated, ...more } }).graph).sort();

  test('is a common cause in FCI, for any distance of the visits', () => {
    expect(edges('fci')).toEqual(['x_v1 <-> x_v3', 'x_v1 o-> y_v2', 'y_v1 o-> y_v2', 'y_v2 <-> x_v3']);
  });

  test('is not a common cause in FCI if both directions are forbidden', () => {
    const forbidden: [string, string][] = [
      ['x_v1', 'x_v3'],
      ['x_v3', 'x_v1'],
    ];
    expect(edges('fci', { forbidden })).not.toContain('x_v1 <-> x_v3');
  });

  test('gives no edge in PC, which assumes that all causes are measured', () => {
    expect(edges('pc').filter((edge) => edge.includes('x_v1') && edge.includes('x_v3'))).toEqual([]);
  });
});

describe('mistakes', () => {
  const refused = (repeated: object, options: object = {}) => {
    try {
      discover(columns, { knowledge: parseKnowledge({ repeated, ...options }) });
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return `${code}: ${message}`;
    }
    return 'accepted';
  };

  test.each([
    [{}, /repeated\.visits/],
    [{ visits: '*_v1' }, /repeated\.visits/],
    [{ visits: ['*_v1'] }, /repeated\.visits/],
    ...[NaN, -1, '1', 0.5].map((maxLag) => [{ visits, maxLag }, /repeated\.maxLag/] as const),
    [{ visits, withinVisit: 'no' }, /repeated\.withinVisit/],
    [{ visits, lag: 1 }, /lag/],
    ['visits', /repeated/],
  ])('of a program: %j', (repeated, message) => {
    const knowledge = { repeated } as unknown as BackgroundKnowledge;
    for (const algorithm of ['pc', 'fci', 'ges'] as const) {
      expect(() => discover(columns, { algorithm, knowledge })).toThrow(
        expect.objectContaining({ code: 'invalid-knowledge', message: expect.stringMatching(message) }),
      );
    }
  });

  test('of a program: a misspelled key', () => {
    const knowledge = { tier: [['x_v1']] } as unknown as BackgroundKnowledge;
    expect(() => discover(columns, { knowledge })).toThrow(expect.objectContaining({ code: 'invalid-knowledge' }));
  });

  test.each([
    [{ visits: ['x_v1', '*_v2'] }, {}, /^invalid-knowledge: .*one \* .*'\*_v1'; got 'x_v1'/],
    [{ visits: ['*_v1', '*_v9'] }, {}, /^unknown-variable: .*visit 2, '\*_v9'/],
    [{ visits: ['*_v1', 'x*'] }, {}, /^contradictory-knowledge: x_v1 is a column of visit 1 .* and of visit 2/],
    [{ visits: ['*_v1'] }, {}, /^invalid-knowledge: .*repeated\.visits/],
    [{ visits, maxLag: -1 }, {}, /^invalid-knowledge: .*repeated\.maxLag/],
    [{ visits, lag: 1 }, {}, /^invalid-knowledge: .*lag/],
    [{ visits }, { required: [['x_v2', 'x_v1']] }, /^contradictory-knowledge: x_v2 → x_v1 .* the order in time/],
  ])('%j %j', (repeated, options, message) => {
    expect(refused(repeated, options)).toMatch(message);
  });
});
