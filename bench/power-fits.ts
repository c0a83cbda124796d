// Compares the power that `interlatent power` promises with fits of simulated studies, whose networks are trained:
//   scripts/bench power-fits STUDIES SUBJECTS [LATENTS [LINK]]
// With LINK, a third modality has a latent that correlates with the first latents of the other modalities by LINK.
// Cross-fitting has one split. Each study prints one line of JSON.

import { formulaPower, POWER_DEFAULTS } from '../src/power/design.js';
import { wilson } from '../src/power/curve.js';
import { simulateStudy } from '../src/power/simulate.js';

const [studies = 10, subjects = 280, latents = 1, link = 0] = process.argv.slice(2).map(Number);
const design = {
  ...POWER_DEFAULTS,
  modalities: [...['a', 'b'].map((name) => ({ name, latents })), ...(link > 0 ? [{ name: 'c', latents: 2 }] : [])],
  links:
    link > 0 ? ['a', 'b'].map((name, k) => ({ first: `${name}.z1`, second: `c.z${k + 1}`, correlation: link })) : [],
};
/** Only studies with the link between the first two modalities are simulated. */
const pairs = (design.modalities.length * (design.modalities.length - 1)) / 2;

let detected = 0;
let means = 0;
for (let study = 0; study < studies; study++) {
  const number = study * pairs;
  const start = performance.now();
  const fitted = await simulateStudy(design, subjects, { number, seed: 1000, fitsNetworks: true });
  // The same study with means of columns instead of networks.
  const simulated = await simulateStudy(design, subjects, { number, seed: 1000 });
  detected += Number(fitted.isDetected);
  means += Number(simulated.isDetected);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(JSON.stringify({ number, subjects, latents, link, ...fitted, byMeans: simulated.isDetected, seconds }));
}
const [{ power }] = formulaPower(design, [subjects]);
const interval = wilson(detected, studies);
console.log(
  JSON.stringify({ subjects, latents, link, studies, detected, byMeans: means, formula: power[0], interval }),
);
