// Principal components of the reconstructed columns.

import { expect, test } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { componentCount } from '../../src/networks/column-curves.js';
import { MultimodalModel } from '../../src/networks/multimodal.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { columnComponents } from '../../src/training/column-components.js';
import { fitConfig } from '../../src/training/config.js';
import { subspaceModel } from '../../src/training/model-config.js';

test('components have the variance of the latents among the subjects that have the modality', async () => {
  const complete = simulatedDataset(simulate('case1', { seed: 2, samples: 300, test: 20 }));
  // Two in five subjects lack the first modality.
  const [first, ...complement] = complete.modalities;
  const width = first.columns.length;
  const isPresent = (row: number): boolean => row % 5 > 1;
  const observed = Uint8Array.from({ length: first.values.length }, (_, at) =>
    Number(isPresent(Math.floor(at / width))),
  );
  const values = first.values.map((value, at) => value * observed[at]);
  const dataset: Dataset = { ...complete, modalities: [{ ...first, values, observed }, ...complement] };
  const model = subspaceModel(dataset, fitConfig({ hidden: 16 }));
  const { parameters } = new MultimodalModel(model, 1);
  const initial = parameters.initialValues([3]);
  const known = new Map(parameters.all.map(({ name, shape }) => [name, { shape, values: initial.get(name)! }]));
  const components = await columnComponents(dataset, model, known, { threads: 1 });
  dataset.modalities.forEach((modality, m) => {
    const { latents } = modality;
    const count = componentCount(latents);
    const present = presenceOf(modality);
    const rows = dataset.split.train.filter((row) => present[row] === 1);
    const variances = Array.from({ length: count }, (_, k) => {
      const scores = Array.from(rows, (row) => components[m][row * count + k]);
      const mean = scores.reduce((sum, one) => sum + one, 0) / rows.length;
      return scores.reduce((sum, one) => sum + (one - mean) ** 2, 0) / rows.length;
    });
    expect(variances.reduce((sum, one) => sum + one, 0)).toBeCloseTo(latents, 2);
  });
});
