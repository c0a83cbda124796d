// Subjects who lack a modality that a level of an observed cause shifts: answers use the cause of the subject, and not
// only the other modality. A prediction from modalities alone does not.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { levelTerms } from '../../src/data/cause-terms.js';
import type { Cause } from '../../src/data/causes.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { withPrivateLatents } from '../../src/data/private-latents.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { ImputedCell } from '../../src/questions/index.js';
import { RandomStream } from '../../src/random/random-stream.js';

const [ROWS, COLUMNS] = [600, 6];
/** What the level adds to the second modality, in sd of its noise; a column is standardised by this sd. */
const SHIFT = 4;
const SD = Math.sqrt(1 + SHIFT ** 2 / 4);
/** Mean of a column at the level, the opposite of that at the reference. */
const MEAN = SHIFT / 2 / SD;

/** Half of the subjects are at the level. The last 200 lack the second modality. */
function dataset(): Dataset {
  const random = new RandomStream(3, 1);
  const values = Float64Array.from({ length: ROWS }, (_, row) => row % 2);
  const factors = Array.from(values, (level) => [random.normal(), (random.normal() + SHIFT * (level - 0.5)) / SD]);
  const modalities = [0, 1].map((m): Modality => {
    const observed = Uint8Array.from({ length: ROWS * COLUMNS }, (_, at) => (m === 1 && at >= 400 * COLUMNS ? 0 : 1));
    return {
      name: `m${m + 1}`,
      columns: Array.from({ length: COLUMNS }, (_, c) => ({
        name: `x${c + 1}`,
        log: false,
        offset: 0,
        mean: 0,
        sd: 1,
      })),
      values: Float32Array.from(
        observed,
        (mark, at) => mark * (factors[Math.floor(at / COLUMNS)][m] + 0.1 * random.normal()),
      ),
      observed,
      latents: 1,
      exogenous: 0,
    };
  });
  const levels = ['control', 'treated'];
  const arm: Cause = {
    name: 'arm',
    kind: 'categorical',
    levels,
    assigned: true,
    effect: 'shift',
    terms: levelTerms(levels),
    values,
  };
  const part = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: part(0, 300), validation: part(300, 400), test: part(400, ROWS) };
  const all = {
    ids: Array.from({ length: ROWS }, (_, row) => `s${row}`),
    modalities,
    split,
    causes: [arm],
    fingerprint: '',
  };
  return withPrivateLatents({ ...all, fingerprint: fingerprintOf(all) });
}

describe('a level shifts the modality that subjects lack', () => {
  const study = dataset();
  const absent = study.ids.slice(400, 440);
  const options = { draws: 40, subjects: absent } as const;
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    const stages = { subspaces: 'linear', componentRestarts: 8, componentSteps: 1500, hidden: 16, epochs: 40 } as const;
    model = await MultimodalCausalModel.fit(study, { ...stages, evidence: 'none', threads: 1, seed: 0 });
  }, 60_000);

  afterAll(() => model.dispose());

  /** Returns the mean of the cells of the second modality at each level. */
  async function byLevel(answers: AsyncIterable<ImputedCell>): Promise<number[]> {
    const cells: number[][] = [[], []];
    for await (const { row, column, value } of answers) if (column.modality === 'm2') cells[row % 2].push(value.mean);
    expect(cells.map(({ length }) => length)).toEqual([20 * COLUMNS, 20 * COLUMNS]);
    return cells.map(averageOf);
  }

  const averageOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const expectLevels = (means: readonly number[], expected: readonly number[]) => {
    means.forEach((mean, i) => expect(Math.abs(mean - expected[i])).toBeLessThan(0.25));
  };

  test('imputed cells have the means of the level', async () => {
    expectLevels(await byLevel(model.impute(study, options)), [-MEAN, MEAN]);
  });

  test('without causes, and in predictions from the other modality alone, they do not', async () => {
    const { causes: _, ...without } = study;
    for (const answers of [
      model.impute(without, options),
      model.predict(study, { ...options, from: ['m1'], to: ['m2'] }),
    ]) {
      const [control, treated] = await byLevel(answers);
      expect(Math.abs(treated - control)).toBeLessThan(0.15);
    }
  });

  test('a counterfactual begins with latents that the subject can have at its level', async () => {
    const worlds = [0, 1].map(() => ({ factual: new Array<number>(), counterfactual: new Array<number>() }));
    const flags = { untested: true, assumeOrder: true, undetermined: true } as const;
    for await (const answer of model.counterfactual(study, { arm: 'control' }, { ...options, ...flags })) {
      for (const { kind, modality, factual, counterfactual } of answer.consequences) {
        if (kind !== 'column' || modality !== 'm2') continue;
        worlds[answer.row % 2].factual.push(factual.mean);
        worlds[answer.row % 2].counterfactual.push(counterfactual.mean);
      }
    }
    const means = worlds.flatMap(({ factual, counterfactual }) => [averageOf(factual), averageOf(counterfactual)]);
    expectLevels(means, [-MEAN, -MEAN, MEAN, -MEAN]);
  });
});
