// RUN folders with files of two fits of the same study. run.json lists the digests of its own fit, so each mixture is
// refused by every command that reads one of the files.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BadInput } from './case.js';
import { COMMANDS, READ } from './run-folders.js';

/** Files that few commands read: all others may succeed if only these are of the other fit. */
const READERS: Readonly<Partial<Record<string, readonly string[]>>> = {
  'latents.csv': ['report @/run'],
  'latents-in-sample.csv': ['evaluate @/run'],
  'folds.csv': ['discover @/run'],
};

/** @param base the folder of the fixtures */
export function* badMixtures(base: string): Generator<BadInput> {
  const [own, other] = ['run', 'other-run'].map(
    (run) => new Map(READ.map((name) => [name, readFileSync(join(base, run, name))])),
  );
  const names = READ.filter((name) => !own.get(name)!.equals(other.get(name)!));
  // One file of the other fit, and two.
  const mixtures = names.flatMap((name, i) => [[name], ...names.slice(i + 1).map((second) => [name, second])]);
  for (const taken of mixtures) {
    const files = [...own].map(([name, bytes]): [string, Buffer] => [
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
