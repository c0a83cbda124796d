// Directions that the levels of assigned causes determine.

import { describe, expect, test } from '@jest/globals';
import type { Cause, CauseEffect } from '../../../src/data/causes.js';
import { causeArrows, type TotalEffect } from '../../../src/evidence/causes/index.js';

const cause = (effect: CauseEffect, assigned = true): Cause => ({
  name: 'arm',
  kind: 'categorical',
  levels: ['control', 'a', 'b'],
  assigned,
  effect,
  terms: [{ level: 'a' }, { level: 'b' }],
  values: new Float64Array(),
});

const interval = { estimate: 1, lower: 0.9, upper: 1.1, lower90: 0.92, upper90: 1.08 };

const supported = (level: string, latent: string, verdict: 'direct' | 'through', parents: string[]): TotalEffect => ({
  cause: 'arm',
  level,
  latent,
  units: 1000,
  verdict: 'supported',
  effect: interval,
  direct: {
    verdict,
    parents,
    through: verdict === 'through' ? parents : [],
    ...(verdict === 'through' && { needed: parents }),
    estimate: verdict === 'direct' ? 1 : 0,
    lower: verdict === 'direct' ? 0.9 : -0.1,
    upper: verdict === 'direct' ? 1.1 : 0.1,
  },
});

/** Level a moves z1 and through it z2; level b moves z2 itself. */
const chain = (modality: string): TotalEffect[] => [
  supported('a', 'm1.z1', 'direct', []),
  supported('a', `${modality}.z2`, 'through', ['m1.z1']),
  supported('b', `${modality}.z2`, 'direct', ['m1.z1']),
];

const nodes = (modality: string) => [
  { name: 'm1.z1', modality: 'm1', index: 0 },
  { name: `${modality}.z2`, modality, index: 1 },
];

const arrowsOf = (effects: readonly TotalEffect[], causes: readonly Cause[], modality = 'm1') =>
  causeArrows(effects, {
    nodes: nodes(modality),
    links: modality === 'm1' ? [] : [{ first: 'm1.z1', second: `${modality}.z2`, verdict: 'supported' }],
    study: { causes },
  }).map(({ from, to }) => `${from} → ${to}`);

describe('directions that causes determine', () => {
  test('within a modality, a perfect level on each latent tells them apart', () => {
    expect(arrowsOf(chain('m1'), [cause('perfect')])).toEqual(['m1.z1 → m1.z2']);
  });

  test('within a modality, other levels and a child without a level do not', () => {
    expect(arrowsOf(chain('m1'), [cause('soft')])).toEqual([]);
    expect(arrowsOf(chain('m1'), [cause('shift')])).toEqual([]);
    expect(arrowsOf(chain('m1').slice(0, 2), [cause('perfect')])).toEqual([]);
  });

  test('between modalities, any level of an assigned cause does', () => {
    expect(arrowsOf(chain('m2'), [cause('soft')], 'm2')).toEqual(['m1.z1 → m2.z2']);
    expect(arrowsOf(chain('m2'), [cause('soft', false)], 'm2')).toEqual([]);
  });

  test('a level that moves the cause and not the effect contradicts them', () => {
    const moved = (estimate: number, half: number): TotalEffect => ({
      ...{ cause: 'arm', level: 'b', latent: 'm2.z2', units: 1000, verdict: 'undecided' },
      effect: { ...interval, estimate, lower: estimate - half, upper: estimate + half },
    });
    const effects = [...chain('m2').slice(0, 2), supported('b', 'm1.z1', 'direct', [])];
    expect(arrowsOf([...effects, moved(0.1, 0.2)], [cause('soft')], 'm2')).toEqual([]);
    // Half of the expected effect is 0.5.
    expect(arrowsOf([...effects, moved(0.1, 0.6)], [cause('soft')], 'm2')).toEqual(['m1.z1 → m2.z2']);
    expect(arrowsOf([...effects, moved(0.9, 0.2)], [cause('soft')], 'm2')).toEqual(['m1.z1 → m2.z2']);
  });
});
