// The program `npm run reproduce -- FIGURE …` of a checkout: the paper's experiments and their baselines.

import { runCommandLine } from '../src/cli/command-line.js';
import { reproduceProgram } from './command/reproduce.js';

const code = await runCommandLine(process.argv.slice(2), reproduceProgram());
if (code !== 0) process.exitCode = code;
