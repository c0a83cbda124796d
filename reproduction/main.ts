// The program `npm run reproduce -- FIGURE …` of a checkout: the paper's experiments and their baselines.

import { runCommandLine, withConventions } from '../src/cli/command-line.js';
import { reproduceCommand } from './command/reproduce.js';

const code = await runCommandLine(process.argv.slice(2), withConventions(reproduceCommand()));
if (code !== 0) process.exitCode = code;
