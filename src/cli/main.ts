#!/usr/bin/env node
// The program `interlatent`.

import { taskThreads } from '../background/niceness.js';
import { writeError } from '../files/atomic.js';
import { causeCode } from '../files/cause.js';
import { tellError, runCommandLine } from './command-line.js';

const args = process.argv.slice(2);

taskThreads.niceness = 0;

// Who reads our output, `head` for instance, may have enough of it, and a disk may be full: what is under way still
// comes to its end. A second error of a stream says nothing new.
for (const [stream, name] of [
  [process.stdout, 'the output'],
  [process.stderr, 'the messages'],
] as const) {
  stream.once('error', (error) => {
    stream.on('error', () => undefined);
    const isUnread = ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(causeCode(error));
    if (!isUnread) process.exitCode = tellError(writeError(name, error), { isJson: args.includes('--json') });
  });
}

const code = await runCommandLine(args);
if (code !== 0) process.exitCode = code;
