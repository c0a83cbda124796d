// Shares: reading, errors, new subjects, and latents of simulated shares.

import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import { modalityOfColumns } from '../../src/data/columns-modality.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { inUnits } from '../../src/data/units.js';
import { sigmoid } from '../../src/graph/special.js';
import { likelihoodOf } from '../../src/likelihoods/index.js';
import type { NumberKind } from '../../src/likelihoods/kind.js';
import { kindNamed, valueScale } from '../../src/likelihoods/kinds.js';
import { meanCorrelation, r2 } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { longTest } from '../fixtures/long.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const QUICK = {
  encoderRestarts: 2,
  epochs: 4,
  hidden: 8,
  componentRestarts: 2,
  componentSteps: 40,
  polish: 1,
  seed: 3,
};

const { file, folder } = scratch();
const next = generator(60);
const SUBJECTS = 60;
const logitOf = (share: number): number => Math.log(share / (1 - share));
const drawn = (): string[] => Array.from({ length: SUBJECTS }, () => (0.02 + 0.96 * next()).toFixed(4));
const cpg1 = drawn();

/** Writes a study with shares, and returns its path. */
function study(change: Readonly<Record<number, string>> = {}, keys = 'kinds: { cpg1: beta, cpg2: beta }'): string {
  const table = (names: readonly string[], columns: readonly (readonly string[])[]): string =>
    [['id', ...names], ...columns[0].map((_, row) => [`p${row}`, ...columns.map((column) => column[row])])]
      .map((cells) => `${cells.join(',')}\n`)
      .join('');
  const first = cpg1.map((share, row) => change[row] ?? share);
  file('dna.csv', table(['cpg1', 'cpg2', 'cpg3'], [first, drawn(), drawn()]));
  file('blood.csv', table(['a', 'b', 'c'], [drawn(), drawn(), drawn()]));
  return file(
    'study.yaml',
    `study: shares
id: id
modalities:
  dna: { table: dna.csv, latents: 1, ${keys} }
  blood: { table: blood.csv, latents: 1 }
training: { encoderRestarts: 2, epochs: 4, hidden: 8, componentRestarts: 2, componentSteps: 40, polish: 1 }
`,
  );
}

test('are read as standardised logits, and written as shares', async () => {
  const { dataset } = await readStudy(study({ 3: '' }));
  checkDataset(dataset);
  const [{ columns, values, observed }] = dataset.modalities;
  const at = columns.findIndex(({ name }) => name === 'cpg1');
  const scale = columns[at];
  expect(scale).toMatchObject({ kind: 'beta', log: false });
  cpg1.forEach((share, row) => {
    const value = values[row * columns.length + at];
    if (row === 3) expect(observed![row * columns.length + at]).toBe(0);
    else expect(value * scale.sd + scale.mean).toBeCloseTo(logitOf(Number(share)), 5);
    if (row !== 3) expect(inUnits(scale, value)).toBeCloseTo(Number(share), 6);
  });
});

test.each(['0', '1', '42.5'])('%s is no share', async (cell) => {
  const code = expect.objectContaining({ code: 'not-of-kind' }) as unknown;
  await expect(readStudy(study({ 7: cell }))).rejects.toThrow(code);
  await expect(readStudy(study({ 7: cell }))).rejects.toThrow(
    `study.yaml:4:53: column 'cpg1' is a share and has ${Number(cell)}; shares are above 0 and below 1: divide ` +
      'percentages by 100; replace exact 0 and 1 by the smallest and largest share that can be measured (recode), ' +
      'or choose another kind',
  );
});

test('0 and 1 can be recoded', async () => {
  const recode = 'kinds: { cpg1: beta }, recode: { cpg1: { 0: 0.001, 1: 0.999 } }';
  const { dataset } = await readStudy(study({ 7: '0', 9: '1' }, recode));
  const [{ columns, values }] = dataset.modalities;
  const at = columns.findIndex(({ kind }) => kind === 'beta');
  const shares = [7, 9].map((row) => inUnits(columns[at], values[row * columns.length + at]));
  expect(shares[0]).toBeCloseTo(0.001, 6);
  expect(shares[1]).toBeCloseTo(0.999, 6);
});

test('nothing proposes the kind: a normalised measurement looks the same', async () => {
  const { inspection } = await readStudy(study({}, 'exogenous: 1'));
  expect(inspection.modalities[0].columns.map(({ likely }) => likely)).toEqual([undefined, undefined, undefined]);
});

