// RUN folders with files of two fits of the same study. run.json lists the digests of the files of its fit, so every
// command that reads a foreign file refuses the folder.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BadInput } from './case.js';
import { COMMANDS, READ } from './run-folders.js';

/** Files that few commands read. The other commands may succeed if only these files belong to the other fit. */
const READERS: Readonly<Partial<Record<string, readonly string[]>>> = {
  'latents.csv': ['report @/run'],
  'latents-in-sample.csv': ['evaluate @/run'],
  'folds.csv': ['discover @/run'],
};

/** Yields the mixtures. @param base folder of the fixtures */
export function* badMixtures(base: string): Generator<BadInput> {
  const [run, other] = ['run', 'other-run'].map(
    (folder) => new Map(READ.map((name) => [name, readFileSync(join(base, folder, name))])),
  );
  const names = READ.filter((name) => !run.get(name)!.equals(other.get(name)!));
  // A mixture has one or two files of the other fit.
  const mixtures = names.flatMap((name, i) => [[name], ...names.slice(i + 1).map((second) => [name, second])]);
  for (const taken of mixtures) {
    const files = [...run].map(([name, bytes]): [string, Buffer] => [
      `run/${name}`,
      taken.includes(name) ? other.get(name)! : bytes,
    ]);
    for (const args of COMMANDS) {
      const mayBeGood = taken.every((name) => READERS[name]?.includes(args.slice(0, 2).join(' ')) === false);
      yield {
        name: `mixture of ${taken.join(' and ')}: ${args[0]}`,
        args,
        files: Object.fromEntries(files),
        mayBeGood,
      };
    }
  }
}
