// A command line in this process: it says what the program would say, half a second sooner.

import { runCommandLine } from '../src/cli/command-line.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** @param folder where names of files begin; commands in one process go one after the other */
export async function commandHere(args: readonly string[], folder: string): Promise<Said> {
  const before = process.cwd();
  const said = { out: '', err: '' };
  const restore = (
    [
      ['stdout', 'out'],
      ['stderr', 'err'],
    ] as const
  ).map(([stream, name]) => {
    const write = process[stream].write.bind(process[stream]);
    process[stream].write = (chunk) => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
    return () => (process[stream].write = write);
  });
  process.chdir(folder);
  try {
    const code = await runCommandLine(args);
    return { code, ...said };
  } finally {
    process.chdir(before);
    for (const back of restore) back();
  }
}
