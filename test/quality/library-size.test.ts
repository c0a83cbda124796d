// Latents of counts that follow the total of the counts: the tables with totals, the correlation of latents with them,
// and the warnings before and after a fit.

import { describe, expect, test } from '@jest/globals';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { librarySizes, librarySizeWarning } from '../../src/quality/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readStudy } from '../../src/study/study.js';
import { fitConfigFor } from '../../src/training/config.js';
import { fitWarnings } from '../../src/training/fit-warnings.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

const SUBJECTS = 240;
const GENES = 12;

type Cells = readonly (readonly number[])[];

/** Two tables of counts that share the depth of a subject and nothing else. */
function countsOfDepth(): { rna: Cells; protein: Cells } {
  const random = new RandomStream(12, 0);
  const rows = Array.from({ length: SUBJECTS }, () => {
    const depth = Math.exp(0.7 * random.normal());
    const table = () =>
      Array.from({ length: GENES }, (_, g) => {
        const mean = (3 + 2 * g) * depth;
        return Math.max(0, Math.round(mean + Math.sqrt(2 * mean) * random.normal()));
      });
    return [table(), table()];
  });
  return { rna: rows.map(([rna]) => rna), protein: rows.map(([, protein]) => protein) };
}

function write(tables: Readonly<Record<string, Cells>>, keys = ''): string {
  for (const [name, cells] of Object.entries(tables)) {
    const header = ['id', ...cells[0].map((_, c) => `${name}${c}`)].join();
    file(`${name}.csv`, [header, ...cells.map((row, i) => [`s${i}`, ...row].join())].join('\n'));
  }
  const modalities = Object.keys(tables).map((name) => `  ${name}: { table: ${name}.csv, latents: 1${keys} }`);
  return file('study.yaml', ['study: depth', 'id: id', 'modalities:', ...modalities, ''].join('\n'));
}

const totals = (cells: Cells) => cells.map((row) => Math.log(row.reduce((sum, count) => sum + count, 0)));
const codes = (warnings: readonly { readonly code: string }[]) => warnings.map(({ code }) => code);

describe('totals', () => {
  test('are those of counts, transformed or not', async () => {
    const { rna, protein } = countsOfDepth();
    for (const keys of ['', ', transform: log1p', ', transform: cpm']) {
      const { dataset } = await readStudy(write({ rna, protein }, keys));
      dataset.modalities.forEach(({ logTotals }, m) => {
        const byId = new Map(totals([rna, protein][m]).map((total, i) => [`s${i}`, total]));
        const expected = Array.from(dataset.ids, (id) => byId.get(id)!);
        [...logTotals!].forEach((total, row) => expect(total).toBeCloseTo(expected[row], 10));
      });
    }
  });

  test('do not exist for measurements, questionnaires or a few counts', async () => {
    const { rna } = countsOfDepth();
    const answers = rna.map((row) => row.map((count) => count % 5));
    const measured = rna.map((row) => row.map((count, c) => count + c / 7));
    const few = rna.map((row) => row.slice(0, 5));
    for (const other of [answers, measured, few]) {
      const { dataset } = await readStudy(write({ rna, other }));
      expect(dataset.modalities.map(({ logTotals }) => logTotals !== undefined)).toEqual([true, false]);
    }
  });
});

