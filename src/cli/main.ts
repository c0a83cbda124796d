#!/usr/bin/env node
// The program `interlatent`.

import { taskThreads } from '../background/niceness.js';
import { writeError } from '../files/atomic.js';
import { causeCode } from '../errors/cause.js';
import { printError, runCommandLine } from './command-line.js';

const args = process.argv.slice(2);

taskThreads.niceness = 0;

// A reader of our output, such as `head`, may close the stream, and a disk may be full. The current work still
// finishes. Only the first error of a stream is reported.
for (const [stream, name] of [
  [process.stdout, 'the output'],
  [process.stderr, 'the messages'],
] as const) {
  stream.once('error', (error) => {
    stream.on('error', () => undefined);
    const isUnread = ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(causeCode(error));
    if (!isUnread) process.exitCode = printError(writeError(name, error), { isJson: args.includes('--json') });
  });
}

const code = await runCommandLine(args);
if (code !== 0) process.exitCode = code;
