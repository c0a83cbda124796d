// Runs the built command line, or another program, again and again in one process, which command-line.ts starts. Each
// message is a command line and its folder. The answer is a file with the exit code and the printed text.

import { Buffer } from 'node:buffer';
import { renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const [, , answers] = process.argv;
// The same flag as in test/runtime/jest-runtime.cjs.
setFlagsFromString('--interrupt-budget=800000');
let printed;
for (const name of ['stdout', 'stderr']) {
  process[name].setMaxListeners(0);
  process[name].write = (chunk, encoding, done = encoding) => {
    printed[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
}

process.on('disconnect', () => process.exit());
process.on('message', async ({ number, cwd, program, args }) => {
  printed = { stdout: '', stderr: '' };
  process.chdir(cwd);
  process.argv = [process.argv[0], program, ...args];
  process.exitCode = undefined;
  try {
    // The number makes each import a new module; the chunks are shared.
    await import(`${pathToFileURL(program).href}?${number}`);
  } catch (error) {
    printed.stderr += error.stack;
    process.exitCode = 1;
  }
  const answer = { code: process.exitCode ?? 0, out: printed.stdout, err: printed.stderr };
  writeFileSync(`${answers}/part`, JSON.stringify(answer));
  renameSync(`${answers}/part`, `${answers}/${number}.json`);
});
