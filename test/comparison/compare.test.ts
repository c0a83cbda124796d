// interlatent compare: built-in methods and runners on the same subjects, their scores, and mistakes of a runner.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  builtInMethods,
  compareMethods,
  comparedData,
  readLatents,
  wordsOf,
  writeMethodLatents,
  type Comparison,
  type ComparedData,
  type Method,
} from '../../src/comparison/index.js';
import { readNpz, writeNpz } from '../../src/files/npz.js';
import type { NpyArray } from '../../src/files/npy.js';
import { readStudy, type Study } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
let study: Study;
let data: ComparedData;

beforeAll(async () => {
  const { code } = await commandHere('simulate case1 --samples 400 --test 120 --out case1'.split(' '), folder);
  expect(code).toBe(0);
  study = await readStudy(join(folder, 'case1/study.yaml'));
  data = comparedData(study.dataset);
}, 60_000);

/** Writes latents for a runner that only copies a file. */
async function copied(name: string, arrays: Readonly<Record<string, NpyArray>>): Promise<string> {
  const source = join(folder, `${name}.npz`);
  await writeNpz(source, Object.entries(arrays));
  const script = file(`${name}.cjs`, `require('fs').copyFileSync(${JSON.stringify(source)}, process.argv[3]);`);
  return `${name}=${process.execPath} '${script}'`;
}

const matrix = (rows: number, columns: number, at: (i: number) => number = Math.sin): NpyArray => ({
  shape: [rows, columns],
  data: Float64Array.from({ length: rows * columns }, (_, i) => at(i)),
});

describe('compare', () => {
  test('writes one table, one page, and the latents of every method', async () => {
    const line =
      'compare case1/study.yaml --truth case1/truth.npz --methods ours,pca,cca,ica --epochs 2 --encoder-restarts 1 ' +
      '--evidence none --shuffles 1 --out out';
    const { code, out, err } = await commandHere(line.split(' '), folder);
    expect(err.split('\n')[0]).toBe('fit 1/12  ours, seed 0');
    expect(code).toBe(0);
    expect(out).toContain('R² within');
    expect(out).toContain('Match with the true latents');
    const result = JSON.parse(readFileSync(join(folder, 'out/comparison.json'), 'utf8')) as Comparison;
    expect(result.subjects).toEqual({ train: 360, validation: 40, test: 120 });
    expect(result.methods.map(({ name }) => name)).toEqual(['ours', 'pca', 'cca', 'ica']);
    const [ours, pca, cca, ica] = result.methods;
    expect(ours.latents).toEqual({ m1: 2, m2: 2 });
    expect(ours.truth!.shd).not.toBeNull();
    // Two true edges among four pairs: e edges at random places have an expected SHD of 2 + e − 2·2·e/4 = 2.
    expect(ours.truth!.shdChance).toBe(2);
    expect([pca.truth!.shd, pca.truth!.shdChance]).toEqual([null, null]);
    // PCA explains most within a modality, and CCA more across.
    expect(pca.within!.r2).toBeGreaterThan(cca.within!.r2);
    expect(cca.across!.r2).toBeGreaterThan(pca.across!.r2);
    // FastICA rotates the canonical variates, so a linear read-out explains the same.
    expect(ica.across!.r2).toBeCloseTo(cca.across!.r2, 6);
    expect(pca.stability).toBeCloseTo(1, 10);
    expect(ours.stability).toBeLessThan(1);
    expect(pca.difference!.within!.r2).toBeCloseTo(pca.within!.r2 - ours.within!.r2, 10);
    expect(cca.pairs[0]).toMatchObject({ first: 'm1', second: 'm2', subjects: 120 });
    expect(cca.pairs[0].p).toBeLessThan(1e-6);
    const page = readFileSync(join(folder, 'out/comparison.html'), 'utf8');
    expect(page).toContain('4 methods on the same subjects');
    expect(page).toContain('data-name="across"');
    const written = await readNpz(join(folder, 'out/latents/cca-seed1.npz'));
    expect([...written.keys()]).toEqual(['id', 'm1', 'm2']);
    expect(written.get('m2')!.shape).toEqual([520, 2]);
    // The latents are a file that `evaluate` reads, with the same figures.
    const evaluated = await commandHere(
      'evaluate --latents out/latents/cca-seed0.npz --truth case1/truth.npz --json'.split(' '),
      folder,
    );
    expect(evaluated.code).toBe(0);
  }, 120_000);

  test('relates 5 % of shuffled pairs, unless latents of a modality read another one', async () => {
    const leaking: Method = {
      name: 'joint',
      title: 'First column of each modality for all of them',
      fit: ({ data: { modalities, ids } }) => {
        const firsts = modalities.map(
          ({ table: { samples } }) =>
            (row: number) =>
              samples.values[row * samples.columns],
        );
        const values = Float64Array.from({ length: ids.length * 2 }, (_, at) => firsts[at % 2](Math.floor(at / 2)));
        return Promise.resolve({ latents: modalities.map(() => ({ values, rows: ids.length, columns: 2 })) });
      },
    };
    const methods = [...builtInMethods(['cca', 'rrr', 'fa']), leaking];
    const result = await compareMethods(study, { methods, seeds: 1, shuffles: 40 });
    const [cca, rrr, fa, joint] = result.methods.map(({ shuffled }) => shuffled!);
    for (const { related, pairs, across } of [cca, rrr, fa]) {
      expect(pairs).toBe(40);
      // The probability of more than 7 is 0.0004.
      expect(related).toBeLessThanOrEqual(7);
      expect(Math.abs(across!)).toBeLessThan(0.01);
    }
    expect(joint.related).toBe(40);
    expect(joint.across).toBeGreaterThan(0.1);
    expect(result.warnings).toEqual([expect.stringMatching(/^joint relates 40 of 40 pairs of shuffled modalities/)]);
  }, 60_000);

  test.each([
    ['--methods pca,pcb', /takes names out of .*got "pcb" \(did you mean 'pca'/],
    ['--methods none', /Nothing is compared/],
    ['--methods pca --runner pca=true', /Two methods have the name 'pca'/],
  ])('refuses %s', async (flags, message) => {
    const { code, err } = await commandHere(
      ['compare', 'case1/study.yaml', '--out', 'no', ...flags.split(' ')],
      folder,
    );
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test('refuses a study without held-out subjects before any fit', async () => {
    const text = readFileSync(join(folder, 'case1/study.yaml'), 'utf8');
    file('case1/all.yaml', text.replace(/test: 120/, 'test: 0'));
    const { code, err } = await commandHere('compare case1/all.yaml --methods pca --out no'.split(' '), folder);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/\[no-held-out\].*split.test/) });
  });
});

