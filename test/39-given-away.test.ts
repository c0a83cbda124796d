// A model that is given away: the ids of people lie in a file of their own, and a RUN folder without it is whole but
// for what needs them.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { evaluateCommand } from '../src/cli/evaluate.js';
import { readStudy, type Study } from '../src/study/study.js';
import { writeSimulation } from '../src/simulation/files.js';
import { simulate } from '../src/simulation/simulate.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { scratch } from './scratch.js';

const SMALL = { fit: 'joint', runs: 1, epochs: 2, batch: 64, hidden: 8 } as const;

const { folder } = scratch();
const run = join(folder, 'run');
let study: Study;
let model: MultimodalCausalModel;

beforeAll(async () => {
  const simulation = simulate('case1', { seed: 3, samples: 300, test: 100 });
  await writeSimulation(simulation, join(folder, 'data'));
  // Ids that stand nowhere else by accident.
  for (const name of readdirSync(join(folder, 'data')).filter((file) => file.endsWith('.csv'))) {
    const path = join(folder, 'data', name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^(s?\d+),/gm, 'person-$1,'));
  }
  study = await readStudy(join(folder, 'data', 'study.yaml'));
  model = await MultimodalCausalModel.fit(study, { ...SMALL, threads: 1 });
  await model.save(run);
});

const copy = (name: string): string => {
  const path = join(folder, name);
  cpSync(run, path, { recursive: true });
  return path;
};
const evaluateRun = (path: string) =>
  evaluateCommand()
    .exitOverride()
    .parseAsync(['node', 'evaluate', path, '--truth', join(folder, 'data/truth.npz')]);

describe('ids of people', () => {
  test('are in subjects.json alone', () => {
    const named = readdirSync(run).filter((name) => readFileSync(join(run, name)).includes('person-'));
    expect(named).toEqual(['subjects.json']);
    const { heldOut } = JSON.parse(readFileSync(join(run, 'subjects.json'), 'utf8')) as { heldOut: string[] };
    expect(heldOut).toEqual(Array.from(study.dataset.split.test, (row) => study.dataset.ids[row]));
    expect(model.heldOut).toEqual(heldOut);
  });

  test('without them a RUN loads, encodes, reports and is saved again, still without', async () => {
    const given = copy('given');
    rmSync(join(given, 'subjects.json'));
    await using loaded = await MultimodalCausalModel.load(given);
    expect(loaded.heldOut).toBeUndefined();
    expect(await loaded.encode(study.dataset)).toEqual(await model.encode(study.dataset));
    expect(await loaded.report({ study })).toContain('held out and seen by no fit');
    // Over a folder that has other subjects.
    const target = copy('target');
    await loaded.save(target);
    expect(existsSync(join(target, 'subjects.json'))).toBe(false);
  });

  test('evaluate says what is missing, and where it comes from', async () => {
    const given = copy('unknown');
    rmSync(join(given, 'subjects.json'));
    await expect(evaluateRun(given)).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringMatching(/subjects\.json is missing: it names the subjects that were held out/),
    });
  });

  test('of another fit are refused, as are damaged ones', async () => {
    const mixed = copy('mixed');
    const path = join(mixed, 'subjects.json');
    const subjects = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    for (const content of [{ ...subjects, fingerprint: '0' }, { ...subjects, heldOut: 3 }, [], 3]) {
      writeFileSync(path, JSON.stringify(content));
      await expect(MultimodalCausalModel.load(mixed)).rejects.toMatchObject({ code: 'damaged-file' });
    }
    writeFileSync(path, '{');
    await expect(MultimodalCausalModel.load(mixed)).rejects.toMatchObject({ code: 'damaged-file' });
  });

  test('of a RUN of the second format, in its run.json, are read, and saved apart', async () => {
    const earlier = copy('earlier');
    const path = join(earlier, 'run.json');
    const summary = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...summary, format: 'interlatent-run-2', heldOut: model.heldOut }));
    rmSync(join(earlier, 'subjects.json'));
    await using loaded = await MultimodalCausalModel.load(earlier);
    expect(loaded.heldOut).toEqual(model.heldOut);
    const again = join(folder, 'again');
    await loaded.save(again);
    for (const name of ['run.json', 'subjects.json']) {
      expect(readFileSync(join(again, name))).toEqual(readFileSync(join(run, name)));
    }
  });
});
