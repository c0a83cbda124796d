// Runs a command line in this process, which is half a second faster than a separate one.

import { runCommandLine } from '../src/cli/command-line.js';

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a command and returns its output. Run commands in sequence: they change the directory of the process.
 * @param folder to which file names are relative
 */
export async function commandHere(args: readonly string[], folder: string): Promise<CommandResult> {
  const before = process.cwd();
  const output = { out: '', err: '' };
  const restore = (
    [
      ['stdout', 'out'],
      ['stderr', 'err'],
    ] as const
  ).map(([stream, name]) => {
    const write = process[stream].write.bind(process[stream]);
    process[stream].write = (chunk) => {
      output[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
    return () => (process[stream].write = write);
  });
  process.chdir(folder);
  try {
    const code = await runCommandLine(args);
    return { code, ...output };
  } finally {
    process.chdir(before);
    for (const back of restore) back();
  }
}