describe('the correlation of a latent with the total', () => {
  const ids = Array.from({ length: 103 }, (_, i) => `s${i}`);
  const datasetOf = (logTotals: Float64Array, groups?: string[]): Dataset => {
    const modality: Modality = {
      name: 'rna',
      columns: [],
      values: new Float32Array(),
      latents: 1,
      exogenous: 0,
      logTotals,
    };
    return { ids, ...(groups && { groups }), modalities: [modality], split: {} as Dataset['split'], fingerprint: '' };
  };
  /** Returns whole numbers whose Spearman correlation with 0, 1, 2, … is 0.5 up to 0.001. */
  function correlatedByHalf(): Float64Array {
    const order = ids.map((_, i) => i);
    const n = order.length;
    const rho = () => 1 - (6 * order.reduce((sum, rank, i) => sum + (rank - i) ** 2, 0)) / (n * (n * n - 1));
    for (let step = 0; rho() > 0.5; step++) {
      const [a, b] = [(step * 31) % n, (step * 47 + 11) % n];
      [order[a], order[b]] = [order[b], order[a]];
      if (rho() < 0.499) [order[a], order[b]] = [order[b], order[a]];
    }
    return Float64Array.from(order);
  }

  test('has the interval of Bonett and Wright', () => {
    const logTotals = Float64Array.from(ids, (_, i) => i);
    const [{ correlation, interval, subjects }] = librarySizes(datasetOf(logTotals), { rna: correlatedByHalf() }, true);
    expect(subjects).toBe(103);
    expect(correlation).toBeCloseTo(0.5, 2);
    // The interval of 0.5 with 103 subjects is tanh(atanh 0.5 ± 1.96 · sqrt(1.125 / 100)).
    expect(interval[0]).toBeCloseTo(0.3287, 2);
    expect(interval[1]).toBeCloseTo(0.6394, 2);
  });

  test('counts groups of repetitions, and only subjects with both', () => {
    const logTotals = Float64Array.from(ids, (_, i) => (i < 3 ? NaN : i));
    const [whole] = librarySizes(datasetOf(logTotals), { rna: correlatedByHalf() }, false);
    expect(whole).toMatchObject({ modality: 'rna', latent: 'rna.z1', subjects: 100, isOutOfFold: false });
    const grouped = datasetOf(
      logTotals,
      ids.map((_, i) => `g${i % 25}`),
    );
    const [{ subjects, interval }] = librarySizes(grouped, { rna: correlatedByHalf() }, false);
    expect(subjects).toBe(25);
    expect(interval[0]).toBeLessThan(whole.interval[0]);
  });

  test('leads to a warning if its interval is far from 0', () => {
    const logTotals = Float64Array.from(ids, (_, i) => i);
    const dataset = datasetOf(logTotals);
    const strong = librarySizes(dataset, { rna: correlatedByHalf().map((value) => -value) }, true);
    const [warning] = librarySizeWarning(strong, dataset.modalities);
    expect(warning.code).toBe('library-size');
    expect(warning.items).toEqual([
      expect.stringMatching(/^rna\.z1: ρ −0\.50 \(95 % interval −0\.6\d to −0\.3\d, out of fold\)$/),
    ]);
    expect(warning.text).toMatch(/write transform: cpm .*, or kinds: count with size: total, or adjust/);
    const cpm = { kind: 'cpm', over: [], meanTotal: 1 } as const;
    const [scaled] = librarySizeWarning(strong, [{ ...dataset.modalities[0], transform: cpm }]);
    expect(scaled.text).toMatch(/technical, write kinds: count with size: total, or adjust/);
    const weak = [{ ...strong[0], correlation: 0.3, interval: [0.11, 0.47] as const }];
    expect(librarySizeWarning(weak, dataset.modalities)).toEqual([]);
  });
});

describe('a fit', () => {
  const settings = { subspaces: 'linear', componentRestarts: 4, componentSteps: 60 } as const;
  const quick = { ...settings, threads: 1, evidence: 'none' } as const;

  test('of raw counts warns before and after with a remedy, and of counts per million does not', async () => {
    const tables = countsOfDepth();
    const raw = await readStudy(write(tables));
    const before = fitWarnings(raw.dataset, fitConfigFor(raw.dataset, settings)).find(
      ({ code }) => code === 'depth-differs',
    );
    expect(before!.items).toEqual([
      expect.stringMatching(/^rna: totals differ \d\.\d-fold/),
      expect.stringMatching(/^protein: totals differ \d\.\d-fold/),
    ]);
    await using model = await MultimodalCausalModel.fit(raw, quick);
    const { warnings, librarySizes: sizes } = model.summary.quality;
    expect(sizes!.map(({ latent }) => latent)).toEqual(['rna.z1', 'protein.z1']);
    for (const { correlation } of sizes!) expect(Math.abs(correlation)).toBeGreaterThan(0.8);
    expect(codes(warnings)).toContain('library-size');
    expect(codes(warnings)).not.toContain('depth-differs');
    expect((await model.report()).replace(/\s+/g, ' ')).toContain('Latents of counts follow the library size');

    const scaled = await readStudy(write(tables, ', transform: cpm'));
    expect(codes(fitWarnings(scaled.dataset, fitConfigFor(scaled.dataset, settings)))).not.toContain('depth-differs');
    await using better = await MultimodalCausalModel.fit(scaled, quick);
    expect(codes(better.summary.quality.warnings)).not.toContain('library-size');
    const after = better.summary.quality.librarySizes!.map(({ correlation }) => Math.abs(correlation));
    expect(Math.max(...after)).toBeLessThan(0.3);
  });
});
