// Counts right and wrong arrowheads from colliders if latents are known without error, which bounds every fit:
// scripts/bench collider-arrows [subjects] [graphs] [first seed]. Uses random directed graphs of six latents, as
// `reproduce links` does. The constants of src/evidence/colliders.ts were chosen on seeds below 1000.

import { colliderArrows } from '../src/evidence/colliders.js';
import { searchSkeleton } from '../src/evidence/skeleton-search.js';
import { randomGraph } from '../reproduction/experiments/link-studies.js';

const [subjects, graphs, firstSeed] = [10_000, 60, 1000].map((value, i) => Number(process.argv[2 + i] ?? value));
let right = 0;
const wrong: string[] = [];
for (let seed = firstSeed; seed < firstSeed + graphs; seed++) {
  const { truth, links: known } = randomGraph(seed, subjects);
  const fold = (remainder: number) => {
    const rows = Array.from({ length: subjects }, (_, i) => i).filter((i) => i % 2 === remainder);
    const variables = truth.map(([values], m) => {
      const whole = Float64Array.from(rows, (row) => values[row]);
      return { whole, a: whole, b: whole, source: `m${m}` };
    });
    return { ids: rows.map((row) => `s${row}`), variables };
  };
  const splits = [[fold(0), fold(1)]];
  const links = await searchSkeleton({
    splits: splits.map((folds) => folds.map(({ variables }) => variables)),
    isTested: () => true,
    isNeighbour: () => false,
  });
  for (const { from, to } of await colliderArrows({ splits, links, canSeparate: () => false, seed })) {
    if (known.some(([cause, effect]) => cause === from && effect === to)) right++;
    else wrong.push(`${from} → ${to} of seed ${seed}`);
  }
}
console.log(`${subjects} subjects, ${graphs} graphs: ${right} arrows right, ${wrong.length} wrong ${wrong.join(', ')}`);
