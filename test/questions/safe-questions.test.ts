// Refusals of do(z): untested fits, latents that are not replicated, and unknown directions.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { counterfactualCommand } from '../../src/cli/counterfactual.js';
import { interveneCommand } from '../../src/cli/intervene.js';
import { readTable } from '../../src/files/read-table.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { QuestionOptions } from '../../src/questions/index.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { evidenceOf, type EvidenceFacts } from '../fixtures/judged-evidence.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
type Content = Record<string, unknown>;

beforeAll(async () => {
  await writeSimulation(simulate('case1', { seed: 3, samples: 300, test: 50 }), join(folder, 'data'));
  const study = await readStudy(join(folder, 'data/study.yaml'));
  const settings = {
    fit: 'joint',
    encoderRestarts: 1,
    epochs: 2,
    batch: 64,
    hidden: 8,
    evidence: 'none',
    threads: 1,
  } as const;
  // All edges that the order of the modalities allows.
  const sparsity = { kind: 'none', order: 'unknown' } as const;
  await using model = await MultimodalCausalModel.fit(study, { ...settings, sparsity });
  await model.save(join(folder, 'run'));
}, 60_000);

let runs = 0;

/** Returns the RUN with this evidence, and with or without an asserted order of the modalities. */
async function judged(facts: EvidenceFacts | undefined, order: 'unknown' | 'assumed' = 'unknown') {
  const place = join(folder, `run-${runs++}`);
  cpSync(join(folder, 'run'), place, { recursive: true });
  const path = join(place, 'run.json');
  const { config, ...content } = JSON.parse(readFileSync(path, 'utf8')) as Content & { config: { sparsity: object } };
  const changed = { ...config, sparsity: { ...config.sparsity, order } };
  writeFileSync(path, JSON.stringify({ ...content, config: changed, ...(facts && { evidence: evidenceOf(facts) }) }));
  const model = await MultimodalCausalModel.load(place);
  const ask = (latent: string, options: QuestionOptions<'intervene'> = {}) =>
    model.intervene({ [latent]: { sd: 1 } }, { draws: 20, ...options });
  /** Returns the modalities that an answer reaches. */
  const reached = async (latent: string, options?: QuestionOptions<'intervene'>) =>
    [...new Set((await ask(latent, options)).consequences.map(({ modality }) => modality))].sort();
  return { model, place, ask, reached };
}

const codes = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }) =>
  warnings.map(({ code }) => code);
const LINK = ['m1.z1', 'm2.z1', 'supported'] as const;
const OVER_TWO_GRAPHS = {
  steps: [-2, -1, 0, 1, 2],
  members: [{ hasStudyOrder: true }, { hasStudyOrder: false }],
  pairs: [
    {
      ...{ from: 'm1.z1', to: 'm2.z1', open: [{ from: 'm1.z1', to: 'm2.z1' }] },
      effects: [
        {
          members: [0],
          curve: {
            estimate: [-1.2, -0.6, 0, 0.6, 1.2],
            lower90: [-1.6, -0.8, 0, 0.4, 0.8],
            upper90: [-0.8, -0.4, 0, 0.8, 1.6],
          },
        },
        { members: [1] },
      ],
    },
  ],
};

