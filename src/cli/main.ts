#!/usr/bin/env node
// The program `interlatent`.

import { runProcess } from './command-line.js';

await runProcess();
