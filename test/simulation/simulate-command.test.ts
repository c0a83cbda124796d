// interlatent simulate with observed causes, and interlatent simulate light-tunnel.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpz } from '../../src/files/npz.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const small = ['--samples', '540', '--test', '60'];
const run = (...args: string[]) => commandHere(['simulate', ...args], folder);
const targetsIn = async (name: string) => (await readNpz(join(folder, name, 'truth.npz'))).get('targets');

describe('simulate', () => {
  test('--levels adds a cause with these targets', async () => {
    const targets = ['--targets', 'm1.z2,m1.z1+m2.z2,none', '--dose', 'ordered', '--dose-targets', 'm2.z1'];
    const { code } = await run('pair', '--levels', 'perfect', ...targets, ...small, '--out', 'pair');
    expect(code).toBe(0);
    expect(Array.from((await targetsIn('pair'))!.data, Number)).toEqual(
      [
        [0, 1, 0, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
      ].flat(),
    );
    const { dataset } = await readStudy(join(folder, 'pair', 'study.yaml'));
    expect(dataset.causes!.map(({ name, effect }) => [name, effect])).toEqual([
      ['arm', 'perfect'],
      ['dose', 'shift'],
    ]);
  });

  test('leaves the defaults to the case: chain is linear without heteroscedastic noise', async () => {
    await run('chain', '--levels', 'shift', ...small, '--out', 'chain');
    const text = (name: string) => readFileSync(join(folder, name, 'study.yaml'), 'utf8');
    expect(text('chain')).toMatch(/^# Simulated chain: linear mechanisms, gaussian noise/);
    await run('case1', ...small, '--out', 'case1');
    expect(text('case1')).toMatch(/^# Simulated case1: monotone mechanisms, heteroscedastic gaussian noise/);
  });

  test('light-tunnel writes a study of all environments', async () => {
    const { code, out } = await run(
      'light-tunnel',
      '--modalities',
      'one',
      '--known-targets',
      'latents',
      ...small,
      '--out',
      't',
    );
    expect([code, out.split('\n')[0]]).toEqual([0, 'light-tunnel: 600 subjects, sensors, 5 edges']);
    const { dataset } = await readStudy(join(folder, 't', 'study.yaml'));
    expect(dataset.causes![0].targets).toEqual(
      Object.fromEntries(['red', 'green', 'blue', 'pol_1', 'pol_2'].map((name, i) => [name, [`sensors.z${i + 1}`]])),
    );
  });

  test.each<[string[], RegExp]>([
    [['light-tunnel', '--mechanism', 'mlp'], /--mechanism does not belong to light-tunnel/],
    [['light-tunnel', '--no-heteroscedastic'], /--no-heteroscedastic does not belong to light-tunnel/],
    [['case1', '--image-size', '32'], /--image-size belongs to light-tunnel/],
    [['case1', '--levels', 'shift', '--targets', 'm1.z1+'], /--targets takes names of latents joined by \+/],
  ])('%o is refused', async (args, message) => {
    const { code, err } = await run(...args, ...small, '--out', 'refused');
    expect(code).not.toBe(0);
    expect(err.replaceAll(/\s+/g, ' ')).toMatch(message);
  });
});