describe('edges', () => {
  test('by default, effects follow only supported links', async () => {
    const { model, ask, reached } = await judged({ links: [LINK] }, 'assumed');
    await using _ = model;
    const latents = (await ask('m1.z1')).consequences.filter(({ kind }) => kind === 'latent');
    expect(latents.map(({ name }) => name)).toEqual(['m1.z1', 'm2.z1']);
    expect(await reached('m1.z2')).toEqual(['m1']);
  });

  test('all edges of the fit are followed on request, with a warning', async () => {
    const { model, ask } = await judged({ links: [LINK] }, 'assumed');
    await using _ = model;
    // The order of the modalities does not apply within a modality.
    await expect(ask('m1.z1', { edges: 'fitted' })).rejects.toMatchObject({ code: 'direction-unknown' });
    const answer = await ask('m1.z1', { edges: 'fitted', assumeOrder: true });
    expect(answer.consequences.filter(({ kind }) => kind === 'latent')).toHaveLength(4);
    expect(codes(answer)).toContain('unsupported-edge');
  });

  test(
    'a list of edges asserts links and directions, but effects cannot follow an edge that is ' + 'not fitted',
    async () => {
      const { model, ask } = await judged({});
      await using _ = model;
      const answer = await ask('m1.z1', { edges: [{ from: 'm1.z1', to: 'm2.z2' }] });
      expect(answer.assumed).toEqual([{ from: 'm1.z1', to: 'm2.z2' }]);
      await expect(ask('m1.z1', { edges: [{ from: 'm2.z1', to: 'm1.z1' }] })).rejects.toMatchObject({
        code: 'unknown-edge',
      });
      await expect(ask('m1.z1', { edges: 'all' as 'fitted' })).rejects.toMatchObject({ code: 'invalid-option' });
    },
  );

  test('undecided links, and supported links that the fit does not have, are named', async () => {
    const links = [LINK, ['m1.z1', 'm2.z2', 'undecided']] as const;
    const { model, ask } = await judged({ links }, 'assumed');
    await using _ = model;
    expect(codes(await ask('m1.z1'))).toContain('undecided-link');
    expect(codes(await ask('m1.z2'))).not.toContain('undecided-link');
    const unfollowed = await ask('m1.z1', { edges: [] });
    expect(codes(unfollowed)).toContain('link-not-fitted');
  });
});

describe('directions', () => {
  test('an undetermined direction on the path makes the answer unknown, from either end', async () => {
    const { model, ask, reached } = await judged({ links: [LINK] });
    await using _ = model;
    for (const latent of ['m1.z1', 'm2.z1']) {
      await expect(ask(latent)).rejects.toMatchObject({
        code: 'direction-unknown',
        message: expect.stringMatching(/m1\.z1 – m2\.z1.*--assume-order/s),
      });
    }
    expect(await reached('m1.z2')).toEqual(['m1']);
    // A set latent has no causes, so the direction between two set latents does not matter.
    const both = await model.intervene({ 'm1.z1': 0, 'm2.z1': 0 }, { draws: 10 });
    expect(both.assumed).toEqual([]);
  });

  test('effects over all equally good graphs answer a question about an undetermined direction', async () => {
    const { model, place, ask } = await judged({ links: [LINK], latentEffects: OVER_TWO_GRAPHS });
    await using _ = model;
    const answer = await ask('m1.z1');
    const effect = { verdict: 'not-identified', reason: 'no-path', lower: 0, upper: 0.8, open: ['m1.z1 – m2.z1'] };
    const overClass = [{ name: 'm2.z1', modality: 'm2', overClass: expect.objectContaining(effect) }];
    expect(answer).toMatchObject({ consequences: [], assumed: [], overClass });
    expect(codes(answer)).toContain('direction-unknown');
    const people = simulatedDataset(simulate('case1', { seed: 3, samples: 20, test: 5 }));
    for await (const one of model.counterfactual(people, { 'm1.z1': { sd: 1 } }, { draws: 5 })) {
      expect(one).toMatchObject({ consequences: [], overClass });
    }
    // An asserted order leaves one graph, and the model's figures are known, too.
    const asserted = await ask('m1.z1', { assumeOrder: true });
    expect(asserted.consequences.length).toBeGreaterThan(0);
    expect(asserted.overClass).toMatchObject([{ overClass: { verdict: 'identified', lower: 0.4, upper: 0.8 } }]);
    // There is no answer for two latents, for values beyond the steps, and for latents without estimated effects.
    const refused = { code: 'direction-unknown' };
    await expect(model.intervene({ 'm1.z1': 0, 'm1.z2': 0 }, { draws: 10 })).rejects.toMatchObject(refused);
    await expect(model.intervene({ 'm1.z1': { sd: 3 } }, { draws: 10 })).rejects.toMatchObject(refused);
    await expect(ask('m2.z1')).rejects.toMatchObject(refused);
    const out = join(place, 'effects.csv');
    await interveneCommand().parseAsync(['node', 'intervene', place, '--set', 'm1.z1=+1sd', '--out', out]);
    expect((await readTable(out, { text: ['name', 'kind', 'modality', 'verdict', 'reason'] })).texts('reason')).toEqual(
      ['no-path'],
    );
  });

  test.each(['the study', 'the caller'])('an order that %s asserts is called assumed', async (who) => {
    const { model, ask } = await judged({ links: [LINK] }, who === 'the study' ? 'assumed' : 'unknown');
    await using _ = model;
    const answer = await ask('m1.z1', { assumeOrder: who === 'the caller' });
    expect(answer.assumed).toEqual([{ from: 'm1.z1', to: 'm2.z1' }]);
    expect(codes(answer)).toContain('assumed-direction');
    for (const { modality, assumed } of answer.consequences) expect(assumed).toBe(modality === 'm2');
  });

  test('a supported direction needs no assumption; one opposite to the fit has no answer', async () => {
    const along = await judged({ links: [LINK], directions: [{ from: 'm1.z1', to: 'm2.z1', share: 0.95 }] });
    await using _ = along.model;
    const answer = await along.ask('m1.z1');
    expect(answer.assumed).toEqual([]);
    expect(answer.consequences.some(({ assumed }) => assumed)).toBe(false);
    const against = await judged({ links: [LINK], directions: [{ from: 'm2.z1', to: 'm1.z1', share: 0.95 }] });
    await using __ = against.model;
    await expect(against.ask('m1.z1')).rejects.toMatchObject({
      code: 'direction-unknown',
      message: expect.stringMatching(/support the opposite of the fitted direction/),
    });
  });

  test('an assumed order has a warning if the reversed order explains the subjects equally well', async () => {
    const order = { difference: 0.01, standardError: 0.02, subjects: 100 };
    const { model, ask } = await judged({ links: [LINK], order }, 'assumed');
    await using _ = model;
    const { warnings } = await ask('m1.z1');
    expect(warnings.find(({ code }) => code === 'assumed-direction')!.text).toContain('as well');
  });
});

