// Builds and plans the first stage of a fit of simulated case 1 with default settings, and prints the milliseconds. It
// is a separate program, because the first call in a process is slower.

import { CASES } from '../src/simulation/cases.js';
import { fitConfig } from '../src/training/config.js';
import { subspaceStage } from '../src/training/joint-stage.js';
import { tablesOf } from './cases.js';

const { modalities, columns, latents } = CASES.case1;
const dataset = tablesOf(modalities, columns, latents, 10_000, 1000);
const started = performance.now();
subspaceStage(dataset, fitConfig({}));
console.log(performance.now() - started);