describe('a runner', () => {
  const compare = (runner: string) =>
    commandHere(
      ['compare', 'case1/study.yaml', '--methods', 'none', '--shuffles', '0', '--out', 'r', '--runner', runner],
      folder,
    );

  test('gets the subjects, and its latents are scored', async () => {
    const [method] = builtInMethods(['pca']);
    const input = { study, data, seed: 0, isShuffled: false, signal: new AbortController().signal };
    const { latents } = await method.fit(input);
    await writeMethodLatents(join(folder, 'ready.npz'), data, { latents });
    const arrays = await readNpz(join(folder, 'ready.npz'));
    const { code, out } = await compare(await copied('ready', Object.fromEntries(arrays)));
    expect(code).toBe(0);
    expect(out).toMatch(/^ready +0\.\d/m);
    const result = JSON.parse(readFileSync(join(folder, 'r/comparison.json'), 'utf8')) as Comparison;
    const direct = await compareMethods(study, { methods: [method], seeds: 1, shuffles: 0 });
    expect(result.methods[0].within).toEqual(direct.methods[0].within);
    expect(await readLatents(join(folder, 'r/latents/ready-seed0.npz'), data, 'ready')).toEqual({ latents });
  });

  test.each<[string, () => Record<string, NpyArray>, RegExp]>([
    ['lacks', () => ({ m1: matrix(520, 2) }), /'m2' is missing. It gave: m1/],
    ['short', () => ({ m1: matrix(519, 2), m2: matrix(520, 2) }), /'m1' has shape \(519, 2\). It needs .*\(520, 2\)/],
    ['nan', () => ({ m1: matrix(520, 2), m2: matrix(520, 2, (i) => (i === 7 ? NaN : i)) }), /'m2' has NaN for subject/],
    [
      'graph',
      () => ({ m1: matrix(520, 2), m2: matrix(520, 2), adjacency: matrix(3, 3) }),
      /'adjacency' has shape \(3, 3\). It needs \(4, 4\)/,
    ],
  ])('that writes wrong latents is refused: %s', async (name, arrays, message) => {
    const { code, err } = await compare(await copied(name, arrays()));
    expect(code).toBe(2);
    expect(err).toMatch(/^error \[runner-output\]/m);
    expect(err.replaceAll('\n', ' ')).toMatch(message);
  });

  test.each([
    ["fails=SELF -e 'console.error(41 + 1); process.exit(3)'", /ended with exit code 3. It printed:\s+42/],
    ['silent=SELF -e 0', /wrote no latents/],
    ['absent=/no/such/program', /cannot be started .*Check that the program is installed/],
  ])('that cannot finish is reported: %s', async (runner, message) => {
    const { code, err } = await compare(runner.replace('SELF', process.execPath));
    expect(code).toBe(2);
    expect(err).toMatch(/^error \[runner-failed\]/m);
    expect(err.replaceAll('\n', ' ')).toMatch(message);
  });

  test('has a command with quotes', () => {
    expect(wordsOf(`python3 'my script.py' --k "a b" c`)).toEqual(['python3', 'my script.py', '--k', 'a b', 'c']);
  });

  test('leaves no files', () => {
    expect(existsSync(join(folder, 'no/comparison.json'))).toBe(false);
  });
});