describe('copies of one variable', () => {
  const same = [{ latents: ['m1.z1', 'm2.z1'], signs: [1, -1] }] as const;
  const setOf = async (answer: ReturnType<Awaited<ReturnType<typeof judged>>['ask']>) =>
    Object.fromEntries((await answer).set.map(({ name, sd }) => [name, sd]));

  test('are set together, whichever is named, and need no direction between them', async () => {
    const { model, ask } = await judged({ same });
    await using _ = model;
    expect(await setOf(ask('m1.z1'))).toEqual({ 'm1.z1': 1, 'm2.z1': -1 });
    expect(await setOf(ask('m2.z1'))).toEqual({ 'm2.z1': 1, 'm1.z1': -1 });
    const { set, consequences } = await ask('m1.z1');
    for (const { name, value } of set) {
      const { after } = consequences.find((one) => one.name === name)!;
      expect(after.mean).toBeCloseTo(value, 5);
      expect(after.sd).toBeCloseTo(0, 5);
    }
    expect(await setOf(ask('m1.z2'))).toEqual({ 'm1.z2': 1 });
  });

  test('cannot have different values', async () => {
    const { model } = await judged({ same });
    await using _ = model;
    const ask = (sd: number) => model.intervene({ 'm1.z1': { sd: 1 }, 'm2.z1': { sd } }, { draws: 10 });
    expect(Object.keys(await setOf(ask(-1)))).toEqual(['m1.z1', 'm2.z1']);
    await expect(ask(1)).rejects.toMatchObject({ code: 'invalid-setting', message: expect.stringMatching(/-1.00 sd/) });
  });

  test('have each the links of both', async () => {
    const { model, ask } = await judged({ same, links: [['m1.z1', 'm2.z2', 'supported']] }, 'assumed');
    await using _ = model;
    const latents = (await ask('m2.z1')).consequences.filter(({ kind }) => kind === 'latent');
    expect(latents.map(({ name }) => name).sort()).toEqual(['m1.z1', 'm2.z1', 'm2.z2']);
  });

  test('are one latent of a report', async () => {
    const { model } = await judged({ same });
    await using _ = model;
    const study = await readStudy(join(folder, 'data/study.yaml'));
    const html = await model.report({ study });
    const form = /<form[^>]*data-controls="interventions">.*?<\/form>/s.exec(html)![0];
    const names = [...form.matchAll(/<option[^>]*>(m\d[^<]*)<\/option>/g)].map((match) => match[1]);
    expect(names).toEqual(['m1.z1 = m2.z1', 'm1.z2', 'm2.z2']);
  });
});

