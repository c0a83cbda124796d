// Runs the built command line as a user does, and reads its JSON.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/runtime/package.js';

const MAIN = join(packageRoot, 'dist', 'cli', 'main.js');

/** Runs `interlatent ...args` and returns its output. @throws Error with its standard error if it fails */
export function interlatent(...args: string[]): string {
  return execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs `interlatent ...args --json` and returns the parsed output. */
export function interlatentJson(...args: string[]): unknown {
  return JSON.parse(interlatent(...args, '--json'));
}
