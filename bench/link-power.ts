// Compares the power that `inspect` promises with the real search for links, with means of columns as encoders:
//   scripts/bench link-power STUDIES [FIRST_SEED]
// One latent of the first modality acts on one of the second by 0.3; other latents are independent.

import { latentNodes } from '../src/causal/index.js';
import { linkPower } from '../src/causal/discovery/link-power.js';
import { crossFit, latentEvidence, pairEvidence, searchLatents } from '../src/evidence/index.js';
import { RandomStream } from '../src/random/random-stream.js';
import { fitConfigFor } from '../src/training/config.js';
import { datasetOf } from './cause-studies.js';

/** Philox stream of the draws. */
const STREAM = 42;
const LINK = 0.3;
const COLUMNS = 6;

interface Study {
  readonly subjects: number;
  /** Number of latents by modality. */
  readonly latents: readonly number[];
  /** Reliability of the mean of the columns of a latent. */
  readonly reliability: number;
}

/** Returns the verdict on the only link. */
async function verdictOf({ subjects, latents, reliability }: Study, seed: number) {
  const random = new RandomStream(seed, STREAM);
  const draw = () => Float64Array.from({ length: subjects }, () => random.normal());
  const z = latents.map((count) => Array.from({ length: count }, draw));
  z[1][0] = z[1][0].map((value, row) => LINK * z[0][0][row] + Math.sqrt(1 - LINK ** 2) * value);
  const noise = Math.sqrt((COLUMNS * (1 - reliability)) / reliability);
  const tables = z.map((modality, m) => ({
    name: `m${m}`,
    latents: modality.length,
    columns: modality.flatMap((latent, k) =>
      Array.from({ length: COLUMNS }, (_, c) => ({
        name: `x${m}.${k}.${c}`,
        values: latent.map((value) => value + noise * random.normal()),
      })),
    ),
  }));
  const dataset = datasetOf(tables, [], subjects);
  const meansOf = (columns: readonly { readonly values: Float64Array }[], row: number) =>
    columns.reduce((sum, { values }) => sum + values[row], 0);
  const all = tables.flatMap(({ columns }) =>
    Array.from({ length: columns.length / COLUMNS }, (_, k) => columns.slice(k * COLUMNS, (k + 1) * COLUMNS)),
  );
  const encoded = Float32Array.from({ length: subjects * all.length }, (_, at) =>
    meansOf(all[at % all.length], Math.floor(at / all.length)),
  );
  const config = { ...fitConfigFor(dataset, {}), seed };
  const fitAndEncode = () => Promise.resolve({ encoded });
  const { splits, ...crossFitted } = await crossFit(dataset, config, { fitted: encoded, splits: 1, fitAndEncode });
  const nodes = latentNodes(dataset.modalities);
  const pairs = pairEvidence(nodes, { splits, ...crossFitted }, seed);
  const replicated = latentEvidence(nodes, { splits, ...crossFitted });
  const { links } = await searchLatents({ nodes, splits, pairs, latents: replicated, seed, halfSamples: 0 });
  const link = links.find(({ first, second }) => first === 'm0.z1' && second === 'm1.z1');
  return link?.reason ?? link?.verdict ?? 'gated';
}

const [studies = 40, firstSeed = 20_000] = process.argv.slice(2).map(Number);
console.log(
  '| latents | reliability | subjects | link of 0.3 supported | promised | otherwise |\n|---|---|---|---|---|---|',
);
for (const latents of [
  [1, 1],
  [2, 2],
  [3, 3, 3],
]) {
  for (const [reliability, sizes] of [
    [0.7, [150, 300, 600]],
    [0.9, [150, 300]],
  ] as const) {
    for (const subjects of sizes) {
      const counts = new Map<string, number>();
      for (let i = 0; i < studies; i++) {
        const verdict = await verdictOf({ subjects, latents, reliability }, firstSeed + i);
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }
      const { supported = 0, ...rest } = Object.fromEntries(counts) as Record<string, number>;
      const undecided = Object.entries(rest).map(([reason, count]) => `${reason} ${count}`);
      const promised = linkPower({
        ...{ units: subjects, latents: [latents[0], latents[1]], reliability },
        pairs: (latents.length * (latents.length - 1)) / 2,
      });
      const cells = [latents.join(', '), reliability, subjects, `${supported} of ${studies}`, promised.toFixed(2)];
      console.log(`| ${[...cells, undecided.join(', ')].join(' | ')} |`);
    }
  }
}