describe('latents', () => {
  const lost = { 'm2.z1': { replicated: false, single: false } };

  test('a latent that is not replicated is neither set nor followed, except on request', async () => {
    const { model, ask, reached } = await judged({ links: [LINK], latents: lost }, 'assumed');
    await using _ = model;
    for (const latent of ['m2.z1', 'm1.z1']) {
      await expect(ask(latent)).rejects.toMatchObject({
        code: 'unreplicated-latent',
        message: expect.stringMatching(/m2\.z1.*--unreplicated/s),
      });
    }
    expect(await reached('m1.z1', { unreplicated: true })).toEqual(['m1', 'm2']);
  });

  test('a mixture is not set alone, except on request; reached mixtures are named', async () => {
    const latents = { 'm1.z1': { replicated: true, single: false } };
    const { model, ask } = await judged({ links: [LINK], latents }, 'assumed');
    await using _ = model;
    await expect(ask('m1.z1')).rejects.toMatchObject({
      code: 'undetermined-latent',
      message: expect.stringMatching(/mixture.*--undetermined/s),
    });
    expect(codes(await ask('m1.z1', { undetermined: true }))).toContain('undetermined-latent');
  });

  test('a fit that was not tested answers only on request', async () => {
    for (const facts of [undefined, { tested: false }]) {
      const { model, ask, reached } = await judged(facts, 'assumed');
      await using _ = model;
      await expect(ask('m1.z1')).rejects.toMatchObject({
        code: 'untested',
        message: expect.stringMatching(/--untested/),
      });
      expect(await reached('m2.z2', { untested: true, assumeOrder: true })).toEqual(['m2']);
      expect(codes(await ask('m2.z2', { untested: true, assumeOrder: true }))).toContain('no-evidence');
    }
  });
});

describe('commands', () => {
  const run = (command: Command, ...words: string[]) =>
    command.exitOverride().parseAsync(['node', command.name(), ...words]);

  test('the flags have the names in the errors, and tables show assumptions', async () => {
    const { model, place } = await judged({ links: [LINK] });
    await using _ = model;
    const out = join(place, 'answer.csv');
    const set = ['--set', 'm1.z1=+1sd', '--draws', '10', '--json', '--out', out];
    const people = [place, join(folder, 'data/study.yaml')];
    await expect(run(interveneCommand(), place, ...set)).rejects.toMatchObject({ code: 'direction-unknown' });
    await expect(run(counterfactualCommand(), ...people, ...set)).rejects.toMatchObject({ code: 'direction-unknown' });
    await run(interveneCommand(), place, ...set, '--assume-order');
    const text = ['name', 'kind', 'modality', 'unit', 'direction'];
    const effects = await readTable(out, { text });
    expect(effects.texts('direction')).toEqual(['', 'assumed']);
    expect(effects.columns).toContain('effect_simulation_error');
    await run(counterfactualCommand(), ...people, ...set, '--assume-order');
    const subjects = await readTable(out, { text: ['id', ...text] });
    expect(new Set(subjects.texts('direction'))).toEqual(new Set(['', 'assumed']));
  });

  test('a counterfactual states its assumption about mechanisms', async () => {
    const { model } = await judged({}, 'assumed');
    await using _ = model;
    const { dataset } = await readStudy(join(folder, 'data/study.yaml'), { scales: model.columnScales });
    const options = { subjects: [dataset.ids[0]], draws: 4 };
    for await (const { warnings } of model.counterfactual(dataset, { 'm1.z1': 0 }, options)) {
      expect(warnings.find(({ code }) => code === 'bijective-mechanisms')!.text).toMatch(
        /every mechanism is bijective/,
      );
    }
  });
});
