// The wall clock jumps by years in both directions with every reading. No command may hang, change bits or report a
// negative time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badEnd, faultLibrary, interlatent } from './process.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const TEN_YEARS = 10 * 365 * 86_400;

export async function clock({ folder, quick, outcome }) {
  const faults = faultLibrary(folder);
  const { commands, reference } = await workshop(folder);
  for (const name of quick ? ['fit'] : Object.keys(commands)) {
    const work = freshFolder(folder);
    const result = await interlatent(commands[name](work), { env: faults({ CLOCK: TEN_YEARS }) });
    const files = filesIn(work);
    outcome.note(
      name,
      badEnd(result) ?? (result.code === 0 ? difference((await reference(name)).files, files) : result.err),
    );
    for (const path of Object.keys(files).filter((path) => /\.jsonl?$/.test(path))) {
      const negative = /"seconds(Left)?": ?-/.test(readFileSync(join(work, path), 'utf8'));
      outcome.note(`${name}, times in ${path}`, negative ? 'negative' : undefined);
    }
    remove(work);
  }
}
