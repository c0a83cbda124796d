// The built command line, or another program, in a process that stays: each message is a command line, run where and as
// the shell would; its exit code and what it printed are the answer, a file. Started by command-line.ts.

import { Buffer } from 'node:buffer';
import { renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const [, , answers] = process.argv;
// As in test/runtime/jest-runtime.cjs.
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
    // Each of them is a module of its own, over the same chunks.
    await import(`${pathToFileURL(program).href}?${number}`);
  } catch (error) {
    printed.stderr += error.stack;
    process.exitCode = 1;
  }
  const answer = { code: process.exitCode ?? 0, out: printed.stdout, err: printed.stderr };
  writeFileSync(`${answers}/part`, JSON.stringify(answer));
  renameSync(`${answers}/part`, `${answers}/${number}.json`);
});
