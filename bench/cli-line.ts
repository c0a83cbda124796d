// Runs the built command line, as a user would, and reads its JSON.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/runtime/package.js';

const MAIN = join(packageRoot, 'dist', 'cli', 'main.js');

/** Runs `interlatent ...args`; throws with its standard error when it fails. */
export function interlatent(...args: string[]): string {
  return execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The same with --json. */
export function interlatentJson(...args: string[]): unknown {
  return JSON.parse(interlatent(...args, '--json'));
}