test('of a fitted model are saved, encoded from rows, and imputed between 0 and 1', async () => {
  const { dataset } = await readStudy(study({ 3: '' }));
  const model = await MultimodalCausalModel.fit(dataset, { ...QUICK, evidence: 'none' });
  const path = join(folder, 'run');
  await model.save(path);
  const loaded = await MultimodalCausalModel.load(path);
  const row = { dna: { cpg1: 0.2, cpg2: 0.9, cpg3: 0.5 }, blood: { a: 0.1, b: 0.2, c: 0.3 } };
  const { dna } = await loaded.encodeRows([row]);
  expect(dna.every(Number.isFinite)).toBe(true);
  await expect(loaded.encodeRows([{ ...row, dna: { ...row.dna, cpg1: 1 } }])).rejects.toThrow(/cpg1.*is a share/);
  const cells = [];
  for await (const cell of loaded.impute(dataset)) cells.push(cell);
  expect(cells).toHaveLength(1);
  const { mean, low, high } = cells[0].value;
  expect(0 < low && low < mean && mean < high && high < 1).toBe(true);
});

test.each([-20, -6, 0, 6, 20])('every draw at a mean logit of %p is a share, for every precision', (location) => {
  const random = new RandomStream(11, 0);
  const shareKind = likelihoodOf({ likelihood: 'beta' });
  const kind = kindNamed('beta') as NumberKind;
  for (const precision of [1e-9, 0.1, 0.5, 10, 400, 1e9]) {
    for (const scale of [valueScale('beta', { mean: 0, sd: 1 }), valueScale('beta', { mean: -4, sd: 0.3 })]) {
      const shares = Array.from({ length: 500 }, () => {
        const [value] = shareKind.draw([location - scale.offset, Math.log(precision)], random, scale);
        // Tables of values are in single precision.
        return kind.link.inverse(Math.fround(value) * scale.sd + scale.mean);
      });
      expect(shares.filter((share) => !kind.accepts(share))).toEqual([]);
    }
  }
});

longTest('latents of one simulated study of shares are found as well as from their logits', async () => {
  const simulation = simulate('case1', { samples: 1000, seed: 0 });
  const { ids, split, z } = simulation;
  const random = new RandomStream(5, 1);
  const shares = likelihoodOf({ likelihood: 'beta' });
  // Shares with precision 10, whose mean has the simulated measurement as its logit.
  const unit = valueScale('beta', { mean: 0, sd: 1 });
  const logits = simulation.modalities.map(({ x }) =>
    x.map((value) => Math.max(-20, Math.min(shares.draw([value, Math.log(10)], random, unit)[0], 20))),
  );
  const recovery = async (kind: 'beta' | 'gaussian'): Promise<{ readonly r2: number; readonly mcc: number }> => {
    const modalities = simulation.modalities.map(({ name, columns: width }, m) => {
      const columns = Array.from({ length: width }, (_, c) => {
        const values = Float64Array.from(ids, (_id, row) => logits[m][row * width + c]);
        return { name: `x${c + 1}`, kind, values: kind === 'beta' ? values.map(sigmoid) : values };
      });
      return modalityOfColumns({ name, latents: 2, exogenous: 1, columns }, ids, split.train);
    });
    const dataset = { ids, modalities, split };
    const model = await MultimodalCausalModel.fit(
      { ...dataset, fingerprint: fingerprintOf(dataset) },
      {
        subspaces: 'network',
        encoderRestarts: 2,
        componentRestarts: 16,
        polish: 2,
        seed: 0,
        evidence: 'none',
      },
    );
    const encoded = await model.encode({ ids, modalities });
    const samples = (valueOf: (row: number, latent: number) => number) => ({
      values: Float64Array.from({ length: split.test.length * 4 }, (_, i) => valueOf(split.test[i >> 2], i % 4)),
      rows: split.test.length,
      columns: 4,
    });
    const truth = samples((row, latent) => z[row * 4 + latent]);
    const estimate = samples((row, latent) => encoded[latent < 2 ? 'm1' : 'm2'][row * 2 + (latent % 2)]);
    const layout = { modalities: [2, 2] };
    return { r2: r2(estimate, truth, layout).mean, mcc: meanCorrelation(truth, estimate, layout).pearson.mean };
  };
  const [asShares, asLogits] = [await recovery('beta'), await recovery('gaussian')];
  expect(asShares.r2).toBeGreaterThan(asLogits.r2);
  expect(asShares.mcc).toBeGreaterThan(asLogits.mcc);
  expect(asShares.mcc).toBeGreaterThan(0.92);
});
