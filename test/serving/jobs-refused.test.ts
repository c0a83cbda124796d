// A job that every worker would refuse is refused when it is enqueued. A job that a worker refuses leaves no folder.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { enqueueFit, enqueueSharedFit, fitProcessor, type FitJob, type QueuedFit } from '../../src/serving/bullmq.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const JOB = { study: 'data/study.yaml', run: 'runs/a' };

beforeAll(async () => {
  await writeSimulation(simulate('case1', { seed: 3, samples: 60, test: 20 }), join(folder, 'data'));
});

describe('a job', () => {
  const added: unknown[] = [];
  const queue = { add: (_: string, data: FitJob) => Promise.resolve(added.push(data)) };

  test.each<[string, object, string, RegExp]>([
    ['an unknown setting', { settings: { epoch: 3 } }, 'invalid-setting', /"epoch" is unknown \(did you mean 'epochs'/],
    ['a wrong setting', { settings: { epochs: -1 } }, 'invalid-setting', /"epochs"/],
    ['contradictory settings', { settings: { fit: 'joint', subspaces: 'linear' } }, 'invalid-setting', /joint/],
    ['an unknown key', { runs: 'a' }, 'invalid-option', /job/],
    ['an unknown mode', { evidence: 'some' }, 'invalid-option', /evidence/],
    ['a RUN outside of the root', { run: '../a' }, 'unsafe-name', /run/],
    ['a study outside of the root', { study: 'data/../../x.yaml' }, 'unsafe-name', /study/],
    ['an empty name', { run: '' }, 'unsafe-name', /run/],
    ['a NUL in the name', { run: 'a\0b' }, 'unsafe-name', /run/],
  ])('with %s is not enqueued', async (_, wrong, code, message) => {
    const job = { ...JOB, ...wrong } as FitJob;
    const refused = { code, message: expect.stringMatching(message) };
    await expect(enqueueFit(queue, job)).rejects.toMatchObject(refused);
    await expect(enqueueSharedFit(queue, job, 2)).rejects.toMatchObject(refused);
    expect(added).toEqual([]);
  });

  test('without mistakes is enqueued unchanged', async () => {
    const job: FitJob = { ...JOB, settings: { epochs: 3, fit: 'joint' }, evidence: 'none' };
    await enqueueFit(queue, job);
    expect(added).toEqual([job]);
  });
});

test('a job that a worker refuses leaves no RUN', async () => {
  const process = fitProcessor({ root: folder, queue: { getJob: () => Promise.resolve(undefined) } });
  // An older program may have enqueued this job.
  const data = { ...JOB, settings: { epoch: 3 } } as unknown as FitJob;
  const job = { id: '1', data } as QueuedFit;
  await expect(process(job)).rejects.toMatchObject({
    name: 'UnrecoverableError',
    message: expect.stringMatching(/epoch/),
  });
  expect(existsSync(join(folder, 'runs'))).toBe(false);
});

describe('the niceness of a fit', () => {
  const dataset = simulatedDataset(simulate('case1', { seed: 1, samples: 60, test: 20 }));
  const fit = (niceness: number) =>
    MultimodalCausalModel.fit(dataset, { fit: 'joint', encoderRestarts: 1, epochs: 1, evidence: 'none', niceness });

  test.each([-1, 20, 0.5, NaN])('is refused: %p', async (niceness) => {
    await expect(fit(niceness)).rejects.toMatchObject({ code: 'invalid-option' });
    expect(() => fitProcessor({ root: folder, queue: { getJob: () => Promise.resolve(undefined) }, niceness })).toThrow(
      /niceness/,
    );
  });

  test('may be 0', async () => {
    await using model = await fit(0);
    expect(model.graph.nodes).toHaveLength(4);
  });

  test('is documented', () => {
    expect(readFileSync('docs/reference/embedding.md', 'utf8')).toContain('option `niceness` takes 0 to 19');
  });
});
