// The power to find a link: the formula, and simulated studies that are searched as a fit searches.

import { describe, expect, test } from '@jest/globals';
import { linkPower, unitsNeeded } from '../../src/causal/discovery/link-power.js';
import { powerCurve, wilson } from '../../src/power/curve.js';
import { defaultSizes, formulaPower, POWER_DEFAULTS, type PowerDesign } from '../../src/power/design.js';
import { simulateStudy } from '../../src/power/simulate.js';

const design = (...latents: readonly number[]): PowerDesign => ({
  modalities: latents.map((count, m) => ({ name: `m${m}`, latents: count })),
  effect: 0.3,
  reliability: 0.7,
  links: [],
});

test('timing', async () => {
  for (const [d, n] of [
    [design(1, 1), 300],
    [design(2, 2), 300],
    [design(3, 3, 3), 600],
  ] as const) {
    const at = performance.now();
    for (let i = 0; i < 4; i++) console.log(JSON.stringify(await simulateStudy(d, n, { number: i, seed: 0 })));
    console.log((performance.now() - at) / 4);
  }
});
