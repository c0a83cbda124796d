// Measures the cost of tests: processor time of the evidence divided by that of the fit, on one thread, for four
// studies. `scripts/bench evidence-cost [runs]` alternates fits without, with quick and with full evidence. Processor
// time hardly depends on other work on the machine.

import { selectSubjects } from '../src/data/resample.js';
import { presenceOf } from '../src/data/presence.js';
import type { Dataset } from '../src/data/dataset.js';
import { mixomics, nhanes } from '../reproduction/experiments/null-studies.js';
import { MultimodalCausalModel } from '../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { median } from './timing.js';

const SEED = 100;

function case1(samples: number): Dataset {
  return simulatedDataset(simulate('case1', { samples, test: samples / 10, seed: SEED }));
}

/** Returns people who have at least one modality. */
async function people(): Promise<Dataset> {
  const { dataset } = await nhanes(SEED, { subjects: 4000, shuffled: false });
  const present = dataset.modalities.map(presenceOf);
  const rows = Int32Array.from(dataset.ids.keys()).filter((row) => present.some((modality) => modality[row] === 1));
  return selectSubjects(dataset, rows);
}

const STUDIES: Readonly<Record<string, () => Dataset | Promise<Dataset>>> = {
  'case 1, 300 subjects': () => case1(300),
  'case 1, 3,000 subjects': () => case1(3000),
  'mixomics, 150 people, 200 + 184 columns': async () => (await mixomics(SEED, { shuffled: false })).dataset,
  'NHANES, 4,000 people, body and chemistry': people,
};

/** Returns the seconds of processor time of a fit. */
async function timeOf(dataset: Dataset, evidence: 'none' | 'quick' | 'full'): Promise<number> {
  const before = process.cpuUsage();
  const model = await MultimodalCausalModel.fit(dataset, { seed: SEED, threads: 1, evidence });
  const { user, system } = process.cpuUsage(before);
  await model.dispose();
  return (user + system) / 1e6;
}

const runs = Number(process.argv.at(2) ?? 5);
process.stdout.write('| study | fit | full | quick |\n|---|---|---|---|\n');
for (const [name, make] of Object.entries(STUDIES)) {
  const dataset = await make();
  const fits: number[] = [];
  const full: number[] = [];
  const quick: number[] = [];
  for (let run = 0; run < runs; run++) {
    const fit = await timeOf(dataset, 'none');
    fits.push(fit);
    quick.push((await timeOf(dataset, 'quick')) / fit - 1);
    full.push((await timeOf(dataset, 'full')) / fit - 1);
  }
  const cell = (ratios: readonly number[]): string =>
    `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  process.stdout.write(`| ${name} | ${median(fits).toFixed(1)} s | ${cell(full)} | ${cell(quick)} |\n`);
}
