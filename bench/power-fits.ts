// Compares the power that `interlatent power` predicts with fits of the same simulated studies, whose networks are
// trained:
//   scripts/bench power-fits STUDIES SUBJECTS [LATENTS [LINK [SEED [EFFECT [RELIABILITY]]]]]
// With LINK, a third modality has a latent that correlates with the first latents of the other modalities by LINK. With
// STUDIES 0, no networks are trained, and 200 studies are predicted. Cross-fitting has one split. Each study prints one
// line of JSON.

import { formulaPower, POWER_DEFAULTS } from '../src/power/design.js';
import { wilson } from '../src/power/curve.js';
import { simulateStudy, type Encoder } from '../src/power/simulate.js';

const [studies = 10, subjects = 280, latents = 1, link = 0, seed = 1000, effect = 0.3, reliability = 0.7] = process.argv
  .slice(2)
  .map(Number);
const design = {
  ...POWER_DEFAULTS,
  ...{ effect, reliability },
  modalities: [...['a', 'b'].map((name) => ({ name, latents })), ...(link > 0 ? [{ name: 'c', latents: 2 }] : [])],
  links:
    link > 0 ? ['a', 'b'].map((name, k) => ({ first: `${name}.z1`, second: `c.z${k + 1}`, correlation: link })) : [],
};
const setting = { subjects, latents, link, seed, effect, reliability };
/** Only studies with the link between the first two modalities are simulated. */
const pairs = (design.modalities.length * (design.modalities.length - 1)) / 2;
const encoders: readonly Encoder[] = studies > 0 ? ['networks', 'linear', 'known'] : ['linear', 'known'];
const count = studies || 200;
const detected: Record<string, number> = {};
for (let study = 0; study < count; study++) {
  const number = study * pairs;
  const start = performance.now();
  const answers: Record<string, unknown> = {};
  for (const encoder of encoders) {
    const { isDetected, replicated, falseLinks } = await simulateStudy(design, subjects, { number, seed, encoder });
    detected[encoder] = (detected[encoder] ?? 0) + Number(isDetected);
    answers[encoder] = { isDetected, replicated, falseLinks };
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  if (studies > 0) console.log(JSON.stringify({ number, ...setting, ...answers, seconds }));
}
const [{ power }] = formulaPower(design, [subjects]);
const intervals = Object.fromEntries(encoders.map((encoder) => [encoder, wilson(detected[encoder], count)]));
console.log(JSON.stringify({ ...setting, count, detected, intervals, formula: power[0] }));
