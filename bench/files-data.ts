// Writes a study of a million subjects once: two CSV files of 15 columns, and a model of its first subjects.

import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MultimodalCausalModel } from '../src/model/multimodal-causal-model.js';
import { RandomStream } from '../src/random/random-stream.js';
import { packageRoot } from '../src/runtime/package.js';
import { readStudy } from '../src/study/study.js';

const COLUMNS = 15;
const FITTED = 2000;
const PIECE = 5000;

export interface LargeStudy {
  readonly path: string;
  /** RUN folder of a fitted model. */
  readonly run: string;
  readonly tables: readonly string[];
  readonly subjects: number;
  readonly bytes: number;
}

/** Returns the study, and writes it if it does not exist yet. */
export async function largeStudy(subjects: number): Promise<LargeStudy> {
  const folder = join(packageRoot, 'build', 'bench', `files-${subjects}`);
  const run = join(folder, 'run');
  if (!existsSync(join(run, 'run.json'))) await write(folder, subjects);
  const tables = ['a', 'b'].map((name) => join(folder, `${name}.csv`));
  const bytes = tables.reduce((sum, table) => sum + statSync(table).size, 0);
  return { path: join(folder, 'study.yaml'), run, tables, subjects, bytes };
}

async function write(folder: string, subjects: number): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'few'), { recursive: true });
  for (const [count, at] of [
    [subjects, folder],
    [FITTED, join(folder, 'few')],
  ] as const) {
    for (const [stream, name] of ['a', 'b'].entries()) {
      await pipeline(Readable.from(lines(name, count, stream)), createWriteStream(join(at, `${name}.csv`)));
    }
    writeFileSync(
      join(at, 'study.yaml'),
      'study: large\nid: subject\nmodalities:\n' +
        ['a', 'b'].map((name) => `  ${name}: { table: ${name}.csv, latents: 2 }\n`).join(''),
    );
  }
  const study = await readStudy(join(folder, 'few', 'study.yaml'));
  const settings = { encoderRestarts: 1, componentRestarts: 1, epochs: 2, evidence: 'none' as const, threads: 1 };
  await using model = await MultimodalCausalModel.fit(study, settings);
  await model.save(join(folder, 'saved'));
  // A folder with the final name is always complete.
  renameSync(join(folder, 'saved'), join(folder, 'run'));
}

/** Yields lines of CSV whose numbers have all 15 to 17 digits of a double. */
function* lines(name: string, subjects: number, stream: number): Generator<string> {
  const shared = new RandomStream(0, 2);
  const noise = new RandomStream(0, stream);
  let text = `subject,${Array.from({ length: COLUMNS }, (_, column) => `${name}${column + 1}`).join()}\n`;
  for (let subject = 0; subject < subjects; subject++) {
    const z = [shared.normal(), shared.normal()];
    text += `s${subject}`;
    for (let column = 0; column < COLUMNS; column++) {
      const centre = Math.sin(column) * z[0] + Math.cos(column + stream) * z[1];
      text += `,${10 * column + centre + 0.5 * noise.normal()}`;
    }
    text += '\n';
    if (subject % PIECE !== PIECE - 1) continue;
    yield text;
    text = '';
  }
  yield text;
}
