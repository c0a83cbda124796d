// Runs Python and R on the clients in clients/.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { MAIN } from '../fixtures/command-line.js';

export const CLIENTS = join(import.meta.dirname, '../../clients');
export const PYTHON = '/usr/bin/python3';

/** True if the Python of the system has a package. */
export const hasPackage = (name: string): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0;

/** True if R has a package. */
export const hasLibrary = (name: string): boolean =>
  spawnSync('Rscript', ['--vanilla', '-e', `library(${name})`]).status === 0;

/**
 * Runs a program in a folder, and expects success. A server in this process can answer it.
 * @returns the text of both streams
 */
export async function runs(
  program: string,
  args: readonly string[],
  { cwd = CLIENTS, environment = {} }: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const env = {
    ...process.env,
    INTERLATENT_CLI: MAIN,
    PYTHONDONTWRITEBYTECODE: '1',
    LC_ALL: 'C.UTF-8',
    ...environment,
  };
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (part) => (text += String(part)));
  child.stderr.on('data', (part) => (text += String(part)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  // The text of a failed test is the message of this one.
  if (code !== 0) expect(text).toBe('');
  expect(code).toBe(0);
  return text;
}
