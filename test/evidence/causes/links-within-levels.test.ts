// Links are tested within the levels of causes, and lose a unit for each term.

import { test } from '@jest/globals';
import type { Cause } from '../../../src/data/causes.js';
import { withoutCauses } from '../../../src/evidence/causes/cause-variables.js';
import { pooledTest } from '../../../src/evidence/pooled-test.js';
import { latentVariables } from '../../../src/evidence/variables.js';
import { RandomStream } from '../../../src/random/random-stream.js';
import { normalColumns, shareWithin } from '../../fixtures/draws.js';

test('two independent latents have the level of the test, although 24 levels were removed from 60 units', () => {
  const ids = Array.from({ length: 60 }, (_, unit) => `s${unit}`);
  const levels = Array.from({ length: 24 }, (_, level) => `l${level}`);
  const arm: Cause = {
    ...{ name: 'arm', kind: 'categorical', levels, assigned: true, effect: 'soft' },
    values: Float64Array.from(ids, (_, unit) => unit % 24),
    terms: levels.slice(1).map((level) => ({ level })),
  };
  const ps = Array.from({ length: 1000 }, (_, seed) => {
    const units = normalColumns(new RandomStream(seed, 12), 60, 2);
    const forms = units.map((one) => ({ a: one, b: one }));
    const fold = withoutCauses({ ids, units, forms }, { causes: [arm] }, ids);
    return pooledTest([[latentVariables(fold, ['a', 'b'])]], { x: 0, y: 1, conditioning: [] }).p;
  });
  // Without the loss, the share is about 12 %.
  shareWithin(ps, 0.05);
});
