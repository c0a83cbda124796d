// The program `npm run reproduce -- FIGURE …` of a checkout: the paper's experiments and their baselines.

import { runProcess } from '../src/cli/command-line.js';
import { reproduceProgram } from './command/reproduce.js';

await runProcess(reproduceProgram());
