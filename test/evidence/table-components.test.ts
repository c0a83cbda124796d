// Principal components of each modality: their values, and the associations that they show if latents of an untrained
// model do not (docs/explanation/evidence-statistics.md).

import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../src/causal/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { shuffleSubjects } from '../../src/data/resample.js';
import { cauchy, combineFolds } from '../../src/evidence/combine.js';
import { crossFit } from '../../src/evidence/cross-fit.js';
import { pairEvidence } from '../../src/evidence/index.js';
import { tableComponents } from '../../src/evidence/table-components.js';
import { factors, type FactorOptions } from '../../reproduction/experiments/null-studies.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { fitConfigFor } from '../../src/training/config.js';
import { holes, SETTINGS } from './holed-studies.js';

const ALL = 1000;
const NODES = latentNodes(['a', 'b'].map((name) => ({ name, latents: 2 })));

/** Returns the pair of a study with untrained models, whose latents are noise. */
async function untrained(dataset: Dataset, seed: number) {
  const random = new RandomStream(seed, 5);
  const encoded = Float32Array.from({ length: 4 * dataset.ids.length }, () => random.normal());
  const crossFitted = await crossFit(dataset, fitConfigFor(dataset, { ...SETTINGS, seed }), {
    fitted: encoded,
    fitAndEncode: () => Promise.resolve({ encoded }),
  });
  return pairEvidence(NODES, crossFitted, seed)[0];
}

const study = (seed: number, options: Partial<FactorOptions> = {}) =>
  factors(seed, { subjects: 150, columns: 15, correlations: [0, 0], privateFactors: 0, ...options }).dataset;

describe('components of a modality', () => {
  test('do not depend on the other modalities', () => {
    const dataset = study(1, { shape: 'u' });
    const [plain, shuffled] = [dataset, shuffleSubjects(dataset, 1, 3)].map((one) => tableComponents(one, ALL));
    expect(plain.get('a')!.units).toHaveLength(4);
    expect(shuffled.get('a')).toEqual(plain.get('a'));
    const sorted = (units: readonly Float64Array[]) => units.map((values) => values.slice().sort());
    const [before, after] = [plain, shuffled].map((components) => sorted(components.get('b')!.units));
    // Sums over subjects in another order may differ in the last bit, and signs may differ.
    before.forEach((values, c) => values.forEach((value, i) => expect(after[c][i]).toBeCloseTo(value, 9)));
  });

  test('exist for subjects with the modality, or for groups of rows, and not for images', () => {
    const dataset = holes(3);
    const [{ name }] = dataset.modalities;
    const components = tableComponents(dataset, ALL).get(name)!;
    const present = presenceOf(dataset.modalities[0]);
    for (const values of components.units) {
      expect(Array.from(values, (value) => Number(!Number.isNaN(value)))).toEqual([...present]);
    }
    const groups = dataset.ids.map((_, row) => `g${row >> 1}`);
    expect(tableComponents({ ...dataset, groups }, ALL).get(name)!.units[0]).toHaveLength(dataset.ids.length / 2);
    // Hardly any subject has this table.
    const observed = new Uint8Array(dataset.modalities[0].values.length);
    const rare = { ...dataset, modalities: dataset.modalities.map((one, m) => (m === 0 ? { ...one, observed } : one)) };
    expect(tableComponents(rare, ALL).get(name)!.units).toEqual([]);
    const regularArray = { kind: 'series' } as unknown as NonNullable<Dataset['modalities'][number]['regularArray']>;
    const images = dataset.modalities.map((modality) => ({ ...modality, regularArray }));
    expect(tableComponents({ ...dataset, modalities: images }, ALL).size).toBe(0);
  });
});

describe('a pair with untrained models', () => {
  test('is found from a U-shape or an effect on the spread, and p combines the reported p-values', async () => {
    for (const shape of ['u', 'spread'] as const) {
      let count = 0;
      for (let seed = 0; seed < 10; seed++) {
        const { p, folds, components, associated } = await untrained(study(seed, { shape }), seed);
        expect(components).toHaveLength(2);
        expect(p).toBeCloseTo(cauchy([combineFolds([folds]), ...components!]), 12);
        count += Number(associated);
      }
      expect(count).toBeGreaterThanOrEqual(7);
    }
  });

  test('is not found more often than by chance without an association', async () => {
    const studies = 60;
    let count = 0;
    for (let seed = 0; seed < studies; seed++) {
      count += Number((await untrained(study(seed, { subjects: 60 }), seed)).associated);
    }
    expect(count / studies).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / studies));
  });
});
