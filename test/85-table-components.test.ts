// Principal components of each modality: what they are of, and what a pair's test sees by them that latents of an
// untrained model do not (docs/explanation/evidence-statistics.md).

import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../src/causal/index.js';
import type { Dataset } from '../src/data/dataset.js';
import { presenceOf } from '../src/data/presence.js';
import { shuffleSubjects } from '../src/data/resample.js';
import { cauchy, combineFolds } from '../src/evidence/combine.js';
import { crossFit } from '../src/evidence/cross-fit.js';
import { pairEvidence } from '../src/evidence/index.js';
import { tableComponents } from '../src/evidence/table-components.js';
import { factors, type FactorOptions } from '../src/experiments/null-studies.js';
import { RandomStream } from '../src/random/random-stream.js';
import { fitConfigFor } from '../src/training/config.js';
import { holes, SETTINGS } from './holed-studies.js';

const ALL = 1000;
const NODES = latentNodes(['a', 'b'].map((name) => ({ name, latents: 2 })));

/** The pair of a study whose models learnt nothing: their latents are noise. */
async function untrained(dataset: Dataset, seed: number) {
  const random = new RandomStream(seed, 5);
  const encoded = Float32Array.from({ length: 4 * dataset.ids.length }, () => random.normal());
  const found = await crossFit(dataset, fitConfigFor(dataset, { ...SETTINGS, seed }), {
    fitted: encoded,
    fitAndEncode: () => Promise.resolve(encoded),
  });
  return pairEvidence(NODES, found, seed)[0];
}

const study = (seed: number, options: Partial<FactorOptions> = {}) =>
  factors(seed, { subjects: 150, columns: 15, correlations: [0, 0], privateFactors: 0, ...options }).dataset;

describe('components of a modality', () => {
  test('know nothing of the other modalities', () => {
    const dataset = study(1, { shape: 'u' });
    const [plain, shuffled] = [dataset, shuffleSubjects(dataset, 1, 3)].map((one) => tableComponents(one, ALL));
    expect(plain.get('a')!.units).toHaveLength(4);
    expect(shuffled.get('a')).toEqual(plain.get('a'));
    const sorted = (units: readonly Float64Array[]) => units.map((values) => values.slice().sort());
    const [before, after] = [plain, shuffled].map((own) => sorted(own.get('b')!.units));
    // Subjects in another order are added in another order: a sign or a last bit may differ.
    before.forEach((values, c) => values.forEach((value, i) => expect(after[c][i]).toBeCloseTo(value, 9)));
  });

  test('are of those who have it, of groups where rows belong to them, and of no images', () => {
    const dataset = holes(3);
    const [{ name }] = dataset.modalities;
    const own = tableComponents(dataset, ALL).get(name)!;
    const present = presenceOf(dataset.modalities[0]);
    for (const values of own.units) {
      expect(Array.from(values, (value) => Number(!Number.isNaN(value)))).toEqual([...present]);
    }
    const groups = dataset.ids.map((_, row) => `g${row >> 1}`);
    expect(tableComponents({ ...dataset, groups }, ALL).get(name)!.units[0]).toHaveLength(dataset.ids.length / 2);
    // A table that hardly anybody has.
    const observed = new Uint8Array(dataset.modalities[0].values.length);
    const rare = { ...dataset, modalities: dataset.modalities.map((one, m) => (m === 0 ? { ...one, observed } : one)) };
    expect(tableComponents(rare, ALL).get(name)!.units).toEqual([]);
    const regularArray = { kind: 'series' } as unknown as NonNullable<Dataset['modalities'][number]['regularArray']>;
    const images = dataset.modalities.map((modality) => ({ ...modality, regularArray }));
    expect(tableComponents({ ...dataset, modalities: images }, ALL).size).toBe(0);
  });
});

describe('a pair whose models learnt nothing', () => {
  test('is found by a U-shape or an effect on the spread; p is the combination of what is reported', async () => {
    for (const shape of ['u', 'spread'] as const) {
      let found = 0;
      for (let seed = 0; seed < 10; seed++) {
        const { p, folds, components, associated } = await untrained(study(seed, { shape }), seed);
        expect(components).toHaveLength(2);
        expect(p).toBeCloseTo(cauchy([combineFolds([folds]), ...components!]), 12);
        found += Number(associated);
      }
      expect(found).toBeGreaterThanOrEqual(7);
    }
  });

  test('is found no more often than chance where there is nothing', async () => {
    const studies = 60;
    let found = 0;
    for (let seed = 0; seed < studies; seed++) {
      found += Number((await untrained(study(seed, { subjects: 60 }), seed)).associated);
    }
    expect(found / studies).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / studies));
  });
});
