// Builds and plans the training program of simulated case 1 with default settings, and prints the milliseconds. It is a
// separate program, because the first call in a process is slower.

import { tableObservation } from '../src/data/observation.js';
import { CASES } from '../src/simulation/cases.js';
import { EXOGENOUS } from '../src/simulation/graph.js';
import { fitConfig } from '../src/training/config.js';
import { trainingProgram } from '../src/training/program.js';

const { modalities, columns, latents } = CASES.case1;
const shapes = Array.from({ length: modalities }, (_, i) => ({
  name: `m${i + 1}`,
  observation: tableObservation(columns),
  latents,
  exogenous: EXOGENOUS,
}));
const started = performance.now();
trainingProgram(shapes, fitConfig({}), { rows: 12_000, train: 9000, validation: 1000 });
console.log(performance.now() - started);
